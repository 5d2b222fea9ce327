// SPDX-License-Identifier: MIT
// test_client_wrap.c -- a client behaves the same across the wrap of the tick.
//
// Every case runs twice, from an ordinary tick on and from one before a wrap. The results are noted
// relative to that tick and must be equal.
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "client/view/client_view.h"
#include "game/tuning.h"
#include "support.h"

#define NOTES_MAX 4096
#define ORDINARY  100000u

static const uint32_t wraps[] = {0 - 20u, 0 - 7u, 0 - 3u, 0 - 1u, 0x80000000u - 9u};

static double g_notes[2][NOTES_MAX];
static uint32_t g_note_count;

static void note(uint32_t turn, double value) {
    assert_true(g_note_count < NOTES_MAX);
    g_notes[turn][g_note_count++] = value;
}

static void check_alike(void (*send)(uint32_t turn, uint32_t first_tick)) {
    for (size_t i = 0; i < sizeof wraps / sizeof *wraps; i++) {
        g_note_count = 0;
        send(0, ORDINARY);
        const uint32_t count = g_note_count;
        g_note_count = 0;
        send(1, wraps[i]);
        assert_int_equal(g_note_count, count);
        assert_true(count > 50);
        for (uint32_t k = 0; k < count; k++) {
            // Doubles have fewer digits left behind 2^32.
            if (fabs(g_notes[0][k] - g_notes[1][k]) > 0.002) {
                fail_msg("from tick %u: note %u is %f, not %f", wraps[i], k, g_notes[1][k],
                         g_notes[0][k]);
            }
        }
    }
}

// ------------------------------------------------------------------ entities

static void note_pose(uint32_t turn, const EntityTable *table, uint32_t slot, double tick) {
    EntityPose pose = {0};
    const TrackedEntity *entity = entity_table_find(table, slot);
    const bool is_there = entity != NULL && entity_pose_at(table, entity, tick, &pose);
    note(turn, is_there);
    note(turn, pose.x);
    note(turn, pose.y);
    note(turn, pose.is_extrapolated);
}

static EntityRecord record_at(int32_t i) {
    return (EntityRecord){.x = 1000 + 37 * i * i, .y = 5000 - 90 * i, .vx = 300, .generation = 1};
}

static void send_entities(uint32_t turn, uint32_t first) {
    EntityTable table;
    assert_true(entity_table_create(&table));
    for (int32_t i = 0; i < 12; i++) {
        const EntityRecord record = record_at(i);
        const double shown = (double)first + i * 3 - 4;
        entity_table_see(&table, shown);
        entity_table_update(&table, 5, &record, first + (uint32_t)i * 3, true);
        entity_table_update(&table, 5, &record, first + (uint32_t)i * 3 - 5, true); // older
        for (int32_t k = -40; k < 20; k++) {
            note_pose(turn, &table, 5, shown + k / 4.0);
        }
    }
    // Late: the extrapolation's error is smoothed.
    const EntityRecord late = record_at(20);
    entity_table_see(&table, (double)first + 60);
    entity_table_update(&table, 5, &late, first + 45, true);
    for (int32_t k = 0; k < 20; k++) {
        note_pose(turn, &table, 5, (double)first + 60 + k / 2.0);
    }
    entity_table_remove(&table, entity_id(5, 1), first + 70);
    for (int32_t k = 0; k < 20; k++) {
        note_pose(turn, &table, 5, (double)first + 65 + k / 2.0);
        entity_table_expire(&table, (double)first + 65 + k / 2.0);
        note(turn, table.count);
    }
    entity_table_destroy(&table);
}

// Samples from before the wrap, shown after it, and vice versa.
static void send_few_samples(uint32_t turn, uint32_t first) {
    EntityTable table;
    assert_true(entity_table_create(&table));
    for (uint32_t slot = 0; slot < 20; slot++) {
        const EntityRecord a = record_at(0);
        const EntityRecord b = record_at(3);
        entity_table_see(&table, (double)first + slot);
        entity_table_update(&table, slot, &a, first + slot, true);
        entity_table_update(&table, slot, &b, first + slot + 6, true);
        entity_table_remove(&table, entity_id(slot, 1), first + slot + 9);
        const EntityRecord back = record_at(2);
        for (int32_t k = 0; k < 12; k++) {
            note_pose(turn, &table, slot, (double)first + slot + k);
        }
        entity_table_update(&table, slot, &back, first + slot + 3, true); // revokes the removal
        note_pose(turn, &table, slot, (double)first + slot + 10);
    }
    entity_table_destroy(&table);
}

