// SPDX-License-Identifier: MIT
// test_search.c -- a search against a simulated server, and the verdicts on its runs.
#include "tools/swarm/search/search.h"

#include <math.h>
#include <string.h>

#include "support.h"

#define NEVER UINT32_MAX

static SearchResult g_result;

typedef struct FakeRunner {
    uint32_t capacity;       // of the server
    uint32_t generator;      // bots that the generator can drive
    uint32_t interrupted_at; // run
    uint32_t runs;
} FakeRunner;

static bool try_fake_bots(void *user, uint32_t bots, bool is_repeat, SearchStep *step,
                          SearchEnd *end, const char **problem) {
    FakeRunner *fake = user;
    if (fake->runs++ == fake->interrupted_at) {
        *end = SEARCH_INTERRUPTED;
        return false;
    }
    if (fake->capacity == 0) {
        *end = SEARCH_NO_ANSWER;
        *problem = "nobody answered";
        return false;
    }
    *step = (SearchStep){.bots = bots, .is_repeat = is_repeat, .value = NAN};
    step->verdict = bots > fake->capacity    ? SEARCH_SERVER_FAILED
                    : bots > fake->generator ? SEARCH_GENERATOR_FAILED
                                             : SEARCH_HELD;
    return true;
}

static void search(FakeRunner fake) {
    const SearchSpec spec = {.first = 100, .max = 5000, .precision_percent = 5};
    const SearchRunner runner = {.user = &fake, .try_bots = try_fake_bots};
    search_run(&spec, &runner, &g_result);
}

static void the_server_is_the_limit_when_it_fails_first(void **state) {
    (void)state;
    search((FakeRunner){.capacity = 1000, .generator = NEVER, .interrupted_at = NEVER});
    assert_int_equal(g_result.end, SEARCH_FOUND);
    assert_in_range(g_result.held, 950, 1000);
    assert_in_range(g_result.failed, 1001, 1060);
    assert_int_equal(search_result_limit(&g_result)->verdict, SEARCH_SERVER_FAILED);
    assert_int_equal(search_result_limit(&g_result)->bots, g_result.failed);
    assert_int_equal(search_result_exit_code(&g_result), EXIT_CODE_OK);
}

static void the_generator_is_the_limit_when_it_fails_first(void **state) {
    (void)state;
    search((FakeRunner){.capacity = 3000, .generator = 700, .interrupted_at = NEVER});
    assert_in_range(g_result.held, 660, 700);
    assert_int_equal(search_result_limit(&g_result)->verdict, SEARCH_GENERATOR_FAILED);
}

static void without_a_failure_there_is_no_limit(void **state) {
    (void)state;
    search((FakeRunner){.capacity = NEVER, .generator = NEVER, .interrupted_at = NEVER});
    assert_int_equal(g_result.end, SEARCH_NO_LIMIT);
    assert_int_equal(g_result.held, 5000);
    assert_null(search_result_limit(&g_result));
    assert_int_equal(search_result_exit_code(&g_result), EXIT_CODE_OK);
}

static void an_early_end_is_reported_and_the_held_number_stays(void **state) {
    (void)state;
    search((FakeRunner){.capacity = NEVER, .generator = NEVER, .interrupted_at = 3});
    assert_int_equal(g_result.end, SEARCH_INTERRUPTED);
    assert_int_equal(g_result.held, 400);
    assert_int_equal(search_result_exit_code(&g_result), EXIT_CODE_INTERRUPTED);
    search((FakeRunner){.capacity = 0, .interrupted_at = NEVER});
    assert_int_equal(g_result.end, SEARCH_NO_ANSWER);
    assert_string_equal(g_result.problem, "nobody answered");
    assert_int_equal(search_result_exit_code(&g_result), EXIT_CODE_FAILED);
}

static void holding_no_bot_is_a_failed_threshold(void **state) {
    (void)state;
    search((FakeRunner){.capacity = 5, .generator = 0, .interrupted_at = NEVER});
    assert_int_equal(g_result.end, SEARCH_FOUND);
    assert_int_equal(g_result.held, 0);
    assert_int_equal(search_result_exit_code(&g_result), EXIT_CODE_THRESHOLD);
}

// ------------------------------------------------------------------ the verdict on a run

