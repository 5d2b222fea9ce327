// SPDX-License-Identifier: MIT
#include "server/replication/send_schedule.h"

#include "support.h"

enum { CLIENTS = 50, SIDE_UNITS = 5000, INTERVAL_TICKS = 3 };

typedef struct Fixture {
    World world;
    ReplicaState *states; // [CLIENTS]
    ReplicaState *replicas[CLIENTS];
    NameTable names;
    SendSchedule schedule;
} Fixture;

// Clients that are all active but the tenth, with ships anywhere.
static void create_fixture(Fixture *fixture, Rng *rng) {
    const WorldConfig config = {
        .arena = {.seed = 1, .side_units = SIDE_UNITS, .asteroid_count = 0, .nest_count = 1},
        .seed = 1,
        .drone_count = 1,
        .ship_capacity = CLIENTS};
    assert_true(world_create(&fixture->world, &config));
    assert_true(name_table_create(&fixture->names, CLIENTS));
    fixture->states = aligned_alloc(CACHE_LINE_BYTES, CLIENTS * sizeof *fixture->states);
    assert_non_null(fixture->states);
    assert_true(send_schedule_create(&fixture->schedule, CLIENTS, INTERVAL_TICKS,
                                     SEND_RATE_STEP_MIN, &fixture->world.grid));
    for (uint32_t i = 0; i < CLIENTS; i++) {
        fixture->replicas[i] = &fixture->states[i];
        replica_state_reset(&fixture->states[i], i, &fixture->names);
        fixture->states[i].is_active = i != 10;
        Motion *motion = &fixture->world.ships[i].motion;
        motion->x = rng_range(rng, 0, SIDE_UNITS * UNIT - 1);
        motion->y = rng_range(rng, 0, SIDE_UNITS * UNIT - 1);
    }
}

static void choose(Fixture *fixture) {
    send_schedule_choose(&fixture->schedule, fixture->replicas, CLIENTS, &fixture->world);
}

static void destroy_fixture(Fixture *fixture) {
    send_schedule_destroy(&fixture->schedule);
    name_table_destroy(&fixture->names);
    free(fixture->states);
    world_destroy(&fixture->world);
}

static void every_active_client_is_due_once_in_an_interval(void **state) {
    (void)state;
    Rng rng = test_rng();
    Fixture fixture;
    create_fixture(&fixture, &rng);
    uint32_t times[CLIENTS] = {0};
    for (fixture.world.tick = 7; fixture.world.tick < 7 + INTERVAL_TICKS; fixture.world.tick++) {
        choose(&fixture);
        assert_in_range(fixture.schedule.count, CLIENTS / INTERVAL_TICKS - 1,
                        CLIENTS / INTERVAL_TICKS + 1);
        for (uint32_t i = 0; i < fixture.schedule.count; i++) {
            times[fixture.schedule.indices[i]]++;
        }
    }
    for (uint32_t i = 0; i < CLIENTS; i++) {
        assert_int_equal(times[i], i != 10); // a client that is not active is not due
    }
    destroy_fixture(&fixture);
}

static uint32_t turns_of(Fixture *fixture, uint32_t index, uint32_t intervals) {
    uint32_t turns = 0;
    for (uint32_t i = 0; i < intervals * INTERVAL_TICKS; i++, fixture->world.tick++) {
        choose(fixture);
        for (uint32_t k = 0; k < fixture->schedule.count; k++) {
            turns += fixture->schedule.indices[k] == index;
        }
    }
    return turns;
}

static void missing_acknowledgements_throttle_one_client_alone(void **state) {
    (void)state;
    Rng rng = test_rng();
    Fixture fixture;
    create_fixture(&fixture, &rng);
    ReplicaState *late = &fixture.states[4];
    for (uint32_t i = 0; i < 15; i++) {
        replica_state_note_sent(late);
    }
    assert_int_equal(turns_of(&fixture, 4, 16), 16);
    replica_state_note_sent(late);
    assert_int_equal(turns_of(&fixture, 4, 16), 8);
    for (uint32_t i = 0; i < 100; i++) {
        replica_state_note_sent(late);
    }
    assert_int_equal(turns_of(&fixture, 4, 16), 2);
    assert_int_equal(fixture.schedule.throttled, 8 + 14);
    assert_int_equal(turns_of(&fixture, 5, 16), 16); // the others are not throttled
    // An acknowledgement restores the full rate, even a late one that is not too late.
    replica_state_acknowledge(late, (uint16_t)(late->next_sequence - 16), 0);
    assert_int_equal(turns_of(&fixture, 4, 16), 16);
    destroy_fixture(&fixture);
}

static void neighbours_come_one_after_the_other(void **state) {
    (void)state;
    Rng rng = test_rng();
    Fixture fixture;
    create_fixture(&fixture, &rng);
    choose(&fixture);
    for (uint32_t i = 1; i < fixture.schedule.count; i++) {
        const uint32_t previous = fixture.schedule.indices[i - 1];
        const uint32_t latter = fixture.schedule.indices[i];
        const Motion *a = &fixture.world.ships[previous].motion;
        const Motion *b = &fixture.world.ships[latter].motion;
        const uint32_t cell = grid_cell_at(&fixture.world.grid, a->x, a->y);
        const uint32_t next = grid_cell_at(&fixture.world.grid, b->x, b->y);
        assert_true(cell < next || (cell == next && previous < latter));
    }
    destroy_fixture(&fixture);
}

static void without_active_clients_none_is_due(void **state) {
    (void)state;
    Rng rng = test_rng();
    Fixture fixture;
    create_fixture(&fixture, &rng);
    for (uint32_t i = 0; i < CLIENTS; i++) {
        fixture.states[i].is_active = false;
    }
    choose(&fixture);
    assert_int_equal(fixture.schedule.count, 0);
    destroy_fixture(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_active_client_is_due_once_in_an_interval),
        cmocka_unit_test(missing_acknowledgements_throttle_one_client_alone),
        cmocka_unit_test(neighbours_come_one_after_the_other),
        cmocka_unit_test(without_active_clients_none_is_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
