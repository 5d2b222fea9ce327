// SPDX-License-Identifier: MIT
#include "tools/swarm/report/report_json.h"

#include <string.h>

#include "report_fields.h"
#include "support.h"
#include "swarm_samples.h"
#include "tools/swarm/report/report_judge.h"

static Tally g_tally;

static json_t *report_json(void) {
    Report report = sample_report(&g_tally);
    report_judge(&report);
    json_t *root = report_to_json(&report);
    assert_non_null(root);
    return root;
}

static bool is_among(const char *names, const char *name) {
    const size_t length = strlen(name);
    const char *found = strstr(names, name);
    while (found != NULL && ((found > names && found[-1] != ' ') ||
                             (found[length] != ' ' && found[length] != '\0'))) {
        found = strstr(found + 1, name);
    }
    return found != NULL;
}

// These fields, and no others but figures of the table.
static void has_fields(json_t *root, const char *path, const char *fields) {
    char copy[1024];
    json_t *object = *path == '\0' ? root : at(root, path);
    snprintf(copy, sizeof copy, "%s", fields);
    for (char *name = strtok(copy, " "); name != NULL; name = strtok(NULL, " ")) {
        if (json_object_get(object, name) == NULL) {
            fail_msg("'%s' has no '%s'", path, name);
        }
    }
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value) {
        char figure[128];
        snprintf(figure, sizeof figure, "%s%s%s", path, *path != '\0' ? "." : "", name);
        if (!is_among(fields, name) && figure_find(figure) == NULL) {
            fail_msg("'%s' has a field '%s'", path, name);
        }
    }
}

static const char *const distributions[] = {
    "entities.visible",
    "entities.refresh_ms",
    "rtt_ms",
    "input_ack_ms",
    "snapshot_gap_ms",
    "rtt_uncorrected_ms",
    "snapshot_gap_uncorrected_ms",
    "connect_ms",
    "generator.loop_lag_ms",
    "prediction.correction_units",
};

static void the_report_has_all_its_fields_and_no_others(void **state) {
    (void)state;
    sample_tally(&g_tally);
    json_t *root = report_json();
    has_fields(root, "",
               "schema_version version commit server_address seed bots behaviour stages "
               "duration_s warmup_s measured_s input_rate_hz tick_rate_hz interrupted aborted "
               "passed thresholds failures warnings errors error_examples connections snapshots "
               "entities rtt_ms input_ack_ms snapshot_gap_ms rtt_uncorrected_ms "
               "snapshot_gap_uncorrected_ms connect_ms prediction traffic "
               "impairment generator server hostile counters histograms");
    has_fields(root, "connections", "attempted ok refused timed_out dropped left silent overdue");
    has_fields(root, "snapshots",
               "received expected received_percent received_percent_min lost lost_percent "
               "decode_errors verify_checks "
               "verify_mismatches verify_difference bytes rate_per_bot_hz");
    has_fields(root, "entities", "visible updates enters skips bytes_per_update refresh_ms");
    has_fields(root, "prediction", "checks corrections correction_units");
    has_fields(root, "traffic",
               "bytes_in_per_bot_s bytes_out_per_bot_s packets_in_s packets_out_s "
               "largest_datagram_in");
    has_fields(root, "generator",
               "count threads io_uring_threads cpu_count cpu_cores busiest_thread_cpu "
               "cpu_us_per_bot_s rss_bytes rss_bytes_per_bot baseline_bytes_per_bot sends "
               "missed_sends loop_lag_ms "
               "fell_behind");
    for (size_t i = 0; i < sizeof distributions / sizeof *distributions; i++) {
        has_fields(root, distributions[i], "count min mean p50 p90 p99 p999 max");
    }
    json_decref(root);
}

static void figures_come_in_their_units(void **state) {
    (void)state;
    sample_tally(&g_tally);
    json_t *root = report_json();
    is_number(root, "seed", 42);
    is_number(root, "bots", 10);
    is_number(root, "duration_s", 10);
    is_number(root, "snapshots.received", 1998);
    is_number(root, "snapshots.rate_per_bot_hz", 19.98);
    is_number(root, "entities.bytes_per_update", 2);
    is_number(root, "rtt_ms.p50", 0.5);
    is_number(root, "rtt_ms.max", 1);
    is_number(root, "snapshot_gap_ms.p99", 50);
    is_number(root, "prediction.correction_units.max", 2.5);
    is_number(root, "traffic.bytes_in_per_bot_s", 2400);
    is_number(root, "traffic.packets_out_s", 205);
    is_number(root, "generator.cpu_cores", 0.05);
    assert_string_equal(json_string_value(at(root, "server_address")), "127.0.0.1:7777");
    assert_true(json_is_true(at(root, "passed")));
    json_decref(root);
}

static void a_figure_that_was_not_measured_is_null(void **state) {
    (void)state;
    tally_reset(&g_tally);
    json_t *root = report_json();
    is_null(root, "server");
    is_null(root, "snapshots.verify_mismatches");
    is_null(root, "snapshots.verify_checks");
    is_null(root, "snapshots.verify_difference");
    is_null(root, "snapshots.rate_per_bot_hz");
    is_null(root, "entities.bytes_per_update");
    is_null(root, "traffic.bytes_in_per_bot_s");
    is_null(root, "traffic.largest_datagram_in");
    for (size_t i = 0; i < sizeof distributions / sizeof *distributions; i++) {
        json_t *distribution = at(root, distributions[i]);
        assert_int_equal(json_integer_value(json_object_get(distribution, "count")), 0);
        assert_true(json_is_null(json_object_get(distribution, "p99")));
        assert_true(json_is_null(json_object_get(distribution, "max")));
    }
    char *text = json_dumps(root, 0);
    assert_non_null(text); // a NaN or an infinity would not be written
    free(text);
    json_decref(root);
}

