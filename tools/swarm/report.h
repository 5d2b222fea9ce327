// SPDX-License-Identifier: MIT
// report.h -- what a run came to: the judgement on it, and the JSON that scripts read.
//
// Flow:    options + Tally + the generator's CPU -> Report -> report_judge -> report_to_json,
//          summary_print (summary.h)
// Threads: the main thread, when the swarm has stopped.
// Units:   the JSON has times in ms, sizes in bytes; what was not measured is null.
#ifndef TICKSTORM_SWARM_REPORT_H
#define TICKSTORM_SWARM_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "net/impair.h"
#include "tools/swarm/server_metrics.h"
#include "tools/swarm/tally.h"

#define REPORT_SCHEMA_VERSION 1
#define REPORT_NOTES_MAX      8
#define REPORT_NOTE_BYTES     192

// Sentences about the run.
typedef struct ReportNotes {
    char texts[REPORT_NOTES_MAX][REPORT_NOTE_BYTES];
    uint32_t count;
} ReportNotes;

typedef struct Report {
    // As asked for.
    const char *host;
    uint16_t port;
    const char *behaviours; // as given
    uint64_t seed;
    uint32_t bots;
    uint32_t threads;
    double input_rate_hz;
    double asked_s;
    bool has_verify;                // the bots asked for checksums
    const ImpairConfig *impairment; // NULL: the network as it was
    // As it was.
    double duration_s; // from the start of the ramp to the end
    bool was_interrupted;
    double cpu_cores;   // that this program used, on average
    uint32_t cpu_count; // that the machine has
    double tick_s;      // of the server; 0 when no bot was told
    const Tally *tally;
    bool has_server; // its own metrics were read
    ServerMetrics server;
    const char *server_problem; // why they could not be read; NULL: they were, or nobody asked
    // By report_judge().
    ReportNotes failures; // none, and not interrupted: passed
    ReportNotes warnings; // why the figures may say more about the generator than about the server
} Report;

// What differed first, in a sentence; false when nothing did, or the server could not explain.
bool report_difference(const Report *report, char *text, size_t size);

// Fills in failures and warnings.
void report_judge(Report *report);

static inline bool report_has_passed(const Report *report) {
    return report->failures.count == 0 && !report->was_interrupted;
}

// A new reference, with exactly the fields that the documentation promises; NULL when memory is
// short.
json_t *report_to_json(const Report *report);

#endif
