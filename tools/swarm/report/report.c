// SPDX-License-Identifier: MIT
#include "tools/swarm/report/report.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "tools/swarm/measure/expectation.h"

#define RECEIVED_METRIC "snapshots.received_percent"

void report_notes_add(ReportNotes *notes, const char *format, ...) {
    if (notes->count == REPORT_NOTES_MAX) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(notes->texts[notes->count++], REPORT_NOTE_BYTES, format, arguments);
    va_end(arguments);
}

bool report_notes_have(const ReportNotes *notes, const char *text) {
    for (uint32_t i = 0; i < notes->count; i++) {
        if (strcmp(notes->texts[i], text) == 0) {
            return true;
        }
    }
    return false;
}

void report_notes_join(ReportNotes *notes, const ReportNotes *others) {
    for (uint32_t i = 0; i < others->count; i++) {
        if (!report_notes_have(notes, others->texts[i])) {
            report_notes_add(notes, "%s", others->texts[i]);
        }
    }
}

// ------------------------------------------------------------------ figures

bool report_difference(const Report *report, char *text, size_t size) {
    static const char *const kinds[] = {
        [VERIFY_SAME] = "the server no longer knew what differed",
        [VERIFY_MISSING] = "an entity of the server's was missing",
        [VERIFY_EXTRA] = "an entity was there that the server had removed",
        [VERIFY_OTHER] = "an entity's state was another",
    };
    const Tally *tally = report->tally;
    const TallyDifference *found = &tally->difference;
    if (report->difference != NULL) {
        snprintf(text, size, "%s", report->difference);
        return true;
    }
    if (tally->differences == 0) {
        return false;
    }
    char slot[24] = "";
    if (found->difference.kind != VERIFY_SAME) {
        snprintf(slot, sizeof slot, " (slot %u)", found->difference.slot);
    }
    snprintf(text, size, "%s%s: bot %u after %.1f s, snapshot %u", kinds[found->difference.kind],
             slot, found->bot, (double)found->after_ns / (double)NS_PER_S,
             (unsigned)found->sequence);
    return true;
}

double report_received_percent_min(const Report *report) {
    const uint32_t count = report->thresholds != NULL ? report->thresholds->count : 0;
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(report->thresholds->items[i].metric, RECEIVED_METRIC) == 0) {
            return NAN;
        }
    }
    const Tally *tally = report->tally;
    const double playing_s = (double)tally->playing_ns / (double)NS_PER_S;
    const double rate_hz = playing_s > 0 ? (double)tally->snapshots_expected / playing_s : 0;
    return expectation_received_percent(report->impairment, rate_hz, report->input_rate_hz);
}

FigureSource report_figure_source(const Report *report) {
    return (FigureSource){
        .duration_s = report->duration_s,
        .measured_s = report->measured_s,
        .tally = report->tally,
        .generator = &report->generator,
        .server = report->has_server ? &report->server : NULL,
        .network = report->impairment,
        .has_verify = report->has_verify,
        .has_fallen_behind = report->has_generator_fallen_behind,
        .received_percent_min = report_received_percent_min(report),
    };
}

// ------------------------------------------------------------------ the verdict

bool report_has_failed_threshold(const Report *report) {
    const uint32_t count = report->thresholds != NULL ? report->thresholds->count : 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!report->results[i].has_passed) {
            return true;
        }
    }
    return false;
}

bool report_has_passed_thresholds(const Report *report) {
    return !report_has_failed_threshold(report) && !report->was_aborted &&
           !report->printed_failed_threshold;
}

bool report_has_passed(const Report *report) {
    return report->failures.count == 0 && !report->was_interrupted &&
           report_has_passed_thresholds(report);
}

// The failure of a run comes before failed thresholds, since it may be the reason for them.
ExitCode report_exit_code(const Report *report) {
    if (report->was_interrupted) {
        return EXIT_CODE_INTERRUPTED;
    }
    if (report->failures.count > 0) {
        return EXIT_CODE_FAILED;
    }
    return report_has_passed_thresholds(report) ? EXIT_CODE_OK : EXIT_CODE_THRESHOLD;
}
