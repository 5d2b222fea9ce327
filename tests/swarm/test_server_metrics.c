// SPDX-License-Identifier: MIT
#include "tools/swarm/measure/server_metrics.h"

#include <math.h>
#include <string.h>

#include "support.h"

// A server's metrics after this many ticks: one half within 1 ms, the rest within 4 ms.
static const char *metrics_text(uint32_t ticks) {
    static char text[2048];
    snprintf(text, sizeof text,
             "# HELP tickstorm_clients Players.\n"
             "# TYPE tickstorm_clients gauge\n"
             "tickstorm_clients 12\n"
             "\n"
             "tickstorm_clients_other 99\n"
             "tickstorm_tick_duration_seconds_bucket{le=\"0.001\"} %u\n"
             "tickstorm_tick_duration_seconds_bucket{le=\"0.004\"} %u\n"
             "tickstorm_tick_duration_seconds_bucket{le=\"+Inf\"} %u\n"
             "tickstorm_tick_duration_seconds_sum %g\n"
             "tickstorm_tick_duration_seconds_count %u\n"
             "tickstorm_tick_overruns_total 3\n"
             "tickstorm_ticks_skipped_total %u\n"
             "process_cpu_seconds_total %g\n"
             "process_resident_memory_bytes 2.5e+07\n",
             ticks / 2, ticks, ticks, ticks * 0.002, ticks, ticks / 100, ticks * 0.001);
    return text;
}

static ServerSample sample(const char *text) {
    ServerSample result;
    const char *missing = "";
    if (!server_sample_parse(text, &result, &missing)) {
        fail_msg("refused: %s", missing);
    }
    return result;
}

static void the_metrics_of_a_server_are_read(void **state) {
    (void)state;
    const ServerSample result = sample(metrics_text(1000));
    assert_true(result.clients == 12);
    assert_true(result.rss_bytes == 25000000);
    assert_true(result.tick_count == 1000);
    assert_int_equal(result.bucket_count, 3);
    assert_true(result.buckets[1].bound_s == 0.004);
    assert_true(isinf(result.buckets[2].bound_s));
}

static void metrics_cover_the_time_between_two_samples(void **state) {
    (void)state;
    ServerMetrics metrics;
    const ServerSample before = sample(metrics_text(1000));
    const ServerSample after = sample(metrics_text(3000));
    assert_true(server_metrics_between(&before, &after, 10, &metrics));
    assert_int_equal(metrics.ticks, 2000);
    assert_int_equal(metrics.skipped, 20);
    assert_int_equal(metrics.overruns, 0);
    assert_int_equal(metrics.clients, 12);
    assert_true(fabs(metrics.cpu_cores - 0.2) < 1e-9);
    assert_true(fabs(server_metrics_tick_mean_ms(&metrics) - 2) < 1e-9);
    assert_true(fabs(server_metrics_tick_ms(&metrics, 50) - 1) < 1e-9);
    assert_true(fabs(server_metrics_tick_ms(&metrics, 90) - 3.4) <
                1e-9); // 80 % of the way from 1 to 4
}

static void without_ticks_there_are_no_durations(void **state) {
    (void)state;
    ServerMetrics metrics;
    const ServerSample before = sample(metrics_text(1000));
    assert_true(server_metrics_between(&before, &before, 10, &metrics));
    assert_int_equal(metrics.ticks, 0);
    assert_true(isnan(server_metrics_tick_ms(&metrics, 99)));
}

static void a_restarted_server_is_noticed(void **state) {
    (void)state;
    ServerMetrics metrics;
    const ServerSample before = sample(metrics_text(3000));
    const ServerSample after = sample(metrics_text(1000));
    assert_false(server_metrics_between(&before, &after, 10, &metrics));
}

static void other_texts_are_refused(void **state) {
    (void)state;
    static const char *const texts[] = {
        "",
        "<html>not found</html>\n",
        "tickstorm_clients 1\n",
        "tickstorm_clients many\n",
        "tickstorm_tick_duration_seconds_bucket{le=\"",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ServerSample result;
        const char *missing = NULL;
        assert_false(server_sample_parse(texts[i], &result, &missing));
        assert_non_null(missing);
    }
}

static void a_truncated_text_is_read_or_refused(void **state) {
    (void)state;
    char text[2048];
    snprintf(text, sizeof text, "%s", metrics_text(1000));
    for (size_t length = strlen(text); length > 0; length--) {
        ServerSample result;
        const char *missing;
        text[length] = '\0';
        server_sample_parse(text, &result, &missing);
        assert_true(result.bucket_count <= 3);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_metrics_of_a_server_are_read),
        cmocka_unit_test(metrics_cover_the_time_between_two_samples),
        cmocka_unit_test(without_ticks_there_are_no_durations),
        cmocka_unit_test(a_restarted_server_is_noticed),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(a_truncated_text_is_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
