// SPDX-License-Identifier: MIT
// report.h -- the result of a run.
//
// Flow:    options + Tally + GeneratorUsage + ServerMetrics -> Report -> report_judge ->
//          report_to_json, summary_print, report_exit_code
// Threads: the main thread, during a run and after it.
// Memory:  a Report borrows what it points to and is copied freely.
#ifndef TICKSTORM_SWARM_REPORT_REPORT_H
#define TICKSTORM_SWARM_REPORT_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "net/impair.h"
#include "tools/swarm/measure/figures.h"
#include "tools/swarm/measure/generator_usage.h"
#include "tools/swarm/measure/server_metrics.h"
#include "tools/swarm/measure/tally.h"
#include "tools/swarm/report/exit_code.h"
#include "tools/swarm/report/threshold.h"

#define REPORT_SCHEMA_VERSION 4
#define REPORT_STAGES_MAX     64
#define REPORT_NOTES_MAX      8
#define REPORT_NOTE_BYTES     224
#define REPORT_LAG_PERCENTILE 99.0 // of the generator's loops, which judges it

// Sentences about the run.
typedef struct ReportNotes {
    char texts[REPORT_NOTES_MAX][REPORT_NOTE_BYTES];
    uint32_t count;
} ReportNotes;

// The load over time: straight lines from target to target. No stages: not known.
typedef struct ReportStage {
    double duration_s;
    uint32_t target; // bots wanted at its end
} ReportStage;

typedef struct ReportStages {
    ReportStage items[REPORT_STAGES_MAX];
    uint32_t count;
} ReportStages;

typedef struct ReportThreshold {
    double value;
    bool is_measured; // false: it has not passed either
    bool has_passed;
} ReportThreshold;

typedef struct Report {
    // As asked for.
    const char *server_address; // "127.0.0.1:7777"
    const char
        *other_address;     // named by a report that was merged into this one; NULL: none differs
    const char *behaviours; // as given
    uint64_t seed;          // not of a merged report, which has several
    uint32_t bots;
    double input_rate_hz;
    ReportStages stages;
    double warmup_s;
    bool has_verify;                 // the bots asked for checksums
    const ImpairConfig *impairment;  // NULL: the network as it was
    const ThresholdList *thresholds; // NULL: none
    // As it was.
    double duration_s; // from the start of the ramp to the end
    double measured_s; // of it, after the warm-up
    bool was_interrupted;
    bool was_aborted;    // a threshold failed, which ended the run
    const char *problem; // why it ended early, which fails it; NULL: it did not
    // Failures of a report that was read, and of the reports merged into it: a sum may hide them.
    ReportNotes printed_failures;
    bool printed_failed_threshold;
    double tick_s; // of the server; 0: unknown
    const Tally *tally;
    const char *difference; // of a report that was read, in words; NULL: see the tally
    GeneratorUsage generator;
    bool has_server; // its own metrics were read
    ServerMetrics server;
    const char *server_problem; // why they could not be read; NULL: they were, or are not wanted
    // By report_judge().
    ReportThreshold results[THRESHOLDS_MAX]; // of thresholds
    ReportNotes failures;                    // of the run itself, beside its thresholds
    ReportNotes warnings;                    // reasons to doubt the figures
    bool has_generator_fallen_behind;
} Report;

// A report that was read from a file, with the data that it points to. The texts are the file's.
typedef struct ReportFile {
    Report report; // not judged
    Tally *tally;
    ImpairConfig impairment;
    ThresholdList thresholds;
} ReportFile;

// Connections that neither succeeded nor failed before the run ended.
static inline uint64_t report_under_way(const Tally *tally) {
    return tally->attempted - tally->ok - tally->refused - tally->timed_out;
}

// A sentence is left out when there is no room for one more.
void report_notes_add(ReportNotes *notes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

bool report_notes_have(const ReportNotes *notes, const char *text);

// Adds the sentences that are not there yet, while there is room.
void report_notes_join(ReportNotes *notes, const ReportNotes *others);

// Percentage of the snapshots due below which the run fails; NaN when the user has set a threshold
// on snapshots.received_percent.
double report_received_percent_min(const Report *report);

// The first difference, in a sentence; false when there was none, or the server could not explain.
bool report_difference(const Report *report, char *text, size_t size);

// The source of the report's figures, without the difference, which needs room for its text.
FigureSource report_figure_source(const Report *report);

bool report_has_failed_threshold(const Report *report);
bool report_has_passed_thresholds(const Report *report);
bool report_has_passed(const Report *report);
ExitCode report_exit_code(const Report *report);

#endif
