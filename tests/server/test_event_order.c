// SPDX-License-Identifier: MIT test_event_order.c -- events reach every client once and are shown
// in time with its view: a server
//                       and real clients in virtual time, on good and bad networks.
#include <string.h>

#include "base/clock.h"
#include "base/serial.h"
#include "server/virtual_game.h"
#include "support.h"

#define PLAYERS   10
#define KILLS_MAX 1024

typedef struct Kill {
    uint32_t tick;
    uint32_t victim;
    uint32_t killer;
} Kill;

// The events that a player was shown.
typedef struct Witness {
    const Client *client;
    uint32_t counts[EVENT_TYPE_COUNT];
    uint32_t kill_count;
    Kill kills[KILLS_MAX];
    uint32_t early; // events shown before their ticks
    char last_text[CHAT_TEXT_BYTES + 1];
    char last_name[PLAYER_NAME_BYTES + 1];
    uint32_t last_reason;
} Witness;

typedef struct Game {
    VirtualGame *play;
    Witness witnesses[PLAYERS];
    uint32_t kill_count; // in the world
    Kill kills[KILLS_MAX];
    uint32_t judged_tick;
} Game;

static void note_event(void *user, const Event *event, uint64_t now_ns) {
    Witness *player = user;
    const double shown = client_clock_shown_tick(&player->client->clock, now_ns);
    player->early += serial_since(event->tick, shown) < 0;
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

static Game *create_game(uint64_t seed) {
    Game *game = calloc(1, sizeof *game);
    assert_non_null(game);
    const VirtualServerConfig config = {.seed = seed,
                                        .drone_count = 60,
                                        .ship_capacity = PLAYERS + 2,
                                        .worker_count = 1,
                                        .side_units = 2000};
    game->play = virtual_game_create(&config, virtual_game_idle);
    return game;
}

static void add_players(Game *game, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        Witness *witness = &game->witnesses[game->play->player_count];
        const GameWatcher watcher = {.user = witness, .on_event = note_event};
        witness->client = &virtual_game_add(game->play, false, &watcher)->client;
    }
}

static void destroy_game(Game *game) {
    virtual_game_destroy(game->play);
    free(game);
}

static Client *client_of(const Game *game, uint32_t player) {
    return &game->play->players[player].client;
}

static uint64_t now_of(const Game *game) {
    return virtual_server_now_ns(game->play->server);
}

// Every player turns on the spot and fires all the time.
static ShipInput shoot(uint32_t index, uint64_t now_ns) {
    const uint64_t ms = now_ns / NS_PER_MS + index * 777;
    static const uint8_t directions[] = {INPUT_UP, INPUT_RIGHT, INPUT_DOWN, INPUT_LEFT};
    return (ShipInput){.aim = (uint16_t)(ms * 29),
                       .buttons = (uint8_t)(directions[ms / 700 % 4] | INPUT_PULSE |
                                            (ms % 400 < 200 ? INPUT_MISSILE : 0))};
}

static void note_deaths(Game *game) {
    const World *world = &game->play->server->match.sim.world;
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

// Every hit kills: a fight of seconds has as many deaths as one of minutes.
static void make_mortal(Game *game) {
    World *world = &game->play->server->match.sim.world;
    for (uint32_t i = 0; i < game->play->player_count; i++) {
        Ship *ship = &world->ships[i];
        if (ship->health > 1) {
            ship->health = 1;
            ship->shield_ticks = 0;
        }
    }
}

static void play_ms(Game *game, uint32_t ms) {
    for (uint32_t i = 0; i < ms; i++) {
        virtual_game_advance(game->play);
        note_deaths(game);
        if (game->play->steer == shoot) {
            make_mortal(game);
        }
    }
}

static const ImpairConfig BAD_NETWORK = {.latency_ns = 60 * NS_PER_MS,
                                         .jitter_ns = 30 * NS_PER_MS,
                                         .loss = 0.08,
                                         .duplicate = 0.03,
                                         .reorder = 0.05};

typedef bool (*Goal)(const Game *game);

// Reliable messages that are lost repeatedly arrive late: a test waits until its condition holds,
// up to a limit.
#define PATIENCE_MS 12000

static void play_until(Game *game, Goal is_reached) {
    uint32_t ms = 0;
    for (; !is_reached(game) && ms < PATIENCE_MS; ms++) {
        play_ms(game, 1);
    }
    assert_true(is_reached(game));
}

static bool everybody_plays(const Game *game) {
    uint32_t playing = 0;
    for (uint32_t i = 0; i < game->play->player_count; i++) {
        playing += client_of(game, i)->state == CLIENT_PLAYING;
    }
    return playing == game->play->player_count;
}

// Players who know each other's names, on a network that turns bad once they have joined.
static Game *start_game(uint64_t seed, uint32_t players, const ImpairConfig *impairment) {
    Game *game = create_game(seed);
    add_players(game, players);
    play_until(game, everybody_plays);
    play_ms(game, 1000);
    memnet_set_impairment(game->play->server->net, impairment);
    play_ms(game, 1000);
    return game;
}

static uint32_t count_kill(const Witness *player, const Kill *kill) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < player->kill_count; i++) {
        const Kill *shown = &player->kills[i];
        count += shown->tick == kill->tick && shown->victim == kill->victim &&
                 shown->killer == kill->killer;
    }
    return count;
}

