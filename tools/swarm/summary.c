// SPDX-License-Identifier: MIT
#include "tools/swarm/summary.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/version.h"
#include "tools/swarm/figures.h"

#define NS_TO_MS          1e-6
#define MILLIUNIT_TO_UNIT 1e-3

// Escape sequences, all empty without colour.
typedef struct Palette {
    const char *bold, *good, *bad, *warn, *plain;
} Palette;

static const Palette palette_color = {"\x1b[1m", "\x1b[32m", "\x1b[1;31m", "\x1b[33m", "\x1b[0m"};
static const Palette palette_none = {"", "", "", "", ""};

static double playing_s(const Report *report) {
    return (double)report->tally->playing_ns / (double)NS_PER_S;
}

static void print_run(FILE *file, const Report *report, const Palette *palette) {
    fprintf(file, "%stickstorm-bots %s%s (%s): %s bots against %s for %.1f s\n", palette->bold,
            version_number(), palette->plain, version_commit(), figure_count(report->bots).text,
            report->server_address, report->duration_s);
    fprintf(file, "seed %llu, %s, %u thread%s, %s inputs/s per bot\n\n",
            (unsigned long long)report->seed, report->behaviours, report->generator.threads,
            report->generator.threads == 1 ? "" : "s", figure_value(report->input_rate_hz).text);
}

static void print_connections(FILE *file, const Report *report, const Palette *palette) {
    const Tally *tally = report->tally;
    const bool has_bad = tally->refused + tally->timed_out + tally->dropped > 0;
    fprintf(file,
            "%sconnections%s   %s attempted, %s ok, %s%s refused, %s timed out, %s dropped%s\n",
            palette->bold, palette->plain, figure_count(tally->attempted).text,
            figure_count(tally->ok).text, has_bad ? palette->bad : "",
            figure_count(tally->refused).text, figure_count(tally->timed_out).text,
            figure_count(tally->dropped).text, has_bad ? palette->plain : "");
}

// ------------------------------------------------------------------ distributions

static void print_row(FILE *file, const char *name, const char *unit, const Histogram *histogram,
                      double scale, const char *when_empty) {
    static const double percents[] = {50, 90, 99, 99.9};
    fprintf(file, "  %-15s %-6s", name, unit);
    if (histogram->count == 0) {
        fprintf(file, " %7s\n", when_empty);
        return;
    }
    for (size_t i = 0; i < sizeof percents / sizeof *percents; i++) {
        const double value = (double)histogram_percentile(histogram, percents[i]) * scale;
        fprintf(file, " %7s", figure_value(value).text);
    }
    fprintf(file, " %7s %12s\n", figure_value((double)histogram->max * scale).text,
            figure_count(histogram->count).text);
}

static void print_distributions(FILE *file, const Report *report, const Palette *palette) {
    const Tally *tally = report->tally;
    fprintf(file, "\n%s%-24s %7s %7s %7s %7s %7s %12s%s\n", palette->bold, "distributions", "p50",
            "p90", "p99", "p99.9", "max", "samples", palette->plain);
    print_row(file, "round trip", "ms", &tally->round_trip_ns, NS_TO_MS, "not measured");
    print_row(file, "input to answer", "ms", &tally->input_ack_ns, NS_TO_MS, "not measured");
    print_row(file, "snapshot gap", "ms", &tally->snapshot_gap_ns, NS_TO_MS, "not measured");
    print_row(file, "entity refresh", "ms", &tally->refresh_ns, NS_TO_MS, "not measured");
    print_row(file, "connect", "ms", &tally->connect_ns, NS_TO_MS, "not measured");
    print_row(file, "correction", "units", &tally->correction_milliunits, MILLIUNIT_TO_UNIT,
              tally->prediction_checks > 0 ? "none" : "not measured");
    print_row(file, "in view", "bodies", &tally->visible, 1, "not measured");
    print_row(file, "generator lag", "ms", &tally->loop_lag_ns, NS_TO_MS, "not measured");
    fprintf(file, "\n");
}

// ------------------------------------------------------------------ totals

