// SPDX-License-Identifier: MIT
// test_event_order.c -- what happens reaches every client once and in time with what it shows: a
//                       whole server and real clients in virtual time, on good and bad networks.
#include <string.h>

#include "base/clock.h"
#include "client/core/client.h"
#include "server/virtual_server.h"
#include "support.h"

#define PLAYERS         10
#define KILLS_MAX       1024
#define INPUT_PERIOD_NS (50 * NS_PER_MS)

typedef struct Kill {
    uint32_t tick;
    uint32_t victim;
    uint32_t killer;
} Kill;

typedef struct Player {
    Client client;
    uint64_t next_input_ns;
    uint32_t counts[EVENT_TYPE_COUNT];
    uint32_t kill_count; // that the player was shown
    Kill kills[KILLS_MAX];
    uint32_t early; // events shown before their ticks
    char last_text[CHAT_TEXT_BYTES + 1];
    char last_name[PLAYER_NAME_BYTES + 1];
    uint32_t last_reason;
} Player;

typedef struct Game {
    VirtualServer *server;
    Player players[PLAYERS];
    uint32_t player_count;
    uint32_t kill_count; // as the world had them
    Kill kills[KILLS_MAX];
    uint32_t judged_tick;
} Game;

static void note_event(void *user, const Event *event, uint64_t now_ns) {
    Player *player = user;
    const double shown = client_clock_shown_tick(&player->client.clock, now_ns);
    player->early += event->tick > shown;
    player->counts[event->type]++;
    memcpy(player->last_name, event->player.name, sizeof player->last_name);
    if (event->type == EVENT_KILL) {
        assert_true(player->kill_count < KILLS_MAX);
        player->kills[player->kill_count++] =
            (Kill){event->tick, event->player.index,
                   event->has_killer ? event->killer.index : DEATH_BY_NOBODY};
    } else if (event->type == EVENT_CHAT) {
        memcpy(player->last_text, event->text, sizeof player->last_text);
    } else if (event->type == EVENT_LEAVE) {
        player->last_reason = event->reason;
    }
}

static Game *create_game(uint64_t seed, const ImpairConfig *impairment) {
    Game *game = calloc(1, sizeof *game);
    assert_non_null(game);
    const VirtualServerConfig config = {.seed = seed,
                                        .drone_count = 60,
                                        .ship_capacity = PLAYERS + 2,
                                        .worker_count = 1,
                                        .side_units = 2000,
                                        .impairment = impairment};
    game->server = virtual_server_create(&config);
    return game;
}

static Player *add_player(Game *game) {
    assert_true(game->player_count < PLAYERS);
    Player *player = &game->players[game->player_count++];
    const uint64_t now_ns = virtual_server_now_ns(game->server);
    ClientConfig config = {.host = "127.0.0.1",
                           .port = game->server->port,
                           .observer = {.user = player, .on_event = note_event}};
    snprintf(config.name, sizeof config.name, "Pilot %u", game->player_count - 1);
    TransportError error;
    assert_true(client_open(&player->client, &config, true, now_ns, &error));
    player->next_input_ns = now_ns + game->player_count * 7 * NS_PER_MS;
    return player;
}

static void destroy_game(Game *game) {
    for (uint32_t i = 0; i < game->player_count; i++) {
        client_close(&game->players[i].client, virtual_server_now_ns(game->server));
    }
    virtual_server_destroy(game->server);
    free(game);
}

// Everybody turns on the spot and fires without end.
static ShipInput shoot(uint32_t index, uint64_t now_ns) {
    const uint64_t ms = now_ns / NS_PER_MS + index * 777;
    static const uint8_t directions[] = {INPUT_UP, INPUT_RIGHT, INPUT_DOWN, INPUT_LEFT};
    return (ShipInput){.aim = (uint16_t)(ms * 29),
                       .buttons = (uint8_t)(directions[ms / 700 % 4] | INPUT_PULSE |
                                            (ms % 400 < 200 ? INPUT_MISSILE : 0))};
}

static void note_deaths(Game *game) {
    const World *world = &game->server->match.sim.world;
    if (world->tick == game->judged_tick) {
        return;
    }
    game->judged_tick = world->tick;
    assert_int_equal(world->deaths.unlisted, 0);
    for (uint32_t i = 0; i < world->deaths.count; i++) {
        const Death *death = &world->deaths.deaths[i];
        assert_true(game->kill_count < KILLS_MAX);
        game->kills[game->kill_count++] = (Kill){world->tick, death->victim, death->killer};
    }
}

// Whoever is hit, dies: a fight of seconds has as many deaths as one of minutes.
static void make_mortal(Game *game) {
    World *world = &game->server->match.sim.world;
    for (uint32_t i = 0; i < game->player_count; i++) {
        Ship *ship = &world->ships[i];
        if (ship->health > 1) {
            ship->health = 1;
            ship->shield_ticks = 0;
        }
    }
}

