// SPDX-License-Identifier: MIT
#include "tools/swarm/report/summary.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/thread_role.h"
#include "base/version.h"
#include "tools/swarm/report/number_text.h"

#define PHASES_SHOWN 3
#define LINE_WIDTH   80
#define TEXT_COLUMN  14
#define FAILED_WIDTH 8

// Escape sequences, all empty without colour.
typedef struct Palette {
    const char *bold, *good, *bad, *warn, *plain;
} Palette;

static const Palette palette_color = {"\x1b[1m", "\x1b[32m", "\x1b[1;31m", "\x1b[33m", "\x1b[0m"};
static const Palette palette_none = {"", "", "", "", ""};

// A sentence, wrapped into lines; the first one starts at `column`.
static void print_wrapped(FILE *file, uint32_t column, const char *text) {
    for (const char *word = text; *word != '\0';) {
        const size_t length = strcspn(word, " ");
        if (word != text && column + 1 + length > LINE_WIDTH) {
            fprintf(file, "\n%*s", TEXT_COLUMN, "");
            column = TEXT_COLUMN;
        } else if (word != text) {
            fprintf(file, " ");
            column++;
        }
        fprintf(file, "%.*s", (int)length, word);
        column += (uint32_t)length;
        word += length;
        word += strspn(word, " ");
    }
    fprintf(file, "\n");
}

// A figure of the table, by its name.
static NumberText value_of(const char *name, const FigureSource *source) {
    return number_text_value(figure_number_of(name, source));
}

static NumberText bytes_of(const char *name, const FigureSource *source) {
    return number_text_bytes(figure_number_of(name, source));
}

static void print_run(FILE *file, const Report *report, const Palette *palette) {
    fprintf(file, "%stickstorm-bots %s%s (%s): %s bot%s against %s for %.1f s\n", palette->bold,
            version_number(), palette->plain, version_commit(),
            number_text_count(report->bots).text, report->bots == 1 ? "" : "s",
            report->server_address, report->duration_s);
    if (report->generator.count > 1) {
        fprintf(file, "%u generators", report->generator.count);
    } else {
        fprintf(file, "seed %llu", (unsigned long long)report->seed);
    }
    fprintf(file, ", %s, %u thread%s, %s inputs/s per bot\n", report->behaviours,
            report->generator.threads, report->generator.threads == 1 ? "" : "s",
            number_text_value(report->input_rate_hz).text);
    if (report->warmup_s > 0) {
        fprintf(file, "the first %s are not measured: warm-up\n",
                number_text_duration(report->warmup_s).text);
    }
    fprintf(file, "\n");
}

// Each with a mark and the measured value.
static void print_thresholds(FILE *file, const Report *report, const Palette *palette) {
    const uint32_t count = report->thresholds != NULL ? report->thresholds->count : 0;
    if (count > 0) {
        fprintf(file, "%sthresholds%s\n", palette->bold, palette->plain);
    }
    for (uint32_t i = 0; i < count; i++) {
        const ReportThreshold *result = &report->results[i];
        fprintf(file, "  %s%s%s  %-44s %s\n", result->has_passed ? palette->good : palette->bad,
                result->has_passed ? "[ ok ]" : "[FAIL]", palette->plain,
                report->thresholds->items[i].expr,
                result->is_measured ? number_text_value(result->value).text : "was not measured");
    }
    if (count > 0) {
        fprintf(file, "\n");
    }
}

static void print_connections(FILE *file, const Report *report, const Palette *palette) {
    const Tally *tally = report->tally;
    const uint64_t under_way = report_under_way(tally);
    const bool has_bad = tally->refused + tally->timed_out + tally->dropped > 0;
    fprintf(file,
            "%sconnections%s   %s attempted, %s ok, %s%s refused, %s timed out, %s dropped%s\n",
            palette->bold, palette->plain, number_text_count(tally->attempted).text,
            number_text_count(tally->ok).text, has_bad ? palette->bad : "",
            number_text_count(tally->refused).text, number_text_count(tally->timed_out).text,
            number_text_count(tally->dropped).text, has_bad ? palette->plain : "");
    if (under_way > 0) {
        fprintf(file, "%14s%s still on the way in at the end\n", "",
                number_text_count(under_way).text);
    }
    if (tally->silent > 0) {
        fprintf(file, "%14s%s%s heard nothing of the server any more at the end%s\n", "",
                palette->bad, number_text_count(tally->silent).text, palette->plain);
    }
}