static void entities_are_shown_across_the_wrap(void **state) {
    (void)state;
    check_alike(send_entities);
    check_alike(send_few_samples);
}

// ------------------------------------------------------------------ prediction

static void note_prediction(uint32_t turn, const Prediction *prediction, uint32_t first) {
    const Ship *ship = prediction_ship(prediction);
    note(turn, (int32_t)(prediction->newest_tick - first));
    note(turn, (int32_t)(prediction->first_input_tick - first));
    note(turn, ship->motion.x);
    note(turn, ship->motion.y);
    for (int32_t k = -12; k < 8; k++) {
        const ShipInput *input =
            prediction_input(prediction, prediction->newest_tick + (uint32_t)k);
        note(turn, input != NULL ? input->aim : -1);
    }
    for (int32_t k = -4; k < 8; k++) {
        OwnPose pose;
        // A line that has not wrapped, as the client's.
        const double newest = (double)first + (int32_t)(prediction->newest_tick - first);
        assert_true(prediction_pose(prediction, newest + k / 4.0, &pose));
        note(turn, pose.x);
        note(turn, pose.y);
    }
}

static void step(Prediction *prediction, const Arena *arena, uint32_t ticks) {
    for (uint32_t i = 0; i < ticks; i++) {
        const ShipInput input = {.aim = (uint16_t)(i * 700), .buttons = INPUT_RIGHT};
        prediction_step(prediction, arena, input);
    }
}

static void send_prediction(uint32_t turn, uint32_t first) {
    Arena arena;
    static Prediction prediction;
    const ArenaSpec spec = {.seed = 1, .side_units = 6000, .nest_count = 1, .name = "test"};
    Ship server_ship = {.motion = {.x = 3000 * UNIT, .y = 3000 * UNIT},
                        .health = SHIP_HEALTH_MAX,
                        .energy = SHIP_ENERGY_MAX,
                        .generation = 1};
    assert_true(arena_create(&arena, &spec));
    memset(&prediction, 0, sizeof prediction);
    note(turn, prediction_reconcile(&prediction, &arena, first - 6, &server_ship).is_restart);
    prediction_start_inputs(&prediction, &arena, first - 2);
    step(&prediction, &arena, 9);
    note_prediction(turn, &prediction, first);
    // Corrections of ticks on both sides of the wrap, with inputs to replay.
    for (uint32_t i = 0; i < 12; i++) {
        server_ship.motion.x += 100 * UNIT;
        const Reconciliation result =
            prediction_reconcile(&prediction, &arena, first - 1 + i, &server_ship);
        note(turn, result.is_restart);
        note(turn, result.is_check);
        note(turn, result.distance_units);
        note_prediction(turn, &prediction, first);
        step(&prediction, &arena, 2);
    }
    // The clock jumps forward and back, across the wrap too.
    for (uint32_t i = 0; i < 25; i++) {
        prediction_start_inputs(&prediction, &arena, first + i + 1);
        step(&prediction, &arena, i % 4);
        prediction_start_inputs(&prediction, &arena, first + i - 2);
        note(turn, (int32_t)(prediction.newest_tick - first));
        note(turn, (int32_t)(prediction.oldest_tick - first));
        note(turn, prediction_ship(&prediction)->motion.x);
        step(&prediction, &arena, 5);
        note(turn, prediction_ship(&prediction)->motion.x);
    }
    static const int32_t jumps[] = {5, -7, 20, -3, 30, -1, 1};
    for (size_t i = 0; i < sizeof jumps / sizeof *jumps; i++) {
        prediction_start_inputs(&prediction, &arena, prediction.newest_tick + (uint32_t)jumps[i]);
        step(&prediction, &arena, 3);
        note_prediction(turn, &prediction, first);
    }
    // States ahead of all predictions and before them restart.
    note(turn, prediction_reconcile(&prediction, &arena, prediction.newest_tick + 1, &server_ship)
                   .is_restart);
    step(&prediction, &arena, PREDICTION_TICKS + 20);
    note(turn, prediction_reconcile(&prediction, &arena, first + 1, &server_ship).is_restart);
    arena_destroy(&arena);
}

