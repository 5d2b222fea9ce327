// SPDX-License-Identifier: MIT
// test_previous_ages.c -- how old what was known of each entity had become.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h needs the four above.
#include <cmocka.h>

#include "client/core/previous_ages.h"

static void what_is_new_has_none_and_what_was_passed_over_its_age(void **state) {
    (void)state;
    BaselineEntry entries[] = {{.slot = 3, .generation = 1},
                               {.slot = 9, .generation = 1, .age = 7}};
    const BaselineSet baseline_set = {.tick = 100, .count = 2, .entries = entries};
    uint16_t ages[2];
    previous_ages(NULL, &baseline_set, ages);
    assert_int_equal(ages[0], 0);
    assert_int_equal(ages[1], 7);
}

static void a_refresh_spans_all_that_was_passed_over_even_beyond_what_a_base_may_be(void **state) {
    (void)state;
    BaselineEntry old[] = {{.slot = 3, .generation = 1, .age = 800}};
    BaselineEntry sent[] = {{.slot = 3, .generation = 1}};
    const BaselineSet before = {.tick = 900, .count = 1, .entries = old};
    const BaselineSet baseline_set = {.tick = 903, .count = 1, .entries = sent};
    uint16_t ages[1];
    previous_ages(&before, &baseline_set, ages);
    assert_int_equal(ages[0], 803);
}

static void an_age_that_does_not_fit_is_as_old_as_can_be_told(void **state) {
    (void)state;
    BaselineEntry old[] = {{.slot = 3, .generation = 1, .age = 60000}};
    BaselineEntry sent[] = {{.slot = 3, .generation = 1}};
    const BaselineSet before = {.tick = 100, .count = 1, .entries = old};
    const BaselineSet baseline_set = {.tick = 7000, .count = 1, .entries = sent};
    uint16_t ages[1];
    previous_ages(&before, &baseline_set, ages);
    assert_int_equal(ages[0], UINT16_MAX);
}

static void comers_and_goers_move_the_others_and_another_generation_is_new(void **state) {
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
        cmocka_unit_test(what_is_new_has_none_and_what_was_passed_over_its_age),
        cmocka_unit_test(a_refresh_spans_all_that_was_passed_over_even_beyond_what_a_base_may_be),
        cmocka_unit_test(an_age_that_does_not_fit_is_as_old_as_can_be_told),
        cmocka_unit_test(comers_and_goers_move_the_others_and_another_generation_is_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
