// SPDX-License-Identifier: MIT
// threshold.h -- a limit that a run must keep to pass: 'METRIC STAT OP VALUE'.
//
// Flow:    --threshold 'snapshot_gap_ms p(99)<100' -> threshold_parse -> threshold_holds(value)
// Threads: pure functions; a Threshold is plain data and borrows its text.
// Units:   those of the report's fields, see figures.h.
// Source:  the grammar is k6's, with the report's fields for metrics.
//
//            connections.dropped==0            a number
//            snapshot_gap_ms p(99)<100         a distribution: p(N), min, mean, avg, max, count
#ifndef TICKSTORM_SWARM_REPORT_THRESHOLD_H
#define TICKSTORM_SWARM_REPORT_THRESHOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/swarm/measure/figures.h"

#define THRESHOLDS_MAX        32
#define THRESHOLD_ERROR_BYTES 512
#define THRESHOLD_METRIC_MAX  64

typedef enum ThresholdStat {
    STAT_VALUE, // of a number
    STAT_PERCENTILE,
    STAT_MIN,
    STAT_MEAN,
    STAT_MAX,
    STAT_COUNT,
} ThresholdStat;

typedef enum ThresholdComparison {
    COMPARISON_BELOW,
    COMPARISON_AT_MOST,
    COMPARISON_ABOVE,
    COMPARISON_AT_LEAST,
    COMPARISON_EQUAL,
    COMPARISON_UNEQUAL,
} ThresholdComparison;

typedef struct Threshold {
    const char *expr; // as given
    const Figure *figure;
    char metric[THRESHOLD_METRIC_MAX]; // the figure's name, with the phase if it is of a phase
    ThresholdStat stat;
    double percent; // of STAT_PERCENTILE, 0..100
    ThresholdComparison comparison;
    double bound;
} Threshold;

typedef struct ThresholdList {
    Threshold items[THRESHOLDS_MAX];
    uint32_t count;
} ThresholdList;

// Keeps expr. False when it is no threshold, with the mistake and the possible words as one line in
// error; THRESHOLD_ERROR_BYTES hold every such line.
bool threshold_parse(const char *expr, Threshold *threshold, char *error, size_t error_size);

// Whether a measured value keeps the limit.
bool threshold_holds(const Threshold *threshold, double value);

#endif
