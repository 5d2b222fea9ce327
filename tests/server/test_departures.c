// SPDX-License-Identifier: MIT
#include "server/sim/departures.h"

#include "support.h"

static Departures fresh(uint32_t range_count) {
    Departures departures;
    assert_true(departures_create(&departures, range_count));
    return departures;
}

static void what_was_left_is_claimed_once_and_by_its_range_alone(void **state) {
    (void)state;
    Departures departures = fresh(16);
    assert_int_equal(departures_claim(&departures, 7, 100), 0);
    departures_note(&departures, 7, 220, 100);
    assert_int_equal(departures_claim(&departures, 8, 101), 0);
    assert_int_equal(departures_claim(&departures, 7, 101), 220);
    assert_int_equal(departures_claim(&departures, 7, 101), 0);
    departures_destroy(&departures);
}

static void the_latest_of_those_who_left_counts_for_as_many_as_left(void **state) {
    (void)state;
    Departures departures = fresh(16);
    for (uint64_t i = 0; i < 1000; i++) {
        departures_note(&departures, 7, i == 300 ? 350 : 220, 100);
    }
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(departures_claim(&departures, 7, 219), 350);
    }
    assert_int_equal(departures_claim(&departures, 7, 219), 0);
    departures_destroy(&departures);
}

static void what_is_over_is_nobodys(void **state) {
    (void)state;
    Departures departures = fresh(16);
    departures_note(&departures, 7, 100, 100); // over at once
    assert_int_equal(departures_claim(&departures, 7, 100), 0);
    departures_note(&departures, 7, 220, 100);
    assert_int_equal(departures_claim(&departures, 7, 220), 0);
    // Nor is it revived by the next one.
    departures_note(&departures, 7, 300, 250);
    assert_int_equal(departures_claim(&departures, 7, 251), 300);
    assert_int_equal(departures_claim(&departures, 7, 251), 0);
    departures_destroy(&departures);
}

static void range_zero_is_a_range(void **state) {
    (void)state;
    Departures departures = fresh(1);
    assert_int_equal(departures_claim(&departures, 0, 1), 0);
    departures_note(&departures, 0, 5, 1);
    assert_int_equal(departures_claim(&departures, 0, 2), 5);
    departures_destroy(&departures);
}

// With more ranges than there is room for, those that would count longest are kept.
static void a_crowd_of_ranges_drives_out_what_is_over_first(void **state) {
    (void)state;
    Departures departures = fresh(64);
    for (uint64_t range = 1; range <= 10000; range++) {
        departures_note(&departures, range, 1000 + range, 10);
    }
    uint32_t kept = 0;
    for (uint64_t range = 1; range <= 10000; range++) {
        const uint64_t until = departures_claim(&departures, range, 11);
        assert_true(until == 0 || until == 1000 + range);
        assert_true(until == 0 || range > 8000);
        kept += until != 0;
    }
    assert_int_equal(kept, departures.row_count);
    departures_destroy(&departures);
}

// One set, full: whoever comes next takes the place that one was claimed from, wherever it lies.
static void a_place_that_was_claimed_is_taken_before_anybodys(void **state) {
    (void)state;
    for (uint64_t claimed = 0; claimed < DEPARTURES_SET; claimed++) {
        Departures departures = fresh(1);
        assert_int_equal(departures.row_count, DEPARTURES_SET);
        for (uint64_t range = 0; range < DEPARTURES_SET; range++) {
            departures_note(&departures, range, range == claimed ? 900 : 200 + range, 10);
        }
        assert_int_equal(departures_claim(&departures, claimed, 11), 900);
        departures_note(&departures, 99, 500, 12);
        for (uint64_t range = 0; range < DEPARTURES_SET; range++) {
            assert_int_equal(departures_claim(&departures, range, 13),
                             range == claimed ? 0 : 200 + range);
        }
        assert_int_equal(departures_claim(&departures, 99, 13), 500);
        departures_destroy(&departures);
    }
}

static void what_is_over_at_once_drives_out_nobody(void **state) {
    (void)state;
    Departures departures = fresh(1);
    for (uint64_t range = 0; range < DEPARTURES_SET; range++) {
        departures_note(&departures, range, 200 + range, 10);
    }
    departures_note(&departures, 99, 100, 100);
    for (uint64_t range = 0; range < DEPARTURES_SET; range++) {
        assert_int_equal(departures_claim(&departures, range, 100), 200 + range);
    }
    departures_destroy(&departures);
}

static void as_many_ranges_as_were_asked_for_hardly_ever_meet(void **state) {
    (void)state;
    Departures departures = fresh(1000);
    Rng rng = test_rng();
    uint64_t ranges[1000];
    for (int i = 0; i < 1000; i++) {
        ranges[i] = rng_next(&rng);
        departures_note(&departures, ranges[i], 50, 1);
    }
    uint32_t kept = 0;
    for (int i = 0; i < 1000; i++) {
        kept += departures_claim(&departures, ranges[i], 2) == 50;
    }
    // 1,000 balls in 512 bins of four: 35 are left over on average, with a standard deviation of 8.
    assert_in_range(kept, 1000 - 35 - 6 * 8, 1000);
    departures_destroy(&departures);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_left_is_claimed_once_and_by_its_range_alone),
        cmocka_unit_test(the_latest_of_those_who_left_counts_for_as_many_as_left),
        cmocka_unit_test(what_is_over_is_nobodys),
        cmocka_unit_test(range_zero_is_a_range),
        cmocka_unit_test(a_crowd_of_ranges_drives_out_what_is_over_first),
        cmocka_unit_test(a_place_that_was_claimed_is_taken_before_anybodys),
        cmocka_unit_test(what_is_over_at_once_drives_out_nobody),
        cmocka_unit_test(as_many_ranges_as_were_asked_for_hardly_ever_meet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
