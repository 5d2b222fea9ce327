// SPDX-License-Identifier: MIT test_counter_wrap.c -- games that continue across the wrap of a
// counter: a server and real clients
//                        in virtual time, once for each counter.
#include <math.h>

#include "base/clock.h"
#include "base/serial.h"
#include "client/view/view.h"
#include "net/transport_peers.h"
#include "server/virtual_game.h"
#include "support.h"

#define PLAYERS           6
#define LATECOMERS        3 // before the wrap, in it, and behind it
#define SETTLE_MS         6000
#define LATER_MS          400
#define PLAY_MS           12000
#define VIEW_MS           50
#define SETTLED_SNAPSHOTS 30
#define SETTLED_INPUTS    120
#define WRAP_TICKS        400 // from the start: 6.7 s
#define BEFORE(wrap)      ((uint32_t)(wrap)-WRAP_TICKS)

static const ImpairConfig network = {.latency_ns = 25 * NS_PER_MS,
                                     .jitter_ns = 10 * NS_PER_MS,
                                     .loss = 0.02,
                                     .duplicate = 0.01,
                                     .reorder = 0.02};

static const ImpairConfig far_away = {.latency_ns = 25 * NS_PER_MS};

// A counter that is about to wrap; members that are not set are as in any other game.
typedef struct Wrap {
    const char *counter;
    uint32_t first_tick;
    uint64_t start_ms;
    bool is_network_perfect;                // then no input is ever late or missing
    void (*start)(VirtualServer *server);   // before the first join
    void (*join)(Session *session);         // before its first snapshot
    void (*settle)(Client *client);         // after SETTLE_MS
    bool (*has_wrapped)(VirtualGame *game); // in the end; NULL: by the choice of the start
} Wrap;

// ------------------------------------------------------------------ counters

static void start_generations(VirtualServer *server) {
    World *world = &server->match.sim.world;
    const uint16_t last = (1 << ENTITY_GENERATION_BITS) - 2;
    for (uint32_t slot = 0; slot < world_slot_count(world); slot++) {
        world->last_generations[slot] = last;
        world->generations[slot] = world->generations[slot] != 0 ? last : 0;
    }
}

static bool generations_have_wrapped(VirtualGame *game) {
    const World *world = &game->server->match.sim.world;
    uint32_t kinds = 0;
    for (int kind = 0; kind < ENTITY_KIND_COUNT; kind++) {
        bool has_wrapped = false;
        for (uint32_t slot = world->ranges.first[kind]; slot < world->ranges.first[kind + 1];
             slot++) {
            has_wrapped |= world->last_generations[slot] < 100;
        }
        kinds += has_wrapped;
    }
    return kinds == ENTITY_KIND_COUNT;
}

static void start_life_ends(VirtualServer *server) {
    server->match.sim.world.rewind.end_count = UINT32_MAX - 2;
}

static bool life_ends_have_wrapped(VirtualGame *game) {
    return game->server->match.sim.world.rewind.end_count > UINT32_MAX;
}

static void start_event_periods(VirtualServer *server) {
    server->match.broadcast.period = UINT32_MAX - 25;
    server->match.broadcast.scores_version = UINT32_MAX - 3;
}

static bool event_periods_have_wrapped(VirtualGame *game) {
    const EventBroadcast *broadcast = &game->server->match.broadcast;
    return broadcast->period < 100 && broadcast->scores_version < 100;
}

static void start_handles(VirtualServer *server) {
    Transport *transport = server->endpoint.transport;
    for (uint32_t slot = 0; slot < transport->capacity; slot++) {
        transport->slots[slot].generation = UINT16_MAX - 1;
    }
}

static bool handles_have_wrapped(VirtualGame *game) {
    const Transport *transport = game->server->endpoint.transport;
    uint32_t wrapped = 0;
    for (uint32_t slot = 0; slot < transport->capacity; slot++) {
        wrapped += transport->slots[slot].generation < 100;
    }
    return wrapped > 0;
}

static void join_snapshots(Session *session) {
    ReplicaState *replica = &session->replica;
    replica->next_sequence = UINT16_MAX - 100;
    replica->sent_count = replica->next_sequence;
    replica->acked_bits = 1; // the last of those before
    replica->baselines.given_up = replica->next_sequence;
}

static bool snapshots_have_wrapped(VirtualGame *game) {
    const SessionTable *sessions = &game->server->match.sessions;
    return sessions->replicas[0]->next_sequence < 1000;
}

static void join_starved(Session *session) {
    session->inputs.starved_count = UINT16_MAX;
}

