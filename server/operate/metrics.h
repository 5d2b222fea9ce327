// SPDX-License-Identifier: MIT
// metrics.h -- the values that the server counts.
//
// Flow:    sim thread -> SimMetrics, net loop i -> NetMetrics[i]; the main loop reads
//          (metric_table.h, metrics_text.h, http_response.h)
// Threads: every block has one writer; all fields are relaxed atomics, so any thread may read.
//          A reader may see one counter a moment older than another: they are statistics.
// Order:   a floor: nothing of the server but metric_labels.h lies below it.
// Memory:  allocated at start.
// Units:   nanoseconds and bytes.
//
// metrics.def declares the fields that /metrics shows; to add a metric, add a row there.
#ifndef TICKSTORM_SERVER_OPERATE_METRICS_H
#define TICKSTORM_SERVER_OPERATE_METRICS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/spsc_queue.h"
#include "game/entity.h"
#include "net/transport_reject.h"
#include "server/operate/metric_labels.h"
#include "wire/event_type.h"
#include "wire/reason.h"

// A number with a single writer.
typedef _Atomic uint64_t Metric;

static inline void metric_set(Metric *metric, uint64_t value) {
    atomic_store_explicit(metric, value, memory_order_relaxed); // a statistic
}

static inline uint64_t metric_get(const Metric *metric) {
    return atomic_load_explicit(metric, memory_order_relaxed); // a statistic
}

// Load and store instead of one atomic addition: there is only one writer.
static inline void metric_add(Metric *metric, uint64_t amount) {
    metric_set(metric, metric_get(metric) + amount);
}

#define METRIC_BUCKETS_MAX 32

// Upper bounds of a histogram's buckets, ascending, and the factor to the text's unit.
typedef struct MetricBounds {
    uint32_t count;
    double scale;
    uint64_t bounds[METRIC_BUCKETS_MAX];
} MetricBounds;

extern const MetricBounds METRIC_TICK_BOUNDS;     // nanoseconds, close together up to 1/60 s
extern const MetricBounds METRIC_LAG_BOUNDS;      // nanoseconds
extern const MetricBounds METRIC_SNAPSHOT_BOUNDS; // bytes

typedef struct MetricHistogram {
    Metric buckets[METRIC_BUCKETS_MAX + 1]; // the last: values above every bound
    Metric sum;
} MetricHistogram;

void metric_histogram_record(MetricHistogram *histogram, const MetricBounds *bounds,
                             uint64_t value);
// An upper bound of the given percentile, in the values' unit; 0 when empty.
uint64_t metric_histogram_percentile(const MetricHistogram *histogram, const MetricBounds *bounds,
                                     double percent);

// Written by the sim thread.
typedef struct SimMetrics {
    Metric last_tick_end_ns; // monotonic: /livez
#define SIM_VALUE(name, field, ...)            Metric field;
#define SIM_VALUES(name, field, count, ...)    Metric field[count];
#define SIM_WORKERS(name, field, ...)          Metric field[WORKERS_MAX];
#define SIM_HISTOGRAM(name, field, ...)        MetricHistogram field;
#define SIM_SUMMARIES(name, field, count, ...) Metric field[count];
#include "server/operate/metrics.def"
} SimMetrics;

// Written by one net loop.
typedef struct NetMetrics {
    alignas(CACHE_LINE_BYTES) Metric peers; // connections, joined or not
#define NET_VALUE(name, field, ...)         Metric field;
#define NET_VALUES(name, field, count, ...) Metric field[count];
#define NET_LOOPS(name, field, ...)         Metric field;
#include "server/operate/metrics.def"
} NetMetrics;

typedef struct Metrics {
    // Constant.
    uint64_t start_time_s; // wall clock
    uint32_t tick_rate_hz;
    uint32_t worker_count;
    uint32_t net_count;
    // Shared.
    _Atomic bool is_accepting; // joins: /readyz. Written by the main loop
    alignas(CACHE_LINE_BYTES) SimMetrics sim;
    NetMetrics net[NET_LOOPS_MAX];
} Metrics;

// NULL when memory is short.
Metrics *metrics_create(uint32_t tick_rate_hz, uint32_t worker_count, uint32_t net_count);
void metrics_destroy(Metrics *metrics);

#endif
