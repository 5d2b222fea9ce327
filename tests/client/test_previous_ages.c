// SPDX-License-Identifier: MIT
// test_previous_ages.c -- the ages of the previous states.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h needs the four above.
#include <cmocka.h>

#include "client/core/previous_ages.h"

static void an_entered_entity_has_age_zero_and_a_skipped_one_its_age(void **state) {
    (void)state;
    BaselineEntry entries[] = {{.slot = 3, .generation = 1},
                               {.slot = 9, .generation = 1, .age = 7}};
    const BaselineSet baseline_set = {.tick = 100, .count = 2, .entries = entries};
    uint16_t ages[2];
    previous_ages(NULL, &baseline_set, ages);
    assert_int_equal(ages[0], 0);
    assert_int_equal(ages[1], 7);
}

static void a_refresh_spans_all_skips_even_beyond_a_baseline_s_age(void **state) {
    (void)state;
    BaselineEntry old[] = {{.slot = 3, .generation = 1, .age = 800}};
    BaselineEntry sent[] = {{.slot = 3, .generation = 1}};
    const BaselineSet before = {.tick = 900, .count = 1, .entries = old};
    const BaselineSet baseline_set = {.tick = 903, .count = 1, .entries = sent};
    uint16_t ages[1];
    previous_ages(&before, &baseline_set, ages);
    assert_int_equal(ages[0], 803);
}

static void an_age_that_does_not_fit_saturates(void **state) {
    (void)state;
    BaselineEntry old[] = {{.slot = 3, .generation = 1, .age = 60000}};
    BaselineEntry sent[] = {{.slot = 3, .generation = 1}};
    const BaselineSet before = {.tick = 100, .count = 1, .entries = old};
    const BaselineSet baseline_set = {.tick = 7000, .count = 1, .entries = sent};
    uint16_t ages[1];
    previous_ages(&before, &baseline_set, ages);
    assert_int_equal(ages[0], UINT16_MAX);
}

static void entries_are_matched_by_slot_and_generation(void **state) {
    (void)state;
    BaselineEntry one[] = {
        {.slot = 2, .generation = 1}, {.slot = 5, .generation = 1}, {.slot = 8, .generation = 1}};
    BaselineEntry two[] = {{.slot = 1, .generation = 1},
                           {.slot = 5, .generation = 2},
                           {.slot = 8, .generation = 1},
                           {.slot = 12, .generation = 1, .age = 6}};
    const BaselineSet before = {.tick = 100, .count = 3, .entries = one};
    const BaselineSet baseline_set = {.tick = 103, .count = 4, .entries = two};
    uint16_t ages[4];
    previous_ages(&before, &baseline_set, ages);
    const uint16_t wanted[] = {0, 0, 3, 6};
    assert_memory_equal(ages, wanted, sizeof wanted);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entered_entity_has_age_zero_and_a_skipped_one_its_age),
        cmocka_unit_test(a_refresh_spans_all_skips_even_beyond_a_baseline_s_age),
        cmocka_unit_test(an_age_that_does_not_fit_saturates),
        cmocka_unit_test(entries_are_matched_by_slot_and_generation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
