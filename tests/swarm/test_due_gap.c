// SPDX-License-Identifier: MIT
#include "tools/swarm/measure/due_gap.h"

#include <string.h>

#include "base/clock.h"
#include "support.h"

#define PERIOD_NS (50 * NS_PER_MS)

static const DueRate g_rate = {.interval_ns = PERIOD_NS, .patience = 1};
static Histogram g_histogram, g_reference;

static int reset(void **state) {
    (void)state;
    g_histogram = (Histogram){0};
    g_reference = (Histogram){0};
    return 0;
}

// HdrHistogram's recordCorrectedValue().
static void record_corrected(Histogram *histogram, uint64_t value, uint64_t interval_ns) {
    histogram_record(histogram, value);
    for (uint64_t missing = value - interval_ns; missing >= interval_ns && missing < value;
         missing -= interval_ns) {
        histogram_record(histogram, missing);
    }
}

// An arrival at a bot: records the gap before it.
static void arrive(DueGap *gap, uint64_t now_ns) {
    if (gap->since_ns != 0) {
        histogram_record(&g_histogram, now_ns - gap->since_ns);
    }
    due_gap_close(gap, &g_rate, now_ns, 0, &g_histogram);
}

static void updates_on_time_add_nothing(void **state) {
    (void)state;
    DueGap gap = {0};
    for (uint64_t i = 1; i <= 100; i++) {
        arrive(&gap, NS_PER_S + i * PERIOD_NS + (i % 2) * (PERIOD_NS - 1));
    }
    assert_int_equal(g_histogram.count, 99);
}

static void gaps_of_any_length_count_as_hdr_histogram_corrects_them(void **state) {
    (void)state;
    DueGap gap = {0};
    uint64_t now_ns = NS_PER_S;
    arrive(&gap, now_ns);
    for (uint64_t i = 0; i < 400; i++) {
        const uint64_t gap_ns = 1 + i * i * (PERIOD_NS / 700);
        now_ns += gap_ns;
        arrive(&gap, now_ns);
        record_corrected(&g_reference, gap_ns, PERIOD_NS);
    }
    assert_memory_equal(&g_histogram, &g_reference, sizeof g_reference);
}

static void a_watched_stall_counts_the_same_to_within_an_interval(void **state) {
    (void)state;
    const uint64_t stall_ns = 4 * NS_PER_S + 17 * NS_PER_MS;
    DueGap gap = {0};
    due_gap_start(&gap, NS_PER_S);
    for (uint64_t at_ns = 0; at_ns < stall_ns; at_ns += 230 * NS_PER_MS) {
        const uint64_t open_ns = due_gap_wait(&gap, &g_rate, NS_PER_S + at_ns, &g_histogram);
        assert_int_equal(open_ns, at_ns >= 2 * PERIOD_NS ? at_ns : 0);
        // Updates that were due are counted during the stall, not only at its end.
        assert_int_equal(g_histogram.count, at_ns >= 2 * PERIOD_NS ? at_ns / PERIOD_NS - 1 : 0);
    }
    arrive(&gap, NS_PER_S + stall_ns);
    record_corrected(&g_reference, stall_ns, PERIOD_NS);
    assert_int_equal(g_histogram.count, g_reference.count);
    assert_int_equal(g_histogram.max, g_reference.max);
    for (double percent = 1; percent <= 100; percent++) {
        const uint64_t wanted = histogram_percentile(&g_reference, percent);
        const uint64_t found = histogram_percentile(&g_histogram, percent);
        const uint64_t apart = wanted > found ? wanted - found : found - wanted;
        assert_true(apart <= PERIOD_NS + wanted / 32);
    }
}

static void a_stall_that_ended_leaves_nothing_for_the_next(void **state) {
    (void)state;
    DueGap gap = {0};
    due_gap_start(&gap, NS_PER_S);
    (void)due_gap_wait(&gap, &g_rate, 3 * NS_PER_S, &g_histogram);
    arrive(&gap, 3 * NS_PER_S);
    const uint64_t count = g_histogram.count;
    for (uint64_t i = 1; i <= 10; i++) {
        (void)due_gap_wait(&gap, &g_rate, 3 * NS_PER_S + i * PERIOD_NS - 1, &g_histogram);
        arrive(&gap, 3 * NS_PER_S + i * PERIOD_NS);
    }
    assert_int_equal(g_histogram.count, count + 10);
    arrive(&gap, 5 * NS_PER_S); // 30 intervals later, a stall of its own
    assert_int_equal(g_histogram.count, count + 10 + 30);
}

static void before_the_first_arrival_nothing_is_due(void **state) {
    (void)state;
    DueGap gap = {0};
    assert_int_equal(due_gap_wait(&gap, &g_rate, 90 * NS_PER_S, &g_histogram), 0);
    due_gap_close(&gap, &g_rate, 100 * NS_PER_S, 7, &g_histogram);
    assert_int_equal(g_histogram.count, 0);
    assert_int_equal(gap.since_ns, 100 * NS_PER_S);
}

static void a_silence_beyond_the_patience_counts_in_full(void **state) {
    (void)state;
    const DueRate patient = {.interval_ns = PERIOD_NS, .patience = 5};
    DueGap gap = {0};
    due_gap_start(&gap, NS_PER_S);
    due_gap_close(&gap, &patient, NS_PER_S + 6 * PERIOD_NS - 1, 0, &g_histogram);
    assert_int_equal(g_histogram.count, 0);
    due_gap_start(&gap, NS_PER_S);
    due_gap_close(&gap, &patient, NS_PER_S + 6 * PERIOD_NS, 0, &g_histogram);
    assert_int_equal(g_histogram.count, 5);
}

static void a_wait_counts_from_when_an_arrival_is_due(void **state) {
    (void)state;
    DueGap gap = {0};
    due_gap_start(&gap, NS_PER_S);
    const uint64_t due_ns = NS_PER_S + 2 * PERIOD_NS;
    assert_int_equal(due_gap_wait(&gap, &g_rate, due_ns - 1, &g_histogram), 0);
    assert_int_equal(due_gap_wait(&gap, &g_rate, due_ns, &g_histogram), 2 * PERIOD_NS);
    assert_int_equal(g_histogram.count, 1);
}

static void a_late_answer_counts_its_own_time_and_the_wait(void **state) {
    (void)state;
    DueGap gap = {0};
    due_gap_start(&gap, NS_PER_S);
    due_gap_close(&gap, &g_rate, NS_PER_S + 4 * PERIOD_NS, 3, &g_histogram);
    assert_int_equal(g_histogram.count, 3);
    assert_int_equal(g_histogram.min, 3 + PERIOD_NS);
    assert_int_equal(g_histogram.max, 3 + 3 * PERIOD_NS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(updates_on_time_add_nothing, reset),
        cmocka_unit_test_setup(gaps_of_any_length_count_as_hdr_histogram_corrects_them, reset),
        cmocka_unit_test_setup(a_watched_stall_counts_the_same_to_within_an_interval, reset),
        cmocka_unit_test_setup(a_stall_that_ended_leaves_nothing_for_the_next, reset),
        cmocka_unit_test_setup(before_the_first_arrival_nothing_is_due, reset),
        cmocka_unit_test_setup(a_silence_beyond_the_patience_counts_in_full, reset),
        cmocka_unit_test_setup(a_wait_counts_from_when_an_arrival_is_due, reset),
        cmocka_unit_test_setup(a_late_answer_counts_its_own_time_and_the_wait, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
