// SPDX-License-Identifier: MIT
#include "server/sim/departures.h"

#include "support.h"

static Departures fresh(uint32_t range_count) {
    Departures departures;
    assert_true(departures_create(&departures, range_count));
    return departures;
}

static void a_departure_is_claimed_once_and_only_by_its_range(void **state) {
    (void)state;
    Departures departures = fresh(16);
    assert_int_equal(departures_claim(&departures, 7, 100), 0);
    departures_note(&departures, 7, 220, 100);
    assert_int_equal(departures_claim(&departures, 8, 101), 0);
    assert_int_equal(departures_claim(&departures, 7, 101), 220);
    assert_int_equal(departures_claim(&departures, 7, 101), 0);
    departures_destroy(&departures);
}

static void each_departure_of_a_range_is_claimed_with_the_latest_end(void **state) {
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

static void an_expired_departure_cannot_be_claimed(void **state) {
    (void)state;
    Departures departures = fresh(16);
    departures_note(&departures, 7, 100, 100); // over at once
    assert_int_equal(departures_claim(&departures, 7, 100), 0);
    departures_note(&departures, 7, 220, 100);
    assert_int_equal(departures_claim(&departures, 7, 220), 0);
    // The next departure does not revive it.
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

// With more ranges than rows, those with the latest ends are kept.
static void more_ranges_than_rows_overwrite_the_earliest_end(void **state) {
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

// One full set: the next departure uses the row of a claimed one, wherever it lies.
static void a_claimed_row_is_reused_before_any_other(void **state) {
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

static void a_departure_that_is_already_expired_overwrites_no_row(void **state) {
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

static void ranges_up_to_the_capacity_rarely_overwrite_each_other(void **state) {
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
        cmocka_unit_test(a_departure_is_claimed_once_and_only_by_its_range),
        cmocka_unit_test(each_departure_of_a_range_is_claimed_with_the_latest_end),
        cmocka_unit_test(an_expired_departure_cannot_be_claimed),
        cmocka_unit_test(range_zero_is_a_range),
        cmocka_unit_test(more_ranges_than_rows_overwrite_the_earliest_end),
        cmocka_unit_test(a_claimed_row_is_reused_before_any_other),
        cmocka_unit_test(a_departure_that_is_already_expired_overwrites_no_row),
        cmocka_unit_test(ranges_up_to_the_capacity_rarely_overwrite_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