static void play_ms(Game *game, uint32_t ms, bool is_peaceful) {
    for (uint32_t i = 0; i < ms; i++) {
        virtual_server_advance(game->server);
        note_deaths(game);
        if (!is_peaceful) {
            make_mortal(game);
        }
        const uint64_t now_ns = virtual_server_now_ns(game->server);
        for (uint32_t j = 0; j < game->player_count; j++) {
            Player *player = &game->players[j];
            client_poll(&player->client, now_ns);
            client_step(&player->client, now_ns, is_peaceful ? (ShipInput){0} : shoot(j, now_ns));
            if (now_ns >= player->next_input_ns) {
                client_send_inputs(&player->client, now_ns, player->next_input_ns);
                player->next_input_ns += INPUT_PERIOD_NS;
            }
        }
    }
}

static uint32_t count_kill(const Player *player, const Kill *kill) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < player->kill_count; i++) {
        const Kill *shown = &player->kills[i];
        count += shown->tick == kill->tick && shown->victim == kill->victim &&
                 shown->killer == kill->killer;
    }
    return count;
}

static const ImpairConfig BAD_NETWORK = {.latency_ns = 60 * NS_PER_MS,
                                         .jitter_ns = 30 * NS_PER_MS,
                                         .loss = 0.08,
                                         .duplicate = 0.03,
                                         .reorder = 0.05};

// The arena is small enough for most to see each other; whoever took part must hear of it in any
// case, nobody hears of it twice, and nobody of what never was.
static void check_kills(const Game *game) {
    uint32_t told = 0;
    for (uint32_t k = 0; k < game->kill_count; k++) {
        const Kill *kill = &game->kills[k];
        for (uint32_t i = 0; i < game->player_count; i++) {
            const Player *player = &game->players[i];
            const uint32_t index = player->client.welcome.player_index;
            const uint32_t count = count_kill(player, kill);
            if (index == kill->victim || index == kill->killer) {
                assert_int_equal(count, 1);
            }
            assert_true(count <= 1);
            told += count;
        }
    }
    uint32_t shown = 0;
    for (uint32_t i = 0; i < game->player_count; i++) {
        shown += game->players[i].kill_count;
        assert_int_equal(game->players[i].early, 0);
        assert_int_equal(game->players[i].client.stats.decode_errors, 0);
        assert_int_equal(game->players[i].client.stats.events_dropped, 0);
    }
    assert_int_equal(shown, told);
    print_message("%u kills, shown %u times\n", game->kill_count, shown);
    assert_true(game->kill_count >= 10);
    assert_true(told > 2 * game->kill_count);
    for (int type = 0; type < EVENT_TYPE_COUNT; type++) {
        assert_int_equal(metric_get(&game->server->metrics->sim.events_dropped[type]), 0);
    }
}

// Leaves the kills up to that tick.
static void forget_later(Player *player, uint32_t tick) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < player->kill_count; i++) {
        if (player->kills[i].tick <= tick) {
            player->kills[kept++] = player->kills[i];
        }
    }
    player->kill_count = kept;
}

static void fight(const ImpairConfig *impairment, uint64_t seed) {
    Game *game = create_game(seed, impairment);
    for (int i = 0; i < PLAYERS; i++) {
        add_player(game);
    }
    play_ms(game, 2000, true);
    play_ms(game, 25000, false);
    // Drones bite on, but what is still on its way must have arrived when they are judged.
    const uint32_t judged_kills = game->kill_count;
    play_ms(game, 3000, true);
    game->kill_count = judged_kills;
    for (uint32_t i = 0; i < game->player_count; i++) {
        assert_int_equal(game->players[i].client.state, CLIENT_PLAYING);
        forget_later(&game->players[i], game->kills[judged_kills - 1].tick);
    }
    check_kills(game);
    destroy_game(game);
}

static void on_a_good_network_every_kill_is_shown_once_and_in_time(void **state) {
    (void)state;
    fight(NULL, 31);
}

static void on_a_bad_network_every_kill_is_shown_once_and_in_time(void **state) {
    (void)state;
    Rng rng = test_rng();
    for (int run = 0; run < 2; run++) {
        fight(&BAD_NETWORK, rng_next(&rng));
    }
}

static void what_is_said_is_heard_by_all(void **state) {
    (void)state;
    Game *game = create_game(4, &BAD_NETWORK);
    for (int i = 0; i < 4; i++) {
        add_player(game);
    }
    play_ms(game, 3000, true);
    Client *speaker = &game->players[1].client;
    const uint64_t now_ns = virtual_server_now_ns(game->server);
    assert_true(client_send_chat(speaker, "  Grüße \x1b an\xff alle ", now_ns));
    assert_false(client_send_chat(speaker, " \n ", now_ns));
    play_ms(game, 2500, true);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(game->players[i].counts[EVENT_CHAT], 1);
        assert_string_equal(game->players[i].last_text, "Grüße an alle");
    }
    destroy_game(game);
}

