// SPDX-License-Identifier: MIT
#include "tools/swarm/report/summary.h"

#include <math.h>
#include <string.h>

#include "support.h"
#include "swarm_samples.h"
#include "tools/swarm/report/report_judge.h"

static Tally g_tally;

static const ImpairConfig *g_impairment; // of the report
static ThresholdList g_thresholds;
static ServerMetrics g_server;

static int reset(void **state) {
    (void)state;
    g_impairment = NULL;
    g_thresholds.count = 0;
    g_server = (ServerMetrics){0};
    return 0;
}

// The summary as text; the caller frees it.
static char *summary_text(bool uses_color) {
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    Report report = sample_report(&g_tally);
    report.impairment = g_impairment;
    report.thresholds = &g_thresholds;
    report.has_server = g_server.ticks > 0;
    report.server = g_server;
    report_judge(&report);
    summary_print(file, &report, uses_color);
    fclose(file);
    return text;
}

static void says(const char *text, const char *expected) {
    if (strstr(text, expected) == NULL) {
        fail_msg("'%s' is missing in:\n%s", expected, text);
    }
}

static void a_run_is_summarised_in_full(void **state) {
    (void)state;
    sample_tally(&g_tally);
    char *text = summary_text(false);
    says(text, "10 bots against 127.0.0.1:7777 for 10.0 s");
    says(text, "seed 42");
    says(text, "10 attempted, 10 ok, 0 refused, 0 timed out, 0 dropped");
    says(text, "1,998 of 2,000 expected (99.90 %), 20.0/s per bot");
    says(text, "2 lost (0.10 %), 0 decode errors");
    says(text, "100,000 updates, 2.00 bytes each");
    says(text, "0 times one in view got no update");
    says(text, "  input ack ");
    says(text, "0 of 2,000 sends missed");
    says(text, "passed");
    free(text);
}

static void ask_for_a_bad_network(void) {
    static const ImpairConfig asked = {.latency_ns = 80 * NS_PER_MS,
                                       .jitter_ns = 30 * NS_PER_MS,
                                       .loss = 0.05,
                                       .duplicate = 0.01,
                                       .reorder = 0.02};
    g_impairment = &asked;
    g_tally.impaired_in = (TallyImpaired){.submitted = 24161,
                                          .delivered = 23116,
                                          .lost = 1262,
                                          .duplicated = 231,
                                          .reordered = 440,
                                          .delay_ns = 2246566 * NS_PER_MS,
                                          .late_ns = 17152 * NS_PER_MS};
    g_tally.seen_out = (TallySeen){
        .received = 9500, .duplicated = 93, .overtaken = 184, .judged = 10000, .lost = 496};
}

static void a_bad_network_is_shown_as_asked_for_and_as_measured(void **state) {
    (void)state;
    sample_tally(&g_tally);
    ask_for_a_bad_network();
    char *text = summary_text(false);
    says(text, "each way 80 to 110 ms; 5 % lost, 1 % twice, 2 % overtaken");
    says(text, "97.1 ms, 0.742 late; 5.22 % lost, 1.01 % twice, 1.92 % overtaken");
    says(text, "seen in     - lost, - twice, - overtaken");
    says(text, "seen out    4.96 % lost, 0.98 % twice, 1.94 % overtaken");
    free(text);
}

static void ask_for(const char *expr) {
    char error[THRESHOLD_ERROR_BYTES];
    assert_true(
        threshold_parse(expr, &g_thresholds.items[g_thresholds.count++], error, sizeof error));
}

static void thresholds_come_first_with_a_mark_each(void **state) {
    (void)state;
    sample_tally(&g_tally);
    ask_for("rtt_ms p(50)<5");
    ask_for("snapshot_gap_ms max<40");
    ask_for("server.tick_ms p(99)<16.6");
    char *text = summary_text(false);
    says(text, "[ ok ]  rtt_ms p(50)<5                               0.504");
    says(text, "[FAIL]  snapshot_gap_ms max<40                       50.0");
    says(text, "[FAIL]  server.tick_ms p(99)<16.6                    was not measured");
    says(text, "FAILED: 2 of 3 thresholds failed");
    assert_true(strstr(text, "[ ok ]") < strstr(text, "connections"));
    free(text);
}

static void be_attacked(void) {
    g_tally.hostile = (TallyHostile){.attempted = 4,
                                     .ok = 3,
                                     .left = 1,
                                     .messages_sent = 12345,
                                     .bytes_sent = 67890,
                                     .malformed_sent = 345};
    g_tally.hostile.ended[REASON_KICKED] = 2;
}

static void hostile_bots_have_lines_of_their_own(void **state) {
    (void)state;
    sample_tally(&g_tally);
    char *text = summary_text(false);
    assert_null(strstr(text, "hostile"));
    free(text);
    be_attacked();
    text = summary_text(false);
    says(text, "4 attempted, 3 got in, 1 left by themselves");
    says(text, "2 ended: kicked");
    says(text, "12,345 messages and 67.9 kB sent, 345 of them malformed");
    says(text, "10 attempted, 10 ok, 0 refused");
    says(text, "passed"); // they are meant to be kicked
    free(text);
}