static bool starved_has_wrapped(VirtualGame *game) {
    return game->server->match.sessions.sessions[0].inputs.starved_count < 1000;
}

static void settle_samples(Client *client) {
    ClientClock *clock = &client->clock;
    ClockEstimate *estimates[] = {&clock->round_trip_ns, &clock->arrival, &clock->gap_ticks,
                                  &clock->need, &clock->send_ticks};
    for (size_t i = 0; i < sizeof estimates / sizeof *estimates; i++) {
        estimates[i]->sample_count = UINT32_MAX - 10;
    }
}

static void settle_packets(Client *client) {
    client->packet_count += UINT32_MAX / 64 * 64ull;
    client->clock.sent_count += UINT32_MAX / 64 * 64ull;
}

static const Wrap wraps[] = {
    {.counter = "none"},
    {.counter = "none, and no loss", .is_network_perfect = true},
    {.counter = "ticks, and no loss", .first_tick = BEFORE(1ull << 32), .is_network_perfect = true},
    {.counter = "ticks, signed, and no loss",
     .first_tick = BEFORE(1ull << 31),
     .is_network_perfect = true},
    {.counter = "ticks", .first_tick = BEFORE(1ull << 32)},
    {.counter = "ticks, as signed numbers", .first_tick = BEFORE(1ull << 31)},
    {.counter = "ticks, in 1/256", .first_tick = BEFORE(1ull << 24)},
    {.counter = "ticks, in 1/256, and the ticks", .first_tick = BEFORE(255ull << 24)},
    {.counter = "milliseconds of the clock", .start_ms = (1ull << 32) - SETTLE_MS},
    {.counter = "milliseconds as signed numbers", .start_ms = (1ull << 31) - SETTLE_MS},
    {.counter = "milliseconds that inputs carry", .start_ms = (1ull << 16) * 1000 - SETTLE_MS},
    {.counter = "milliseconds that inputs carry, signed", .start_ms = (1ull << 15) * 9 - SETTLE_MS},
    {.counter = "entity generations",
     .start = start_generations,
     .has_wrapped = generations_have_wrapped},
    {.counter = "ends of lives", .start = start_life_ends, .has_wrapped = life_ends_have_wrapped},
    {.counter = "event periods and versions of scores",
     .start = start_event_periods,
     .has_wrapped = event_periods_have_wrapped},
    {.counter = "peer handles", .start = start_handles, .has_wrapped = handles_have_wrapped},
    {.counter = "snapshot sequences",
     .join = join_snapshots,
     .has_wrapped = snapshots_have_wrapped},
    {.counter = "starved inputs", .join = join_starved, .has_wrapped = starved_has_wrapped},
    {.counter = "samples of the client's clock", .settle = settle_samples},
    {.counter = "packets of a client", .settle = settle_packets},
};

// ------------------------------------------------------------------ the game

typedef struct Seen {
    uint64_t entities, extrapolated; // in views, all players'
    uint64_t events[EVENT_TYPE_COUNT];
    double last_shown_tick;                               // of player 0
    uint32_t first_input_ticks[PLAYERS + LATECOMERS + 1]; // by player; 0: not settled
} Seen;

static void count_event(void *user, const Event *event, uint64_t now_ns) {
    (void)now_ns;
    ((Seen *)user)->events[event->type]++;
}

// All players fly in curves, shoot, and launch missiles.
static ShipInput fight(uint32_t player, uint64_t now_ns) {
    ShipInput input = virtual_game_roam(player, now_ns);
    const uint64_t ms = now_ns / NS_PER_MS + player * 170;
    input.buttons |= ms % 700 < 300 ? INPUT_PULSE : 0;
    input.buttons |= ms % 1500 < 100 ? INPUT_MISSILE : 0;
    return input;
}

// The clock's lines, the inputs and the snapshots of a client that plays for a while agree.
static void check_lines(const Client *client, uint64_t now_ns) {
    const double input_tick = client_clock_input_tick(&client->clock, now_ns);
    const double shown_tick = client_clock_shown_tick(&client->clock, now_ns);
    const Prediction *prediction = &client->prediction;
    const double due = serial_since(prediction->newest_tick, input_tick);
    const double shown = serial_since(client->latest.tick, shown_tick);
    assert_true(due >= -0.001 && due < 1.001);
    assert_true(fabs(shown) < 9);
    const int32_t acknowledged =
        serial_difference(prediction->newest_tick, client->latest.input_tick);
    assert_true(client->latest.has_input && acknowledged > 0 && acknowledged < 25);
    const double view_age = serial_since(prediction->newest_tick, client->view_tick);
    assert_true(view_age < -9 && view_age > -20);
}

