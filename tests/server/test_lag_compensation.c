// SPDX-License-Identifier: MIT
// test_lag_compensation.c -- hits as the player saw them against hits as the server decided: a real
//                            client on a slow network shoots at moving drones, in virtual time.
#include <math.h>

#include "base/clock.h"
#include "base/serial.h"
#include "client/view/view.h"
#include "game/interact.h"
#include "game/slot_set.h"
#include "server/virtual_server.h"
#include "support.h"

#define DRONES           400
#define SHOT_TICKS       20 // between two shots: as long as the energy for one takes to come back
#define INPUT_PERIOD_NS  (50 * NS_PER_MS)
#define SHOTS_MAX        1024
#define SETTLE_MS        3000 // until the client's clock stands
#define PLAY_MS          150000
#define CLOSE_CALL_UNITS 0.25
#define TURN             6.283185307179586

typedef struct Shot {
    uint32_t tick; // of the input
    uint32_t seen; // slot of the target that it hits in the view, or SLOT_NONE
    uint32_t ruled;
    uint32_t rewind_q8;
    bool is_ruled;
    bool is_close_call; // a quarter of a unit decides which target it hits
} Shot;

typedef struct Range {
    VirtualServer *server;
    Client client;
    ClientView client_view;
    View view;
    Rng rng;
    uint64_t next_input_ns;
    uint32_t last_shot_tick;
    uint32_t last_tick; // of the world, when last looked at
    Shot shots[SHOTS_MAX];
    uint32_t shot_count;
} Range;

typedef struct Tally {
    uint32_t seen_hits;
    uint32_t agreed; // of these
    uint32_t seen_misses;
    uint32_t agreed_misses;
    uint32_t close_calls; // not among the above
    uint32_t unlikely;    // packets with a view that the server rejected
    double mean_rewind_ticks;
    double most_rewind_ticks;
    double claimed_ticks; // by the last input
} Tally;

// The distance at which the ray enters the circle; INFINITY when it misses.
static double enter(double x, double y, double angle, double radius) {
    const double along = x * cos(angle) + y * sin(angle);
    const double across = x * sin(angle) - y * cos(angle);
    return along < 0 || fabs(across) >= radius
               ? (double)INFINITY
               : fmax(along - sqrt(radius * radius - across * across), 0);
}

// The target that a shot with this aim hits in the view, fired from `forward` units further along,
// at targets whose radius is larger by `wider` units; and how much further away the next target is.
static uint32_t trace_view(const Range *range, uint16_t aim, double forward, double wider,
                           double *gap) {
    const View *view = &range->view;
    const SlotRanges *ranges = &range->client.welcome.ranges;
    const double angle = aim * TURN / 65536;
    const double x = (double)view->own.x + forward * cos(angle);
    const double y = (double)view->own.y + forward * sin(angle);
    double nearest = (double)arena_shot_length(range->client.arena, (int32_t)(x * UNIT),
                                               (int32_t)(y * UNIT), aim, PULSE_RANGE) /
                     UNIT;
    double second = (double)INFINITY;
    uint32_t hit = SLOT_NONE;
    for (uint32_t i = 0; i < view->entity_count; i++) {
        const ViewEntity *entity = &view->entities[i];
        if (entity->kind != ENTITY_DRONE) {
            continue;
        }
        const double radius =
            (double)(interact_radius(ranges, entity->slot) + PULSE_HALF_WIDTH) / UNIT + wider;
        const double at = enter((double)entity->x - x, (double)entity->y - y, angle, radius);
        second = at < nearest ? nearest : fmin(second, at);
        if (at < nearest) {
            nearest = at;
            hit = entity->slot;
        }
    }
    *gap = second - nearest;
    return hit;
}

// Interpolation between snapshots shows a drone that turned in between a little off its path. So a
// shot does not count when a shift of a quarter of a unit would change its target.
static void aim_at(const Range *range, uint16_t aim, Shot *shot) {
    static const double off[][2] = {{-1, 0}, {1, 0}, {0, -1}, {0, 1}};
    double gap;
    shot->seen = trace_view(range, aim, 0, 0, &gap);
    shot->is_close_call = gap < CLOSE_CALL_UNITS;
    for (size_t i = 0; i < sizeof off / sizeof *off; i++) {
        shot->is_close_call |= trace_view(range, aim, off[i][0] * CLOSE_CALL_UNITS,
                                          off[i][1] * CLOSE_CALL_UNITS, &gap) != shot->seen;
    }
}

