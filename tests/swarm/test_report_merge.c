// SPDX-License-Identifier: MIT
#include "tools/swarm/report/report_merge.h"

#include <string.h>

#include "support.h"
#include "swarm_samples.h"
#include "tools/swarm/report/report_json.h"
#include "tools/swarm/report/report_judge.h"
#include "tools/swarm/report/report_read.h"

static Tally g_one, g_two, g_both;

// A report as it comes back from a file.
static ReportFile file_of(Tally *tally) {
    sample_tally(tally);
    return (ReportFile){.report = sample_report(tally), .tally = tally};
}

static void ask_for(ReportFile *file, const char *expr) {
    char error[THRESHOLD_ERROR_BYTES];
    Threshold *threshold = &file->thresholds.items[file->thresholds.count++];
    assert_true(threshold_parse(expr, threshold, error, sizeof error));
    file->report.thresholds = &file->thresholds;
}

static void counts_are_added_and_histograms_merged(void **state) {
    (void)state;
    char error[128];
    ReportFile one = file_of(&g_one);
    ReportFile two = file_of(&g_two);
    for (uint32_t i = 0; i < 2000; i++) {
        histogram_record(&g_two.round_trip_ns, 5 * NS_PER_MS);
    }
    tally_reset(&g_both);
    tally_merge(&g_both, &g_one);
    tally_merge(&g_both, &g_two);
    assert_true(report_merge(&one, &two, error, sizeof error));
    assert_memory_equal(&g_one, &g_both, sizeof g_both);
    assert_int_equal(one.report.bots, 20);
    assert_int_equal(one.report.generator.count, 2);
    assert_int_equal(one.report.generator.rss_bytes, 4000000);
    assert_true(one.report.generator.cpu_us_per_bot_s == 5000);
    assert_true(one.report.generator.busiest_thread_cpu == 0.05);
    assert_true(one.report.duration_s == 10);
}

static void thresholds_of_both_are_judged_over_the_sum(void **state) {
    (void)state;
    char error[128];
    ReportFile one = file_of(&g_one);
    ReportFile two = file_of(&g_two);
    ask_for(&one, "connections.ok==20");
    ask_for(&one, "rtt_ms max<5");
    ask_for(&two, "rtt_ms max<5");
    ask_for(&two, "snapshots.received>3000");
    assert_true(report_merge(&one, &two, error, sizeof error));
    report_judge(&one.report);
    assert_int_equal(one.thresholds.count, 3);
    assert_true(report_has_passed(&one.report));
    histogram_record(&g_one.round_trip_ns, 50 * NS_PER_MS);
    report_judge(&one.report);
    assert_false(one.report.results[1].has_passed);
    assert_int_equal(report_exit_code(&one.report), EXIT_CODE_THRESHOLD);
}

static void an_interrupt_of_one_report_interrupts_the_merged_one(void **state) {
    (void)state;
    char error[128];
    ReportFile one = file_of(&g_one);
    ReportFile two = file_of(&g_two);
    two.report.was_interrupted = true;
    two.report.has_server = true;
    two.report.server.clients = 20;
    g_two.dropped = 1;
    assert_true(report_merge(&one, &two, error, sizeof error));
    report_judge(&one.report);
    assert_true(one.report.was_interrupted);
    assert_int_equal(one.report.failures.count, 1);
    assert_int_equal(one.report.server.clients, 20);
}

static void two_names_of_the_server_are_a_warning(void **state) {
    (void)state;
    char error[128];
    ReportFile one = file_of(&g_one);
    ReportFile two = file_of(&g_two);
    assert_true(report_merge(&one, &two, error, sizeof error));
    report_judge(&one.report);
    assert_int_equal(one.report.warnings.count, 0);
    two.report.server_address = "elsewhere:7777";
    assert_true(report_merge(&one, &two, error, sizeof error));
    report_judge(&one.report);
    assert_int_equal(one.report.warnings.count, 1);
    assert_non_null(strstr(one.report.warnings.texts[0], "127.0.0.1:7777 and elsewhere:7777"));
}

static void a_merged_report_has_no_seed_of_its_own(void **state) {
    (void)state;
    char error[128];
    ReportFile one = file_of(&g_one);
    ReportFile two = file_of(&g_two);
    assert_true(report_merge(&one, &two, error, sizeof error));
    json_t *root = report_to_json(&one.report);
    assert_true(json_is_null(json_object_get(root, "seed")));
    json_decref(root);
}

static void a_cost_missing_in_one_report_is_unknown_in_the_merged_one(void **state) {
    (void)state;
    char error[128];
    ReportFile one = file_of(&g_one);
    ReportFile two = file_of(&g_two);
    two.report.generator.cpu_us_per_bot_s = 0;
    assert_true(report_merge(&one, &two, error, sizeof error));
    assert_true(one.report.generator.cpu_us_per_bot_s == 0);
    assert_true(one.report.generator.rss_bytes_per_bot == 20000);
}

static void refuses(const ReportFile *two, const char *because) {
    char error[128] = "";
    ReportFile one = file_of(&g_one);
    assert_false(report_merge(&one, two, error, sizeof error));
    if (strstr(error, because) == NULL) {
        fail_msg("expected '%s' in '%s'", because, error);
    }
}

