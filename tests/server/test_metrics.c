// SPDX-License-Identifier: MIT
// test_metrics.c -- the table of metrics, the values behind it and the text that they become.
#include "server/operate/metrics.h"

#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "server/operate/metric_table.h"
#include "server/operate/metrics_text.h"
#include "server/operate/process_usage.h"
#include "support.h"

#define WORKERS   2
#define NET_LOOPS 2

static Metrics *fresh_metrics(void) {
    Metrics *metrics = metrics_create(60, WORKERS, NET_LOOPS);
    assert_non_null(metrics);
    return metrics;
}

static char *render(const Metrics *metrics) {
    size_t size;
    char *text = metrics_text_render(metrics, &size);
    assert_non_null(text);
    assert_int_equal(strlen(text), size);
    return text;
}

// The value of the sample that starts with the given name and labels.
static double value_of(const char *text, const char *sample) {
    const size_t length = strlen(sample);
    for (const char *at = text; at != NULL; at = strchr(at, '\n')) {
        at += *at == '\n';
        if (strncmp(at, sample, length) == 0 && at[length] == ' ') {
            return strtod(at + length + 1, NULL);
        }
    }
    fail_msg("no sample '%s'", sample);
    return 0;
}

// Dashboards and alerts rely on these: names may be added, never dropped.
static const char *const PROMISED[] = {
    "tickstorm_build_info",
    "tickstorm_tick_duration_seconds",
    "tickstorm_tick_phase_duration_seconds",
    "tickstorm_ticks_total",
    "tickstorm_tick_overruns_total",
    "tickstorm_ticks_skipped_total",
    "tickstorm_tick_start_lag_seconds",
    "tickstorm_worker_busy_seconds_total",
    "tickstorm_barrier_wait_seconds_total",
    "tickstorm_entities",
    "tickstorm_clients",
    "tickstorm_client_connects_total",
    "tickstorm_client_disconnects_total",
    "tickstorm_net_bytes_total",
    "tickstorm_net_packets_total",
    "tickstorm_packets_rejected_total",
    "tickstorm_snapshots_total",
    "tickstorm_snapshot_bytes",
    "tickstorm_entity_updates_total",
    "tickstorm_deltas_total",
    "tickstorm_snapshots_limited_total",
    "tickstorm_snapshots_throttled_total",
    "tickstorm_snapshots_without_baseline_total",
    "tickstorm_snapshot_section_bytes_total",
    "tickstorm_verify_requests_total",
    "tickstorm_input_starved_total",
    "tickstorm_input_late_total",
    "tickstorm_inputs_total",
    "tickstorm_input_views_unlikely_total",
    "tickstorm_queue_full_total",
    "tickstorm_log_lines_dropped_total",
    "tickstorm_net_loop_idle_seconds_total",
    "tickstorm_net_allocations_failed_total",
    "tickstorm_net_handshakes_evicted_total",
    "tickstorm_net_send_errors_total",
    "tickstorm_net_receive_errors_total",
    "tickstorm_net_receive_drops_total",
    "tickstorm_net_service_errors_total",
    "tickstorm_net_handshakes_expired_total",
    "tickstorm_net_unexpected_reliable_total",
    "tickstorm_queue_used_bytes",
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
    "process_open_fds",
    "process_start_time_seconds",
};

static void every_promised_metric_is_in_the_table(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof PROMISED / sizeof *PROMISED; i++) {
        uint32_t row = 0;
        while (row < METRIC_TABLE_COUNT && strcmp(METRIC_TABLE[row].name, PROMISED[i]) != 0) {
            row++;
        }
        if (row == METRIC_TABLE_COUNT) {
            fail_msg("no metric '%s'", PROMISED[i]);
        }
    }
}

static uint32_t count_lines(const char *text, const char *line) {
    uint32_t count = 0;
    for (const char *at = text; (at = strstr(at, line)) != NULL; at += strlen(line)) {
        count += at == text || at[-1] == '\n';
    }
    return count;
}

static void each_metric_has_one_help_line_and_one_type_line(void **state) {
    (void)state;
    Metrics *metrics = fresh_metrics();
    char *text = render(metrics);
    for (uint32_t i = 0; i < METRIC_TABLE_COUNT; i++) {
        const MetricRow *row = &METRIC_TABLE[i];
        char head[128];
        snprintf(head, sizeof head, "# HELP %s ", row->name);
        assert_int_equal(count_lines(text, head), 1);
        snprintf(head, sizeof head, "# TYPE %s ", row->name);
        assert_int_equal(count_lines(text, head), 1);
        if (row->help == NULL) {
            assert_true(i > 0);
            assert_string_equal(row->name, METRIC_TABLE[i - 1].name);
        }
    }
    free(text);
    metrics_destroy(metrics);
}