// At the middle of a target in the view, or sometimes anywhere.
static uint16_t choose_aim(Range *range) {
    const View *view = &range->view;
    if (view->entity_count == 0 || rng_below(&range->rng, 8) == 0) {
        return (uint16_t)rng_next(&range->rng);
    }
    for (int i = 0; i < 20; i++) {
        const ViewEntity *entity = &view->entities[rng_below(&range->rng, view->entity_count)];
        const double dx = (double)(entity->x - view->own.x);
        const double dy = (double)(entity->y - view->own.y);
        if (entity->kind == ENTITY_DRONE && hypot(dx, dy) < 600) {
            return (uint16_t)(int32_t)lrint(atan2(dy, dx) / TURN * 65536);
        }
    }
    return 0;
}

static void play_client(Range *range, uint64_t now_ns) {
    Client *client = &range->client;
    client_poll(client, now_ns);
    ShipInput input = {0};
    Shot shot = {0};
    const uint32_t next_tick = client->prediction.newest_tick + 1;
    const bool is_due = client->state == CLIENT_PLAYING && range->shot_count < SHOTS_MAX &&
                        next_tick - range->last_shot_tick >= SHOT_TICKS;
    if (is_due) {
        view_build(&range->client_view, now_ns, &range->view);
        input = (ShipInput){.aim = choose_aim(range), .buttons = INPUT_PULSE};
        aim_at(range, input.aim, &shot);
    }
    if (client_step(client, now_ns, input) > 0 && is_due && range->view.has_own) {
        shot.tick = client->prediction.newest_tick;
        range->last_shot_tick = shot.tick;
        range->shots[range->shot_count++] = shot;
    }
    if (now_ns >= range->next_input_ns) {
        client_send_inputs(client, now_ns);
        range->next_input_ns += INPUT_PERIOD_NS;
    }
}

// No entity dies here: a dead one cannot be hit.
static void keep_alive(World *world) {
    for (uint32_t i = 0; i < DRONES; i++) {
        if (world->drones[i].health != 0) {
            world->drones[i].health = DRONE_HEALTH_MAX;
        }
    }
    if (world->has_joined[0]) {
        world->ships[0].shield_ticks = SHIP_SHIELD_TICKS;
    }
}

static void note_ruling(Range *range) {
    World *world = &range->server->match.sim.world;
    if (world->tick == range->last_tick) {
        return;
    }
    range->last_tick = world->tick;
    keep_alive(world);
    if ((world->ship_actions[0] & SHIP_ACTION_PULSE) == 0) {
        return;
    }
    uint32_t hit = SLOT_NONE;
    for (uint32_t i = 0; i < world->list_count; i++) {
        for (uint32_t k = 0; k < world->lists[i].count; k++) {
            const WorldEvent *event = &world->lists[i].events[k];
            hit = event->type == WORLD_EVENT_PULSE_HIT ? event->object : hit;
        }
    }
    for (uint32_t i = range->shot_count; i-- > 0;) {
        if (range->shots[i].tick == world->tick) {
            range->shots[i].ruled = hit;
            range->shots[i].rewind_q8 = world->rewinds[0];
            range->shots[i].is_ruled = true;
        }
    }
}

static Tally count_shots(const Range *range) {
    const Session *session = &range->server->match.sessions.sessions[0];
    Tally tally = {.unlikely = (uint32_t)session->inputs.counts.unlikely,
                   .claimed_ticks = -serial_since(range->client.prediction.newest_tick,
                                                  range->client.view_tick)};
    uint32_t ruled = 0;
    for (uint32_t i = 0; i < range->shot_count; i++) {
        const Shot *shot = &range->shots[i];
        if (!shot->is_ruled) {
            continue; // on its way still
        }
        ruled++;
        tally.mean_rewind_ticks += shot->rewind_q8 / 256.0;
        tally.most_rewind_ticks = fmax(tally.most_rewind_ticks, shot->rewind_q8 / 256.0);
        const bool is_agreed = shot->ruled == shot->seen;
        if (shot->is_close_call) {
            tally.close_calls++;
        } else if (shot->seen != SLOT_NONE) {
            tally.seen_hits++;
            tally.agreed += is_agreed;
        } else {
            tally.seen_misses++;
            tally.agreed_misses += is_agreed;
        }
    }
    tally.mean_rewind_ticks /= ruled;
    return tally;
}

