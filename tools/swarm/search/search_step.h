// SPDX-License-Identifier: MIT
// search_step.h -- what one run of a search came to: held or not, why, and the figures to show.
//
// Flow:    judged Report -> search_step_make -> SearchStep -> search_result.h
// Threads: the main thread.
// Units:   NaN stands for what was not measured.
#ifndef TICKSTORM_SWARM_SEARCH_SEARCH_STEP_H
#define TICKSTORM_SWARM_SEARCH_SEARCH_STEP_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/swarm/report/report.h"

#define SEARCH_REASON_BYTES 224

typedef enum SearchVerdict {
    SEARCH_HELD,
    SEARCH_SERVER_FAILED,    // by thresholds, or by dropping or refusing bots
    SEARCH_GENERATOR_FAILED, // the load was not as asked for, and nothing speaks against the server
} SearchVerdict;

typedef struct SearchStep {
    uint32_t bots;
    bool is_repeat; // of a number that had failed before
    SearchVerdict verdict;
    // What decided: a threshold that failed with the value that it met, or a sentence. Of a step
    // that held: empty.
    char reason[SEARCH_REASON_BYTES];
    bool is_threshold;
    double value;
    // Evidence.
    double tick_p99_ms, gap_p99_ms, rtt_p99_ms, input_ack_p99_ms;
    double server_cores, generator_cores;
    uint64_t missed_sends;
} SearchStep;

// A failing threshold on the server's own figures puts the blame on the server. Without one, a
// generator that fell behind takes it: what bots measure is its delay too.
SearchStep search_step_make(const Report *report, uint32_t bots, bool is_repeat);

// Of a run that ended before its time, such as one whose first bot got no answer, or one for which
// this program had no ports left (the generator's fault).
SearchStep search_step_make_broken(const char *problem, bool is_generators_fault, uint32_t bots,
                                   bool is_repeat);

// "held", "failed", "generator": for tables and JSON.
const char *search_verdict_name(SearchVerdict verdict);

#endif
