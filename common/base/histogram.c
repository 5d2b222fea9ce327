// SPDX-License-Identifier: MIT
#include "base/histogram.h"

#include <math.h>
#include <string.h>

// Values below HISTOGRAM_SUBBUCKETS have a bucket each. Above, the highest bit selects a group and
// the HISTOGRAM_SUBBUCKET_BITS bits behind it the step within the group.
static uint32_t bucket_of(uint64_t value) {
    if (value < HISTOGRAM_SUBBUCKETS) {
        return (uint32_t)value;
    }
    const uint32_t shift = 63u - (uint32_t)__builtin_clzll(value) - HISTOGRAM_SUBBUCKET_BITS;
    return (shift << HISTOGRAM_SUBBUCKET_BITS) + (uint32_t)(value >> shift);
}

uint64_t histogram_bucket_top(uint32_t bucket) {
    if (bucket < 2 * HISTOGRAM_SUBBUCKETS) {
        return bucket;
    }
    const uint32_t shift = (bucket >> HISTOGRAM_SUBBUCKET_BITS) - 1;
    const uint64_t step = (bucket & (HISTOGRAM_SUBBUCKETS - 1)) + HISTOGRAM_SUBBUCKETS;
    return ((step + 1) << shift) - 1;
}

void histogram_record(Histogram *histogram, uint64_t value) {
    if (histogram->count == 0 || value < histogram->min) {
        histogram->min = value;
    }
    if (value > histogram->max) {
        histogram->max = value;
    }
    histogram->count++;
    histogram->sum += (double)value;
    histogram->buckets[bucket_of(value)]++;
}

void histogram_merge(Histogram *into, const Histogram *from) {
    if (from->count == 0) {
        return;
    }
    if (into->count == 0 || from->min < into->min) {
        into->min = from->min;
    }
    if (from->max > into->max) {
        into->max = from->max;
    }
    into->count += from->count;
    into->sum += from->sum;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        into->buckets[i] += from->buckets[i];
    }
}

void histogram_restore_bucket(Histogram *histogram, uint32_t bucket, uint64_t count) {
    histogram->buckets[bucket] += count;
    histogram->count += count;
}

// A percentage that no double represents exactly may be a little too large. Then a rank that is an
// integer would become the next integer: 99.9 % of 1,000 would be 1,000 instead of 999. nextafter()
// prevents that, as in HdrHistogram.
uint64_t histogram_rank(double percent, uint64_t count) {
    const uint64_t rank = (uint64_t)ceil(nextafter(percent, 0) * (double)count / 100.0);
    return rank == 0 ? 1 : rank;
}

uint64_t histogram_percentile(const Histogram *histogram, double percent) {
    if (histogram->count == 0) {
        return 0;
    }
    const uint64_t wanted = histogram_rank(percent, histogram->count);
    uint64_t seen = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen >= wanted) {
            const uint64_t top = histogram_bucket_top(i);
            if (top < histogram->min) {
                return histogram->min;
            }
            return top > histogram->max ? histogram->max : top;
        }
    }
    return histogram->max;
}

double histogram_mean(const Histogram *histogram) {
    return histogram->count == 0 ? 0.0 : histogram->sum / (double)histogram->count;
}
