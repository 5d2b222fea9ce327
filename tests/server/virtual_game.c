// SPDX-License-Identifier: MIT
#include "server/virtual_game.h"

#include "base/clock.h"
#include "support.h"

#define INPUT_PERIOD_NS (50 * NS_PER_MS)
#define STAGGER_NS      (7 * NS_PER_MS) // players do not send in step

int virtual_game_set_up(void **state) {
    (void)state;
    return transport_initialize() == TRANSPORT_OK ? 0 : -1;
}

VirtualGame *virtual_game_create(const VirtualServerConfig *config, GameSteer steer) {
    assert_true(config->ship_capacity <= GAME_PLAYERS_MAX);
    VirtualGame *game = calloc(1, sizeof *game);
    assert_non_null(game);
    game->server = virtual_server_create(config);
    game->steer = steer;
    return game;
}

void virtual_game_destroy(VirtualGame *game) {
    while (game->player_count > 0) {
        virtual_game_remove(game);
    }
    virtual_server_destroy(game->server);
    free(game);
}

static void on_snapshot(void *user, const Snapshot *snapshot, size_t bytes, uint64_t now_ns) {
    GamePlayer *player = user;
    client_view_on_snapshot(&player->view, now_ns);
    if (player->watcher.on_snapshot != NULL) {
        player->watcher.on_snapshot(player->watcher.user, snapshot, bytes, now_ns);
    }
}

static void on_verify_difference(void *user, uint16_t sequence, VerifyDifference difference) {
    const GamePlayer *player = user;
    if (player->watcher.on_verify_difference != NULL) {
        player->watcher.on_verify_difference(player->watcher.user, sequence, difference);
    }
}

static void on_events(void *user, const EventBatch *batch) {
    GamePlayer *player = user;
    client_view_on_events(&player->view, batch);
}

GamePlayer *virtual_game_add(VirtualGame *game, bool wants_verify, const GameWatcher *watcher) {
    assert_true(game->player_count < GAME_PLAYERS_MAX);
    GamePlayer *player = &game->players[game->player_count];
    const uint64_t now_ns = virtual_server_now_ns(game->server);
    ClientConfig config = {.host = "127.0.0.1",
                           .port = game->server->port,
                           .wants_verify = wants_verify,
                           .observer = {.user = player,
                                        .on_snapshot = on_snapshot,
                                        .on_verify_difference = on_verify_difference,
                                        .on_events = on_events}};
    snprintf(config.name, sizeof config.name, "Pilot %u", game->player_count);
    *player = (GamePlayer){.watcher = watcher != NULL ? *watcher : (GameWatcher){0}};
    TransportError error;
    assert_true(client_open(&player->client, &config, now_ns, &error));
    assert_true(client_view_create(&player->view, &player->client));
    game->player_count++;
    player->next_input_ns = now_ns + game->player_count * STAGGER_NS;
    return player;
}

void virtual_game_add_many(VirtualGame *game, uint32_t count, bool wants_verify) {
    for (uint32_t i = 0; i < count; i++) {
        virtual_game_add(game, wants_verify, NULL);
    }
}

void virtual_game_remove(VirtualGame *game) {
    assert_true(game->player_count > 0);
    GamePlayer *player = &game->players[--game->player_count];
    client_close(&player->client, virtual_server_now_ns(game->server));
    client_view_destroy(&player->view);
}

static void show_events(GamePlayer *player, uint64_t now_ns) {
    const Event *event;
    while ((event = client_view_next_event(&player->view, now_ns)) != NULL) {
        if (player->watcher.on_event != NULL) {
            player->watcher.on_event(player->watcher.user, event, now_ns);
        }
    }
}

static void play_one(GamePlayer *player, ShipInput input, uint64_t now_ns) {
    Client *client = &player->client;
    client_poll(client, now_ns);
    show_events(player, now_ns);
    client_step(client, now_ns, input);
    if (now_ns >= player->next_input_ns) {
        client_send_inputs(client, now_ns);
        player->next_input_ns += INPUT_PERIOD_NS;
    }
    if (player->view.table.count > player->most_entities) {
        player->most_entities = player->view.table.count;
    }
}

void virtual_game_advance(VirtualGame *game) {
    virtual_server_advance(game->server);
    const uint64_t now_ns = virtual_server_now_ns(game->server);
    for (uint32_t i = 0; i < game->player_count; i++) {
        play_one(&game->players[i], game->steer(i, now_ns), now_ns);
    }
}

void virtual_game_play_ms(VirtualGame *game, uint32_t ms) {
    for (uint32_t i = 0; i < ms; i++) {
        virtual_game_advance(game);
    }
}

ShipInput virtual_game_idle(uint32_t player, uint64_t now_ns) {
    (void)player;
    (void)now_ns;
    return (ShipInput){0};
}

ShipInput virtual_game_roam(uint32_t player, uint64_t now_ns) {
    const uint64_t ms = now_ns / NS_PER_MS + player * 400;
    static const uint8_t directions[] = {INPUT_UP, INPUT_RIGHT, INPUT_DOWN, INPUT_LEFT};
    return (ShipInput){
        .aim = (uint16_t)(ms * 13),
        .buttons = (uint8_t)(directions[ms / 1500 % 4] | (ms % 900 < 100 ? INPUT_PULSE : 0))};
}