// ------------------------------------------------------------------ distributions

// No samples may mean that there was nothing to correct.
static const char *text_when_empty(const Figure *figure, const Tally *tally) {
    const bool is_correction = figure_histogram(figure, tally) == &tally->correction_milliunits;
    return is_correction && tally->prediction_checks > 0 ? "none" : "not measured";
}

static void print_distribution(FILE *file, const Figure *figure, const Tally *tally) {
    static const double percents[] = {50, 90, 99, 99.9};
    const Histogram *histogram = figure_histogram(figure, tally);
    fprintf(file, "  %-15s %-6s", figure->row.label, figure->row.unit);
    if (histogram->count == 0) {
        fprintf(file, " %7s\n", text_when_empty(figure, tally));
        return;
    }
    for (size_t i = 0; i < sizeof percents / sizeof *percents; i++) {
        const double value = (double)histogram_percentile(histogram, percents[i]) * figure->scale;
        fprintf(file, " %7s", number_text_value(value).text);
    }
    fprintf(file, " %7s %12s\n", number_text_value((double)histogram->max * figure->scale).text,
            number_text_count(histogram->count).text);
}

// The distribution of that rank in the summary; NULL after the last.
static const Figure *ranked(uint32_t rank) {
    const Figure *figure;
    for (size_t i = 0; (figure = figure_at(i)) != NULL && figure->row.rank != rank; i++) {
    }
    return figure;
}

static void print_distributions(FILE *file, const Report *report, const Palette *palette) {
    const Figure *figure;
    fprintf(file, "\n%s%-24s %7s %7s %7s %7s %7s %12s%s\n", palette->bold, "distributions", "p50",
            "p90", "p99", "p99.9", "max", "samples", palette->plain);
    for (uint32_t rank = 1; (figure = ranked(rank)) != NULL; rank++) {
        print_distribution(file, figure, report->tally);
    }
    fprintf(file, "\n");
}

// ------------------------------------------------------------------ totals

static void print_snapshots(FILE *file, const Report *report, const Palette *palette) {
    const FigureSource source = report_figure_source(report);
    const Tally *tally = report->tally;
    const double sent = (double)(tally->snapshots_received + tally->snapshots_lost);
    fprintf(
        file, "%ssnapshots%s     %s of %s expected (%s), %s/s per bot\n", palette->bold,
        palette->plain, number_text_count(tally->snapshots_received).text,
        number_text_count(tally->snapshots_expected).text,
        number_text_percent((double)tally->snapshots_received, (double)tally->snapshots_expected)
            .text,
        value_of("snapshots.rate_per_bot_hz", &source).text);
    fprintf(file, "%14s%s lost (%s), %s decode errors\n", "",
            number_text_count(tally->snapshots_lost).text,
            number_text_percent((double)tally->snapshots_lost, sent).text,
            number_text_count(tally->decode_errors).text);
    fprintf(file, "%sentities%s      %s updates, %s bytes each (all of a snapshot counted)\n",
            palette->bold, palette->plain, number_text_count(tally->entity_updates).text,
            value_of("entities.bytes_per_update", &source).text);
    fprintf(file, "%14s%s of them enter the view; %s times one in view got no update\n", "",
            number_text_percent((double)tally->entity_enters, (double)tally->entity_updates).text,
            number_text_count(tally->entity_skips).text);
    fprintf(
        file, "%sprediction%s    %s checks, %s corrections (%s)\n", palette->bold, palette->plain,
        number_text_count(tally->prediction_checks).text,
        number_text_count(tally->prediction_corrections).text,
        number_text_percent((double)tally->prediction_corrections, (double)tally->prediction_checks)
            .text);
}

static void print_verification(FILE *file, const Report *report, const Palette *palette) {
    const Tally *tally = report->tally;
    if (report->has_verify) {
        fprintf(file, "%sverify%s        %s snapshots compared, %s mismatches\n", palette->bold,
                palette->plain, number_text_count(tally->verify_checks).text,
                number_text_count(tally->verify_mismatches).text);
    }
}

