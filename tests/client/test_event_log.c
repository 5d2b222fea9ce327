// SPDX-License-Identifier: MIT
// Events are shown with their ticks, in their order.
#include "client/view/event_log.h"

#include "support.h"

#define OWN 3

static EventLog *fresh_log(void) {
    EventLog *log = calloc(1, sizeof *log);
    assert_non_null(log);
    return log;
}

static Event kill_at(uint32_t tick, uint32_t victim) {
    return (Event){.type = EVENT_KILL, .tick = tick, .player = {.index = victim}};
}

static uint32_t append(EventLog *log, const Event *events, uint32_t count) {
    static EventBatch batch;
    batch = (EventBatch){.count = count};
    for (uint32_t i = 0; i < count; i++) {
        batch.events[i] = events[i];
    }
    return event_log_append(log, &batch);
}

static void events_are_ordered_by_tick_and_then_by_arrival(void **state) {
    (void)state;
    EventLog *log = fresh_log();
    static const struct {
        uint32_t tick, victim;
    } GIVEN[] = {{105, 10}, {103, 11}, {105, 12}, {104, 13}, {103, 14}, {106, 15}, {105, 16}};
    static const uint32_t SHOWN[] = {11, 14, 13, 10, 12, 16, 15};
    for (size_t i = 0; i < sizeof GIVEN / sizeof *GIVEN; i++) {
        const Event event = kill_at(GIVEN[i].tick, GIVEN[i].victim);
        assert_int_equal(append(log, &event, 1), 0);
    }
    for (size_t i = 0; i < sizeof SHOWN / sizeof *SHOWN; i++) {
        const Event *event = event_log_next(log, 200, OWN);
        assert_non_null(event);
        assert_int_equal(event->player.index, SHOWN[i]);
    }
    assert_null(event_log_next(log, 200, OWN));
    free(log);
}

static void an_event_waits_until_its_tick_is_shown(void **state) {
    (void)state;
    EventLog *log = fresh_log();
    const Event events[] = {kill_at(103, 10), kill_at(104, 11)};
    append(log, events, 2);
    assert_null(event_log_next(log, 102.99, OWN));
    assert_int_equal(event_log_next(log, 103, OWN)->player.index, 10);
    assert_null(event_log_next(log, 103.99, OWN));
    assert_int_equal(event_log_next(log, 104.5, OWN)->player.index, 11);
    free(log);
}

static void only_the_own_death_is_kept(void **state) {
    (void)state;
    EventLog *log = fresh_log();
    const Event events[] = {kill_at(103, OWN + 1), kill_at(104, OWN), kill_at(105, OWN - 1)};
    append(log, events, 3);
    assert_non_null(event_log_next(log, 200, OWN));
    assert_false(log->has_own_death);
    assert_non_null(event_log_next(log, 200, OWN));
    assert_true(log->has_own_death);
    assert_non_null(event_log_next(log, 200, OWN));
    assert_int_equal(log->own_death.tick, 104);
    free(log);
}

// Names belong to no tick and are not held; events beyond the capacity are dropped and counted.
static void a_full_log_drops_and_counts(void **state) {
    (void)state;
    EventLog *log = fresh_log();
    const Event name = {.type = EVENT_NAME, .player = {.index = 1}};
    assert_int_equal(append(log, &name, 1), 0);
    assert_null(event_log_next(log, 200, OWN));
    for (uint32_t i = 0; i < EVENT_LOG_HELD_MAX; i++) {
        const Event event = kill_at(100 + i, i);
        assert_int_equal(append(log, &event, 1), 0);
    }
    const Event more[] = {kill_at(50, 7), name, kill_at(51, 8)};
    assert_int_equal(append(log, more, 3), 2);
    for (uint32_t i = 0; i < EVENT_LOG_HELD_MAX; i++) {
        assert_int_equal(event_log_next(log, 1e6, OWN)->tick, 100 + i);
    }
    assert_null(event_log_next(log, 1e6, OWN));
    free(log);
}

static void scores_change_at_their_tick(void **state) {
    (void)state;
    EventLog *log = fresh_log();
    static EventBatch batch;
    batch = (EventBatch){.tick = 120, .has_scores = true, .scores = {.count = 2}};
    event_log_append(log, &batch);
    event_log_next(log, 119.9, OWN);
    assert_int_equal(log->scores.count, 0);
    event_log_next(log, 120, OWN);
    assert_int_equal(log->scores.count, 2);
    batch = (EventBatch){.tick = 180}; // one without scores leaves them as they are
    event_log_append(log, &batch);
    event_log_next(log, 200, OWN);
    assert_int_equal(log->scores.count, 2);
    free(log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_ordered_by_tick_and_then_by_arrival),
        cmocka_unit_test(an_event_waits_until_its_tick_is_shown),
        cmocka_unit_test(only_the_own_death_is_kept),
        cmocka_unit_test(a_full_log_drops_and_counts),
        cmocka_unit_test(scores_change_at_their_tick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