// The arena is small enough for most to see each other. Victim and killer must always get the
// event, no client gets it twice, and no client gets an event that did not happen.
static void check_kills(const Game *game) {
    uint32_t sent = 0;
    for (uint32_t k = 0; k < game->kill_count; k++) {
        const Kill *kill = &game->kills[k];
        for (uint32_t i = 0; i < game->play->player_count; i++) {
            const Witness *player = &game->witnesses[i];
            const uint32_t index = player->client->welcome.player_index;
            const uint32_t count = count_kill(player, kill);
            if (index == kill->victim || index == kill->killer) {
                assert_int_equal(count, 1);
            }
            assert_true(count <= 1);
            sent += count;
        }
    }
    uint32_t shown = 0;
    for (uint32_t i = 0; i < game->play->player_count; i++) {
        shown += game->witnesses[i].kill_count;
        assert_int_equal(game->witnesses[i].early, 0);
        assert_int_equal(client_of(game, i)->stats.decode_errors, 0);
        assert_int_equal(game->play->players[i].view.events_dropped, 0);
    }
    assert_int_equal(shown, sent);
    print_message("%u kills, shown %u times\n", game->kill_count, shown);
    assert_true(game->kill_count >= 10);
    assert_true(sent > 2 * game->kill_count);
    for (int type = 0; type < EVENT_TYPE_COUNT; type++) {
        assert_int_equal(metric_get(&game->play->server->metrics->sim.events_dropped[type]), 0);
    }
}

// Leaves the kills up to that tick.
static void forget_later(Witness *player, uint32_t tick) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < player->kill_count; i++) {
        if (serial_difference(player->kills[i].tick, tick) <= 0) {
            player->kills[kept++] = player->kills[i];
        }
    }
    player->kill_count = kept;
}

static void fight(const ImpairConfig *impairment, uint64_t seed) {
    Game *game = start_game(seed, PLAYERS, impairment);
    game->play->steer = shoot;
    play_ms(game, 25000);
    // Drones go on biting, but events in flight must have arrived before the count.
    const uint32_t judged_kills = game->kill_count;
    game->play->steer = virtual_game_idle;
    play_ms(game, 8000);
    game->kill_count = judged_kills;
    for (uint32_t i = 0; i < game->play->player_count; i++) {
        assert_int_equal(client_of(game, i)->state, CLIENT_PLAYING);
        forget_later(&game->witnesses[i], game->kills[judged_kills - 1].tick);
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

static bool everybody_heard_something(const Game *game) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < game->play->player_count; i++) {
        count += game->witnesses[i].counts[EVENT_CHAT] > 0;
    }
    return count == game->play->player_count;
}

static void a_chat_line_reaches_every_client(void **state) {
    (void)state;
    Rng rng = test_rng();
    Game *game = start_game(rng_next(&rng), 4, &BAD_NETWORK);
    Client *speaker = client_of(game, 1);
    const uint64_t now_ns = now_of(game);
    assert_true(client_send_chat(speaker, "  Grüße \x1b an\xff alle ", now_ns));
    assert_false(client_send_chat(speaker, " \n ", now_ns));
    play_until(game, everybody_heard_something);
    play_ms(game, 1000);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(game->witnesses[i].counts[EVENT_CHAT], 1);
        assert_string_equal(game->witnesses[i].last_text, "Grüße an alle");
    }
    destroy_game(game);
}

