// SPDX-License-Identifier: MIT
#include "tools/swarm/load/schedule.h"

#include "base/clock.h"
#include "support.h"

#define START_NS 1000000000ull

// Bots are spread over the period: bot i of 4 sends at i quarters of it.
static void sends_are_staggered(void **state) {
    (void)state;
    Schedule schedule;
    ScheduledSend send;
    schedule_start(&schedule, START_NS, 20, 4, 0, 1);
    for (uint32_t i = 0; i < 12; i++) {
        const uint64_t due_ns = START_NS + i * 12500 * NS_PER_US;
        assert_int_equal(schedule_due_ns(&schedule), due_ns);
        assert_false(schedule_pop(&schedule, due_ns - 1, &send));
        assert_true(schedule_pop(&schedule, due_ns, &send));
        assert_int_equal(send.bot, i % 4);
        assert_int_equal(send.scheduled_ns, due_ns);
        assert_false(send.is_missed);
    }
}

// Every bot sends at the same times, however many threads share the swarm.
static void threads_share_the_swarms_schedule(void **state) {
    (void)state;
    enum { BOTS = 11, THREADS = 3 };
    Schedule all;
    ScheduledSend send;
    uint64_t due_ns[BOTS];
    schedule_start(&all, START_NS, 30, BOTS, 0, 1);
    for (uint32_t i = 0; i < BOTS; i++) {
        assert_true(schedule_pop(&all, START_NS + NS_PER_S, &send));
        due_ns[send.bot] = send.scheduled_ns;
    }
    uint32_t seen = 0;
    for (uint32_t thread = 0; thread < THREADS; thread++) {
        Schedule part;
        schedule_start(&part, START_NS, 30, BOTS, thread, THREADS);
        for (uint32_t i = 0; i < part.count; i++, seen++) {
            assert_true(schedule_pop(&part, START_NS + NS_PER_S, &send));
            assert_int_equal(send.scheduled_ns, due_ns[thread + send.bot * THREADS]);
        }
    }
    assert_int_equal(seen, BOTS);
}

static void a_late_send_does_not_move_the_next(void **state) {
    (void)state;
    Schedule schedule;
    ScheduledSend send;
    schedule_start(&schedule, START_NS, 20, 1, 0, 1);
    assert_true(schedule_pop(&schedule, START_NS + 49 * NS_PER_MS, &send));
    assert_int_equal(send.scheduled_ns, START_NS);
    assert_false(send.is_missed);
    assert_int_equal(schedule_due_ns(&schedule), START_NS + 50 * NS_PER_MS);
}

static void a_send_more_than_a_period_late_is_missed(void **state) {
    (void)state;
    Schedule schedule;
    ScheduledSend send;
    uint32_t missed = 0;
    uint32_t sent = 0;
    schedule_start(&schedule, START_NS, 20, 2, 0, 1);
    // The thread stood still for a second: 20 periods of two bots, and the start of the next.
    while (schedule_pop(&schedule, START_NS + NS_PER_S, &send)) {
        missed += send.is_missed;
        sent += !send.is_missed;
    }
    assert_int_equal(missed + sent, 41);
    assert_int_equal(sent, 3); // one due now, one each within the last period
    assert_true(schedule_due_ns(&schedule) > START_NS + NS_PER_S);
}

static void the_schedule_has_not_drifted_after_a_day(void **state) {
    (void)state;
    Schedule schedule;
    ScheduledSend send;
    Rng rng = test_rng();
    schedule_start(&schedule, START_NS, 20, 3, 1, 3);
    uint64_t now_ns = START_NS;
    uint64_t popped = 0;
    const uint64_t day = 24ull * 3600 * 20;
    while (popped < day) {
        now_ns += rng_below(&rng, 100) * NS_PER_MS;
        while (schedule_pop(&schedule, now_ns, &send)) {
            const uint64_t exact_ns = START_NS + popped * 50 * NS_PER_MS + 50 * NS_PER_MS / 3;
            assert_int_equal(send.scheduled_ns, exact_ns);
            popped++;
        }
    }
}

static void a_thread_without_bots_has_nothing_to_do(void **state) {
    (void)state;
    Schedule schedule;
    ScheduledSend send;
    schedule_start(&schedule, START_NS, 20, 2, 2, 3);
    assert_int_equal(schedule.count, 0);
    assert_true(schedule_due_ns(&schedule) == UINT64_MAX);
    assert_false(schedule_pop(&schedule, START_NS + NS_PER_S, &send));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_are_staggered),
        cmocka_unit_test(threads_share_the_swarms_schedule),
        cmocka_unit_test(a_late_send_does_not_move_the_next),
        cmocka_unit_test(a_send_more_than_a_period_late_is_missed),
        cmocka_unit_test(the_schedule_has_not_drifted_after_a_day),
        cmocka_unit_test(a_thread_without_bots_has_nothing_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