static void print_snapshots(FILE *file, const Report *report, const Palette *palette) {
    const Tally *tally = report->tally;
    const double sent = (double)(tally->snapshots_received + tally->snapshots_lost);
    fprintf(
        file, "%ssnapshots%s     %s of %s expected (%s), %s/s per bot\n", palette->bold,
        palette->plain, figure_count(tally->snapshots_received).text,
        figure_count(tally->snapshots_expected).text,
        figure_percent((double)tally->snapshots_received, (double)tally->snapshots_expected).text,
        figure_value((double)tally->snapshots_received / playing_s(report)).text);
    fprintf(file, "%14s%s lost (%s), %s decode errors\n", "",
            figure_count(tally->snapshots_lost).text,
            figure_percent((double)tally->snapshots_lost, sent).text,
            figure_count(tally->decode_errors).text);
    fprintf(file, "%sentities%s      %s updates, %s bytes each (all of a snapshot counted)\n",
            palette->bold, palette->plain, figure_count(tally->entity_updates).text,
            figure_value((double)tally->snapshot_bytes / (double)tally->entity_updates).text);
    fprintf(file, "%14s%s of them newcomers; %s times nothing new of one in view\n", "",
            figure_percent((double)tally->entity_newcomers, (double)tally->entity_updates).text,
            figure_count(tally->entity_skips).text);
    fprintf(file, "%sprediction%s    %s checks, %s corrections (%s)\n", palette->bold,
            palette->plain, figure_count(tally->prediction_checks).text,
            figure_count(tally->prediction_corrections).text,
            figure_percent((double)tally->prediction_corrections, (double)tally->prediction_checks)
                .text);
}

static void print_verification(FILE *file, const Report *report, const Palette *palette) {
    const Tally *tally = report->tally;
    if (report->has_verify) {
        fprintf(file, "%sverify%s        %s snapshots compared, %s mismatches\n", palette->bold,
                palette->plain, figure_count(tally->verify_checks).text,
                figure_count(tally->verify_mismatches).text);
    }
}

static void print_traffic(FILE *file, const Report *report, const Palette *palette) {
    const Tally *tally = report->tally;
    const double bots_s = playing_s(report);
    const double seconds = report->measured_s;
    fprintf(file, "%straffic in%s    %s/s per bot, %s/s and %s packets/s in all\n", palette->bold,
            palette->plain, figure_bytes((double)tally->bytes_in / bots_s).text,
            figure_bytes((double)tally->bytes_in / seconds).text,
            figure_value((double)tally->packets_in / seconds).text);
    fprintf(file, "%straffic out%s   %s/s per bot, %s/s and %s packets/s in all\n", palette->bold,
            palette->plain, figure_bytes((double)tally->bytes_out / bots_s).text,
            figure_bytes((double)tally->bytes_out / seconds).text,
            figure_value((double)tally->packets_out / seconds).text);
}

static void print_impaired(FILE *file, const char *way, const TallyImpaired *impaired) {
    const double submitted = (double)impaired->submitted;
    const double survived = (double)(impaired->submitted - impaired->lost);
    const double delay_ms = (double)impaired->delay_ns * NS_TO_MS / (double)tally_held(impaired);
    const double late_ms = (double)impaired->late_ns * NS_TO_MS / (double)impaired->delivered;
    fprintf(file, "  %-11s %s ms, %s late; %s lost, %s twice, %s overtaken\n", way,
            figure_value(delay_ms).text, figure_value(late_ms).text,
            figure_percent((double)impaired->lost, submitted).text,
            figure_percent((double)impaired->duplicated, survived).text,
            figure_percent((double)impaired->reordered, survived).text);
}

static void print_impairment(FILE *file, const Report *report, const Palette *palette) {
    const ImpairConfig *asked = report->impairment;
    if (asked == NULL) {
        return;
    }
    fprintf(file,
            "%sbad network%s   each way %g to %g ms; %g %% lost, %g %% twice, %g %% overtaken\n",
            palette->bold, palette->plain, (double)asked->latency_ns * NS_TO_MS,
            (double)(asked->latency_ns + asked->jitter_ns) * NS_TO_MS, asked->loss * 100,
            asked->duplicate * 100, asked->reorder * 100);
    print_impaired(file, "in", &report->tally->impaired_in);
    print_impaired(file, "out", &report->tally->impaired_out);
}