// Nor does a settled client ever restart its inputs.
static void look_at_inputs(const Client *client, uint64_t now_ns, uint32_t *first_input_tick) {
    const uint32_t first = client->prediction.first_input_tick;
    if (client->stats.snapshots_received < SETTLED_SNAPSHOTS) {
        *first_input_tick = 0;
        return;
    }
    check_lines(client, now_ns);
    assert_true(*first_input_tick == 0 || *first_input_tick == first);
    *first_input_tick = first;
}

// Shots are rewound to the player's view.
static void check_rewind(const Session *session) {
    if (session->state == SESSION_PLAYING && session->inputs.counts.accepted > SETTLED_INPUTS) {
        assert_in_range(session->inputs.rewind_q8, 6 * 256, 20 * 256);
    }
}

static void look(VirtualGame *game, Seen *seen) {
    static View view;
    for (uint32_t i = 0; i < game->server->match.sessions.high_water; i++) {
        check_rewind(&game->server->match.sessions.sessions[i]);
    }
    const uint64_t now_ns = virtual_server_now_ns(game->server);
    for (uint32_t i = 0; i < game->player_count; i++) {
        if (game->players[i].client.state != CLIENT_PLAYING) {
            continue;
        }
        look_at_inputs(&game->players[i].client, now_ns, &seen->first_input_ticks[i]);
        view_build(&game->players[i].view, now_ns, &view);
        seen->entities += view.entity_count;
        for (uint32_t k = 0; k < view.entity_count; k++) {
            seen->extrapolated += view.entities[k].is_extrapolated;
            assert_true(isfinite(view.entities[k].x) && isfinite(view.entities[k].y));
        }
        assert_true(i > 0 || view.tick > seen->last_shown_tick); // time goes on
        seen->last_shown_tick = i == 0 ? view.tick : seen->last_shown_tick;
    }
}

static void play_ms(VirtualGame *game, const Wrap *wrap, Seen *seen, uint32_t ms) {
    SessionTable *sessions = &game->server->match.sessions;
    bool is_open[PLAYERS + LATECOMERS + 1];
    for (uint32_t at = 0; at < ms; at++) {
        for (uint32_t i = 0; i < sessions->capacity; i++) {
            is_open[i] = sessions->sessions[i].state != SESSION_FREE;
        }
        virtual_game_advance(game);
        for (uint32_t i = 0; i < sessions->capacity && wrap->join != NULL; i++) {
            if (!is_open[i] && sessions->sessions[i].state != SESSION_FREE) {
                wrap->join(&sessions->sessions[i]);
            }
        }
        if (at % VIEW_MS == 0) {
            look(game, seen);
        }
    }
}

static void add(VirtualGame *game, Seen *seen) {
    virtual_game_add(game, true, &(GameWatcher){.user = seen, .on_event = count_event});
}

static VirtualGame *g_game; // for the tear-down, which a failed test needs too

static VirtualGame *start_game(const Wrap *wrap) {
    const VirtualServerConfig config = {.seed = 5,
                                        .drone_count = 500,
                                        .ship_capacity = PLAYERS + LATECOMERS + 1,
                                        .worker_count = 1,
                                        .side_units = 2000,
                                        .impairment =
                                            wrap->is_network_perfect ? &far_away : &network,
                                        .first_tick = wrap->first_tick,
                                        .start_ms = wrap->start_ms};
    VirtualGame *game = virtual_game_create(&config, fight);
    if (wrap->start != NULL) {
        wrap->start(game->server);
    }
    return game;
}

// Late and missing inputs of the players who were there from the start.
static uint64_t count_missed(const VirtualGame *game) {
    uint64_t missed = 0;
    for (uint32_t i = 0; i < PLAYERS; i++) {
        const InputCounts *counts = &game->server->match.sessions.sessions[i].inputs.counts;
        missed += counts->starved + counts->late;
    }
    return missed;
}

