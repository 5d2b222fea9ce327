// SPDX-License-Identifier: MIT
#include "tools/swarm/report/report_judge.h"

#include <math.h>
#include <string.h>

#include "report_fields.h"
#include "support.h"
#include "swarm_samples.h"
#include "tools/swarm/report/report_json.h"

static Tally g_tally;

static json_t *report_json(void) {
    Report report = sample_report(&g_tally);
    report_judge(&report);
    json_t *root = report_to_json(&report);
    assert_non_null(root);
    return root;
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

static void unreadable_metrics_of_the_server_are_a_warning(void **state) {
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

static void few_late_bots_are_a_warning(void **state) {
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

static void a_threshold_on_received_percent_replaces_the_limit(void **state) {
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

static void snapshots_lost_on_purpose_are_not_due(void **state) {
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

static void a_short_stall_is_a_warning(void **state) {
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

static void a_stall_of_the_generator_is_not_blamed_on_the_server(void **state) {
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

static void a_silent_server_at_the_end_fails_the_run(void **state) {
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

static void a_verify_mismatch_fails_the_run_with_its_difference(void **state) {
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

static void a_run_that_ended_early_fails_with_the_reason(void **state) {
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

static void a_run_without_a_bot_in_the_game_fails(void **state) {
    (void)state;
    tally_reset(&g_tally);
    g_tally.attempted = 10;
    g_tally.timed_out = 10;
    fails("no bot got into the game");
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

static void a_network_worse_than_asked_for_is_a_warning(void **state) {
    (void)state;
    const ImpairConfig asked = {.latency_ns = 100 * NS_PER_MS, .loss = 0.1};
    sample_tally(&g_tally);
    Report report = sample_report(&g_tally);
    report.impairment = &asked;
    g_tally.impaired_in = (TallyImpaired){.submitted = 1000,
                                          .lost = 100,
                                          .delivered = 900,
                                          .duplicated = 9,
                                          .delay_ns = 90900 * NS_PER_MS,
                                          .late_ns = 900 * NS_PER_MS};
    assert_null(impaired_warning(&report));
    g_tally.impaired_in.late_ns = 9000 * NS_PER_MS;
    assert_non_null(strstr(impaired_warning(&report), "10.0 ms longer"));
    g_tally.impaired_in.late_ns = 0;
    g_tally.impaired_in.overflowed = 3;
    assert_non_null(strstr(impaired_warning(&report), "3 datagrams were lost beyond"));
}

static void an_overloaded_generator_is_a_warning(void **state) {
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

static void a_slow_server_is_no_generator_that_falls_behind(void **state) {
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

static void a_full_thread_is_a_warning_beside_idle_ones(void **state) {
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
        cmocka_unit_test(unreadable_metrics_of_the_server_are_a_warning),
        cmocka_unit_test(a_clean_run_passes),
        cmocka_unit_test(a_dropped_bot_fails_the_run),
        cmocka_unit_test(a_refused_connection_fails_the_run),
        cmocka_unit_test(bots_that_never_got_in_fail_the_run),
        cmocka_unit_test(few_late_bots_are_a_warning),
        cmocka_unit_test(too_few_of_the_snapshots_that_were_due_fail_the_run),
        cmocka_unit_test(a_threshold_on_received_percent_replaces_the_limit),
        cmocka_unit_test(snapshots_lost_on_purpose_are_not_due),
        cmocka_unit_test(a_short_stall_is_a_warning),
        cmocka_unit_test(a_stall_of_the_generator_is_not_blamed_on_the_server),
        cmocka_unit_test(a_silent_server_at_the_end_fails_the_run),
        cmocka_unit_test(a_decode_error_fails_the_run),
        cmocka_unit_test(a_verify_mismatch_fails_the_run_with_its_difference),
        cmocka_unit_test(a_run_that_ended_early_fails_with_the_reason),
        cmocka_unit_test(one_mismatch_or_one_decode_error_fails_the_run),
        cmocka_unit_test(a_run_without_a_bot_in_the_game_fails),
        cmocka_unit_test(a_run_that_measured_nothing_fails),
        cmocka_unit_test(an_interrupted_run_has_not_passed),
        cmocka_unit_test(a_network_worse_than_asked_for_is_a_warning),
        cmocka_unit_test(an_overloaded_generator_is_a_warning),
        cmocka_unit_test(a_slow_server_is_no_generator_that_falls_behind),
        cmocka_unit_test(a_full_thread_is_a_warning_beside_idle_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