static void parts_of_different_runs_are_refused(void **state) {
    (void)state;
    const ImpairConfig network = {.loss = 0.1};
    ReportFile two = file_of(&g_two);
    two.report.warmup_s = 3;
    refuses(&two, "the warm-up differs");
    two = file_of(&g_two);
    two.report.input_rate_hz = 60;
    refuses(&two, "the input rate differs");
    two = file_of(&g_two);
    two.report.has_verify = true;
    refuses(&two, "--verify differs");
    two = file_of(&g_two);
    two.report.impairment = &network;
    refuses(&two, "the bad network differs");
    two = file_of(&g_two);
    two.report.tick_s = 1.0 / 30;
    refuses(&two, "the server's tick rate differs");
}

static void a_report_is_the_same_after_its_file(void **state) {
    (void)state;
    char error[128] = "";
    ReportFile one = file_of(&g_one);
    ask_for(&one, "rtt_ms p(99)<5");
    g_one.dropped = 2;
    tally_bad_end(&g_one, REASON_KICKED, 3, 4 * NS_PER_S);
    g_one.hostile.attempted = 2;
    g_one.hostile.ended[REASON_KICKED] = 2;
    report_judge(&one.report);
    json_t *written = report_to_json(&one.report);
    ReportFile two = {.tally = &g_two};
    tally_reset(&g_two);
    if (!report_from_json(written, &two, error, sizeof error)) {
        fail_msg("refused: %s", error);
    }
    report_judge(&two.report);
    json_t *again = report_to_json(&two.report);
    assert_true(json_equal(written, again));
    json_decref(again);
    json_decref(written);
}

// Judges a report, writes it, and reads it back into *read. Returns the JSON, from which *read
// borrows texts.
static json_t *through_its_file(ReportFile *file, ReportFile *read, Tally *tally) {
    char error[128] = "";
    report_judge(&file->report);
    json_t *root = report_to_json(&file->report);
    read->tally = tally;
    tally_reset(tally);
    if (!report_from_json(root, read, error, sizeof error)) {
        fail_msg("refused: %s", error);
    }
    return root;
}

// The merged report fails further ones in its turn.
static void a_failed_report_fails_the_merged_one(void **state) {
    (void)state;
    static const char problem[] = "no bot was left in the game after 3.0 of 10.0 s";
    char error[128];
    static ReportFile failed, both;
    ReportFile one = file_of(&g_one);
    one.report.problem = problem;
    json_t *failed_root = through_its_file(&one, &failed, &g_both);
    ReportFile two = file_of(&g_two);
    report_judge(&two.report);
    assert_true(report_has_passed(&two.report));
    assert_true(report_merge(&two, &failed, error, sizeof error));
    json_t *both_root = through_its_file(&two, &both, &g_one);
    report_judge(&both.report);
    assert_int_equal(report_exit_code(&both.report), EXIT_CODE_FAILED);
    assert_int_equal(both.report.failures.count, 1);
    assert_string_equal(both.report.failures.texts[0], problem);
    two = file_of(&g_two);
    assert_true(report_merge(&two, &both, error, sizeof error));
    report_judge(&two.report);
    assert_false(report_has_passed(&two.report));
    json_decref(failed_root);
    json_decref(both_root);
}

static void a_threshold_that_failed_in_one_report_fails_the_merged_one(void **state) {
    (void)state;
    char error[128];
    static ReportFile slow, both;
    ReportFile one = file_of(&g_one);
    ask_for(&one, "connect_ms p(50)<5");
    histogram_record(&g_one.connect_ns, 9 * NS_PER_MS);
    json_t *slow_root = through_its_file(&one, &slow, &g_both);
    ReportFile two = file_of(&g_two);
    two.report.thresholds = &two.thresholds;
    histogram_record(&g_two.connect_ns, NS_PER_MS);
    histogram_record(&g_two.connect_ns, NS_PER_MS);
    assert_true(report_merge(&two, &slow, error, sizeof error));
    json_t *both_root = through_its_file(&two, &both, &g_one);
    assert_true(two.report.results[0].has_passed); // over both
    report_judge(&both.report);
    assert_int_equal(report_exit_code(&two.report), EXIT_CODE_THRESHOLD);
    assert_int_equal(report_exit_code(&both.report), EXIT_CODE_THRESHOLD);
    assert_non_null(strstr(both.report.warnings.texts[0], "in one of the reports"));
    json_decref(slow_root);
    json_decref(both_root);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_added_and_histograms_merged),
        cmocka_unit_test(thresholds_of_both_are_judged_over_the_sum),
        cmocka_unit_test(an_interrupt_of_one_report_interrupts_the_merged_one),
        cmocka_unit_test(two_names_of_the_server_are_a_warning),
        cmocka_unit_test(a_merged_report_has_no_seed_of_its_own),
        cmocka_unit_test(a_cost_missing_in_one_report_is_unknown_in_the_merged_one),
        cmocka_unit_test(parts_of_different_runs_are_refused),
        cmocka_unit_test(a_report_is_the_same_after_its_file),
        cmocka_unit_test(a_failed_report_fails_the_merged_one),
        cmocka_unit_test(a_threshold_that_failed_in_one_report_fails_the_merged_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
