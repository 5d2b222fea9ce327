// SPDX-License-Identifier: MIT
#include "tools/swarm/report/report.h"

#include <math.h>
#include <string.h>

#include "support.h"
#include "swarm_samples.h"
#include "tools/swarm/report/report_json.h"
#include "tools/swarm/report/report_judge.h"

static Tally g_tally;

static json_t *report_json(void) {
    Report report = sample_report(&g_tally);
    report_judge(&report);
    json_t *root = report_to_json(&report);
    assert_non_null(root);
    return root;
}

// The value at a path such as "connections.ok".
static json_t *at(json_t *root, const char *path) {
    char copy[128];
    json_t *value = root;
    snprintf(copy, sizeof copy, "%s", path);
    for (char *name = strtok(copy, "."); name != NULL; name = strtok(NULL, ".")) {
        value = json_object_get(value, name);
        if (value == NULL) {
            fail_msg("the report has no '%s'", path);
        }
    }
    return value;
}

static void has_fields(json_t *root, const char *path, const char *fields) {
    char copy[1024];
    size_t count = 0;
    json_t *object = *path == '\0' ? root : at(root, path);
    snprintf(copy, sizeof copy, "%s", fields);
    for (char *name = strtok(copy, " "); name != NULL; name = strtok(NULL, " ")) {
        if (json_object_get(object, name) == NULL) {
            fail_msg("'%s' has no '%s'", path, name);
        }
        count++;
    }
    assert_int_equal(json_object_size(object), count);
}

static void is_number(json_t *root, const char *path, double expected) {
    json_t *value = at(root, path);
    assert_true(json_is_number(value));
    if (fabs(json_number_value(value) - expected) > fabs(expected) * 0.02 + 1e-9) {
        fail_msg("%s is %g, not %g", path, json_number_value(value), expected);
    }
}

