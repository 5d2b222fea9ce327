// SPDX-License-Identifier: MIT
#include "base/histogram.h"

#include <math.h>

#include <stdlib.h>
#include <string.h>

#include "support.h"

static Histogram g_histogram;

static int reset(void **state) {
    (void)state;
    g_histogram = (Histogram){0};
    return 0;
}

static void an_empty_histogram_reports_zero(void **state) {
    (void)state;
    assert_int_equal(histogram_percentile(&g_histogram, 99), 0);
    assert_true(histogram_mean(&g_histogram) == 0.0);
}

static void small_values_are_exact(void **state) {
    (void)state;
    for (uint64_t value = 1; value <= 100; value++) {
        histogram_record(&g_histogram, value);
    }
    assert_int_equal(histogram_percentile(&g_histogram, 50), 50);
    assert_int_equal(histogram_percentile(&g_histogram, 99), 99);
    assert_int_equal(histogram_percentile(&g_histogram, 100), 100);
    assert_int_equal(histogram_percentile(&g_histogram, 0), 1);
    assert_true(histogram_mean(&g_histogram) == 50.5);
}

static void the_extremes_are_exact(void **state) {
    (void)state;
    histogram_record(&g_histogram, 0);
    histogram_record(&g_histogram, UINT64_MAX);
    assert_int_equal(g_histogram.min, 0);
    assert_true(g_histogram.max == UINT64_MAX);
    assert_true(histogram_percentile(&g_histogram, 100) == UINT64_MAX);
}

static int compare(const void *a, const void *b) {
    const uint64_t left = *(const uint64_t *)a;
    const uint64_t right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

static void percentiles_lie_within_a_64th_of_the_exact_ones(void **state) {
    (void)state;
    enum { COUNT = 20000 };
    static uint64_t values[COUNT];
    Rng rng = test_rng();
    for (int i = 0; i < COUNT; i++) {
        values[i] = rng_next(&rng) >> rng_below(&rng, 60); // every order of magnitude
        histogram_record(&g_histogram, values[i]);
    }
    qsort(values, COUNT, sizeof *values, compare);
    const double percents[] = {1, 10, 50, 90, 99, 99.9}; // whole ranks of 20,000
    for (size_t i = 0; i < sizeof percents / sizeof *percents; i++) {
        const uint64_t exact = values[lround(percents[i] / 100 * COUNT) - 1];
        const uint64_t reported = histogram_percentile(&g_histogram, percents[i]);
        assert_true(reported >= exact);
        assert_true(reported - exact <= exact / HISTOGRAM_SUBBUCKETS);
    }
}

// Every tenth of a percent of 1,000 is a whole rank; that many values are 0, the others 1.
static void a_percentile_that_falls_on_a_rank_is_that_rank(void **state) {
    (void)state;
    for (uint32_t tenths = 1; tenths <= 1000; tenths++) {
        for (uint32_t zeros = tenths - 1; zeros <= tenths; zeros++) {
            g_histogram = (Histogram){0};
            for (uint32_t i = 0; i < 1000; i++) {
                histogram_record(&g_histogram, i < zeros ? 0 : 1);
            }
            assert_int_equal(histogram_percentile(&g_histogram, tenths / 10.0),
                             zeros == tenths ? 0 : 1);
        }
    }
}

static void merging_equals_recording_in_one(void **state) {
    (void)state;
    static Histogram parts[2];
    static Histogram merged;
    merged = (Histogram){0};
    parts[0] = (Histogram){0};
    parts[1] = (Histogram){0};
    Rng rng = test_rng();
    for (int i = 0; i < 5000; i++) {
        const uint64_t value = rng_below(&rng, 1000000);
        histogram_record(&g_histogram, value);
        histogram_record(&parts[i % 2], value);
    }
    histogram_merge(&merged, &parts[0]);
    histogram_merge(&merged, &parts[1]);
    assert_memory_equal(merged.buckets, g_histogram.buckets, sizeof merged.buckets);
    assert_int_equal(merged.count, g_histogram.count);
    assert_int_equal(merged.min, g_histogram.min);
    assert_int_equal(merged.max, g_histogram.max);
    histogram_merge(&merged, &(Histogram){0}); // an empty one changes nothing
    assert_int_equal(merged.min, g_histogram.min);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_empty_histogram_reports_zero, reset),
        cmocka_unit_test_setup(small_values_are_exact, reset),
        cmocka_unit_test_setup(the_extremes_are_exact, reset),
        cmocka_unit_test_setup(percentiles_lie_within_a_64th_of_the_exact_ones, reset),
        cmocka_unit_test_setup(a_percentile_that_falls_on_a_rank_is_that_rank, reset),
        cmocka_unit_test_setup(merging_equals_recording_in_one, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
