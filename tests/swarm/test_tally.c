// SPDX-License-Identifier: MIT
#include "tools/swarm/measure/tally.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/rng.h"
#include "support.h"

static Tally g_a, g_b, g_merged;

static int reset(void **state) {
    (void)state;
    tally_reset(&g_a);
    tally_reset(&g_b);
    tally_reset(&g_merged);
    return 0;
}

// Every counter and histogram is merged: a Tally filled with one byte pattern per word doubles.
static void merging_twice_doubles_every_counter(void **state) {
    (void)state;
    uint64_t *counters = &g_a.attempted;
    for (uint32_t i = 0; i < 6; i++) {
        counters[i] = i + 1;
    }
    uint64_t *more = &g_a.snapshots_received;
    const size_t count = ((size_t)((char *)&g_a.round_trip_ns - (char *)more)) / sizeof *more;
    for (size_t i = 0; i < count; i++) {
        more[i] = 100 + i;
    }
    tally_merge(&g_merged, &g_a);
    tally_merge(&g_merged, &g_a);
    for (uint32_t i = 0; i < 6; i++) {
        assert_int_equal((&g_merged.attempted)[i], 2 * counters[i]);
    }
    for (size_t i = 0; i < count; i++) {
        assert_int_equal((&g_merged.snapshots_received)[i], 2 * more[i]);
    }
}

static void lasting_counters_are_merged_without_measured_ones(void **state) {
    (void)state;
    g_a.ok = 2;
    g_a.decode_errors = 3;
    g_a.verify_checks = 4;
    g_a.verify_mismatches = 5;
    g_a.snapshots_received = 6;
    g_a.playing_ns = 7;
    g_a.bytes_in = 8;
    histogram_record(&g_a.connect_ns, 9);
    histogram_record(&g_a.snapshot_gap_ns, 10);
    tally_merge_lasting(&g_merged, &g_a);
    assert_int_equal(g_merged.ok, 2);
    assert_int_equal(g_merged.decode_errors, 3);
    assert_int_equal(g_merged.verify_checks, 4);
    assert_int_equal(g_merged.verify_mismatches, 5);
    assert_int_equal(g_merged.connect_ns.count, 1);
    assert_int_equal(g_merged.snapshots_received, 0);
    assert_int_equal(g_merged.playing_ns, 0);
    assert_int_equal(g_merged.bytes_in, 0);
    assert_int_equal(g_merged.snapshot_gap_ns.count, 0);
}

static void counters_of_hostile_bots_are_merged_apart(void **state) {
    (void)state;
    uint64_t *counters = (uint64_t *)(void *)&g_a.hostile;
    const size_t count = sizeof g_a.hostile / sizeof *counters;
    for (size_t i = 0; i < count; i++) {
        counters[i] = 1 + i;
    }
    tally_merge(&g_merged, &g_a);
    tally_merge(&g_merged, &g_a);
    const uint64_t *merged = (const uint64_t *)(const void *)&g_merged.hostile;
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(merged[i], 2 * counters[i]);
    }
    assert_int_equal(g_merged.attempted, 0);
}

static void merging_keeps_every_sample(void **state) {
    (void)state;
    Histogram *of_a = &g_a.round_trip_ns;
    Histogram *of_b = &g_b.round_trip_ns;
    Histogram *of_merged = &g_merged.round_trip_ns;
    const size_t count = (size_t)((Histogram *)(&g_a + 1) - of_a);
    assert_true(count >= 8);
    for (size_t i = 0; i < count; i++) {
        histogram_record(&of_a[i], 10 + i);
        histogram_record(&of_b[i], 1000 + i);
    }
    tally_merge(&g_merged, &g_a);
    tally_merge(&g_merged, &g_b);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(of_merged[i].count, 2);
        assert_int_equal(of_merged[i].min, 10 + i);
        assert_int_equal(of_merged[i].max, 1000 + i);
    }
}

// An evenly spread delay of up to 30 ms, as differences of neighbours.
static void jitter_is_the_range_that_explains_the_differences(void **state) {
    (void)state;
    const TallyJitter none = {0};
    TallyJitter jitter = {0};
    Rng rng = rng_seeded(5);
    uint64_t before_ns = 0;
    for (uint32_t i = 0; i < 100000; i++) {
        const uint64_t delay_ns = rng_below(&rng, 30 * NS_PER_MS);
        tally_jitter_record(&jitter,
                            delay_ns > before_ns ? delay_ns - before_ns : before_ns - delay_ns);
        before_ns = delay_ns;
    }
    assert_true(tally_jitter_ns(&none, &none) == 0);
    assert_true(fabs(tally_jitter_ns(&jitter, &none) - 30e6) < 0.3e6);
    assert_true(tally_jitter_ns(&jitter, &jitter) == 0);
    assert_true(tally_jitter_ns(&none, &jitter) == 0);
}

static void the_first_bad_end_is_the_example(void **state) {
    (void)state;
    tally_bad_end(&g_a, REASON_KICKED, 7, 500);
    tally_bad_end(&g_a, REASON_KICKED, 8, 600);
    tally_bad_end(&g_b, REASON_KICKED, 9, 400);
    tally_bad_end(&g_b, REASON_TIMED_OUT, 3, 900);
    tally_merge(&g_merged, &g_a);
    tally_merge(&g_merged, &g_b);
    assert_int_equal(g_merged.bad_ends[REASON_KICKED], 3);
    assert_int_equal(g_merged.examples[REASON_KICKED].bot, 9);
    assert_int_equal(g_merged.examples[REASON_KICKED].after_ns, 400);
    assert_int_equal(g_merged.bad_ends[REASON_TIMED_OUT], 1);
    assert_int_equal(g_merged.examples[REASON_TIMED_OUT].bot, 3);
}

static void the_first_difference_is_the_example(void **state) {
    (void)state;
    tally_difference(&g_a, &(TallyDifference){.bot = 1, .after_ns = 500});
    tally_difference(&g_a, &(TallyDifference){.bot = 2, .after_ns = 600});
    tally_difference(&g_b, &(TallyDifference){.bot = 3, .after_ns = 400});
    tally_merge(&g_merged, &g_a);
    tally_merge(&g_merged, &g_b);
    tally_reset(&g_b);
    tally_merge(&g_merged, &g_b); // without one
    assert_int_equal(g_merged.differences, 3);
    assert_int_equal(g_merged.difference.bot, 3);
}

static void merging_keeps_the_largest_datagram(void **state) {
    (void)state;
    g_a.largest_datagram = 700;
    g_b.largest_datagram = 300;
    tally_merge(&g_merged, &g_a);
    tally_merge(&g_merged, &g_b);
    assert_int_equal(g_merged.largest_datagram, 700);
}

static void an_unknown_reason_is_counted(void **state) {
    (void)state;
    tally_bad_end(&g_a, 4000000000u, 1, 1);
    assert_int_equal(g_a.bad_ends[TALLY_REASON_UNKNOWN], 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(merging_twice_doubles_every_counter, reset),
        cmocka_unit_test_setup(lasting_counters_are_merged_without_measured_ones, reset),
        cmocka_unit_test_setup(counters_of_hostile_bots_are_merged_apart, reset),
        cmocka_unit_test_setup(merging_keeps_every_sample, reset),
        cmocka_unit_test(jitter_is_the_range_that_explains_the_differences),
        cmocka_unit_test_setup(the_first_bad_end_is_the_example, reset),
        cmocka_unit_test_setup(the_first_difference_is_the_example, reset),
        cmocka_unit_test_setup(merging_keeps_the_largest_datagram, reset),
        cmocka_unit_test_setup(an_unknown_reason_is_counted, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