static void chat_above_the_rate_is_dropped_and_a_flood_ends_the_session(void **state) {
    (void)state;
    Game *game = start_game(5, 2, NULL);
    Client *speaker = client_of(game, 0);
    uint32_t said = 0;
    for (int i = 0; i < 20; i++) {
        said += client_send_chat(speaker, "spam", now_of(game));
    }
    assert_int_equal(said, CHAT_BURST); // the client itself keeps to the rate
    play_ms(game, 1000);
    assert_int_equal(game->witnesses[1].counts[EVENT_CHAT], CHAT_BURST);
    const NetMetrics *net = &game->play->server->metrics->net[0];
    assert_int_equal(metric_get(&net->messages_rejected[MESSAGE_REJECT_CHAT_RATE]), 0);
    // A client that does not.
    for (int i = 0; i < 10; i++) {
        speaker->chat_due_ns = 0;
        assert_true(client_send_chat(speaker, "spam", now_of(game)));
    }
    play_ms(game, 1000);
    assert_int_equal(speaker->state, CLIENT_PLAYING);
    assert_true(metric_get(&net->messages_rejected[MESSAGE_REJECT_CHAT_RATE]) >= 9);
    assert_true(game->witnesses[1].counts[EVENT_CHAT] <= CHAT_BURST + 1);
    for (int i = 0; i < 100 && speaker->state == CLIENT_PLAYING; i++) {
        speaker->chat_due_ns = 0;
        client_send_chat(speaker, "spam", now_of(game));
        play_ms(game, 30);
    }
    play_ms(game, 500);
    assert_int_equal(speaker->state, CLIENT_CLOSED);
    assert_int_equal(speaker->reason, REASON_CHAT_FLOOD);
    play_ms(game, 500);
    assert_int_equal(game->witnesses[1].counts[EVENT_LEAVE], 1);
    assert_int_equal(game->witnesses[1].last_reason, REASON_CHAT_FLOOD);
    assert_string_equal(game->witnesses[1].last_name, "Pilot 0");
    destroy_game(game);
}

static bool newest_says_hello(const Game *game) {
    return client_of(game, game->play->player_count - 1)->state == CLIENT_JOINING;
}

static bool everybody_knows_the_newest(const Game *game) {
    bool is_known = everybody_plays(game);
    for (uint32_t i = 0; i + 1 < game->play->player_count; i++) {
        const Witness *witness = &game->witnesses[i];
        is_known &= strcmp(witness->last_name, "Pilot 5") == 0 && witness->counts[EVENT_JOIN] > 0;
    }
    return is_known;
}

static bool everybody_knows_that_one_has_left(const Game *game) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < game->play->player_count; i++) {
        const Scores *scores = client_view_scores(&game->play->players[i].view);
        count += game->witnesses[i].counts[EVENT_LEAVE] > 0 && scores->count == 5;
    }
    return count == game->play->player_count;
}

static void joins_leaves_and_scores_reach_every_client(void **state) {
    (void)state;
    Rng rng = test_rng();
    Game *game = start_game(rng_next(&rng), 5, &BAD_NETWORK);
    // ENet gives up on a client after three attempts to verify it: not here.
    memnet_set_impairment(game->play->server->net, NULL);
    add_players(game, 1);
    play_until(game, newest_says_hello);
    memnet_set_impairment(game->play->server->net, &BAD_NETWORK);
    play_until(game, everybody_knows_the_newest);
    virtual_game_remove(game->play);
    play_until(game, everybody_knows_that_one_has_left);
    play_ms(game, 1000);
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(game->witnesses[i].counts[EVENT_LEAVE], 1);
        assert_int_equal(game->witnesses[i].last_reason, REASON_CLIENT_LEFT);
    }
    destroy_game(game);
}

static void a_dead_player_sees_its_killer_until_it_respawns(void **state) {
    (void)state;
    Game *game = start_game(7, PLAYERS, NULL);
    game->play->steer = shoot;
    uint32_t dead_ms = 0;
    uint32_t known_ms = 0;
    for (int ms = 0; ms < 20000; ms++) {
        play_ms(game, 1);
        for (uint32_t i = 0; i < game->play->player_count; i++) {
            const Client *client = client_of(game, i);
            const Event *death = client_view_own_death(&game->play->players[i].view);
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_a_good_network_every_kill_is_shown_once_and_in_time),
        cmocka_unit_test(on_a_bad_network_every_kill_is_shown_once_and_in_time),
        cmocka_unit_test(a_chat_line_reaches_every_client),
        cmocka_unit_test(chat_above_the_rate_is_dropped_and_a_flood_ends_the_session),
        cmocka_unit_test(joins_leaves_and_scores_reach_every_client),
        cmocka_unit_test(a_dead_player_sees_its_killer_until_it_respawns),
    };
    return cmocka_run_group_tests(tests, virtual_game_set_up, NULL);
}