static bool is_name_char(char c) {
    return isalnum((unsigned char)c) || c == '_' || c == ':';
}

// name{labels} value, with the name of the family that was declared last in front.
static void check_sample(const char *line, const char *family) {
    assert_int_equal(strncmp(line, family, strlen(family)), 0);
    const char *at = line;
    while (is_name_char(*at)) {
        at++;
    }
    if (*at == '{') {
        at = strchr(at, '}');
        assert_non_null(at);
        at++;
    }
    assert_int_equal(*at, ' ');
    char *end;
    strtod(at + 1, &end);
    assert_int_equal(*end, '\0');
}

static void each_sample_follows_the_head_of_its_metric(void **state) {
    (void)state;
    Metrics *metrics = fresh_metrics();
    char *text = render(metrics);
    assert_int_equal(text[strlen(text) - 1], '\n');
    char family[128] = "";
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n")) != NULL && *line != '\0';) {
        char name[128];
        char type[32];
        if (sscanf(line, "# TYPE %127s %31s", name, type) == 2) {
            assert_string_equal(name, family);
            assert_true(strcmp(type, "counter") == 0 || strcmp(type, "gauge") == 0 ||
                        strcmp(type, "histogram") == 0 || strcmp(type, "summary") == 0);
        } else if (sscanf(line, "# HELP %127s", name) == 1) {
            assert_string_not_equal(name, family);
            memcpy(family, name, sizeof family);
        } else {
            check_sample(line, family);
        }
    }
    free(text);
    metrics_destroy(metrics);
}

static Metric *stored_value(Metrics *metrics, const MetricRow *row, uint32_t index) {
    switch (row->place) {
    case METRIC_PLACE_SIM:
    case METRIC_PLACE_WORKERS:
        return (Metric *)(void *)((char *)&metrics->sim + row->offset) + index;
    case METRIC_PLACE_NET: // any of the loops: their sum is shown
        return (Metric *)(void *)((char *)&metrics->net[index % NET_LOOPS] + row->offset) + index;
    case METRIC_PLACE_NET_LOOPS:
        return (Metric *)(void *)((char *)&metrics->net[index] + row->offset);
    case METRIC_PLACE_READ:
    case METRIC_PLACE_WRITTEN:
        break;
    }
    return NULL;
}

// How many units of storage make one unit of the text.
static double stored_per_shown(MetricUnit unit) {
    static const double units[] = {[METRIC_UNIT_ONE] = 1,
                                   [METRIC_UNIT_NS] = 1e9,
                                   [METRIC_UNIT_US] = 1e6,
                                   [METRIC_UNIT_BITS] = 8};
    return units[unit];
}

static void check_sample_of(Metrics *metrics, const MetricRow *row, uint32_t index) {
    char number[16];
    char sample[160];
    const char *by = number;
    snprintf(number, sizeof number, "%u", index);
    if (row->label_value != NULL) {
        by = row->label_value(index);
    }
    if (by == NULL) {
        return; // the metric has no such sample
    }
    if (row->label != NULL) {
        snprintf(sample, sizeof sample, "%s%s{%s=\"%s\"}", row->name,
                 row->type == METRIC_SUMMARY ? "_sum" : "", row->label, by);
    } else {
        snprintf(sample, sizeof sample, "%s", row->name);
    }
    metric_set(stored_value(metrics, row, index), 123456000);
    char *text = render(metrics);
    assert_true(value_of(text, sample) == 123456000 / stored_per_shown(row->unit));
    free(text);
    metric_set(stored_value(metrics, row, index), 0);
    text = render(metrics);
    assert_true(value_of(text, sample) == 0);
    free(text);
}

static void each_stored_value_is_a_sample_in_its_unit(void **state) {
    (void)state;
    Metrics *metrics = fresh_metrics();
    const MetricSources sources = {.metrics = metrics};
    for (uint32_t i = 0; i < METRIC_TABLE_COUNT; i++) {
        const MetricRow *row = &METRIC_TABLE[i];
        const bool is_stored =
            row->place != METRIC_PLACE_READ && row->place != METRIC_PLACE_WRITTEN;
        for (uint32_t j = 0;
             is_stored && row->type != METRIC_HISTOGRAM && j < metric_row_count(row, &sources);
             j++) {
            check_sample_of(metrics, row, j);
        }
    }
    metrics_destroy(metrics);
}

