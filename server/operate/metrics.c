// SPDX-License-Identifier: MIT
#include "server/operate/metrics.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/histogram.h"
#include "server/operate/process_usage.h"

#define US 1000ull

const MetricBounds METRIC_TICK_BOUNDS = {
    .count = 29,
    .scale = 1e-9,
    .bounds = {250 * US,   500 * US,        750 * US,        1000 * US,       1500 * US,
               2000 * US,  3000 * US,       4000 * US,       5000 * US,       6000 * US,
               7000 * US,  8000 * US,       9000 * US,       10000 * US,      11000 * US,
               12000 * US, 13000 * US,      14000 * US,      15000 * US,      16000 * US,
               16667 * US, 18000 * US,      20000 * US,      25000 * US,      33333 * US,
               50000 * US, 100 * 1000 * US, 250 * 1000 * US, 1000 * 1000 * US}};

const MetricBounds METRIC_LAG_BOUNDS = {
    .count = 13,
    .scale = 1e-9,
    .bounds = {50 * US, 100 * US, 200 * US, 500 * US, 1000 * US, 2000 * US, 4000 * US, 8000 * US,
               16667 * US, 33333 * US, 50000 * US, 100 * 1000 * US, 250 * 1000 * US}};

const MetricBounds METRIC_SNAPSHOT_BOUNDS = {
    .count = 12,
    .scale = 1,
    .bounds = {64, 128, 192, 256, 384, 512, 640, 768, 896, 1024, 1100, 1200}};

void metric_histogram_record(MetricHistogram *histogram, const MetricBounds *bounds,
                             uint64_t value) {
    uint32_t bucket = 0;
    while (bucket < bounds->count && value > bounds->bounds[bucket]) {
        bucket++;
    }
    metric_add(&histogram->buckets[bucket], 1);
    metric_add(&histogram->sum, value);
}

static uint64_t histogram_count(const MetricHistogram *histogram, const MetricBounds *bounds) {
    uint64_t count = 0;
    for (uint32_t i = 0; i <= bounds->count; i++) {
        count += metric_get(&histogram->buckets[i]);
    }
    return count;
}

uint64_t metric_histogram_percentile(const MetricHistogram *histogram, const MetricBounds *bounds,
                                     double percent) {
    const uint64_t count = histogram_count(histogram, bounds);
    uint64_t seen = 0;
    for (uint32_t i = 0; i < bounds->count; i++) {
        seen += metric_get(&histogram->buckets[i]);
        if (count > 0 && seen >= histogram_rank(percent, count)) {
            return bounds->bounds[i];
        }
    }
    return count > 0 ? bounds->bounds[bounds->count - 1] : 0;
}

Metrics *metrics_create(uint32_t tick_rate_hz, uint32_t worker_count, uint32_t net_count) {
    assert(worker_count <= WORKERS_MAX && net_count <= NET_LOOPS_MAX);
    Metrics *metrics = aligned_alloc(CACHE_LINE_BYTES, sizeof *metrics);
    if (metrics != NULL) {
        memset(metrics, 0, sizeof *metrics);
        metrics->start_time_s = process_start_time_s();
        metrics->tick_rate_hz = tick_rate_hz;
        metrics->worker_count = worker_count;
        metrics->net_count = net_count;
    }
    return metrics;
}

void metrics_destroy(Metrics *metrics) {
    free(metrics);
}