static Tally g_tally;

// A report with these results of two thresholds.
static Report report_with(const char *first, bool has_passed_first, const char *second,
                          bool has_passed_second) {
    static ThresholdList thresholds;
    char error[THRESHOLD_ERROR_BYTES];
    thresholds = (ThresholdList){.count = 2};
    assert_true(threshold_parse(first, &thresholds.items[0], error, sizeof error));
    assert_true(threshold_parse(second, &thresholds.items[1], error, sizeof error));
    return (Report){
        .tally = &g_tally,
        .thresholds = &thresholds,
        .results = {{.value = 1, .is_measured = true, .has_passed = has_passed_first},
                    {.value = 2, .is_measured = true, .has_passed = has_passed_second}}};
}

static void a_run_that_passes_has_held(void **state) {
    (void)state;
    const Report report = report_with("rtt_ms p(99)<5", true, "server.skipped==0", true);
    const SearchStep step = search_step_make(&report, 70, false);
    assert_int_equal(step.verdict, SEARCH_HELD);
    assert_int_equal(step.bots, 70);
    assert_string_equal(step.reason, "");
    assert_true(isnan(step.tick_p99_ms));
}

static void the_servers_own_figures_decide_before_all_others(void **state) {
    (void)state;
    Report report = report_with("generator.missed_sends==0", false, "server.skipped==0", false);
    report.has_generator_fallen_behind = true;
    const SearchStep step = search_step_make(&report, 70, true);
    assert_int_equal(step.verdict, SEARCH_SERVER_FAILED);
    assert_string_equal(step.reason, "server.skipped==0");
    assert_true(step.value == 2 && step.is_threshold && step.is_repeat);
}

static void a_generator_that_fell_behind_is_blamed_for_the_bots_figures(void **state) {
    (void)state;
    Report report = report_with("snapshot_gap_ms p(99)<5", false, "server.skipped==0", true);
    assert_int_equal(search_step_make(&report, 70, false).verdict, SEARCH_SERVER_FAILED);
    report.has_generator_fallen_behind = true;
    assert_int_equal(search_step_make(&report, 70, false).verdict, SEARCH_GENERATOR_FAILED);
    report = report_with("generator.missed_sends==0", false, "server.skipped==0", true);
    const SearchStep step = search_step_make(&report, 70, false);
    assert_int_equal(step.verdict, SEARCH_GENERATOR_FAILED);
    assert_string_equal(step.reason, "generator.missed_sends==0");
}

static void a_generator_without_ports_is_the_limit_itself(void **state) {
    (void)state;
    const SearchStep own = search_step_make_broken("no local port is left", true, 20, false);
    assert_int_equal(own.verdict, SEARCH_GENERATOR_FAILED);
    assert_string_equal(own.reason, "no local port is left");
    const SearchStep other = search_step_make_broken("nobody answered", false, 20, false);
    assert_int_equal(other.verdict, SEARCH_SERVER_FAILED);
}

static void a_failed_run_does_not_hold_whatever_the_thresholds_say(void **state) {
    (void)state;
    Report report = report_with("rtt_ms p(99)<5", true, "server.skipped==0", true);
    report.failures = (ReportNotes){.texts = {"3 bots were refused"}, .count = 1};
    const SearchStep step = search_step_make(&report, 70, false);
    assert_int_equal(step.verdict, SEARCH_SERVER_FAILED);
    assert_string_equal(step.reason, "3 bots were refused");
    assert_false(step.is_threshold);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_server_is_the_limit_when_it_fails_first),
        cmocka_unit_test(the_generator_is_the_limit_when_it_fails_first),
        cmocka_unit_test(without_a_failure_there_is_no_limit),
        cmocka_unit_test(an_early_end_is_reported_and_the_held_number_stays),
        cmocka_unit_test(holding_no_bot_is_a_failed_threshold),
        cmocka_unit_test(a_run_that_passes_has_held),
        cmocka_unit_test(the_servers_own_figures_decide_before_all_others),
        cmocka_unit_test(a_generator_that_fell_behind_is_blamed_for_the_bots_figures),
        cmocka_unit_test(a_generator_without_ports_is_the_limit_itself),
        cmocka_unit_test(a_failed_run_does_not_hold_whatever_the_thresholds_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