static void values_of_several_net_loops_are_summed(void **state) {
    (void)state;
    Metrics *metrics = fresh_metrics();
    metric_add(&metrics->net[0].bytes[NET_IN], 100);
    metric_add(&metrics->net[1].bytes[NET_IN], 23);
    metric_add(&metrics->net[0].queue_full[QUEUE_REFUSED_SNAPSHOT], 4);
    metric_add(&metrics->net[1].queue_full[QUEUE_REFUSED_SNAPSHOT], 5);
    metric_add(&metrics->net[0].idle_ns, NS_PER_S);
    metric_add(&metrics->net[1].idle_ns, 2 * NS_PER_S);
    char *text = render(metrics);
    assert_true(value_of(text, "tickstorm_net_bytes_total{direction=\"in\"}") == 123);
    assert_true(value_of(text, "tickstorm_queue_full_total{queue=\"snapshot\"}") == 9);
    assert_true(value_of(text, "tickstorm_net_loop_idle_seconds_total{loop=\"0\"}") == 1);
    assert_true(value_of(text, "tickstorm_net_loop_idle_seconds_total{loop=\"1\"}") == 2);
    free(text);
    metrics_destroy(metrics);
}

static void label_values_are_those_that_operators_know(void **state) {
    (void)state;
    static const char *const samples[] = {
        "tickstorm_tick_phase_duration_seconds_sum{phase=\"think\"}",
        "tickstorm_worker_busy_seconds_total{worker=\"1\"}",
        "tickstorm_entities{kind=\"drone\"}",
        "tickstorm_client_connects_total{result=\"ok\"}",
        "tickstorm_client_connects_total{result=\"server_full\"}",
        "tickstorm_client_disconnects_total{reason=\"timed_out\"}",
        "tickstorm_packets_rejected_total{reason=\"message_malformed\"}",
        "tickstorm_packets_rejected_total{reason=\"oversize\"}",
        "tickstorm_queue_used_bytes{queue=\"to_sim\"}",
        "tickstorm_deltas_total{source=\"copied\"}",
        "tickstorm_deltas_total{source=\"produced\"}",
        "tickstorm_deltas_total{source=\"unshared\"}",
        "tickstorm_snapshot_section_bytes_total{section=\"enters\"}",
        "tickstorm_verify_requests_total{result=\"answered\"}",
        "tickstorm_verify_requests_total{result=\"unknown_snapshot\"}",
        "tickstorm_inputs_total{result=\"accepted\"}",
        "tickstorm_inputs_total{result=\"duplicate\"}",
        "tickstorm_inputs_total{result=\"early\"}",
        "tickstorm_inputs_total{result=\"late\"}",
        "tickstorm_events_total{type=\"kill\"}",
    };
    Metrics *metrics = fresh_metrics();
    char *text = render(metrics);
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        assert_true(value_of(text, samples[i]) == 0);
    }
    assert_null(strstr(text, "disconnects_total{reason=\"none\"}"));
    assert_null(strstr(text, "{worker=\"2\"}"));
    free(text);
    metrics_destroy(metrics);
}

static void late_inputs_are_shown_under_both_names(void **state) {
    (void)state;
    Metrics *metrics = fresh_metrics();
    metric_add(&metrics->sim.inputs[INPUT_RESULT_LATE], 40);
    char *text = render(metrics);
    assert_true(value_of(text, "tickstorm_inputs_total{result=\"late\"}") == 40);
    assert_true(value_of(text, "tickstorm_input_late_total") == 40);
    free(text);
    metrics_destroy(metrics);
}