static void metrics_of_the_server_are_in_the_report(void **state) {
    (void)state;
    sample_tally(&g_tally);
    Report report = sample_report(&g_tally);
    report.has_server = true;
    report.server = (ServerMetrics){.cpu_cores = 0.5,
                                    .ticks = 100,
                                    .tick_sum_s = 0.2,
                                    .bucket_count = 2,
                                    .buckets = {{0.004, 100}, {INFINITY, 100}},
                                    .phase_count = 1,
                                    .phases = {{"think", 0.05, 100}}};
    json_t *root = report_to_json(&report);
    has_fields(root, "server", "cpu_cores rss_bytes tick_ms phases_ms overruns skipped clients");
    has_fields(root, "server.tick_ms", "count min mean p50 p90 p99 p999 max");
    is_number(root, "server.tick_ms.p50", 2);
    is_number(root, "server.tick_ms.mean", 2);
    is_number(root, "server.phases_ms.think", 0.5);
    is_null(root, "server.tick_ms.max");
    json_decref(root);
}

// Every number below `part` of the report can be asked for by a threshold.
static void are_metrics(json_t *root, const char *part) {
    const char *name;
    json_t *value;
    json_object_foreach(at(root, part), name, value) {
        char path[128];
        snprintf(path, sizeof path, "%s.%s", part, name);
        if (figure_find_named(path) == NULL && !json_is_object(value) && !json_is_boolean(value) &&
            !json_is_string(value)) {
            fail_msg("no threshold can name %s", path);
        }
    }
}

static void every_measured_figure_can_be_a_threshold(void **state) {
    (void)state;
    const ImpairConfig network = {.loss = 0.1};
    sample_tally(&g_tally);
    g_tally.hostile.attempted = 1;
    g_tally.differences = 1;
    Report report = sample_report(&g_tally);
    report.impairment = &network;
    report_judge(&report);
    json_t *root = report_to_json(&report);
    // How many there were, or have to be, is no measurement.
    json_object_del(at(root, "snapshots"), "received_percent_min");
    json_t *generator = at(root, "generator");
    json_object_del(generator, "count");
    json_object_del(generator, "threads");
    json_object_del(generator, "io_uring_threads");
    json_object_del(generator, "cpu_count");
    static const char *const parts[] = {
        "connections",   "snapshots",      "entities",        "prediction", "traffic",
        "impairment.in", "impairment.out", "impairment.seen", "generator",  "hostile",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        are_metrics(root, parts[i]);
    }
    json_decref(root);
}

static void a_bad_network_is_reported(void **state) {
    (void)state;
    const ImpairConfig asked = {.latency_ns = 100 * NS_PER_MS, .loss = 0.1};
    sample_tally(&g_tally);
    json_t *without = report_json();
    is_null(without, "impairment");
    json_decref(without);
    Report report = sample_report(&g_tally);
    report.impairment = &asked;
    g_tally.impaired_in = (TallyImpaired){.submitted = 1000,
                                          .lost = 100,
                                          .delivered = 900,
                                          .duplicated = 9,
                                          .delay_ns = 90900 * NS_PER_MS,
                                          .late_ns = 900 * NS_PER_MS};
    g_tally.seen_out =
        (TallySeen){.received = 400, .duplicated = 8, .overtaken = 20, .judged = 500, .lost = 75};
    json_t *root = report_to_json(&report);
    has_fields(root, "impairment",
               "latency_ms jitter_ms loss_percent dup_percent reorder_percent in out seen");
    has_fields(root, "impairment.seen",
               "rtt_added_ms jitter_in_ms jitter_out_ms loss_in_percent dup_in_percent "
               "reorder_in_percent loss_out_percent dup_out_percent reorder_out_percent");
    has_fields(root, "impairment.in",
               "datagrams loss_percent dup_percent reorder_percent overflowed delay_ms late_ms");
    is_number(root, "impairment.latency_ms", 100);
    is_number(root, "impairment.in.loss_percent", 10);
    is_number(root, "impairment.in.dup_percent", 1);
    is_number(root, "impairment.in.delay_ms", 100);
    is_number(root, "impairment.in.late_ms", 1);
    is_null(root, "impairment.out.delay_ms");
    is_number(root, "impairment.seen.loss_out_percent", 15);
    is_number(root, "impairment.seen.dup_out_percent", 2);
    is_number(root, "impairment.seen.reorder_out_percent", 5);
    is_null(root, "impairment.seen.loss_in_percent");
    json_decref(root);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_report_has_all_its_fields_and_no_others),
        cmocka_unit_test(figures_come_in_their_units),
        cmocka_unit_test(a_figure_that_was_not_measured_is_null),
        cmocka_unit_test(metrics_of_the_server_are_in_the_report),
        cmocka_unit_test(every_measured_figure_can_be_a_threshold),
        cmocka_unit_test(a_bad_network_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
