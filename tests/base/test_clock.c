// SPDX-License-Identifier: MIT
#include "base/clock.h"

#include "support.h"

#define START_NS (5 * NS_PER_S)

// Consumes all due ticks and returns their number.
static uint32_t consume_all(FixedStep *step, uint64_t now_ns) {
    uint32_t count = 0;
    uint64_t lag_ns;
    while (fixed_step_consume(step, now_ns, &lag_ns)) {
        count++;
    }
    return count;
}

static void the_monotonic_clock_never_goes_back(void **state) {
    (void)state;
    uint64_t last_ns = clock_now_ns();
    for (int i = 0; i < 1000; i++) {
        const uint64_t now_ns = clock_now_ns();
        assert_true(now_ns >= last_ns);
        last_ns = now_ns;
    }
}

static void sleeping_until_a_deadline_reaches_it(void **state) {
    (void)state;
    const uint64_t deadline_ns = clock_now_ns() + 2 * NS_PER_MS;
    clock_sleep_until_ns(deadline_ns);
    assert_true(clock_now_ns() >= deadline_ns);
    clock_sleep_until_ns(deadline_ns - NS_PER_S); // in the past: returns
}

static void ticks_are_due_at_exact_fractions_of_a_second(void **state) {
    (void)state;
    FixedStep step;
    fixed_step_start(&step, START_NS, 60, 5);
    uint64_t lag_ns;
    for (uint64_t tick = 0; tick < 3600; tick++) {
        const uint64_t due_ns = START_NS + tick * NS_PER_S / 60;
        assert_int_equal(fixed_step_deadline_ns(&step), due_ns);
        assert_false(fixed_step_consume(&step, due_ns - 1, &lag_ns));
        assert_true(fixed_step_consume(&step, due_ns, &lag_ns));
        assert_int_equal(lag_ns, 0);
    }
    assert_int_equal(fixed_step_deadline_ns(&step), START_NS + 60 * NS_PER_S);
    assert_int_equal(step.skipped, 0);
}

static void a_late_tick_does_not_move_the_next(void **state) {
    (void)state;
    FixedStep step;
    fixed_step_start(&step, START_NS, 50, 5);
    uint64_t lag_ns;
    assert_true(fixed_step_consume(&step, START_NS + 7 * NS_PER_MS, &lag_ns));
    assert_int_equal(lag_ns, 7 * NS_PER_MS);
    assert_int_equal(fixed_step_deadline_ns(&step), START_NS + 20 * NS_PER_MS);
}

static void a_short_stall_is_caught_up(void **state) {
    (void)state;
    FixedStep step;
    fixed_step_start(&step, START_NS, 50, 5);
    assert_int_equal(consume_all(&step, START_NS + 100 * NS_PER_MS), 6); // ticks 0..5
    assert_int_equal(step.skipped, 0);
}

static void a_long_stall_is_skipped_and_counted(void **state) {
    (void)state;
    FixedStep step;
    fixed_step_start(&step, START_NS, 50, 5);
    const uint32_t taken = consume_all(&step, START_NS + 10 * NS_PER_S);
    assert_int_equal(taken, 6); // the catch-up and the tick that is due now
    assert_int_equal(taken + step.skipped, 501);
    assert_int_equal(step.next, 501);
    assert_int_equal(fixed_step_deadline_ns(&step), START_NS + 10020 * NS_PER_MS);
}

static void years_of_ticks_do_not_overflow(void **state) {
    (void)state;
    FixedStep step;
    fixed_step_start(&step, START_NS, 60, 5);
    step.next = 60ull * 86400 * 365 * 20;
    assert_int_equal(fixed_step_deadline_ns(&step), START_NS + 86400ull * 365 * 20 * NS_PER_S);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_monotonic_clock_never_goes_back),
        cmocka_unit_test(sleeping_until_a_deadline_reaches_it),
        cmocka_unit_test(ticks_are_due_at_exact_fractions_of_a_second),
        cmocka_unit_test(a_late_tick_does_not_move_the_next),
        cmocka_unit_test(a_short_stall_is_caught_up),
        cmocka_unit_test(a_long_stall_is_skipped_and_counted),
        cmocka_unit_test(years_of_ticks_do_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
