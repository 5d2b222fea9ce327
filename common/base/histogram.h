// SPDX-License-Identifier: MIT
// histogram.h -- a log-linear histogram with a bounded relative error, exact to merge.
//
// Flow:    histogram_record (per thread) -> histogram_merge -> histogram_percentile
// Threads: an instance belongs to one thread; merge after the others have stopped.
// Units:   the caller's; values are unsigned integers (durations are recorded in nanoseconds or
//          microseconds, sizes in bytes).
// Source:  the bucket scheme is that of Gil Tene's HdrHistogram: powers of two, each split into
//          HISTOGRAM_SUBBUCKETS linear steps, so the error of a reported value is below 1/64.
#ifndef TICKSTORM_BASE_HISTOGRAM_H
#define TICKSTORM_BASE_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_SUBBUCKET_BITS 6
#define HISTOGRAM_SUBBUCKETS     (1u << HISTOGRAM_SUBBUCKET_BITS)
#define HISTOGRAM_BUCKETS        ((64u - HISTOGRAM_SUBBUCKET_BITS + 1) * HISTOGRAM_SUBBUCKETS)

// All zero is empty.
typedef struct Histogram {
    uint64_t count;
    uint64_t min; // exact; meaningless while count is 0
    uint64_t max; // exact
    double sum;
    uint64_t buckets[HISTOGRAM_BUCKETS];
} Histogram;

void histogram_record(Histogram *histogram, uint64_t value);
void histogram_merge(Histogram *into, const Histogram *from);

// For histograms read from a file: the largest value of a bucket, and a restored bucket. Min, max
// and sum are restored by the caller.
uint64_t histogram_bucket_top(uint32_t bucket);
void histogram_restore_bucket(Histogram *histogram, uint32_t bucket, uint64_t count);

// The rank (from 1) of the percentile among `count` values in ascending order.
uint64_t histogram_rank(double percent, uint64_t count);

// The smallest recorded value, to bucket precision, that at least `percent` % of all values do not
// exceed; 0 when empty. Never outside [min, max].
uint64_t histogram_percentile(const Histogram *histogram, double percent);
double histogram_mean(const Histogram *histogram);

#endif
