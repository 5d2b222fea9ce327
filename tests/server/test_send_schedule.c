// SPDX-License-Identifier: MIT
#include "server/replication/send_schedule.h"

#include "support.h"

enum { SESSIONS = 50, SIDE_UNITS = 5000, INTERVAL_TICKS = 3 };

typedef struct Fixture {
    World world;
    SessionTable sessions;
    SendSchedule list;
} Fixture;

// Sessions that all play but the tenth, with ships anywhere.
static void create_fixture(Fixture *fixture, Rng *rng) {
    const WorldConfig config = {
        .arena = {.seed = 1, .side_units = SIDE_UNITS, .asteroid_count = 0, .nest_count = 1},
        .seed = 1,
        .drone_count = 1,
        .ship_capacity = SESSIONS};
    assert_true(world_create(&fixture->world, &config));
    assert_true(session_table_create(&fixture->sessions, SESSIONS, 1));
    assert_true(send_schedule_create(&fixture->list, SESSIONS, INTERVAL_TICKS, SEND_RATE_STEP_MIN,
                                     &fixture->world.grid));
    const char name[PLAYER_NAME_BYTES + 1] = "Due";
    for (uint32_t i = 0; i < SESSIONS; i++) {
        Session *session = session_open(&fixture->sessions, 0, 0x10000 + i, name, 1);
        session->state = i == 10 ? SESSION_JOINING : SESSION_PLAYING;
        Motion *motion = &fixture->world.ships[i].motion;
        motion->x = rng_range(rng, 0, SIDE_UNITS * UNIT - 1);
        motion->y = rng_range(rng, 0, SIDE_UNITS * UNIT - 1);
    }
}

static void destroy_fixture(Fixture *fixture) {
    send_schedule_destroy(&fixture->list);
    session_table_destroy(&fixture->sessions);
    world_destroy(&fixture->world);
}

static void every_player_is_due_once_in_an_interval(void **state) {
    (void)state;
    Rng rng = test_rng();
    Fixture fixture;
    create_fixture(&fixture, &rng);
    uint32_t times[SESSIONS] = {0};
    for (fixture.world.tick = 7; fixture.world.tick < 7 + INTERVAL_TICKS; fixture.world.tick++) {
        send_schedule_choose(&fixture.list, &fixture.sessions, &fixture.world);
        assert_in_range(fixture.list.count, SESSIONS / INTERVAL_TICKS - 1,
                        SESSIONS / INTERVAL_TICKS + 1);
        for (uint32_t i = 0; i < fixture.list.count; i++) {
            times[fixture.list.indices[i]]++;
        }
    }
    for (uint32_t i = 0; i < SESSIONS; i++) {
        assert_int_equal(times[i], i != 10); // who has not been welcomed yet is not due
    }
    destroy_fixture(&fixture);
}

static uint32_t turns_of(Fixture *fixture, uint32_t index, uint32_t intervals) {
    uint32_t turns = 0;
    for (uint32_t i = 0; i < intervals * INTERVAL_TICKS; i++, fixture->world.tick++) {
        send_schedule_choose(&fixture->list, &fixture->sessions, &fixture->world);
        for (uint32_t k = 0; k < fixture->list.count; k++) {
            turns += fixture->list.indices[k] == index;
        }
    }
    return turns;
}

static void who_acknowledges_nothing_hears_less(void **state) {
    (void)state;
    Rng rng = test_rng();
    Fixture fixture;
    create_fixture(&fixture, &rng);
    Session *session = &fixture.sessions.sessions[4];
    for (uint32_t i = 0; i < 15; i++) {
        session_snapshot_sent(session);
    }
    assert_int_equal(turns_of(&fixture, 4, 16), 16);
    session_snapshot_sent(session);
    assert_int_equal(turns_of(&fixture, 4, 16), 8);
    for (uint32_t i = 0; i < 100; i++) {
        session_snapshot_sent(session);
    }
    assert_int_equal(turns_of(&fixture, 4, 16), 2);
    assert_int_equal(fixture.list.throttled, 8 + 14);
    assert_int_equal(turns_of(&fixture, 5, 16), 16); // nobody else suffers
    // With an acknowledgement all is well again, even with a late one that is not too late.
    session_acknowledge(session, (uint16_t)(session->next_sequence - 16), 0);
    assert_int_equal(turns_of(&fixture, 4, 16), 16);
    destroy_fixture(&fixture);
}

static void neighbours_come_one_after_the_other(void **state) {
    (void)state;
    Rng rng = test_rng();
    Fixture fixture;
    create_fixture(&fixture, &rng);
    send_schedule_choose(&fixture.list, &fixture.sessions, &fixture.world);
    for (uint32_t i = 1; i < fixture.list.count; i++) {
        const uint32_t previous = fixture.list.indices[i - 1];
        const uint32_t latter = fixture.list.indices[i];
        const Motion *a = &fixture.world.ships[previous].motion;
        const Motion *b = &fixture.world.ships[latter].motion;
        const uint32_t cell = grid_cell_at(&fixture.world.grid, a->x, a->y);
        const uint32_t next = grid_cell_at(&fixture.world.grid, b->x, b->y);
        assert_true(cell < next || (cell == next && previous < latter));
    }
    destroy_fixture(&fixture);
}

static void without_players_nobody_is_due(void **state) {
    (void)state;
    Rng rng = test_rng();
    Fixture fixture;
    create_fixture(&fixture, &rng);
    for (uint32_t i = 0; i < SESSIONS; i++) {
        session_close(&fixture.sessions, &fixture.sessions.sessions[i]);
    }
    send_schedule_choose(&fixture.list, &fixture.sessions, &fixture.world);
    assert_int_equal(fixture.list.count, 0);
    destroy_fixture(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_player_is_due_once_in_an_interval),
        cmocka_unit_test(who_acknowledges_nothing_hears_less),
        cmocka_unit_test(neighbours_come_one_after_the_other),
        cmocka_unit_test(without_players_nobody_is_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
