// SPDX-License-Identifier: MIT
#include "base/rng.h"

#include "support.h"

static void the_hash_has_not_changed(void **state) {
    (void)state;
    // SplitMix64's first output for the state 0, as published with the algorithm.
    assert_true(rng_mix(0) == 0xe220a8397b1dcdafull);
}

static void every_argument_of_the_hash_matters(void **state) {
    (void)state;
    const uint64_t base = rng_hash(1, 2, 3, 4);
    assert_true(base != rng_hash(2, 2, 3, 4));
    assert_true(base != rng_hash(1, 3, 3, 4));
    assert_true(base != rng_hash(1, 2, 4, 4));
    assert_true(base != rng_hash(1, 2, 3, 5));
}

static void draws_stay_in_range_and_reach_both_ends(void **state) {
    (void)state;
    Rng rng = test_rng();
    bool has_low = false;
    bool has_high = false;
    for (int i = 0; i < 10000; i++) {
        const int32_t value = rng_range(&rng, -3, 3);
        assert_in_range(value + 3, 0, 6);
        has_low |= value == -3;
        has_high |= value == 3;
        const double unit = rng_unit(&rng);
        assert_true(unit >= 0.0 && unit < 1.0);
    }
    assert_true(has_low && has_high);
}

static void equal_seeds_give_equal_streams(void **state) {
    (void)state;
    Rng a = rng_seeded(99);
    Rng b = rng_seeded(99);
    Rng c = rng_seeded(100);
    assert_true(rng_next(&a) == rng_next(&b));
    assert_true(rng_next(&a) != rng_next(&c));
}

static void draws_are_spread_evenly(void **state) {
    (void)state;
    enum { DRAWS = 160000, BINS = 16 };
    Rng rng = test_rng();
    int counts[BINS] = {0};
    for (int i = 0; i < DRAWS; i++) {
        counts[rng_below(&rng, BINS)]++;
    }
    for (int i = 0; i < BINS; i++) {
        assert_in_range(counts[i], DRAWS / BINS * 95 / 100, DRAWS / BINS * 105 / 100);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hash_has_not_changed),
        cmocka_unit_test(every_argument_of_the_hash_matters),
        cmocka_unit_test(draws_stay_in_range_and_reach_both_ends),
        cmocka_unit_test(equal_seeds_give_equal_streams),
        cmocka_unit_test(draws_are_spread_evenly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