static void print_traffic(FILE *file, const Report *report, const Palette *palette) {
    const FigureSource source = report_figure_source(report);
    fprintf(file, "%straffic in%s    %s/s per bot, %s/s and %s packets/s in all\n", palette->bold,
            palette->plain, bytes_of("traffic.bytes_in_per_bot_s", &source).text,
            bytes_of("traffic.bytes_in_s", &source).text,
            value_of("traffic.packets_in_s", &source).text);
    fprintf(file, "%straffic out%s   %s/s per bot, %s/s and %s packets/s in all\n", palette->bold,
            palette->plain, bytes_of("traffic.bytes_out_per_bot_s", &source).text,
            bytes_of("traffic.bytes_out_s", &source).text,
            value_of("traffic.packets_out_s", &source).text);
}

// The effect of the bad network on datagrams in one direction.
static void print_impaired(FILE *file, const char *way, const TallyImpaired *impaired,
                           NumberText delay_ms, NumberText late_ms) {
    const double submitted = (double)impaired->submitted;
    const double survived = (double)(impaired->submitted - impaired->lost);
    fprintf(file, "  %-11s %s ms, %s late; %s lost, %s twice, %s overtaken\n", way, delay_ms.text,
            late_ms.text, number_text_percent((double)impaired->lost, submitted).text,
            number_text_percent((double)impaired->duplicated, survived).text,
            number_text_percent((double)impaired->reordered, survived).text);
}

static void print_seen_way(FILE *file, const char *way, const TallySeen *seen) {
    const double received = (double)seen->received;
    fprintf(file, "  %-11s %s lost, %s twice, %s overtaken\n", way,
            number_text_percent((double)seen->lost, (double)seen->judged).text,
            number_text_percent((double)seen->duplicated, received).text,
            number_text_percent((double)seen->overtaken, received).text);
}

// The bots' own findings, whatever the impairment reports.
static void print_seen(FILE *file, const FigureSource *source) {
    const Tally *tally = source->tally;
    fprintf(file, "  %-11s round trip +%s ms, jitter %s in, %s out\n", "seen",
            value_of("impairment.seen.rtt_added_ms", source).text,
            value_of("impairment.seen.jitter_in_ms", source).text,
            value_of("impairment.seen.jitter_out_ms", source).text);
    print_seen_way(file, "seen in", &tally->seen_in);
    print_seen_way(file, "seen out", &tally->seen_out);
}

static void print_impairment(FILE *file, const Report *report, const Palette *palette) {
    const FigureSource source = report_figure_source(report);
    const Tally *tally = report->tally;
    const ImpairConfig *asked = report->impairment;
    if (asked == NULL) {
        return;
    }
    fprintf(file, "%sbad network%s   each way %g", palette->bold, palette->plain,
            (double)asked->latency_ns * NS_TO_MS);
    if (asked->jitter_ns > 0) {
        fprintf(file, " to %g", (double)(asked->latency_ns + asked->jitter_ns) * NS_TO_MS);
    }
    fprintf(file, " ms; %g %% lost, %g %% twice, %g %% overtaken\n", asked->loss * 100,
            asked->duplicate * 100, asked->reorder * 100);
    print_impaired(file, "in", &tally->impaired_in, value_of("impairment.in.delay_ms", &source),
                   value_of("impairment.in.late_ms", &source));
    print_impaired(file, "out", &tally->impaired_out, value_of("impairment.out.delay_ms", &source),
                   value_of("impairment.out.late_ms", &source));
    print_seen(file, &source);
}

// The costliest phases of a tick, by their mean.
static void print_phases(FILE *file, const ServerMetrics *server) {
    bool is_printed[SERVER_PHASES_MAX] = {false};
    for (uint32_t shown = 0; shown < PHASES_SHOWN; shown++) {
        uint32_t costliest = SERVER_PHASES_MAX;
        double most_ms = 0;
        for (uint32_t i = 0; i < server->phase_count; i++) {
            const double mean_ms = server_phase_mean_ms(&server->phases[i]);
            if (!is_printed[i] && mean_ms > most_ms) {
                most_ms = mean_ms;
                costliest = i;
            }
        }
        if (costliest == SERVER_PHASES_MAX) {
            break;
        }
        is_printed[costliest] = true;
        fprintf(file, shown == 0 ? "%14sphases (mean): " : "%s", shown == 0 ? "" : ", ");
        fprintf(file, "%s %s", server->phases[costliest].name, number_text_value(most_ms).text);
    }
    if (server->phase_count > 0) {
        fprintf(file, " ms\n");
    }
}

