// SPDX-License-Identifier: MIT
#include "tools/swarm/report/report_threshold.h"

#include <math.h>
#include <string.h>

#include "report_fields.h"
#include "support.h"
#include "swarm_samples.h"
#include "tools/swarm/report/report_json.h"
#include "tools/swarm/report/report_judge.h"

static Tally g_tally;
static ThresholdList g_thresholds;

// The result of one threshold over a report.
static ReportThreshold evaluate(Report *report, const char *expr) {
    char error[THRESHOLD_ERROR_BYTES];
    g_thresholds.count = 1;
    if (!threshold_parse(expr, &g_thresholds.items[0], error, sizeof error)) {
        fail_msg("%s", error);
    }
    report->thresholds = &g_thresholds;
    report_evaluate(report);
    return report->results[0];
}

static void measures(const char *expr, double expected, bool passes) {
    sample_tally(&g_tally);
    Report report = sample_report(&g_tally);
    const ReportThreshold result = evaluate(&report, expr);
    assert_true(result.is_measured);
    if (fabs(result.value - expected) > expected / 64 + 1e-9) {
        fail_msg("%s: %g, not %g", expr, result.value, expected);
    }
    assert_int_equal(result.has_passed, passes);
}

static void numbers_and_distributions_are_measured(void **state) {
    (void)state;
    measures("connections.dropped==0", 0, true);
    measures("snapshots.rate_per_bot_hz>=20", 19.98, false);
    measures("rtt_ms p(50)<1", 0.5, true);
    measures("rtt_ms p(99.9)<0.9", 0.999, false);
    measures("rtt_ms min<0.0005", 0.001, false);
    measures("rtt_ms mean<1", 0.5005, true);
    measures("rtt_ms max<=1", 1, true);
    measures("rtt_ms count==1000", 1000, true);
    measures("prediction.correction_units max<3", 2.5, true);
}

static void not_measured(Report *report, const char *expr) {
    const ReportThreshold result = evaluate(report, expr);
    assert_false(result.is_measured);
    assert_false(result.has_passed);
    assert_false(report_has_passed_thresholds(report));
}

static void a_figure_that_was_not_measured_fails_its_threshold(void **state) {
    (void)state;
    sample_tally(&g_tally);
    Report report = sample_report(&g_tally);
    not_measured(&report, "server.tick_ms p(99)<1000");
    not_measured(&report, "server.skipped==0");
    not_measured(&report, "server.phases_ms.think<1000");
    not_measured(&report, "hostile.ok==0");
    not_measured(&report, "connect_ms p(99)<1000");
    not_measured(&report, "snapshots.verify_mismatches==0");
    assert_true(evaluate(&report, "connect_ms count==0").has_passed);
}

static void ticks_of_the_server_are_read_from_its_buckets(void **state) {
    (void)state;
    sample_tally(&g_tally);
    Report report = sample_report(&g_tally);
    report.has_server = true;
    report.server = (ServerMetrics){.ticks = 100,
                                    .tick_sum_s = 0.2,
                                    .bucket_count = 2,
                                    .buckets = {{0.004, 100}, {INFINITY, 100}},
                                    .phase_count = 1,
                                    .phases = {{"think", 0.05, 100}}};
    assert_true(fabs(evaluate(&report, "server.tick_ms p(75)<5").value - 3) < 1e-9);
    assert_true(fabs(evaluate(&report, "server.tick_ms mean<5").value - 2) < 1e-9);
    assert_true(evaluate(&report, "server.tick_ms count==100").has_passed);
    assert_true(fabs(evaluate(&report, "server.phases_ms.think<5").value - 0.5) < 1e-9);
    not_measured(&report, "server.phases_ms.dream<5");
    not_measured(&report, "server.tick_ms max<1000");
}

// A threshold names a figure as the report does.
static void every_threshold_names_a_field_of_the_report(void **state) {
    (void)state;
    sample_tally(&g_tally);
    g_tally.hostile.attempted = 1;
    const ImpairConfig network = {.loss = 0.1};
    Report report = sample_report(&g_tally);
    report.impairment = &network;
    report.has_server = true;
    report.server.bucket_count = 1;
    report.server.buckets[0].bound_s = INFINITY;
    json_t *root = report_to_json(&report);
    const Figure *figure;
    for (size_t i = 0; (figure = figure_at(i)) != NULL; i++) {
        if ((figure->uses & FIGURE_NAMED) == 0) {
            continue;
        }
        const json_t *value = at(root, figure->name);
        const bool is_distribution =
            figure->kind == FIGURE_DISTRIBUTION || figure->kind == FIGURE_SERVER_TICKS;
        const bool fits =
            is_distribution ? json_is_object(value) : json_is_number(value) || json_is_null(value);
        if (!fits) {
            fail_msg("%s", figure->name);
        }
    }
    json_decref(root);
}

static void a_run_that_was_cut_short_has_not_passed(void **state) {
    (void)state;
    sample_tally(&g_tally);
    Report report = sample_report(&g_tally);
    assert_int_equal(report_exit_code(&report), EXIT_CODE_OK);
    report.was_aborted = true;
    assert_int_equal(report_exit_code(&report), EXIT_CODE_THRESHOLD);
    g_tally.dropped = 1;
    report_judge(&report);
    assert_int_equal(report_exit_code(&report), EXIT_CODE_FAILED);
    report.was_interrupted = true;
    assert_int_equal(report_exit_code(&report), EXIT_CODE_INTERRUPTED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_and_distributions_are_measured),
        cmocka_unit_test(a_figure_that_was_not_measured_fails_its_threshold),
        cmocka_unit_test(ticks_of_the_server_are_read_from_its_buckets),
        cmocka_unit_test(every_threshold_names_a_field_of_the_report),
        cmocka_unit_test(a_run_that_was_cut_short_has_not_passed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