static void on_snapshot(void *user, const Snapshot *snapshot, size_t bytes, uint64_t now_ns) {
    (void)snapshot;
    (void)bytes;
    client_view_on_snapshot(user, now_ns);
}

static Tally shoot_with(uint32_t round_trip_ms, uint32_t jitter_ms, double loss) {
    const ImpairConfig impairment = {.latency_ns = round_trip_ms * NS_PER_MS / 2,
                                     .jitter_ns = jitter_ms * NS_PER_MS,
                                     .loss = loss};
    const VirtualServerConfig config = {.seed = 5,
                                        .drone_count = DRONES,
                                        .ship_capacity = 4,
                                        .worker_count = 1,
                                        .side_units = 2400,
                                        .impairment = &impairment};
    Range *range = calloc(1, sizeof *range);
    assert_non_null(range);
    range->rng = test_rng();
    range->server = virtual_server_create(&config);
    const ClientConfig client = {
        .host = "127.0.0.1",
        .port = range->server->port,
        .name = "Eye",
        .observer = {.user = &range->client_view, .on_snapshot = on_snapshot}};
    TransportError error;
    assert_true(client_open(&range->client, &client, virtual_server_now_ns(range->server), &error));
    assert_true(client_view_create(&range->client_view, &range->client));
    for (uint32_t ms = 0; ms < SETTLE_MS + PLAY_MS; ms++) {
        virtual_server_advance(range->server);
        note_ruling(range);
        play_client(range, virtual_server_now_ns(range->server));
        if (ms == SETTLE_MS) {
            range->shot_count = 0;
        }
    }
    const Tally tally = count_shots(range);
    print_message(
        "round trip %u ms, jitter %u ms, loss %.0f %%: %u of %u hits seen were ruled, %u "
        "of %u misses, %u close calls; rewound by %.1f ticks, at most %.1f, claimed %.1f\n",
        round_trip_ms, jitter_ms, loss * 100, tally.agreed, tally.seen_hits, tally.agreed_misses,
        tally.seen_misses, tally.close_calls, tally.mean_rewind_ticks, tally.most_rewind_ticks,
        tally.claimed_ticks);
    client_close(&range->client, virtual_server_now_ns(range->server));
    client_view_destroy(&range->client_view);
    virtual_server_destroy(range->server);
    free(range);
    return tally;
}

// ------------------------------------------------------------------ cases

static void check_agreement(const Tally *tally, uint32_t percent) {
    assert_true(tally->seen_hits > 200);
    assert_true(tally->agreed * 100 >= tally->seen_hits * percent);
    const uint32_t shots = tally->seen_hits + tally->seen_misses;
    assert_true((tally->agreed + tally->agreed_misses) * 100 >= shots * percent);
}

static void at_50_ms_a_shot_hits_the_target_that_the_shooter_saw(void **state) {
    (void)state;
    const Tally tally = shoot_with(50, 0, 0);
    check_agreement(&tally, 99);
    assert_true(tally.mean_rewind_ticks > 8);
}

static void at_150_ms_a_shot_hits_the_target_that_the_shooter_saw(void **state) {
    (void)state;
    const Tally tally = shoot_with(150, 0, 0);
    check_agreement(&tally, 99);
    assert_true(tally.mean_rewind_ticks > 14);
}

static void with_jitter_and_loss_nearly_every_shot_that_looks_like_a_hit_hits(void **state) {
    (void)state;
    const Tally tally = shoot_with(100, 10, 0.02);
    check_agreement(&tally, 97);
}

// The server compensates a round trip of 200 ms, two intervals of interpolation and eight ticks of
// reserve at most. The shooter has to lead by the rest of the latency.
static void at_500_ms_the_bound_shows(void **state) {
    (void)state;
    const Tally tally = shoot_with(500, 0, 0);
    const double bound_ticks = 12 + 2 * 3 + INPUT_REWIND_EARLY_TICKS;
    assert_true(tally.claimed_ticks > 36);
    assert_true(tally.most_rewind_ticks <= bound_ticks);
    assert_true(tally.mean_rewind_ticks > 18);
    assert_true(tally.agreed * 2 < tally.seen_hits);
    assert_true(tally.unlikely > 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_50_ms_a_shot_hits_the_target_that_the_shooter_saw),
        cmocka_unit_test(at_150_ms_a_shot_hits_the_target_that_the_shooter_saw),
        cmocka_unit_test(with_jitter_and_loss_nearly_every_shot_that_looks_like_a_hit_hits),
        cmocka_unit_test(at_500_ms_the_bound_shows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
