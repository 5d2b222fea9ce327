// SPDX-License-Identifier: MIT
#include "tools/swarm/run_check.h"

#include <string.h>

#include "base/clock.h"
#include "support.h"

static char g_problem[RUN_CHECK_PROBLEM_BYTES];

static void says(bool is_good, const char *what) {
    assert_false(is_good);
    if (strstr(g_problem, what) == NULL || strchr(g_problem, '\n') != NULL) {
        fail_msg("'%s' does not say '%s' in one line", g_problem, what);
    }
}

static void a_ramp_must_end_within_the_duration(void **state) {
    (void)state;
    RunSpec spec = {.given = {.bots = 1000, .spawn_rate_hz = 10, .duration_ns = 2 * NS_PER_S}};
    says(run_check_ramp(&spec, g_problem, sizeof g_problem),
         "1,000 bots at 10/s take 100.0 s to come, longer than the duration of 2 s");
    says(run_check_ramp(&spec, g_problem, sizeof g_problem), "--spawn-rate 500/s or more");
    spec.given.spawn_rate_hz = 500;
    assert_true(run_check_ramp(&spec, g_problem, sizeof g_problem));
    spec.given.spawn_rate_hz = 499;
    says(run_check_ramp(&spec, g_problem, sizeof g_problem), "--duration 3s or more");
    spec.given.duration_ns = 3 * NS_PER_S;
    assert_true(run_check_ramp(&spec, g_problem, sizeof g_problem));
}

static void a_warmup_must_leave_something_to_measure(void **state) {
    (void)state;
    RunSpec spec = {.load.shape = {.stages = {{NS_PER_S, 10}, {NS_PER_S, 0}}, .count = 2}};
    assert_true(run_check_warmup(&spec, g_problem, sizeof g_problem));
    spec.load.warmup_ns = 2 * NS_PER_S - 1;
    assert_true(run_check_warmup(&spec, g_problem, sizeof g_problem));
    spec.load.warmup_ns = 2 * NS_PER_S;
    says(run_check_warmup(&spec, g_problem, sizeof g_problem), "a warm-up of 2 s");
}

// Options with this one threshold.
static RunSpec spec_with(const char *expr) {
    char error[THRESHOLD_ERROR_BYTES];
    RunSpec spec = {.thresholds.count = 1};
    assert_true(behaviour_mix_parse("wander", &spec.load.mix, error, sizeof error));
    if (!threshold_parse(expr, &spec.thresholds.items[0], error, sizeof error)) {
        fail_msg("%s", error);
    }
    return spec;
}

static bool checks(const RunSpec *spec) {
    return run_check_thresholds(spec, g_problem, sizeof g_problem);
}

static void a_threshold_without_its_option_is_refused_with_the_option(void **state) {
    (void)state;
    char error[THRESHOLD_ERROR_BYTES];
    RunSpec spec = spec_with("server.tick_ms p(99)<16");
    says(checks(&spec), "'server.tick_ms p(99)<16' needs --server-metrics URL");
    spec.server_metrics = "http://a/metrics";
    assert_true(checks(&spec));
    spec = spec_with("server.phases_ms.think<1");
    says(checks(&spec), "needs --server-metrics URL");
    spec = spec_with("snapshots.verify_mismatches==0");
    says(checks(&spec), "needs --verify");
    spec.load.wants_verify = true;
    assert_true(checks(&spec));
    spec = spec_with("impairment.seen.loss_in_percent<9");
    says(checks(&spec), "--loss");
    spec.load.is_impaired = true;
    assert_true(checks(&spec));
    spec = spec_with("hostile.ended>0");
    says(checks(&spec), "--behaviour with spam or malformed");
    assert_true(behaviour_mix_parse("wander,spam", &spec.load.mix, error, sizeof error));
    assert_true(checks(&spec));
}

static void min_and_max_of_server_ticks_are_refused(void **state) {
    (void)state;
    RunSpec spec = spec_with("server.tick_ms max<16");
    spec.server_metrics = "http://a/metrics";
    says(checks(&spec), "use p(N), mean or count");
}

static void costs_per_bot_among_attackers_are_refused(void **state) {
    (void)state;
    char error[THRESHOLD_ERROR_BYTES];
    RunSpec spec = spec_with("generator.cpu_us_per_bot_s<100");
    assert_true(checks(&spec));
    assert_true(behaviour_mix_parse("wander=9,malformed", &spec.load.mix, error, sizeof error));
    says(checks(&spec), "is not measured among bots that attack");
}

static void figures_of_every_run_need_nothing(void **state) {
    (void)state;
    static const char *const exprs[] = {"connections.dropped==0", "rtt_ms max<5",
                                        "snapshots.lost_percent<1", "generator.missed_sends==0"};
    for (size_t i = 0; i < sizeof exprs / sizeof *exprs; i++) {
        const RunSpec spec = spec_with(exprs[i]);
        assert_true(checks(&spec));
    }
}

static void aborting_needs_a_threshold(void **state) {
    (void)state;
    RunSpec spec = spec_with("connections.dropped==0");
    spec.aborts_on_fail = true;
    assert_true(checks(&spec));
    spec.thresholds.count = 0;
    says(checks(&spec), "--abort-on-fail needs a --threshold");
}

static void standard_output_holds_one_output(void **state) {
    (void)state;
    RunSpec spec = {.json = "-", .json_stream = "stream"};
    assert_true(run_check_outputs(&spec, g_problem, sizeof g_problem));
    spec.json_stream = "-";
    says(run_check_outputs(&spec, g_problem, sizeof g_problem),
         "only one of --json, --json-stream and --hdr can be -");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ramp_must_end_within_the_duration),
        cmocka_unit_test(a_warmup_must_leave_something_to_measure),
        cmocka_unit_test(a_threshold_without_its_option_is_refused_with_the_option),
        cmocka_unit_test(min_and_max_of_server_ticks_are_refused),
        cmocka_unit_test(costs_per_bot_among_attackers_are_refused),
        cmocka_unit_test(figures_of_every_run_need_nothing),
        cmocka_unit_test(aborting_needs_a_threshold),
        cmocka_unit_test(standard_output_holds_one_output),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
