// SPDX-License-Identifier: MIT
#include "base/serial.h"

#include "support.h"

// Around every critical number: the start, the half, the wrap.
static const uint32_t NUMBERS[] = {0,          1,           2,           1000,        0x7ffffffe,
                                   0x7fffffff, 0x80000000u, 0x80000001u, 0xfffffffeu, 0xffffffffu};
#define NUMBER_COUNT (sizeof NUMBERS / sizeof *NUMBERS)

static void the_difference_is_the_added_number_across_the_wrap(void **state) {
    (void)state;
    static const int32_t STEPS[] = {0, 1, -1, 300, -300, INT32_MAX, INT32_MIN + 1};
    for (size_t i = 0; i < NUMBER_COUNT; i++) {
        for (size_t k = 0; k < sizeof STEPS / sizeof *STEPS; k++) {
            const uint32_t later = NUMBERS[i] + (uint32_t)STEPS[k];
            assert_true(serial_difference(later, NUMBERS[i]) == STEPS[k]);
        }
    }
}

static void a_span_begins_behind_its_number_and_ends_with_its_last(void **state) {
    (void)state;
    for (size_t i = 0; i < NUMBER_COUNT; i++) {
        const uint32_t from = NUMBERS[i];
        assert_false(serial_is_within(from, from, 5));
        assert_true(serial_is_within(from + 1, from, 5));
        assert_true(serial_is_within(from + 5, from, 5));
        assert_false(serial_is_within(from + 6, from, 5));
        assert_false(serial_is_within(from - 1, from, 5));
        assert_false(serial_is_within(from + 1, from, 0));
        assert_true(serial_is_within(from + 1, from, 1));
    }
}

static void a_moment_is_later_by_the_same_time_after_any_number_of_wraps(void **state) {
    (void)state;
    static const double STEPS[] = {0, 0.5, 1, 1.25, -0.5, -1, -7.75, 1000000.5, -1000000.5};
    for (size_t i = 0; i < NUMBER_COUNT; i++) {
        for (double wraps = 1; wraps <= 3; wraps++) { // not below zero
            for (size_t k = 0; k < sizeof STEPS / sizeof *STEPS; k++) {
                const double at = wraps * 4294967296.0 + NUMBERS[i] + STEPS[k];
                assert_true(serial_since(NUMBERS[i], at) == STEPS[k]);
            }
        }
    }
}

static void a_moment_lies_in_the_number_that_it_has_reached(void **state) {
    (void)state;
    for (size_t i = 0; i < NUMBER_COUNT; i++) {
        assert_int_equal(serial_at(NUMBERS[i]), NUMBERS[i]);
        assert_int_equal(serial_at(NUMBERS[i] + 0.999), NUMBERS[i]);
        assert_int_equal(serial_at(4294967296.0 + NUMBERS[i] + 0.5), NUMBERS[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_difference_is_the_added_number_across_the_wrap),
        cmocka_unit_test(a_span_begins_behind_its_number_and_ends_with_its_last),
        cmocka_unit_test(a_moment_is_later_by_the_same_time_after_any_number_of_wraps),
        cmocka_unit_test(a_moment_lies_in_the_number_that_it_has_reached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
