// SPDX-License-Identifier: MIT
// metric_table.h -- metrics.def as data: for each metric its name, type and unit, and where its
//                   values are.
//
// Flow:    Metrics + ProcessUsage -> metric_row_value() -> metrics_text.h; tests
// Threads: pure reading, from any thread.
#ifndef TICKSTORM_SERVER_OPERATE_METRIC_TABLE_H
#define TICKSTORM_SERVER_OPERATE_METRIC_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "server/operate/metrics.h"
#include "server/operate/process_usage.h"

typedef enum MetricType {
    METRIC_COUNTER,
    METRIC_GAUGE,
    METRIC_HISTOGRAM,
    METRIC_SUMMARY,
} MetricType;

// The unit of a stored value. The text has seconds and bytes.
typedef enum MetricUnit {
    METRIC_UNIT_ONE,
    METRIC_UNIT_NS,
    METRIC_UNIT_US,
    METRIC_UNIT_BITS,
} MetricUnit;

typedef enum MetricPlace {
    METRIC_PLACE_SIM,       // Metrics.sim
    METRIC_PLACE_WORKERS,   // Metrics.sim, one value for each worker
    METRIC_PLACE_NET,       // Metrics.net, the sum over all loops
    METRIC_PLACE_NET_LOOPS, // Metrics.net, one value for each loop
    METRIC_PLACE_READ,      // MetricRow.read
    METRIC_PLACE_WRITTEN,   // MetricRow.write
} MetricPlace;

// All that the values are read from.
typedef struct MetricSources {
    const Metrics *metrics;
    ProcessUsage process;
} MetricSources;

typedef struct MetricRow {
    const char *name;
    const char *help; // NULL: the row continues the metric of the row before it
    MetricType type;
    MetricUnit unit;
    MetricPlace place;
    size_t offset;                              // in SimMetrics or NetMetrics
    uint32_t capacity;                          // values by label; 1 without
    const char *label;                          // NULL: one value without a label
    const char *(*label_value)(uint32_t index); // NULL: the index itself
    const MetricBounds *bounds;                 // METRIC_HISTOGRAM
    size_t of_offset;                           // METRIC_SUMMARY: of the number of observations
    uint64_t (*read)(const MetricSources *sources);
    void (*write)(FILE *out, const char *name);
} MetricRow;

extern const MetricRow METRIC_TABLE[];
extern const uint32_t METRIC_TABLE_COUNT;

// How many values the row has on this server: workers and loops are fewer than their capacity.
uint32_t metric_row_count(const MetricRow *row, const MetricSources *sources);

// The value in its stored unit. Not for METRIC_HISTOGRAM and METRIC_PLACE_WRITTEN.
uint64_t metric_row_value(const MetricRow *row, const MetricSources *sources, uint32_t index);

// For METRIC_HISTOGRAM and METRIC_SUMMARY, whose values lie at an offset of SimMetrics.
const MetricHistogram *metric_row_histogram(const MetricRow *row, const MetricSources *sources);
uint64_t metric_row_observations(const MetricRow *row, const MetricSources *sources);

#endif