static void is_null(json_t *root, const char *path) {
    assert_true(json_is_null(at(root, path)));
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

static void all_promised_fields_are_there_and_no_others(void **state) {
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

static void figures_come_in_the_promised_units(void **state) {
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

static void what_was_not_measured_is_null(void **state) {
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

static void fails(const char *because) {
    Report report = sample_report(&g_tally);
    report_judge(&report);
    assert_int_equal(report.failures.count, 1);
    if (strstr(report.failures.texts[0], because) == NULL) {
        fail_msg("expected '%s' in '%s'", because, report.failures.texts[0]);
    }
    json_t *root = report_to_json(&report);
    assert_true(json_is_false(at(root, "passed")));
    json_decref(root);
}

static void the_servers_view_is_there_when_it_was_read(void **state) {
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

static void a_server_that_could_not_be_read_is_a_warning(void **state) {
    (void)state;
    sample_tally(&g_tally);
    Report report = sample_report(&g_tally);
    report.server_problem = "Timeout was reached";
    report_judge(&report);
    assert_int_equal(report.warnings.count, 1);
    assert_non_null(strstr(report.warnings.texts[0], "Timeout was reached"));
}

static void a_clean_run_passes(void **state) {
    (void)state;
    sample_tally(&g_tally);
    Report report = sample_report(&g_tally);
    report_judge(&report);
    assert_int_equal(report.failures.count, 0);
    assert_int_equal(report.warnings.count, 0);
}

static void a_dropped_bot_fails_the_run(void **state) {
    (void)state;
    sample_tally(&g_tally);
    g_tally.dropped = 1;
    tally_bad_end(&g_tally, REASON_KICKED, 3, NS_PER_S);
    fails("1 bot was dropped");
    json_t *root = report_json();
    is_number(root, "errors.kicked", 1);
    json_decref(root);
}

static void a_refused_connection_fails_the_run(void **state) {
    (void)state;
    sample_tally(&g_tally);
    g_tally.attempted = 12;
    g_tally.refused = 2;
    fails("2 of 12 connections failed");
}

static void bots_that_never_got_in_fail_the_run(void **state) {
    (void)state;
    sample_tally(&g_tally);
    g_tally.attempted = 20;
    fails("10 of 20 bots were not in the game yet");
    g_tally.attempted = 11; // one, but for long
    g_tally.overdue = 1;
    fails("1 of 11 bots were not in the game yet");
}

static void few_bots_that_came_late_are_warned_about(void **state) {
    (void)state;
    sample_tally(&g_tally);
    g_tally.attempted = 10;
    g_tally.ok = 9;
    Report report = sample_report(&g_tally);
    report_judge(&report);
    assert_int_equal(report.failures.count, 0);
    assert_int_equal(report.warnings.count, 1);
    assert_non_null(strstr(report.warnings.texts[0], "1 of 10 connections were still under way"));
    g_tally.ok = 5;
    report.was_interrupted = true; // the ramp was not over
    report_judge(&report);
    assert_int_equal(report.failures.count, 0);
    assert_int_equal(report.warnings.count, 1);
}

static void too_few_of_the_snapshots_that_were_due_fail_the_run(void **state) {
    (void)state;
    sample_tally(&g_tally);
    g_tally.snapshots_received = 1789; // of 2,000, and ten bots may miss one each
    fails("only 89.45 % of the snapshots that were due came (limit 90.0 %)");
    json_t *root = report_json();
    is_number(root, "snapshots.received_percent", 89.45);
    is_number(root, "snapshots.received_percent_min", 90);
    json_decref(root);
    g_tally.snapshots_received = 1790;
    Report report = sample_report(&g_tally);
    report_judge(&report);
    assert_int_equal(report.failures.count, 0);
}

static void a_threshold_of_the_users_says_how_many_must_come_instead(void **state) {
    (void)state;
    ThresholdList thresholds = {.count = 1};
    char error[THRESHOLD_ERROR_BYTES];
    assert_true(threshold_parse("snapshots.received_percent>=30", &thresholds.items[0], error,
                                sizeof error));
    sample_tally(&g_tally);
    g_tally.snapshots_received = 700;
    Report report = sample_report(&g_tally);
    report.thresholds = &thresholds;
    report_judge(&report);
    assert_int_equal(report_exit_code(&report), EXIT_CODE_OK);
    g_tally.snapshots_received = 500;
    report_judge(&report);
    assert_int_equal(report_exit_code(&report), EXIT_CODE_THRESHOLD);
    json_t *root = report_to_json(&report);
    is_null(root, "snapshots.received_percent_min");
    json_decref(root);
}

static void what_is_lost_on_purpose_is_not_due(void **state) {
    (void)state;
    const ImpairConfig lossy = {.loss = 0.3};
    sample_tally(&g_tally);
    g_tally.snapshots_received = 1400; // of 2,000
    Report report = sample_report(&g_tally);
    report_judge(&report);
    assert_int_equal(report.failures.count, 1);
    report.impairment = &lossy;
    report_judge(&report);
    assert_int_equal(report.failures.count, 0);
    g_tally.snapshots_received = 1100;
    report_judge(&report);
    assert_int_equal(report.failures.count, 1);
    assert_non_null(strstr(report.failures.texts[0], "(limit 60.9 %)"));
}

static void a_stall_that_does_not_fail_the_run_is_warned_of(void **state) {
    (void)state;
    sample_tally(&g_tally);
    for (uint32_t i = 0; i < 1000; i++) {
        histogram_record(&g_tally.snapshot_gap_uncorrected_ns, 50 * NS_PER_MS);
    }
    histogram_record(&g_tally.snapshot_gap_uncorrected_ns, 990 * NS_PER_MS);
    Report report = sample_report(&g_tally);
    report_judge(&report);
    assert_int_equal(report.warnings.count, 0);
    histogram_record(&g_tally.snapshot_gap_uncorrected_ns, 2 * NS_PER_S);
    report_judge(&report);
    assert_int_equal(report.failures.count, 0);
    assert_int_equal(report.warnings.count, 1);
    assert_non_null(strstr(report.warnings.texts[0], "silent for up to 2.00 s"));
    for (uint32_t i = 0; i < 2000; i++) { // a server that sends twice a second
        histogram_record(&g_tally.snapshot_gap_uncorrected_ns, 500 * NS_PER_MS);
    }
    report_judge(&report);
    assert_int_equal(report.warnings.count, 0);
}

static void a_stall_of_the_generators_own_is_not_called_the_servers(void **state) {
    (void)state;
    sample_tally(&g_tally);
    for (uint32_t i = 0; i < 1000; i++) {
        histogram_record(&g_tally.snapshot_gap_uncorrected_ns, 50 * NS_PER_MS);
    }
    histogram_record(&g_tally.snapshot_gap_uncorrected_ns, 2 * NS_PER_S);
    histogram_record(&g_tally.loop_lag_ns, 500 * NS_PER_MS); // not all of it
    Report report = sample_report(&g_tally);
    report_judge(&report);
    assert_true(report_notes_have(&report.warnings,
                                  "the server was silent for up to 2.00 s, to one bot at least"));
    histogram_record(&g_tally.loop_lag_ns, 1960 * NS_PER_MS);
    report_judge(&report);
    assert_false(report_notes_have(&report.warnings,
                                   "the server was silent for up to 2.00 s, to one bot at least"));
}

static void a_server_that_is_silent_at_the_end_fails_the_run(void **state) {
    (void)state;
    sample_tally(&g_tally);
    g_tally.silent = 1;
    fails("1 bot heard nothing of the server any more");
    tally_reset(&g_tally); // attackers alone
    g_tally.hostile = (TallyHostile){.attempted = 3, .ok = 3};
    Report report = sample_report(&g_tally);
    report_judge(&report);
    assert_int_equal(report.failures.count, 0);
    g_tally.hostile.silent = 2;
    fails("the server fell silent to 2 of 3 attackers");
    g_tally.hostile.silent = 0;
    g_tally.hostile.ended[REASON_NO_ANSWER] = 1;
    fails("the server fell silent to 1 of 3 attackers");
}

static void a_decode_error_fails_the_run(void **state) {
    (void)state;
    sample_tally(&g_tally);
    g_tally.decode_errors = 1;
    fails("could not be decoded");
}

// The failure of a verified run, or NULL.
static const char *verify_failure(void) {
    static Report report;
    report = sample_report(&g_tally);
    report.has_verify = true;
    report_judge(&report);
    return report.failures.count > 0 ? report.failures.texts[0] : NULL;
}

static void a_verify_mismatch_fails_the_run_and_is_explained(void **state) {
    (void)state;
    sample_tally(&g_tally);
    assert_non_null(strstr(verify_failure(), "no checksums"));
    g_tally.verify_checks = 1998;
    assert_null(verify_failure());
    g_tally.verify_mismatches = 3;
    tally_difference(&g_tally, &(TallyDifference){.bot = 7,
                                                  .after_ns = 4 * NS_PER_S,
                                                  .sequence = 81,
                                                  .difference = {VERIFY_OTHER, 1234}});
    assert_non_null(strstr(verify_failure(), "3 of 1,998 reconstructions"));
    Report report = sample_report(&g_tally);
    report.has_verify = true;
    json_t *root = report_to_json(&report);
    is_number(root, "snapshots.verify_checks", 1998);
    is_number(root, "snapshots.verify_mismatches", 3);
    assert_string_equal(
        json_string_value(at(root, "snapshots.verify_difference")),
        "an entity's state was another (slot 1234): bot 7 after 4.0 s, snapshot 81");
    json_decref(root);
}

static void a_run_that_ended_before_its_time_fails_with_the_reason(void **state) {
    (void)state;
    sample_tally(&g_tally);
    Report report = sample_report(&g_tally);
    report.problem = "cannot connect bot 11 of 20: no local port is left";
    report_judge(&report);
    assert_int_equal(report_exit_code(&report), EXIT_CODE_FAILED);
    assert_false(report_has_passed(&report));
    assert_string_equal(report.failures.texts[0], report.problem);
}

static void one_mismatch_or_one_decode_error_fails_the_run(void **state) {
    (void)state;
    sample_tally(&g_tally);
    Report report = sample_report(&g_tally);
    report.has_verify = true;
    g_tally.verify_checks = 1998;
    report_judge(&report);
    assert_int_equal(report_exit_code(&report), EXIT_CODE_OK);
    g_tally.verify_mismatches = 1;
    report_judge(&report);
    assert_int_equal(report_exit_code(&report), EXIT_CODE_FAILED);
    assert_non_null(strstr(report.failures.texts[0], "1 of 1,998 reconstructions"));
    g_tally.verify_mismatches = 0;
    g_tally.decode_errors = 1;
    report_judge(&report);
    assert_int_equal(report_exit_code(&report), EXIT_CODE_FAILED);
    assert_non_null(strstr(report.failures.texts[0], "1 message of the server could not be"));
}

static void nobody_in_the_game_fails_the_run(void **state) {
    (void)state;
    tally_reset(&g_tally);
    g_tally.attempted = 10;
    g_tally.timed_out = 10;
    fails("no bot got into the game");
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

static void whatever_was_measured_can_be_a_threshold(void **state) {
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

static void a_run_that_measured_nothing_fails(void **state) {
    (void)state;
    sample_tally(&g_tally);
    g_tally.snapshots_received = 0;
    Report report = sample_report(&g_tally);
    report.warmup_s = 9;
    report_judge(&report);
    assert_int_equal(report_exit_code(&report), EXIT_CODE_FAILED);
    assert_string_equal(report.failures.texts[0],
                        "nothing was measured: no snapshot came after the warm-up");
}

static void an_interrupted_run_has_not_passed(void **state) {
    (void)state;
    sample_tally(&g_tally);
    Report report = sample_report(&g_tally);
    report.was_interrupted = true;
    report.duration_s = 3;
    report_judge(&report);
    assert_int_equal(report.failures.count, 0);
    assert_false(report_has_passed(&report));
    json_t *root = report_to_json(&report);
    assert_true(json_is_true(at(root, "interrupted")));
    assert_true(json_is_false(at(root, "passed")));
    json_decref(root);
}

static void warns(double cpu_cores, uint32_t expected) {
    Report report = sample_report(&g_tally);
    report.generator.cpu_cores = cpu_cores;
    report_judge(&report);
    assert_int_equal(report.failures.count, 0);
    assert_int_equal(report.warnings.count, expected);
}

// The note that judging it with a bad network adds, or NULL.
static const char *impaired_warning(const Report *sample) {
    static Report report;
    report = *sample;
    report_judge(&report);
    assert_int_equal(report.failures.count, 0);
    return report.warnings.count > 0 ? report.warnings.texts[0] : NULL;
}

static void a_bad_network_is_told_and_judged(void **state) {
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
    assert_null(impaired_warning(&report));
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
    is_null(root, "impairment.seen.loss_out_percent");
    json_decref(root);
    g_tally.seen_out =
        (TallySeen){.received = 400, .duplicated = 8, .overtaken = 20, .judged = 500, .lost = 75};
    root = report_to_json(&report);
    is_number(root, "impairment.seen.loss_out_percent", 15);
    is_number(root, "impairment.seen.dup_out_percent", 2);
    is_number(root, "impairment.seen.reorder_out_percent", 5);
    is_null(root, "impairment.seen.loss_in_percent");
    json_decref(root);
    g_tally.impaired_in.late_ns = 9000 * NS_PER_MS;
    assert_non_null(strstr(impaired_warning(&report), "10.0 ms longer"));
    g_tally.impaired_in.late_ns = 0;
    g_tally.impaired_in.overflowed = 3;
    assert_non_null(strstr(impaired_warning(&report), "3 datagrams were lost beyond"));
}

static void a_generator_that_taints_the_result_is_named(void **state) {
    (void)state;
    sample_tally(&g_tally);
    warns(0.5, 0);
    warns(0.95, 1);
    g_tally.missed_sends = 1; // of 2,001: too few to speak of falling behind
    warns(0.5, 1);
    g_tally.missed_sends = 100;
    warns(0.5, 2);
    for (uint32_t i = 0; i < 100; i++) {
        histogram_record(&g_tally.loop_lag_ns, 9 * NS_PER_MS); // half a tick is 8.3 ms
    }
    warns(0.5, 3);
    warns(0.95, 4);
}

static void a_generator_that_falls_behind_is_told_from_a_slow_server(void **state) {
    (void)state;
    sample_tally(&g_tally);
    for (uint32_t i = 0; i < 5000; i++) {
        histogram_record(&g_tally.round_trip_ns, 900 * NS_PER_MS); // a slow server
        histogram_record(&g_tally.snapshot_gap_ns, 900 * NS_PER_MS);
        histogram_record(&g_tally.loop_lag_ns, NS_PER_MS);
    }
    Report report = sample_report(&g_tally);
    report_judge(&report);
    assert_false(report.has_generator_fallen_behind);
    assert_int_equal(report.warnings.count, 0);
    g_tally.missed_sends = 500;
    report_judge(&report);
    assert_true(report.has_generator_fallen_behind);
    assert_non_null(strstr(report.warnings.texts[0], "the generator, not the server, fell behind"));
}

static void a_full_thread_is_named_however_idle_the_others_are(void **state) {
    (void)state;
    sample_tally(&g_tally);
    Report report = sample_report(&g_tally);
    report.generator.threads = 2;
    report.generator.cpu_cores = 1.1;
    report.generator.busiest_thread_cpu = 0.97;
    report_judge(&report);
    assert_int_equal(report.warnings.count, 1);
    assert_non_null(strstr(report.warnings.texts[0], "busiest thread used 97 % of a core"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_promised_fields_are_there_and_no_others),
        cmocka_unit_test(figures_come_in_the_promised_units),
        cmocka_unit_test(what_was_not_measured_is_null),
        cmocka_unit_test(the_servers_view_is_there_when_it_was_read),
        cmocka_unit_test(a_server_that_could_not_be_read_is_a_warning),
        cmocka_unit_test(a_clean_run_passes),
        cmocka_unit_test(a_dropped_bot_fails_the_run),
        cmocka_unit_test(a_refused_connection_fails_the_run),
        cmocka_unit_test(bots_that_never_got_in_fail_the_run),
        cmocka_unit_test(few_bots_that_came_late_are_warned_about),
        cmocka_unit_test(too_few_of_the_snapshots_that_were_due_fail_the_run),
        cmocka_unit_test(a_threshold_of_the_users_says_how_many_must_come_instead),
        cmocka_unit_test(what_is_lost_on_purpose_is_not_due),
        cmocka_unit_test(a_stall_that_does_not_fail_the_run_is_warned_of),
        cmocka_unit_test(a_stall_of_the_generators_own_is_not_called_the_servers),
        cmocka_unit_test(a_server_that_is_silent_at_the_end_fails_the_run),
        cmocka_unit_test(a_decode_error_fails_the_run),
        cmocka_unit_test(a_verify_mismatch_fails_the_run_and_is_explained),
        cmocka_unit_test(a_run_that_ended_before_its_time_fails_with_the_reason),
        cmocka_unit_test(one_mismatch_or_one_decode_error_fails_the_run),
        cmocka_unit_test(nobody_in_the_game_fails_the_run),
        cmocka_unit_test(whatever_was_measured_can_be_a_threshold),
        cmocka_unit_test(a_run_that_measured_nothing_fails),
        cmocka_unit_test(an_interrupted_run_has_not_passed),
        cmocka_unit_test(a_bad_network_is_told_and_judged),
        cmocka_unit_test(a_generator_that_taints_the_result_is_named),
        cmocka_unit_test(a_generator_that_falls_behind_is_told_from_a_slow_server),
        cmocka_unit_test(a_full_thread_is_named_however_idle_the_others_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