static void whoever_talks_too_much_is_cut_short_and_whoever_floods_is_sent_away(void **state) {
    (void)state;
    Game *game = create_game(5, NULL);
    add_player(game);
    add_player(game);
    play_ms(game, 2000, true);
    Client *speaker = &game->players[0].client;
    uint32_t said = 0;
    for (int i = 0; i < 20; i++) {
        said += client_send_chat(speaker, "spam", virtual_server_now_ns(game->server));
    }
    assert_int_equal(said, CHAT_BURST); // the client keeps to the rule by itself
    play_ms(game, 1000, true);
    assert_int_equal(game->players[1].counts[EVENT_CHAT], CHAT_BURST);
    const NetMetrics *net = &game->server->metrics->net[0];
    assert_int_equal(metric_get(&net->messages_rejected[MESSAGE_REJECT_CHAT_RATE]), 0);
    // One that does not.
    for (int i = 0; i < 10; i++) {
        speaker->chat_due_ns = 0;
        assert_true(client_send_chat(speaker, "spam", virtual_server_now_ns(game->server)));
    }
    play_ms(game, 1000, true);
    assert_int_equal(speaker->state, CLIENT_PLAYING);
    assert_true(metric_get(&net->messages_rejected[MESSAGE_REJECT_CHAT_RATE]) >= 9);
    assert_true(game->players[1].counts[EVENT_CHAT] <= CHAT_BURST + 1);
    for (int i = 0; i < 100 && speaker->state == CLIENT_PLAYING; i++) {
        speaker->chat_due_ns = 0;
        client_send_chat(speaker, "spam", virtual_server_now_ns(game->server));
        play_ms(game, 30, true);
    }
    play_ms(game, 500, true);
    assert_int_equal(speaker->state, CLIENT_CLOSED);
    assert_int_equal(speaker->reason, REASON_CHAT_FLOOD);
    play_ms(game, 500, true);
    assert_int_equal(game->players[1].counts[EVENT_LEAVE], 1);
    assert_int_equal(game->players[1].last_reason, REASON_CHAT_FLOOD);
    assert_string_equal(game->players[1].last_name, "Pilot 0");
    destroy_game(game);
}

static void joins_leaves_and_scores_reach_everybody(void **state) {
    (void)state;
    Game *game = create_game(7, &BAD_NETWORK);
    for (int i = 0; i < 5; i++) {
        add_player(game);
    }
    play_ms(game, 4000, true);
    assert_int_equal(client_scores(&game->players[0].client)->count, 5);
    add_player(game);
    play_ms(game, 3000, true);
    assert_string_equal(game->players[0].last_name, "Pilot 5");
    client_close(&game->players[5].client, virtual_server_now_ns(game->server));
    game->player_count = 5;
    play_ms(game, 3000, true);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(game->players[i].counts[EVENT_LEAVE], 1);
        assert_int_equal(game->players[i].last_reason, REASON_CLIENT_LEFT);
        assert_int_equal(client_scores(&game->players[i].client)->count, 5);
    }
    destroy_game(game);
}

static void the_dead_know_who_did_it_until_they_are_back(void **state) {
    (void)state;
    Game *game = create_game(7, NULL);
    for (int i = 0; i < PLAYERS; i++) {
        add_player(game);
    }
    play_ms(game, 2000, true);
    uint32_t dead_ms = 0;
    uint32_t known_ms = 0;
    for (int ms = 0; ms < 20000; ms++) {
        play_ms(game, 1, false);
        for (uint32_t i = 0; i < game->player_count; i++) {
            const Client *client = &game->players[i].client;
            const Event *death = client_own_death(client);
            const bool is_dead = !ship_is_alive(&client->latest.own);
            assert_true(is_dead || death == NULL);
            dead_ms += is_dead;
            known_ms += death != NULL;
            if (death != NULL) {
                assert_int_equal(death->player.index, client->welcome.player_index);
            }
        }
    }
    assert_true(dead_ms > 1000);
    assert_true(known_ms > dead_ms * 3 / 4);
    destroy_game(game);
}

int main(void) {
    if (transport_initialize() != TRANSPORT_OK) {
        return EXIT_FAILURE;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_a_good_network_every_kill_is_shown_once_and_in_time),
        cmocka_unit_test(on_a_bad_network_every_kill_is_shown_once_and_in_time),
        cmocka_unit_test(what_is_said_is_heard_by_all),
        cmocka_unit_test(whoever_talks_too_much_is_cut_short_and_whoever_floods_is_sent_away),
        cmocka_unit_test(joins_leaves_and_scores_reach_everybody),
        cmocka_unit_test(the_dead_know_who_did_it_until_they_are_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
