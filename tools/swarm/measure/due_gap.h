// SPDX-License-Identifier: MIT
// due_gap.h -- gaps between arrivals that are due at regular intervals. A stall prevents samples;
//              they are added at the times when they were due.
//
// Flow:    due_gap_start with the first arrival -> due_gap_wait now and then, while nothing comes
//          -> due_gap_close with the next arrival, which is recorded by the caller
// Threads: a DueGap belongs to one bot.
// Units:   nanoseconds.
// Source:  the correction for coordinated omission of Gil Tene's HdrHistogram
//          (recordCorrectedValue, with its expected interval) and wrk2. One gap of four seconds
//          between snapshots that are due every 50 ms is one sample in 80 when gaps are counted,
//          so a percentile does not see it. With a sample for each of the 80, it has its share of
//          the time. HdrHistogram adds the samples when the stall is over. Here the overdue ones
//          are added while it lasts, so that a stall without an end is counted, and each second of
//          a run shows its own stalls. The result is the same to within one interval.
#ifndef TICKSTORM_SWARM_MEASURE_DUE_GAP_H
#define TICKSTORM_SWARM_MEASURE_DUE_GAP_H

#include <stdint.h>

#include "base/histogram.h"

// The expected rate. A silence below `patience` intervals is no stall: on a network that loses on
// purpose, the missing arrival was not due.
typedef struct DueRate {
    uint64_t interval_ns;
    uint32_t patience; // 1 or more
} DueRate;

typedef struct DueGap {
    uint64_t since_ns; // time of the newest arrival; 0: none yet, so nothing is due
    uint64_t counted;  // samples added since then
} DueGap;

static inline void due_gap_start(DueGap *gap, uint64_t now_ns) {
    *gap = (DueGap){.since_ns = now_ns};
}

// Nothing has arrived until now: adds the samples that were due meanwhile, each with its age at the
// time when the next sample was due. Returns the length of the gap if it is a stall, else 0.
uint64_t due_gap_wait(DueGap *gap, const DueRate *rate, uint64_t now_ns, Histogram *histogram);

// Something arrived: adds the samples that were due meanwhile and are not counted yet. Each is the
// time until this arrival plus `base_ns`. A new gap begins.
void due_gap_close(DueGap *gap, const DueRate *rate, uint64_t now_ns, uint64_t base_ns,
                   Histogram *histogram);

#endif