static void watch_the_server(void) {
    g_server = (ServerMetrics){.cpu_cores = 0.5,
                               .ticks = 1000,
                               .overruns = 3,
                               .bucket_count = 2,
                               .buckets = {{0.004, 1000}, {INFINITY, 1000}},
                               .phase_count = 2,
                               .phases = {{"think", 0.05, 100}, {"encode", 0.2, 100}}};
}

static void metrics_of_the_server_are_shown(void **state) {
    (void)state;
    sample_tally(&g_tally);
    watch_the_server();
    char *text = summary_text(false);
    says(text, "tick p50 2.00, p90 3.60, p99 3.96");
    says(text, "3 overruns, 0 skipped in 1,000 ticks");
    says(text, "phases (mean): encode 2.00, think 0.500 ms");
    free(text);
}

static void a_generator_that_fell_behind_is_a_warning(void **state) {
    (void)state;
    sample_tally(&g_tally);
    g_tally.missed_sends = 500;
    char *text = summary_text(false);
    says(text, "500 of 2,500 sends missed");
    says(text, "warning       the generator, not the server, fell behind");
    free(text);
}

static void no_line_is_wider_than_a_page(void **state) {
    (void)state;
    sample_tally(&g_tally);
    ask_for_a_bad_network();
    ask_for("rtt_ms p(50)<5");
    watch_the_server();
    be_attacked();
    g_tally.dropped = 2;
    g_tally.refused = 3;
    g_tally.attempted = 20;
    g_tally.decode_errors = 4;
    g_tally.missed_sends = 500;
    tally_bad_end(&g_tally, REASON_SERVER_SHUTDOWN, 3, 4 * NS_PER_S);
    char *text = summary_text(false);
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        if (strlen(line) > 80) {
            fail_msg("%zu columns: %s", strlen(line), line);
        }
    }
    free(text);
}

static void percentiles_stand_below_their_heads(void **state) {
    (void)state;
    sample_tally(&g_tally);
    char *text = summary_text(false);
    const char *head = strstr(text, "distributions");
    const char *row = strstr(text, "  round trip");
    assert_non_null(head);
    assert_non_null(row);
    const size_t head_length = strcspn(head, "\n");
    const size_t row_length = strcspn(row, "\n");
    assert_int_equal(head_length, row_length);
    // The right edge of "p50" is that of the row's figure.
    const size_t edge = (size_t)(strstr(head, "p50") - head) + 3;
    assert_true(row[edge - 1] != ' ');
    assert_true(row[edge] == ' ');
    free(text);
}

static void colour_is_optional(void **state) {
    (void)state;
    sample_tally(&g_tally);
    char *plain = summary_text(false);
    char *colored = summary_text(true);
    assert_null(strchr(plain, '\x1b'));
    assert_non_null(strchr(colored, '\x1b'));
    free(plain);
    free(colored);
}

static void errors_have_counts_and_an_example(void **state) {
    (void)state;
    sample_tally(&g_tally);
    g_tally.dropped = 2;
    tally_bad_end(&g_tally, REASON_SERVER_SHUTDOWN, 3, 4 * NS_PER_S);
    tally_bad_end(&g_tally, REASON_SERVER_SHUTDOWN, 5, 5 * NS_PER_S);
    char *text = summary_text(false);
    says(text, "2 x server_shutdown: ");
    says(text, "(first: bot 3 after 4.0 s)");
    says(text, "FAILED: 2 bots were dropped");
    free(text);
}

static void an_empty_run_has_no_figures(void **state) {
    (void)state;
    tally_reset(&g_tally);
    char *text = summary_text(false);
    assert_null(strstr(text, "nan"));
    assert_null(strstr(text, "inf"));
    says(text, "not measured");
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_run_is_summarised_in_full, reset),
        cmocka_unit_test_setup(a_bad_network_is_shown_as_asked_for_and_as_measured, reset),
        cmocka_unit_test_setup(thresholds_come_first_with_a_mark_each, reset),
        cmocka_unit_test_setup(hostile_bots_have_lines_of_their_own, reset),
        cmocka_unit_test_setup(metrics_of_the_server_are_shown, reset),
        cmocka_unit_test_setup(a_generator_that_fell_behind_is_a_warning, reset),
        cmocka_unit_test_setup(no_line_is_wider_than_a_page, reset),
        cmocka_unit_test_setup(percentiles_stand_below_their_heads, reset),
        cmocka_unit_test_setup(colour_is_optional, reset),
        cmocka_unit_test_setup(errors_have_counts_and_an_example, reset),
        cmocka_unit_test_setup(an_empty_run_has_no_figures, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
