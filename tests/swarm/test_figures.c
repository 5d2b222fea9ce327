// SPDX-License-Identifier: MIT
#include "tools/swarm/measure/figures.h"

#include <math.h>
#include <string.h>

#include "support.h"
#include "swarm_samples.h"

static Tally g_tally;
static Report g_report;

static FigureSource sample_source(void) {
    sample_tally(&g_tally);
    g_report = sample_report(&g_tally);
    return report_figure_source(&g_report);
}

static void names_are_unique(void **state) {
    (void)state;
    const Figure *figure;
    for (size_t i = 0; (figure = figure_at(i)) != NULL; i++) {
        assert_ptr_equal(figure_find(figure->name), figure);
    }
    assert_null(figure_find("snapshots"));
    assert_null(figure_find(""));
}

static void every_row_says_where_its_value_comes_from(void **state) {
    (void)state;
    const Figure *figure;
    for (size_t i = 0; (figure = figure_at(i)) != NULL; i++) {
        assert_true(figure->uses != 0 && *figure->description != '\0');
        const bool is_plain = figure->field.storage != FIGURE_STORED_OTHERWISE;
        const bool is_number = figure->kind == FIGURE_COUNTER || figure->kind == FIGURE_GAUGE ||
                               figure->kind == FIGURE_RATIO;
        if (is_number ? !is_plain && figure->compute == NULL
                      : figure->field.origin == FIGURE_FROM_NOWHERE) {
            fail_msg("%s has no value", figure->name);
        }
    }
}

static void a_counter_is_exact(void **state) {
    (void)state;
    const FigureSource source = sample_source();
    g_tally.bytes_in = UINT64_MAX;
    g_tally.snapshot_bytes = UINT64_MAX;
    assert_true(figure_integer(figure_find("snapshots.bytes"), &source) == UINT64_MAX);
}

static void a_ratio_without_a_denominator_is_unknown(void **state) {
    (void)state;
    FigureSource source = sample_source();
    assert_true(figure_number_of("snapshots.rate_per_bot_hz", &source) == 19.98);
    g_tally.playing_ns = 0;
    assert_true(isnan(figure_number_of("snapshots.rate_per_bot_hz", &source)));
    source.measured_s = 0;
    assert_true(isnan(figure_number_of("traffic.packets_in_s", &source)));
}

static void a_figure_is_unknown_without_its_need(void **state) {
    (void)state;
    const ServerMetrics server = {.overruns = 3};
    FigureSource source = sample_source();
    assert_true(isnan(figure_number_of("server.overruns", &source)));
    assert_true(isnan(figure_number_of("impairment.in.datagrams", &source)));
    assert_true(isnan(figure_number_of("hostile.ok", &source)));
    assert_true(isnan(figure_number_of("snapshots.verify_checks", &source)));
    source.server = &server;
    source.has_verify = true;
    assert_true(figure_number_of("server.overruns", &source) == 3);
    assert_true(figure_number_of("snapshots.verify_checks", &source) == 0);
    assert_int_equal(figure_need(figure_find("impairment.seen.jitter_in_ms")),
                     FIGURE_NEEDS_BAD_NETWORK);
    assert_int_equal(figure_need(figure_find("rtt_ms")), FIGURE_NEEDS_NOTHING);
}

static void a_cost_of_zero_is_unknown(void **state) {
    (void)state;
    FigureSource source = sample_source();
    assert_true(figure_number_of("generator.rss_bytes", &source) == 2000000);
    const GeneratorUsage nothing = {0};
    source.generator = &nothing;
    assert_true(isnan(figure_number_of("generator.rss_bytes", &source)));
    assert_true(isnan(figure_number_of("generator.rss_bytes_per_bot", &source)));
    assert_true(figure_number_of("generator.threads", &source) == 0);
}

static void a_field_is_restored_as_it_was(void **state) {
    (void)state;
    const FigureSource source = sample_source();
    GeneratorUsage usage = {0};
    ImpairConfig network = {0};
    const Figure *figure;
    for (size_t i = 0; (figure = figure_at(i)) != NULL; i++) {
        if (figure->field.origin == FIGURE_FROM_GENERATOR) {
            figure_restore_number(figure, &usage, figure_stored(figure, &source));
        }
    }
    assert_memory_equal(&usage, &g_report.generator, sizeof usage);
    figure_restore_number(figure_find("impairment.latency_ms"), &network, 80);
    figure_restore_number(figure_find("impairment.loss_percent"), &network, 5);
    assert_true(network.latency_ns == 80 * NS_PER_MS && network.loss == 0.05);
}

static void a_phase_is_found_under_its_name(void **state) {
    (void)state;
    assert_string_equal(figure_phase_of("server.phases_ms.encode"), "encode");
    assert_null(figure_phase_of("server.phases_ms."));
    assert_null(figure_phase_of("server.phases_ms.a.b"));
    assert_non_null(figure_find_named("server.phases_ms.encode"));
    assert_null(figure_find_named("server.phases_ms"));
}

static void settings_and_streamed_rates_are_no_names_for_thresholds(void **state) {
    (void)state;
    assert_null(figure_find_named("generator.threads"));
    assert_null(figure_find_named("impairment.latency_ms"));
    assert_null(figure_find_named("traffic.bytes_in_s"));
    assert_non_null(figure_find_named("traffic.packets_in_s"));
}

static void ranks_of_the_summary_have_no_gap(void **state) {
    (void)state;
    uint32_t count = 0, sum = 0;
    const Figure *figure;
    for (size_t i = 0; (figure = figure_at(i)) != NULL; i++) {
        count += figure->row.rank > 0;
        sum += figure->row.rank;
        assert_true(figure->row.rank == 0 || figure->kind == FIGURE_DISTRIBUTION);
    }
    assert_int_equal(sum, count * (count + 1) / 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_unique),
        cmocka_unit_test(every_row_says_where_its_value_comes_from),
        cmocka_unit_test(a_counter_is_exact),
        cmocka_unit_test(a_ratio_without_a_denominator_is_unknown),
        cmocka_unit_test(a_figure_is_unknown_without_its_need),
        cmocka_unit_test(a_cost_of_zero_is_unknown),
        cmocka_unit_test(a_field_is_restored_as_it_was),
        cmocka_unit_test(a_phase_is_found_under_its_name),
        cmocka_unit_test(settings_and_streamed_rates_are_no_names_for_thresholds),
        cmocka_unit_test(ranks_of_the_summary_have_no_gap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