static void print_server(FILE *file, const Report *report, const Palette *palette) {
    const ServerMetrics *server = &report->server;
    if (!report->has_server) {
        return;
    }
    fprintf(file, "%sserver%s        tick p50 %s, p90 %s, p99 %s, p99.9 %s ms\n", palette->bold,
            palette->plain, number_text_value(server_metrics_tick_ms(server, 50)).text,
            number_text_value(server_metrics_tick_ms(server, 90)).text,
            number_text_value(server_metrics_tick_ms(server, 99)).text,
            number_text_value(server_metrics_tick_ms(server, 99.9)).text);
    fprintf(file, "%14s%s%s overruns, %s skipped%s in %s ticks\n", "",
            server->overruns + server->skipped > 0 ? palette->warn : "",
            number_text_count(server->overruns).text, number_text_count(server->skipped).text,
            server->overruns + server->skipped > 0 ? palette->plain : "",
            number_text_count(server->ticks).text);
    print_phases(file, server);
    fprintf(file, "%14s%.2f cores, %s resident, %s clients at the end\n", "", server->cpu_cores,
            number_text_bytes((double)server->rss_bytes).text,
            number_text_count(server->clients).text);
}

static void print_generator(FILE *file, const Report *report, const Palette *palette) {
    const GeneratorUsage *generator = &report->generator;
    fprintf(file, "%sgenerator%s     %s%s of %s sends missed%s; loops %s ms late (p%.0f)\n",
            palette->bold, palette->plain, report->has_generator_fallen_behind ? palette->warn : "",
            number_text_count(report->tally->missed_sends).text,
            number_text_count(report->tally->sends + report->tally->missed_sends).text,
            report->has_generator_fallen_behind ? palette->plain : "",
            number_text_value(
                (double)histogram_percentile(&report->tally->loop_lag_ns, REPORT_LAG_PERCENTILE) *
                NS_TO_MS)
                .text,
            REPORT_LAG_PERCENTILE);
    fprintf(file, "%14s%.2f of %u cores, busiest thread %.0f %% of one, by %s\n", "",
            generator->cpu_cores, generator->cpu_count, generator->busiest_thread_cpu * 100,
            generator->io_uring_threads == 0                    ? "epoll"
            : generator->io_uring_threads == generator->threads ? "io_uring"
                                                                : "io_uring and epoll");
    if (generator->rss_bytes_per_bot > 0) {
        fprintf(file, "%14sper bot %s us/s of CPU, %s (baselines %s)\n", "",
                number_text_value(generator->cpu_us_per_bot_s).text,
                number_text_bytes(generator->rss_bytes_per_bot).text,
                number_text_bytes(generator->baseline_bytes_per_bot).text);
    }
}

static void print_hostile(FILE *file, const Report *report, const Palette *palette) {
    const TallyHostile *hostile = &report->tally->hostile;
    if (hostile->attempted == 0) {
        return;
    }
    fprintf(file, "%shostile bots%s  %s attempted, %s got in, %s left by themselves\n",
            palette->bold, palette->plain, number_text_count(hostile->attempted).text,
            number_text_count(hostile->ok).text, number_text_count(hostile->left).text);
    for (uint32_t i = 0; i < TALLY_REASONS; i++) {
        if (hostile->ended[i] > 0) {
            fprintf(file, "%14s%s ended: %s\n", "", number_text_count(hostile->ended[i]).text,
                    reason_name(i));
        }
    }
    fprintf(file, "%14s%s messages and %s sent, %s of them malformed\n", "",
            number_text_count(hostile->messages_sent).text,
            number_text_bytes((double)hostile->bytes_sent).text,
            number_text_count(hostile->malformed_sent).text);
}

static void print_errors(FILE *file, const Report *report, const Palette *palette) {
    const Tally *tally = report->tally;
    for (uint32_t i = 0; i < TALLY_REASONS; i++) {
        if (tally->bad_ends[i] > 0) {
            fprintf(file, "%serror%s         %s x %s: %s\n", palette->bad, palette->plain,
                    number_text_count(tally->bad_ends[i]).text, reason_name(i), reason_sentence(i));
            fprintf(file, "%14s(first: bot %u after %.1f s)\n", "", tally->examples[i].bot,
                    (double)tally->examples[i].after_ns / (double)NS_PER_S);
        }
    }
}