static void print_generator(FILE *file, const Report *report, const Palette *palette) {
    fprintf(file, "%sgenerator%s     %.2f of %u cores, %s of %s sends missed\n", palette->bold,
            palette->plain, report->generator.cpu_cores, report->generator.cpu_count,
            figure_count(report->tally->missed_sends).text,
            figure_count(report->tally->sends + report->tally->missed_sends).text);
}

static void print_server(FILE *file, const Report *report, const Palette *palette) {
    const ServerMetrics *server = &report->server;
    if (!report->has_server) {
        return;
    }
    fprintf(file, "%sserver%s        %.2f cores, %s resident, %s clients at the end\n",
            palette->bold, palette->plain, server->cpu_cores,
            figure_bytes((double)server->rss_bytes).text, figure_count(server->clients).text);
    fprintf(file, "%14stick p50 %s, p99 %s, p99.9 %s ms; %s overruns, %s skipped in %s ticks\n", "",
            figure_value(server_metrics_tick_ms(server, 50)).text,
            figure_value(server_metrics_tick_ms(server, 99)).text,
            figure_value(server_metrics_tick_ms(server, 99.9)).text,
            figure_count(server->overruns).text, figure_count(server->skipped).text,
            figure_count(server->ticks).text);
}

static void print_errors(FILE *file, const Report *report, const Palette *palette) {
    const Tally *tally = report->tally;
    for (uint32_t i = 0; i < TALLY_REASONS; i++) {
        if (tally->bad_ends[i] > 0) {
            fprintf(file, "%serror%s         %s x %s: %s (first: bot %u after %.1f s)\n",
                    palette->bad, palette->plain, figure_count(tally->bad_ends[i]).text,
                    reason_name(i), reason_sentence(i), tally->examples[i].bot,
                    (double)tally->examples[i].after_ns / (double)NS_PER_S);
        }
    }
}

static void print_difference(FILE *file, const Report *report, const Palette *palette) {
    char text[REPORT_NOTE_BYTES];
    if (report_difference(report, text, sizeof text)) {
        fprintf(file, "%serror%s         verify: %s\n", palette->bad, palette->plain, text);
    }
}

static void print_result(FILE *file, const Report *report, const Palette *palette) {
    for (uint32_t i = 0; i < report->warnings.count; i++) {
        fprintf(file, "%swarning%s       %s\n", palette->warn, palette->plain,
                report->warnings.texts[i]);
    }
    fprintf(file, "\n%sresult%s        ", palette->bold, palette->plain);
    if (report_has_passed(report)) {
        fprintf(file, "%spassed%s\n", palette->good, palette->plain);
        return;
    }
    if (report->was_interrupted) {
        fprintf(file, "%sinterrupted%s after %.1f s of %.1f s%s", palette->warn, palette->plain,
                report->duration_s,
                (double)load_shape_duration_ns(&report->shape) / (double)NS_PER_S,
                report->failures.count > 0 ? "; " : "");
    }
    if (report->failures.count > 0) {
        fprintf(file, "%sFAILED%s: ", palette->bad, palette->plain);
    }
    for (uint32_t i = 0; i < report->failures.count; i++) {
        fprintf(file, "%s%s", i > 0 ? "; " : "", report->failures.texts[i]);
    }
    fprintf(file, "\n");
}

void summary_print(FILE *file, const Report *report, bool uses_color) {
    const Palette *palette = uses_color ? &palette_color : &palette_none;
    print_run(file, report, palette);
    print_connections(file, report, palette);
    print_distributions(file, report, palette);
    print_snapshots(file, report, palette);
    print_verification(file, report, palette);
    print_traffic(file, report, palette);
    print_impairment(file, report, palette);
    print_generator(file, report, palette);
    print_server(file, report, palette);
    print_errors(file, report, palette);
    print_difference(file, report, palette);
    print_result(file, report, palette);
}