static void the_own_ship_is_predicted_across_the_wrap(void **state) {
    (void)state;
    check_alike(send_prediction);
}

// ------------------------------------------------------------------ events

static void send_events(uint32_t turn, uint32_t first) {
    static EventLog log;
    memset(&log, 0, sizeof log);
    static const uint32_t order[] = {6, 2, 9, 0, 14, 3, 3, 11, 25, 1};
    EventBatch batch = {.tick = first + 12, .has_scores = true, .scores = {.count = 3}};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        batch.events[batch.count++] =
            (Event){.tick = first + order[i], .type = EVENT_KILL, .player = {.index = (uint32_t)i}};
    }
    assert_int_equal(event_log_append(&log, &batch), 0);
    for (int32_t k = -10; k < 70; k++) {
        const Event *event;
        while ((event = event_log_next(&log, (double)first + k / 2.0, 4)) != NULL) {
            note(turn, k);
            note(turn, (int32_t)(event->tick - first));
            note(turn, event->player.index);
        }
        note(turn, log.scores.count);
    }
    note(turn, log.has_own_death);
}

static void events_are_shown_in_order_across_the_wrap(void **state) {
    (void)state;
    check_alike(send_events);
}

// The death after which the ship waits to respawn, and one long before.
static void send_death(uint32_t turn, uint32_t first) {
    static Client client;
    static ClientView view;
    memset(&client, 0, sizeof client);
    memset(&view, 0, sizeof view);
    view.client = &client;
    view.events.has_own_death = true;
    for (int32_t k = -300; k < 20; k += 5) {
        view.events.own_death = (Event){.tick = first + (uint32_t)k, .type = EVENT_KILL};
        client.latest.tick = first + 10;
        client.latest.own = (Ship){.respawn_ticks = SHIP_RESPAWN_TICKS - 20};
        note(turn, client_view_own_death(&view) != NULL);
    }
}

static void the_own_death_is_distinguished_from_an_earlier_one_across_the_wrap(void **state) {
    (void)state;
    check_alike(send_death);
}

// ------------------------------------------------------------------ the clock

static void send_clock(uint32_t turn, uint32_t first) {
    ClientClock clock;
    uint64_t now_ns = 7 * NS_PER_S;
    client_clock_init(&clock, now_ns, 60, 20);
    client_clock_seed(&clock, now_ns, first - 5, 40 * NS_PER_MS);
    for (uint32_t i = 0; i < 60; i++) {
        now_ns += 50 * NS_PER_MS + i * 7919 % 5 * NS_PER_MS - 2 * NS_PER_MS;
        if (i % 9 == 8) {
            continue; // lost
        }
        client_clock_on_round_trip(&clock, 40 * NS_PER_MS);
        client_clock_on_margin(&clock, first + i * 3 - 6, 2.5);
        client_clock_on_snapshot(&clock, now_ns, first + i * 3);
        client_clock_on_sent(&clock, now_ns, first + i * 3 + 6);
        note(turn, client_clock_input_tick(&clock, now_ns) - first);
        note(turn, client_clock_shown_tick(&clock, now_ns) - first);
        note(turn, clock.delay_ticks);
        note(turn, clock.gap_ticks.mean);
        note(turn, clock.send_ticks.mean);
        note(turn, client_clock_target_margin(&clock));
        note(turn, (double)clock.jumps);
    }
}

static void the_clock_runs_on_across_the_wrap(void **state) {
    (void)state;
    check_alike(send_clock);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entities_are_shown_across_the_wrap),
        cmocka_unit_test(the_own_ship_is_predicted_across_the_wrap),
        cmocka_unit_test(events_are_shown_in_order_across_the_wrap),
        cmocka_unit_test(the_own_death_is_distinguished_from_an_earlier_one_across_the_wrap),
        cmocka_unit_test(the_clock_runs_on_across_the_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
