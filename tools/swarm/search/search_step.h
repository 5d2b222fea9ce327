// SPDX-License-Identifier: MIT
// search_step.h -- the result of one run of a search: held or not, the reason, and the figures.
//
// Flow:    judged Report -> search_step_make -> SearchStep -> search_result.h
// Threads: the main thread.
// Units:   NaN: not measured.
#ifndef TICKSTORM_SWARM_SEARCH_SEARCH_STEP_H
#define TICKSTORM_SWARM_SEARCH_SEARCH_STEP_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/swarm/report/report.h"

#define SEARCH_REASON_BYTES 224

typedef enum SearchVerdict {
    SEARCH_HELD,
    SEARCH_SERVER_FAILED,    // by thresholds, or by dropping or refusing bots
    SEARCH_GENERATOR_FAILED, // the load was not the specified one, and the server shows no fault
} SearchVerdict;

typedef struct SearchStep {
    uint32_t bots;
    bool is_repeat; // of a number that had failed before
    SearchVerdict verdict;
    // The reason of a step that did not hold: a failed threshold with its value, or a sentence.
    // Empty when the step held.
    char reason[SEARCH_REASON_BYTES];
    bool is_threshold;
    double value;
    // Evidence.
    double tick_p99_ms, gap_p99_ms, rtt_p99_ms, input_ack_p99_ms;
    double server_cores, generator_cores;
    uint64_t missed_sends;
} SearchStep;

// A failed threshold on the server's own figures blames the server. Without one, a generator that
// fell behind is blamed, as the bots' figures contain its delay.
SearchStep search_step_make(const Report *report, uint32_t bots, bool is_repeat);

// For a run that ended before its time: for example, its first bot got no answer, or this program
// had no ports left (the generator's fault).
SearchStep search_step_make_broken(const char *problem, bool is_generators_fault, uint32_t bots,
                                   bool is_repeat);

// "held", "failed", "generator": for tables and JSON.
const char *search_verdict_name(SearchVerdict verdict);

#endif