static void run_game(VirtualGame *game, const Wrap *wrap, Seen *seen) {
    for (uint32_t i = 0; i < PLAYERS; i++) {
        add(game, seen);
    }
    play_ms(game, wrap, seen, SETTLE_MS - LATER_MS);
    const uint64_t missed = count_missed(game);
    for (uint32_t i = 0; i < game->player_count && wrap->settle != NULL; i++) {
        wrap->settle(&game->players[i].client);
    }
    for (uint32_t i = 0; i < LATECOMERS; i++) {
        add(game, seen);
        play_ms(game, wrap, seen, LATER_MS);
    }
    virtual_game_remove(game); // and another client reuses the peer
    play_ms(game, wrap, seen, LATER_MS);
    add(game, seen);
    play_ms(game, wrap, seen, PLAY_MS);
    assert_true(!wrap->is_network_perfect || count_missed(game) == missed);
}

// ------------------------------------------------------------------ what must be so

static void check_player(const GamePlayer *player, uint32_t played_ms) {
    const Client *client = &player->client;
    const ClientStats *stats = &client->stats;
    const uint64_t snapshots = played_ms / VIEW_MS;
    assert_int_equal(client->state, CLIENT_PLAYING);
    assert_int_equal(stats->decode_errors, 0);
    assert_int_equal(stats->verify_mismatches, 0);
    assert_true(stats->snapshots_received > snapshots * 8 / 10);
    assert_true(stats->verify_checks > snapshots * 8 / 10);
    assert_true(stats->prediction_checks > snapshots * 6 / 10);
    assert_true(stats->prediction_corrections * 20 < stats->prediction_checks);
    assert_int_equal(stats->clock_jumps, 0);
    assert_int_equal(player->view.events_dropped, 0);
    assert_true(client->clock.margin_ticks > 0 && client->clock.margin_ticks < 12);
    assert_true(client_view_scores(&player->view)->count > 0);
}

static void check_session(const Session *session) {
    const InputCounts *counts = &session->inputs.counts;
    assert_true(counts->accepted > 5 * (counts->late + counts->starved));
    assert_int_equal(counts->early, 0);
    assert_true(counts->unlikely * 20 < counts->accepted);
}

static void check_world(const World *world) {
    const WorldCounters *counters = &world->counters;
    assert_null(world_validate(world).what);
    assert_true(counters->missiles_launched > 5);
    assert_true(counters->shards_dropped > 5);
    assert_true(counters->drones_killed > 5);
    assert_true(counters->bites > 5);
}

static void check_game(VirtualGame *game, const Seen *seen) {
    const NetMetrics *net = &game->server->metrics->net[0];
    for (uint32_t i = 0; i < game->player_count; i++) {
        const bool is_early = i < PLAYERS;
        check_player(&game->players[i], is_early ? SETTLE_MS + PLAY_MS : PLAY_MS);
    }
    const SessionTable *sessions = &game->server->match.sessions;
    assert_int_equal(sessions->count, game->player_count);
    for (uint32_t i = 0; i < sessions->high_water; i++) {
        if (sessions->sessions[i].state == SESSION_PLAYING) {
            check_session(&sessions->sessions[i]);
        }
    }
    check_world(&game->server->match.sim.world);
    for (int type = 0; type < EVENT_TYPE_COUNT; type++) {
        assert_int_equal(metric_get(&game->server->metrics->sim.events_dropped[type]), 0);
    }
    assert_int_equal(metric_get(&net->unexpected_reliable), 0);
    assert_true(seen->events[EVENT_JOIN] > PLAYERS);
    assert_true(seen->events[EVENT_KILL] > 0);
    assert_true(seen->entities > 10000);
    assert_true(seen->extrapolated * 10 < seen->entities);
}

static void a_game_plays_on_across_the_wrap_of_a_counter(void **state) {
    const Wrap *wrap = *state;
    Seen seen = {0};
    print_message("%s\n", wrap->counter);
    VirtualGame *game = g_game = start_game(wrap);
    run_game(game, wrap, &seen);
    check_game(game, &seen);
    assert_true(wrap->has_wrapped == NULL || wrap->has_wrapped(game));
    if (wrap->first_tick != 0) {
        const uint32_t tick = game->server->match.sim.world.tick;
        assert_true(tick - wrap->first_tick > WRAP_TICKS + 60);
    }
}

static int end_game(void **state) {
    (void)state;
    virtual_game_destroy(g_game);
    g_game = NULL;
    return 0;
}

int main(void) {
    enum { COUNT = sizeof wraps / sizeof *wraps };
    struct CMUnitTest tests[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        tests[i] = (struct CMUnitTest){.name = wraps[i].counter,
                                       .test_func = a_game_plays_on_across_the_wrap_of_a_counter,
                                       .initial_state = (void *)(uintptr_t)&wraps[i],
                                       .teardown_func = end_game};
    }
    return cmocka_run_group_tests(tests, virtual_game_set_up, NULL);
}
