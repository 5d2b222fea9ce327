// SPDX-License-Identifier: MIT
#include "tools/swarm/measure/due_gap.h"

// The number of samples that were due in a gap of this length, without the arrival that ends it.
static uint64_t omitted(const DueRate *rate, uint64_t gap_ns) {
    const uint64_t intervals = gap_ns / rate->interval_ns;
    return intervals > rate->patience ? intervals - 1 : 0;
}

uint64_t due_gap_wait(DueGap *gap, const DueRate *rate, uint64_t now_ns, Histogram *histogram) {
    if (gap->since_ns == 0) {
        return 0;
    }
    const uint64_t gap_ns = now_ns - gap->since_ns;
    const uint64_t due = omitted(rate, gap_ns);
    while (gap->counted < due) {
        gap->counted++;
        histogram_record(histogram, gap->counted * rate->interval_ns);
    }
    return due > 0 ? gap_ns : 0;
}

// HdrHistogram's samples are gap - 1, gap - 2, ... intervals; the samples that due_gap_wait() has
// added are the shortest of them.
void due_gap_close(DueGap *gap, const DueRate *rate, uint64_t now_ns, uint64_t base_ns,
                   Histogram *histogram) {
    if (gap->since_ns != 0) {
        const uint64_t gap_ns = now_ns - gap->since_ns;
        const uint64_t due = omitted(rate, gap_ns);
        for (uint64_t i = 1; gap->counted + i <= due; i++) {
            histogram_record(histogram, base_ns + gap_ns - i * rate->interval_ns);
        }
    }
    due_gap_start(gap, now_ns);
}
