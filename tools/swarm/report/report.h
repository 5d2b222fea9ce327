// SPDX-License-Identifier: MIT
// report.h -- what a run came to, and the judgement on it.
//
// Flow:    options + Tally + the generator's CPU + the server's metrics -> Report -> report_judge
//          -> report_to_json (report_json.h), summary_print (summary.h)
// Threads: the main thread: of a run that goes on as well as of one that is over.
// Memory:  a Report borrows what it points to and is copied freely.
#ifndef TICKSTORM_SWARM_REPORT_REPORT_H
#define TICKSTORM_SWARM_REPORT_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "net/impair.h"
#include "tools/swarm/load/load_shape.h"
#include "tools/swarm/measure/figures.h"
#include "tools/swarm/measure/generator_usage.h"
#include "tools/swarm/measure/server_metrics.h"
#include "tools/swarm/measure/tally.h"
#include "tools/swarm/report/exit_code.h"
#include "tools/swarm/report/threshold.h"

#define REPORT_SCHEMA_VERSION 4
#define REPORT_NOTES_MAX      8
#define REPORT_NOTE_BYTES     224
#define REPORT_LAG_PERCENTILE 99.0 // of the generator's loops, which judges it

// Sentences about the run.
typedef struct ReportNotes {
    char texts[REPORT_NOTES_MAX][REPORT_NOTE_BYTES];
    uint32_t count;
} ReportNotes;

typedef struct ReportThreshold {
    double value;
    bool is_measured; // what was not has not passed
    bool has_passed;
} ReportThreshold;

typedef struct Report {
    // As asked for.
    const char *server_address; // "127.0.0.1:7777"
    const char *other_address;  // that a report merged into this one named; NULL: all the same
    const char *behaviours;     // as given
    uint64_t seed;              // of a report that was merged, which has several, nobody is told it
    uint32_t bots;
    double input_rate_hz;
    LoadShape shape; // without stages: not known
    double warmup_s;
    bool has_verify;                 // the bots asked for checksums
    const ImpairConfig *impairment;  // NULL: the network as it was
    const ThresholdList *thresholds; // NULL: none
    // As it was.
    double duration_s; // from the start of the ramp to the end
    double measured_s; // of it, after the warm-up
    bool was_interrupted;
    bool was_aborted;    // a threshold failed for good, so the run did not go on
    const char *problem; // why it ended before its time, which fails it; NULL: it did not
    // Of a report that was read, and of those that were merged into it, since a sum may hide them.
    ReportNotes printed_failures;
    bool printed_failed_threshold;
    double tick_s; // of the server; 0 when no bot was told
    const Tally *tally;
    const char *difference; // in words, of a report that was read; NULL: the tally's is told
    GeneratorUsage generator;
    bool has_server; // its own metrics were read
    ServerMetrics server;
    const char *server_problem; // why they could not be read; NULL: they were, or nobody asked
    // By report_judge().
    ReportThreshold results[THRESHOLDS_MAX]; // of thresholds
    ReportNotes failures;                    // of the run itself, whatever the thresholds say
    ReportNotes warnings;                    // what to know before trusting the figures
    bool has_generator_fallen_behind;
} Report;

// A report that was read from a file, and what it points into. The texts are the file's.
typedef struct ReportFile {
    Report report; // not judged
    Tally *tally;
    ImpairConfig impairment;
    ThresholdList thresholds;
} ReportFile;

// Connections that came to nothing before the run ended, nor to an error.
static inline uint64_t report_under_way(const Tally *tally) {
    return tally->attempted - tally->ok - tally->refused - tally->timed_out;
}

// A sentence is left out when there is no room for one more.
void report_notes_add(ReportNotes *notes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

bool report_notes_have(const ReportNotes *notes, const char *text);

// Adds those that are not there yet, as far as there is room.
void report_notes_join(ReportNotes *notes, const ReportNotes *others);

// How many of the snapshots that were due must have come, in percent, for the run not to fail; NaN
// when a threshold of the user's on snapshots.received_percent says so instead.
double report_received_percent_min(const Report *report);

// What differed first, in a sentence; false when nothing did, or the server could not explain.
bool report_difference(const Report *report, char *text, size_t size);

// What the report's figures are read from; the difference, which needs room for its text, is NULL.
FigureSource report_figure_source(const Report *report);

bool report_has_failed_threshold(const Report *report);
bool report_has_passed_thresholds(const Report *report);
bool report_has_passed(const Report *report);
ExitCode report_exit_code(const Report *report);

#endif
