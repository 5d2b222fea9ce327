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
    SwarmOptions options = {.bots = 1000, .spawn_rate_hz = 10, .duration_ns = 2 * NS_PER_S};
    says(run_check_ramp(&options, g_problem, sizeof g_problem),
         "1,000 bots at 10/s take 100.0 s to come, longer than the duration of 2 s");
    says(run_check_ramp(&options, g_problem, sizeof g_problem), "--spawn-rate 500/s or more");
    options.spawn_rate_hz = 500;
    assert_true(run_check_ramp(&options, g_problem, sizeof g_problem));
    options.spawn_rate_hz = 499;
    says(run_check_ramp(&options, g_problem, sizeof g_problem), "--duration 3s or more");
    options.duration_ns = 3 * NS_PER_S;
    assert_true(run_check_ramp(&options, g_problem, sizeof g_problem));
}

static void a_warmup_must_leave_something_to_measure(void **state) {
    (void)state;
    SwarmOptions options = {.shape = {.stages = {{NS_PER_S, 10}, {NS_PER_S, 0}}, .count = 2}};
    assert_true(run_check_warmup(&options, g_problem, sizeof g_problem));
    options.warmup_ns = 2 * NS_PER_S - 1;
    assert_true(run_check_warmup(&options, g_problem, sizeof g_problem));
    options.warmup_ns = 2 * NS_PER_S;
    says(run_check_warmup(&options, g_problem, sizeof g_problem), "a warm-up of 2 s");
}

// Options with this one threshold.
static SwarmOptions options_with(const char *expr) {
    char error[THRESHOLD_ERROR_BYTES];
    SwarmOptions options = {.thresholds.count = 1};
    assert_true(behaviour_mix_parse("wander", &options.mix, error, sizeof error));
    if (!threshold_parse(expr, &options.thresholds.items[0], error, sizeof error)) {
        fail_msg("%s", error);
    }
    return options;
}

static bool checks(const SwarmOptions *options) {
    return run_check_thresholds(options, g_problem, sizeof g_problem);
}

static void a_threshold_names_the_flag_that_it_cannot_be_measured_without(void **state) {
    (void)state;
    char error[THRESHOLD_ERROR_BYTES];
    SwarmOptions options = options_with("server.tick_ms p(99)<16");
    says(checks(&options), "'server.tick_ms p(99)<16' needs --server-metrics URL");
    options.server_metrics = "http://a/metrics";
    assert_true(checks(&options));
    options = options_with("server.phases_ms.think<1");
    says(checks(&options), "needs --server-metrics URL");
    options = options_with("snapshots.verify_mismatches==0");
    says(checks(&options), "needs --verify");
    options.wants_verify = true;
    assert_true(checks(&options));
    options = options_with("impairment.seen.loss_in_percent<9");
    says(checks(&options), "--loss");
    options.is_impaired = true;
    assert_true(checks(&options));
    options = options_with("hostile.ended>0");
    says(checks(&options), "--behaviour with spam or malformed");
    assert_true(behaviour_mix_parse("wander,spam", &options.mix, error, sizeof error));
    assert_true(checks(&options));
}

static void what_buckets_do_not_tell_is_no_threshold(void **state) {
    (void)state;
    SwarmOptions options = options_with("server.tick_ms max<16");
    options.server_metrics = "http://a/metrics";
    says(checks(&options), "use p(N), mean or count");
}

static void what_a_bot_costs_is_not_told_among_attackers(void **state) {
    (void)state;
    char error[THRESHOLD_ERROR_BYTES];
    SwarmOptions options = options_with("generator.cpu_us_per_bot_s<100");
    assert_true(checks(&options));
    assert_true(behaviour_mix_parse("wander=9,malformed", &options.mix, error, sizeof error));
    says(checks(&options), "is not measured among bots that attack");
}

static void figures_of_every_run_need_nothing(void **state) {
    (void)state;
    static const char *const exprs[] = {"connections.dropped==0", "rtt_ms max<5",
                                        "snapshots.lost_percent<1", "generator.missed_sends==0"};
    for (size_t i = 0; i < sizeof exprs / sizeof *exprs; i++) {
        const SwarmOptions options = options_with(exprs[i]);
        assert_true(checks(&options));
    }
}

static void aborting_needs_a_threshold(void **state) {
    (void)state;
    SwarmOptions options = options_with("connections.dropped==0");
    options.aborts_on_fail = true;
    assert_true(checks(&options));
    options.thresholds.count = 0;
    says(checks(&options), "--abort-on-fail needs a --threshold");
}

static void standard_output_takes_one_output(void **state) {
    (void)state;
    SwarmOptions options = {.json = "-", .json_stream = "stream"};
    assert_true(run_check_outputs(&options, g_problem, sizeof g_problem));
    options.json_stream = "-";
    says(run_check_outputs(&options, g_problem, sizeof g_problem),
         "only one of --json, --json-stream and --hdr can be -");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ramp_must_end_within_the_duration),
        cmocka_unit_test(a_warmup_must_leave_something_to_measure),
        cmocka_unit_test(a_threshold_names_the_flag_that_it_cannot_be_measured_without),
        cmocka_unit_test(what_buckets_do_not_tell_is_no_threshold),
        cmocka_unit_test(what_a_bot_costs_is_not_told_among_attackers),
        cmocka_unit_test(figures_of_every_run_need_nothing),
        cmocka_unit_test(aborting_needs_a_threshold),
        cmocka_unit_test(standard_output_takes_one_output),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
