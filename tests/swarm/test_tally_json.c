// SPDX-License-Identifier: MIT
#include "tools/swarm/report/tally_json.h"

#include <string.h>

#include "support.h"
#include "tools/swarm/measure/figures.h"

static Tally g_written, g_read;

// A different number in each counter that is no histogram, nor counted by reason.
static void fill(Tally *tally) {
    memset(tally, 0, sizeof *tally);
    uint64_t *words = (uint64_t *)tally;
    const size_t end = offsetof(Tally, round_trip_ns) / sizeof *words;
    for (size_t i = 0; i < end; i++) {
        words[i] = 1000 + i;
    }
    memset(tally->bad_ends, 0, sizeof tally->bad_ends);
    memset(tally->examples, 0, sizeof tally->examples);
    memset(tally->hostile.ended, 0, sizeof tally->hostile.ended);
    memset(&tally->difference, 0, sizeof tally->difference);
    const Figure *figure;
    for (size_t i = 0; (figure = figure_distribution_at(i)) != NULL; i++) {
        for (uint64_t value = i; value < 1000000; value = value * 3 + 1) {
            histogram_record(figure_histogram_of(figure, tally), value);
        }
    }
}

static bool read_back(const json_t *counters, const json_t *histograms, char *error, size_t size) {
    tally_reset(&g_read);
    return tally_from_json(counters, histograms, &g_read, error, size);
}

static void a_written_tally_is_read_back_to_the_last_byte(void **state) {
    (void)state;
    char error[128] = "";
    fill(&g_written);
    json_t *counters = tally_counters_to_json(&g_written);
    json_t *histograms = tally_histograms_to_json(&g_written);
    if (!read_back(counters, histograms, error, sizeof error)) {
        fail_msg("refused: %s", error);
    }
    assert_memory_equal(&g_written, &g_read, sizeof g_read);
    json_decref(counters);
    json_decref(histograms);
}

static void an_empty_tally_stays_empty(void **state) {
    (void)state;
    char error[128] = "";
    tally_reset(&g_written);
    json_t *counters = tally_counters_to_json(&g_written);
    json_t *histograms = tally_histograms_to_json(&g_written);
    assert_true(read_back(counters, histograms, error, sizeof error));
    assert_memory_equal(&g_written, &g_read, sizeof g_read);
    json_decref(counters);
    json_decref(histograms);
}

// The tally with one histogram, of rtt_ms, replaced by a text; false when it is refused.
static bool accepts_histogram(const char *text) {
    char error[128] = "";
    fill(&g_written);
    json_t *counters = tally_counters_to_json(&g_written);
    json_t *histograms = tally_histograms_to_json(&g_written);
    json_object_set_new(histograms, "rtt_ms", json_loads(text, 0, NULL));
    const bool is_accepted = read_back(counters, histograms, error, sizeof error);
    assert_true(is_accepted || strstr(error, "rtt_ms") != NULL);
    json_decref(counters);
    json_decref(histograms);
    return is_accepted;
}

static void a_damaged_histogram_is_refused(void **state) {
    (void)state;
    static const char *const texts[] = {
        "{}",
        "{\"sum\": 1, \"min\": 1, \"max\": 1}",
        "{\"sum\": 1, \"min\": 1, \"max\": 1, \"buckets\": [[1, 0]]}",
        "{\"sum\": 1, \"min\": 1, \"max\": 1, \"buckets\": [[1, -1]]}",
        "{\"sum\": 1, \"min\": 1, \"max\": 1, \"buckets\": [[1]]}",
        "{\"sum\": 1, \"min\": 1, \"max\": 1, \"buckets\": [[1, 1.5]]}",
        "{\"sum\": 1, \"min\": 1, \"max\": 1, \"buckets\": [[3776, 1]]}",
        "{\"sum\": 1, \"min\": 1, \"max\": 1, \"buckets\": [[2, 1], [1, 1]]}",
        "{\"sum\": 1, \"min\": 1, \"max\": 1, \"buckets\": [[1, 1], [1, 1]]}",
        "{\"sum\": 1, \"min\": null, \"max\": 1, \"buckets\": [[1, 1]]}",
        "{\"sum\": 1, \"min\": 2, \"max\": 1, \"buckets\": [[1, 1]]}",
        "{\"sum\": 1, \"min\": 0, \"max\": 1, \"buckets\": [[1, 1]]}",
        "{\"sum\": 1, \"min\": 1, \"max\": 5, \"buckets\": [[1, 1]]}",
        "{\"sum\": 3, \"min\": 1, \"max\": 1, \"buckets\": [[1, 1], [2, 1]]}",
    };
    assert_true(accepts_histogram("{\"sum\": 1, \"min\": 1, \"max\": 1, \"buckets\": [[1, 1]]}"));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (accepts_histogram(texts[i])) {
            fail_msg("accepted: %s", texts[i]);
        }
    }
}

static void a_damaged_counter_is_refused_by_name(void **state) {
    (void)state;
    char error[128] = "";
    fill(&g_written);
    json_t *counters = tally_counters_to_json(&g_written);
    json_t *histograms = tally_histograms_to_json(&g_written);
    json_object_set_new(counters, "missed_sends", json_string("many"));
    assert_false(read_back(counters, histograms, error, sizeof error));
    assert_string_equal(error, "counters.missed_sends is no count");
    json_object_set_new(counters, "missed_sends", json_integer(-1));
    assert_false(read_back(counters, histograms, error, sizeof error));
    json_decref(counters);
    json_decref(histograms);
}

static void other_buckets_are_refused(void **state) {
    (void)state;
    char error[128] = "";
    json_t *counters = tally_counters_to_json(&g_written);
    json_t *histograms = tally_histograms_to_json(&g_written);
    json_object_set_new(histograms, "subbucket_bits", json_integer(7));
    assert_false(read_back(counters, histograms, error, sizeof error));
    assert_string_equal(error, "its histograms have other buckets");
    json_decref(counters);
    json_decref(histograms);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_written_tally_is_read_back_to_the_last_byte),
        cmocka_unit_test(an_empty_tally_stays_empty),
        cmocka_unit_test(a_damaged_histogram_is_refused),
        cmocka_unit_test(a_damaged_counter_is_refused_by_name),
        cmocka_unit_test(other_buckets_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
