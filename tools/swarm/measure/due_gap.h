// SPDX-License-Identifier: MIT
// due_gap.h -- what should come at regular intervals and did not: the samples that a stall keeps
//              from being taken are counted when they were due.
//
// Flow:    due_gap_start with the first arrival -> due_gap_wait now and then, while nothing comes
//          -> due_gap_close with the next arrival, which is recorded by the caller
// Threads: a DueGap belongs to one bot.
// Units:   nanoseconds.
// Source:  the correction for coordinated omission of Gil Tene's HdrHistogram
//          (recordCorrectedValue, with its expected interval) and wrk2. One gap of four seconds
//          between snapshots that are due every 50 ms is one sample in 80 when gaps are counted,
//          so a percentile does not see it; counted when each of the 80 was due it has its share of
//          the time. HdrHistogram adds the samples once the stall is over; here those that are
//          overdue are added while it lasts, so that a stall that never ends is seen too, and each
//          second of a run shows what its own time was like. The result is the same to within one
//          interval.
#ifndef TICKSTORM_SWARM_MEASURE_DUE_GAP_H
#define TICKSTORM_SWARM_MEASURE_DUE_GAP_H

#include <stdint.h>

#include "base/histogram.h"

// What is expected. Shorter silences than `patience` intervals are no stall: on a network that
// loses on purpose, the arrival that is missing was not due.
typedef struct DueRate {
    uint64_t interval_ns;
    uint32_t patience; // 1 or more
} DueRate;

typedef struct DueGap {
    uint64_t since_ns; // the newest arrival; 0: there was none, and nothing is due
    uint64_t counted;  // samples added since then
} DueGap;

static inline void due_gap_start(DueGap *gap, uint64_t now_ns) {
    *gap = (DueGap){.since_ns = now_ns};
}

// Nothing has come until now: adds what was due meanwhile, as old as it was when the next was due.
// Returns how long the gap is by now if that is a stall, else 0.
uint64_t due_gap_wait(DueGap *gap, const DueRate *rate, uint64_t now_ns, Histogram *histogram);

// Something came: adds what was due meanwhile and is not counted yet, by how long it waited for
// this arrival, and `base_ns` on top. The gap begins anew.
void due_gap_close(DueGap *gap, const DueRate *rate, uint64_t now_ns, uint64_t base_ns,
                   Histogram *histogram);

#endif