static void print_difference(FILE *file, const Report *report, const Palette *palette) {
    char text[REPORT_NOTE_BYTES];
    if (report_difference(report, text, sizeof text)) {
        fprintf(file, "%serror%s         ", palette->bad, palette->plain);
        print_wrapped(file, TEXT_COLUMN, text);
    }
}

static void print_warnings(FILE *file, const Report *report, const Palette *palette) {
    for (uint32_t i = 0; i < report->warnings.count; i++) {
        fprintf(file, "%swarning%s       ", palette->warn, palette->plain);
        print_wrapped(file, TEXT_COLUMN, report->warnings.texts[i]);
    }
}

static uint32_t failed_thresholds(const Report *report) {
    uint32_t failed = 0;
    for (uint32_t i = 0; report->thresholds != NULL && i < report->thresholds->count; i++) {
        failed += !report->results[i].has_passed;
    }
    return failed;
}

// All failures of the run as one sentence; empty when there is none.
static void print_failures(const Report *report, char *text, size_t size) {
    const uint32_t failed = failed_thresholds(report);
    size_t length = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < report->failures.count && length < size; i++) {
        length += (size_t)snprintf(text + length, size - length, "%s%s", i > 0 ? "; " : "",
                                   report->failures.texts[i]);
    }
    if (failed > 0 && length < size) {
        length += (size_t)snprintf(text + length, size - length, "%s%u of %u thresholds failed",
                                   length > 0 ? "; " : "", failed, report->thresholds->count);
    }
    if (report->printed_failed_threshold && failed == 0 && length < size) {
        length +=
            (size_t)snprintf(text + length, size - length,
                             "%sa threshold failed in one of the reports", length > 0 ? "; " : "");
    }
    if (report->was_aborted && length < size) {
        snprintf(text + length, size - length, "%sended early, after %.1f s",
                 length > 0 ? "; " : "", report->duration_s);
    }
}

static double asked_duration_s(const ReportStages *stages) {
    double duration_s = 0;
    for (uint32_t i = 0; i < stages->count; i++) {
        duration_s += stages->items[i].duration_s;
    }
    return duration_s;
}

static void print_result(FILE *file, const Report *report, const Palette *palette) {
    char failures[REPORT_NOTES_MAX * REPORT_NOTE_BYTES];
    const double asked_s = asked_duration_s(&report->stages);
    print_failures(report, failures, sizeof failures);
    fprintf(file, "\n%sresult%s        ", palette->bold, palette->plain);
    if (report_has_passed(report)) {
        fprintf(file, "%spassed%s%s\n", palette->good, palette->plain,
                report->warnings.count > 0 ? ", but see the warnings" : "");
        return;
    }
    if (report->was_interrupted) {
        fprintf(file, "%sinterrupted%s after %.1f s", palette->warn, palette->plain,
                report->duration_s);
        fprintf(file, asked_s > 0 ? " of %.1f s\n" : "\n", asked_s);
    }
    if (failures[0] != '\0') {
        fprintf(file, "%s%sFAILED%s: ", report->was_interrupted ? "              " : "",
                palette->bad, palette->plain);
        print_wrapped(file, TEXT_COLUMN + FAILED_WIDTH, failures);
    }
}

void summary_print(FILE *file, const Report *report, bool uses_color) {
    ASSERT_MAIN_THREAD();
    const Palette *palette = uses_color ? &palette_color : &palette_none;
    print_run(file, report, palette);
    print_thresholds(file, report, palette);
    print_connections(file, report, palette);
    print_distributions(file, report, palette);
    print_snapshots(file, report, palette);
    print_verification(file, report, palette);
    print_traffic(file, report, palette);
    print_impairment(file, report, palette);
    print_server(file, report, palette);
    print_generator(file, report, palette);
    print_hostile(file, report, palette);
    print_errors(file, report, palette);
    print_difference(file, report, palette);
    print_warnings(file, report, palette);
    print_result(file, report, palette);
}
