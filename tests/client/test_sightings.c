// SPDX-License-Identifier: MIT
// test_sightings.c -- what is remembered of when entities were told of.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h needs the four above.
#include <cmocka.h>

#include "client/core/sightings.h"

static void what_is_new_has_no_refresh_and_the_age_that_the_server_says(void **state) {
    (void)state;
    Sightings sightings = {0};
    RosterEntry entries[] = {{.slot = 3, .generation = 1}, {.slot = 9, .generation = 1, .age = 7}};
    const Roster roster = {.tick = 100, .count = 2, .entries = entries};
    assert_true(sightings_update(&sightings, NULL, &roster));
    assert_int_equal(sightings.count, 2);
    assert_int_equal(sightings.items[0].age_ticks, 0);
    assert_int_equal(sightings.items[1].age_ticks, 7);
    assert_int_equal(sightings.items[0].refresh_ticks, 0);
    assert_int_equal(sightings.items[1].refresh_ticks, 0);
    sightings_destroy(&sightings);
}

static void a_refresh_spans_all_that_was_passed_over_even_beyond_what_an_age_holds(void **state) {
    (void)state;
    Sightings sightings = {0};
    RosterEntry told[] = {{.slot = 3, .generation = 1}};
    RosterEntry old[] = {{.slot = 3, .generation = 1, .age = DELTA_AGE_MAX}};
    const Roster first = {.tick = 100, .count = 1, .entries = told};
    const Roster second = {.tick = 900, .count = 1, .entries = old};
    const Roster third = {.tick = 903, .count = 1, .entries = told};
    assert_true(sightings_update(&sightings, NULL, &first));
    assert_true(sightings_update(&sightings, &first, &second));
    assert_int_equal(sightings.items[0].age_ticks, 800);
    assert_int_equal(sightings.items[0].refresh_ticks, 0);
    assert_true(sightings_update(&sightings, &second, &third));
    assert_int_equal(sightings.items[0].age_ticks, 0);
    assert_int_equal(sightings.items[0].refresh_ticks, 803);
    sightings_destroy(&sightings);
}

static void an_age_that_does_not_fit_is_as_old_as_can_be_told(void **state) {
    (void)state;
    Sightings sightings = {0};
    RosterEntry told[] = {{.slot = 3, .generation = 1}};
    RosterEntry old[] = {{.slot = 3, .generation = 1, .age = DELTA_AGE_MAX}};
    Roster rosters[] = {{.tick = 100, .count = 1, .entries = told},
                        {.tick = 60100, .count = 1, .entries = old},
                        {.tick = 70000, .count = 1, .entries = old},
                        {.tick = 70003, .count = 1, .entries = told}};
    const uint32_t ages[] = {0, 60000, UINT16_MAX, 0};
    for (uint32_t i = 0; i < 4; i++) {
        assert_true(sightings_update(&sightings, i > 0 ? &rosters[i - 1] : NULL, &rosters[i]));
        assert_int_equal(sightings.items[0].age_ticks, ages[i]);
    }
    assert_int_equal(sightings.items[0].refresh_ticks, UINT16_MAX);
    sightings_destroy(&sightings);
}

static void comers_and_goers_move_the_others_and_another_generation_is_new(void **state) {
    (void)state;
    Sightings sightings = {0};
    RosterEntry one[] = {
        {.slot = 2, .generation = 1}, {.slot = 5, .generation = 1}, {.slot = 8, .generation = 1}};
    RosterEntry two[] = {{.slot = 1, .generation = 1},
                         {.slot = 5, .generation = 2},
                         {.slot = 8, .generation = 1, .age = 3},
                         {.slot = 12, .generation = 1}};
    const Roster first = {.tick = 100, .count = 3, .entries = one};
    const Roster second = {.tick = 103, .count = 4, .entries = two};
    assert_true(sightings_update(&sightings, NULL, &first));
    assert_true(sightings_update(&sightings, &first, &second));
    assert_int_equal(sightings.count, 4);
    const uint32_t ages[] = {0, 0, 3, 0};
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(sightings.items[i].age_ticks, ages[i]);
        assert_int_equal(sightings.items[i].refresh_ticks, 0);
    }
    sightings_destroy(&sightings);
}

static void a_full_view_fits_and_an_empty_one_forgets_all(void **state) {
    (void)state;
    Sightings sightings = {0};
    RosterEntry entries[ROSTER_ENTRIES_MAX];
    for (uint32_t i = 0; i < ROSTER_ENTRIES_MAX; i++) {
        entries[i] = (RosterEntry){.slot = i, .generation = 1};
    }
    const Roster full = {.tick = 100, .count = ROSTER_ENTRIES_MAX, .entries = entries};
    const Roster empty = {.tick = 103};
    assert_true(sightings_update(&sightings, NULL, &full));
    assert_int_equal(sightings.items[ROSTER_ENTRIES_MAX - 1].age_ticks, 0);
    assert_true(sightings_update(&sightings, &full, &empty));
    assert_int_equal(sightings.count, 0);
    assert_true(sightings_update(&sightings, &empty, &full));
    assert_int_equal(sightings.items[0].refresh_ticks, 0);
    sightings_destroy(&sightings);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_new_has_no_refresh_and_the_age_that_the_server_says),
        cmocka_unit_test(a_refresh_spans_all_that_was_passed_over_even_beyond_what_an_age_holds),
        cmocka_unit_test(an_age_that_does_not_fit_is_as_old_as_can_be_told),
        cmocka_unit_test(comers_and_goers_move_the_others_and_another_generation_is_new),
        cmocka_unit_test(a_full_view_fits_and_an_empty_one_forgets_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
