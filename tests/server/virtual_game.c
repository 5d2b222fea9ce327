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

GamePlayer *virtual_game_add(VirtualGame *game, bool wants_verify, const ClientObserver *observer) {
    assert_true(game->player_count < GAME_PLAYERS_MAX);
    GamePlayer *player = &game->players[game->player_count];
    const uint64_t now_ns = virtual_server_now_ns(game->server);
    ClientConfig config = {
        .host = "127.0.0.1", .port = game->server->port, .wants_verify = wants_verify};
    if (observer != NULL) {
        config.observer = *observer;
    }
    snprintf(config.name, sizeof config.name, "Pilot %u", game->player_count);
    *player = (GamePlayer){0};
    TransportError error;
    assert_true(client_open(&player->client, &config, true, now_ns, &error));
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
    game->player_count--;
    client_close(&game->players[game->player_count].client, virtual_server_now_ns(game->server));
}

static void play_one(GamePlayer *player, ShipInput input, uint64_t now_ns) {
    Client *client = &player->client;
    client_poll(client, now_ns);
    client_step(client, now_ns, input);
    if (now_ns >= player->next_input_ns) {
        client_send_inputs(client, now_ns);
        player->next_input_ns += INPUT_PERIOD_NS;
    }
    if (client->table.count > player->most_entities) {
        player->most_entities = client->table.count;
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
