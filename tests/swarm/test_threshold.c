// SPDX-License-Identifier: MIT
#include "tools/swarm/report/threshold.h"

#include <math.h>
#include <string.h>

#include "support.h"

static Threshold parsed(const char *expr) {
    Threshold threshold;
    char error[THRESHOLD_ERROR_BYTES];
    if (!threshold_parse(expr, &threshold, error, sizeof error)) {
        fail_msg("'%s' is refused: %s", expr, error);
    }
    assert_ptr_equal(threshold.expr, expr);
    return threshold;
}

static void a_percentile_of_a_distribution_is_read(void **state) {
    (void)state;
    const Threshold threshold = parsed("snapshot_gap_ms p(99)<100");
    assert_string_equal(threshold.metric, "snapshot_gap_ms");
    assert_int_equal(threshold.stat, STAT_PERCENTILE);
    assert_true(threshold.percent == 99);
    assert_int_equal(threshold.comparison, COMPARISON_BELOW);
    assert_true(threshold.bound == 100);
}

static void a_number_needs_no_stat(void **state) {
    (void)state;
    const Threshold threshold = parsed("connections.dropped==0");
    assert_string_equal(threshold.metric, "connections.dropped");
    assert_int_equal(threshold.stat, STAT_VALUE);
    assert_int_equal(threshold.comparison, COMPARISON_EQUAL);
    assert_true(threshold.bound == 0);
}

static void blanks_and_every_stat_are_understood(void **state) {
    (void)state;
    assert_true(parsed(" server.tick_ms  p(99.95) <= 16.6 ").percent == 99.95);
    assert_int_equal(parsed("rtt_ms min>0").stat, STAT_MIN);
    assert_int_equal(parsed("rtt_ms mean>0").stat, STAT_MEAN);
    assert_int_equal(parsed("rtt_ms avg>0").stat, STAT_MEAN);
    assert_int_equal(parsed("rtt_ms max>0").stat, STAT_MAX);
    assert_int_equal(parsed("rtt_ms count>1e3").stat, STAT_COUNT);
    assert_int_equal(parsed("server.phases_ms.think<2").stat, STAT_VALUE);
}

static void holds(const char *expr, double below, double at, double above, const char *expected) {
    const Threshold threshold = parsed(expr);
    const char got[] = {threshold_holds(&threshold, below) ? 'y' : 'n',
                        threshold_holds(&threshold, at) ? 'y' : 'n',
                        threshold_holds(&threshold, above) ? 'y' : 'n', '\0'};
    assert_string_equal(got, expected);
}

static void every_comparison_compares(void **state) {
    (void)state;
    holds("duration_s<5", 4, 5, 6, "ynn");
    holds("duration_s<=5", 4, 5, 6, "yyn");
    holds("duration_s>5", 4, 5, 6, "nny");
    holds("duration_s>=5", 4, 5, 6, "nyy");
    holds("duration_s==5", 4, 5, 6, "nyn");
    holds("duration_s!=5", 4, 5, 6, "yny");
}

static void refused(const char *expr, const char *because) {
    Threshold threshold;
    char error[THRESHOLD_ERROR_BYTES];
    assert_false(threshold_parse(expr, &threshold, error, sizeof error));
    if (strstr(error, because) == NULL) {
        fail_msg("'%s': expected '%s' in '%s'", expr, because, error);
    }
    assert_null(strchr(error, '\n'));
}

static void a_mistake_is_explained_with_the_possible_words(void **state) {
    (void)state;
    refused("", "METRIC STAT OP VALUE");
    refused("<5", "METRIC STAT OP VALUE");
    refused("snapshot_gap p(99)<100", "snapshot_gap_ms");
    refused("connections.lost==0", "connections.dropped");
    refused("connections.lost==0", "no figure 'connections.lost'");
    refused("server.phases_ms.<1", "server.tick_ms");
    refused("rtt_ms<100", "rtt_ms is a distribution: say of what, one of p(N), min");
    refused("rtt_ms p99<100", "'p99' is nothing that a distribution has");
    refused("rtt_ms p(101)<100", "'p(101)'");
    refused("rtt_ms p(-1)<100", "'p(-1)'");
    refused("rtt_ms p()<100", "'p()'");
    refused("rtt_ms p(9<100", "'p(9'");
    refused("rtt_ms p(nan)<100", "'p(nan)'");
    refused("connections.ok p(99)<100", "connections.ok is a single number");
    refused("connections.ok", "after connections.ok comes one of < <= > >= == !=");
    refused("connections.ok=5", "compares nothing");
    refused("connections.ok==", "'' is not a number");
    refused("connections.ok==five", "'five' is not a number");
    refused("connections.ok==5 bots", "'5 bots' is not a number");
    refused("connections.ok<inf", "'inf' is not a number");
    refused("connections.ok<1e999", "'1e999' is not a number");
}

// The last figure that a mistake in the name of this one suggests.
static const char *last_in_part(const Figure *figure) {
    const char *last = NULL;
    const char *dot = strrchr(figure->name, '.');
    const size_t part = dot != NULL ? (size_t)(dot - figure->name) + 1 : 0;
    const Figure *other;
    for (size_t i = 0; (other = figure_at(i)) != NULL; i++) {
        const bool is_near = part > 0 && strncmp(other->name, figure->name, part) == 0;
        last = is_near && (other->uses & FIGURE_NAMED) != 0 ? other->name : last;
    }
    return last != NULL ? last : "hostile.*";
}

static void every_line_about_a_mistake_fits(void **state) {
    (void)state;
    char name[600];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    refused(name, "generator.*, server.*, hostile.*");
    const Figure *figure;
    for (size_t i = 0; (figure = figure_at(i)) != NULL; i++) {
        char expr[128];
        char text[THRESHOLD_ERROR_BYTES];
        snprintf(expr, sizeof expr, "%s_no<1", figure->name);
        if ((figure->uses & FIGURE_NAMED) != 0) {
            refused(expr, last_in_part(figure));
        }
        figure_suggest(figure->name, text, sizeof text);
        assert_true(strlen(text) < sizeof text - 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_percentile_of_a_distribution_is_read),
        cmocka_unit_test(a_number_needs_no_stat),
        cmocka_unit_test(blanks_and_every_stat_are_understood),
        cmocka_unit_test(every_comparison_compares),
        cmocka_unit_test(a_mistake_is_explained_with_the_possible_words),
        cmocka_unit_test(every_line_about_a_mistake_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