static void histogram_buckets_are_cumulative(void **state) {
    (void)state;
    Metrics *metrics = fresh_metrics();
    MetricHistogram *ticks = &metrics->sim.tick_ns;
    metric_histogram_record(ticks, &METRIC_TICK_BOUNDS, 1 * NS_PER_MS);     // on a bound: inside
    metric_histogram_record(ticks, &METRIC_TICK_BOUNDS, 1 * NS_PER_MS + 1); // just outside
    metric_histogram_record(ticks, &METRIC_TICK_BOUNDS, 3600 * NS_PER_S);   // beyond all bounds
    char *text = render(metrics);
    assert_true(value_of(text, "tickstorm_tick_duration_seconds_bucket{le=\"0.00075\"}") == 0);
    assert_true(value_of(text, "tickstorm_tick_duration_seconds_bucket{le=\"0.001\"}") == 1);
    assert_true(value_of(text, "tickstorm_tick_duration_seconds_bucket{le=\"0.0015\"}") == 2);
    assert_true(value_of(text, "tickstorm_tick_duration_seconds_bucket{le=\"1\"}") == 2);
    assert_true(value_of(text, "tickstorm_tick_duration_seconds_bucket{le=\"+Inf\"}") == 3);
    assert_true(value_of(text, "tickstorm_tick_duration_seconds_count") == 3);
    assert_true(value_of(text, "tickstorm_tick_duration_seconds_sum") > 3600);
    free(text);
    metrics_destroy(metrics);
}

static void bounds_ascend_and_fit(void **state) {
    (void)state;
    static const MetricBounds *const all[] = {&METRIC_TICK_BOUNDS, &METRIC_LAG_BOUNDS,
                                              &METRIC_SNAPSHOT_BOUNDS};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        assert_true(all[i]->count > 0 && all[i]->count <= METRIC_BUCKETS_MAX);
        for (uint32_t j = 1; j < all[i]->count; j++) {
            assert_true(all[i]->bounds[j] > all[i]->bounds[j - 1]);
        }
    }
}

static void percentiles_are_upper_bounds(void **state) {
    (void)state;
    MetricHistogram histogram = {0};
    assert_int_equal(metric_histogram_percentile(&histogram, &METRIC_TICK_BOUNDS, 99), 0);
    for (int i = 0; i < 99; i++) {
        metric_histogram_record(&histogram, &METRIC_TICK_BOUNDS, 900 * NS_PER_US);
    }
    metric_histogram_record(&histogram, &METRIC_TICK_BOUNDS, 7500 * NS_PER_US);
    assert_int_equal(metric_histogram_percentile(&histogram, &METRIC_TICK_BOUNDS, 50), NS_PER_MS);
    assert_int_equal(metric_histogram_percentile(&histogram, &METRIC_TICK_BOUNDS, 99), NS_PER_MS);
    assert_int_equal(metric_histogram_percentile(&histogram, &METRIC_TICK_BOUNDS, 100),
                     8 * NS_PER_MS);
    // 979 of 1,000 are 97.9 %, which no double represents exactly; 0 % is the smallest value.
    histogram = (MetricHistogram){0};
    for (int i = 0; i < 1000; i++) {
        metric_histogram_record(&histogram, &METRIC_TICK_BOUNDS,
                                (i < 979 ? 900 : 7500) * NS_PER_US);
    }
    assert_int_equal(metric_histogram_percentile(&histogram, &METRIC_TICK_BOUNDS, 97.9), NS_PER_MS);
    assert_int_equal(metric_histogram_percentile(&histogram, &METRIC_TICK_BOUNDS, 98),
                     8 * NS_PER_MS);
    assert_int_equal(metric_histogram_percentile(&histogram, &METRIC_TICK_BOUNDS, 0), NS_PER_MS);
}

static void the_process_has_cpu_time_memory_and_a_start(void **state) {
    (void)state;
    const ProcessUsage usage = process_usage_read();
    assert_true(usage.cpu_s > 0);
    assert_true(usage.resident_bytes > 100000);
    assert_true(usage.open_fds >= 3);
    Metrics *metrics = fresh_metrics();
    assert_true(metrics->start_time_s > 1500000000); // 2017
    metrics_destroy(metrics);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_promised_metric_is_in_the_table),
        cmocka_unit_test(each_metric_has_one_help_line_and_one_type_line),
        cmocka_unit_test(each_sample_follows_the_head_of_its_metric),
        cmocka_unit_test(each_stored_value_is_a_sample_in_its_unit),
        cmocka_unit_test(values_of_several_net_loops_are_summed),
        cmocka_unit_test(label_values_are_those_that_operators_know),
        cmocka_unit_test(late_inputs_are_shown_under_both_names),
        cmocka_unit_test(histogram_buckets_are_cumulative),
        cmocka_unit_test(bounds_ascend_and_fit),
        cmocka_unit_test(percentiles_are_upper_bounds),
        cmocka_unit_test(the_process_has_cpu_time_memory_and_a_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
