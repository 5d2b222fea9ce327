// SPDX-License-Identifier: MIT
#include "server/operate/metrics.h"

#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "server/operate/process_usage.h"
#include "server/sim/sim_queues.h"
#include "support.h"

static Metrics *fresh_metrics(SimQueues *queues) {
    Metrics *metrics = metrics_create(60, 2, 2, queues);
    assert_non_null(metrics);
    return metrics;
}

static char *render(const Metrics *metrics) {
    size_t size;
    char *text = metrics_render(metrics, &size);
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

static void every_promised_metric_is_there(void **state) {
    (void)state;
    static const char *const names[] = {
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
    Metrics *metrics = fresh_metrics(NULL);
    char *text = render(metrics);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char head[128];
        snprintf(head, sizeof head, "# HELP %s ", names[i]);
        assert_non_null(strstr(text, head));
        snprintf(head, sizeof head, "# TYPE %s ", names[i]);
        assert_non_null(strstr(text, head));
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

static void the_text_is_what_prometheus_reads(void **state) {
    (void)state;
    Metrics *metrics = fresh_metrics(NULL);
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

static void counters_show_what_was_counted(void **state) {
    (void)state;
    SimQueues *queues = aligned_alloc(CACHE_LINE_BYTES, 2 * sizeof *queues);
    assert_non_null(queues);
    memset(queues, 0, 2 * sizeof *queues);
    atomic_store(&queues[0].refused[QUEUE_REFUSED_SNAPSHOT], 4);
    atomic_store(&queues[1].refused[QUEUE_REFUSED_SNAPSHOT], 5);
    Metrics *metrics = fresh_metrics(queues);
    metric_add(&metrics->net[0].bytes_in, 100);
    metric_add(&metrics->net[1].bytes_in, 23);
    metric_add(&metrics->net[0].send_errors, 17);
    metric_add(&metrics->net[0].receive_drops, 19);
    metric_add(&metrics->net[1].receive_drops, 1);
    metric_set(&metrics->net[1].to_sim_bytes, 64);
    metric_add(&metrics->net[1].connects[REASON_NONE], 2);
    metric_add(&metrics->net[0].connects[REASON_SERVER_FULL], 3);
    metric_add(&metrics->net[0].disconnects[REASON_TIMED_OUT], 7);
    metric_add(&metrics->net[0].messages_rejected[MESSAGE_REJECT_MALFORMED], 11);
    metric_add(&metrics->net[1].datagrams_rejected[TRANSPORT_REJECT_OVERSIZE], 13);
    metric_set(&metrics->sim.entities[ENTITY_DRONE], 10000);
    metric_add(&metrics->sim.phase_ns[PHASE_THINK], NS_PER_S / 2);
    metric_set(&metrics->sim.worker_busy_ns[1], 3 * NS_PER_S);
    char *text = render(metrics);
    assert_true(value_of(text, "tickstorm_net_bytes_total{direction=\"in\"}") == 123);
    assert_true(value_of(text, "tickstorm_net_send_errors_total") == 17);
    assert_true(value_of(text, "tickstorm_net_receive_drops_total") == 20);
    assert_true(value_of(text, "tickstorm_queue_used_bytes{queue=\"to_sim\"}") == 64);
    assert_true(value_of(text, "tickstorm_client_connects_total{result=\"ok\"}") == 2);
    assert_true(value_of(text, "tickstorm_client_connects_total{result=\"server_full\"}") == 3);
    assert_true(value_of(text, "tickstorm_client_disconnects_total{reason=\"timed_out\"}") == 7);
    assert_true(value_of(text, "tickstorm_packets_rejected_total{reason=\"message_malformed\"}") ==
                11);
    assert_true(value_of(text, "tickstorm_packets_rejected_total{reason=\"oversize\"}") == 13);
    assert_true(value_of(text, "tickstorm_queue_full_total{queue=\"snapshot\"}") == 9);
    assert_true(value_of(text, "tickstorm_entities{kind=\"drone\"}") == 10000);
    assert_true(value_of(text, "tickstorm_tick_phase_duration_seconds_sum{phase=\"think\"}") ==
                0.5);
    assert_true(value_of(text, "tickstorm_worker_busy_seconds_total{worker=\"1\"}") == 3);
    free(text);
    metrics_destroy(metrics);
    free(queues);
}

static void what_the_encoder_and_the_input_queues_did_is_shown_by_kind(void **state) {
    (void)state;
    Metrics *metrics = fresh_metrics(NULL);
    SimMetrics *sim = &metrics->sim;
    metric_set(&sim->deltas[DELTA_SOURCE_COPIED], 900);
    metric_set(&sim->deltas[DELTA_SOURCE_PRODUCED], 80);
    metric_set(&sim->deltas[DELTA_SOURCE_UNSHARED], 7);
    metric_set(&sim->snapshots_limited, 6);
    metric_set(&sim->snapshots_throttled, 8);
    metric_set(&sim->snapshots_without_baseline, 5);
    metric_set(&sim->section_bits[ENCODE_ENTERS], 20);
    metric_add(&sim->verify_requests[VERIFY_RESULT_ANSWERED], 4);
    metric_add(&sim->verify_requests[VERIFY_RESULT_UNKNOWN], 3);
    metric_add(&sim->input_accepted, 70);
    metric_add(&sim->input_duplicate, 60);
    metric_add(&sim->input_early, 50);
    metric_add(&sim->input_late, 40);
    metric_add(&sim->input_unlikely, 30);
    static const struct {
        const char *sample;
        double value;
    } samples[] = {
        {"tickstorm_deltas_total{source=\"copied\"}", 900},
        {"tickstorm_deltas_total{source=\"produced\"}", 80},
        {"tickstorm_deltas_total{source=\"unshared\"}", 7},
        {"tickstorm_snapshots_limited_total", 6},
        {"tickstorm_snapshots_throttled_total", 8},
        {"tickstorm_snapshots_without_baseline_total", 5},
        {"tickstorm_snapshot_section_bytes_total{section=\"enters\"}", 2.5},
        {"tickstorm_verify_requests_total{result=\"answered\"}", 4},
        {"tickstorm_verify_requests_total{result=\"unknown_snapshot\"}", 3},
        {"tickstorm_inputs_total{result=\"accepted\"}", 70},
        {"tickstorm_inputs_total{result=\"duplicate\"}", 60},
        {"tickstorm_inputs_total{result=\"early\"}", 50},
        {"tickstorm_inputs_total{result=\"late\"}", 40},
        {"tickstorm_input_late_total", 40},
        {"tickstorm_input_views_unlikely_total", 30},
    };
    char *text = render(metrics);
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        assert_true(value_of(text, samples[i].sample) == samples[i].value);
    }
    free(text);
    metrics_destroy(metrics);
}

static void histogram_buckets_are_cumulative(void **state) {
    (void)state;
    Metrics *metrics = fresh_metrics(NULL);
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
    // 979 of 1,000 are 97.9 %, which no double holds; and 0 % is the smallest there is.
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

static void the_process_is_known(void **state) {
    (void)state;
    const ProcessUsage usage = process_usage_read();
    assert_true(usage.cpu_s > 0);
    assert_true(usage.resident_bytes > 100000);
    assert_true(usage.open_fds >= 3);
    Metrics *metrics = fresh_metrics(NULL);
    assert_true(metrics->start_time_s > 1500000000); // 2017
    metrics_destroy(metrics);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_promised_metric_is_there),
        cmocka_unit_test(the_text_is_what_prometheus_reads),
        cmocka_unit_test(counters_show_what_was_counted),
        cmocka_unit_test(what_the_encoder_and_the_input_queues_did_is_shown_by_kind),
        cmocka_unit_test(histogram_buckets_are_cumulative),
        cmocka_unit_test(bounds_ascend_and_fit),
        cmocka_unit_test(percentiles_are_upper_bounds),
        cmocka_unit_test(the_process_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
