// SPDX-License-Identifier: MIT
#include "server/operate/metric_table.h"

#include <assert.h>

#include "base/log.h"
#include "base/version.h"

// ------------------------------------------------------------------ READ_VALUE and WRITTEN

static void write_build_info(FILE *out, const char *name) {
    fprintf(out, "%s{version=\"%s\",commit=\"%s\"} 1\n", name, version_number(), version_commit());
}

static uint64_t read_cpu_us(const MetricSources *sources) {
    return (uint64_t)(sources->process.cpu_s * 1e6 + 0.5);
}

static uint64_t read_resident_bytes(const MetricSources *sources) {
    return sources->process.resident_bytes;
}

static uint64_t read_open_fds(const MetricSources *sources) {
    return sources->process.open_fds;
}

static uint64_t read_start_time_s(const MetricSources *sources) {
    return sources->metrics->start_time_s;
}

static uint64_t read_log_lines_dropped(const MetricSources *sources) {
    (void)sources;
    return log_dropped_count();
}

// ------------------------------------------------------------------ the rows

#define ROW(row_name, row_type, row_unit, row_place, ...)                                          \
    {.name = (row_name),                                                                           \
     .type = METRIC_##row_type,                                                                    \
     .unit = METRIC_UNIT_##row_unit,                                                               \
     .place = METRIC_PLACE_##row_place,                                                            \
     __VA_ARGS__},

#define SIM_VALUE(name, field, type, unit, text)                                                   \
    ROW(name, type, unit, SIM, .offset = offsetof(SimMetrics, field), .capacity = 1, .help = (text))
#define SIM_ALIAS SIM_VALUE
#define SIM_VALUES(name, field, count, type, unit, by, values, text)                               \
    ROW(name, type, unit, SIM, .offset = offsetof(SimMetrics, field), .capacity = (count),         \
        .label = (by), .label_value = (values), .help = (text))
#define SIM_WORKERS(name, field, type, unit, text)                                                 \
    ROW(name, type, unit, WORKERS, .offset = offsetof(SimMetrics, field), .capacity = WORKERS_MAX, \
        .label = "worker", .help = (text))
#define SIM_HISTOGRAM(name, field, limits, text)                                                   \
    ROW(name, HISTOGRAM, ONE, SIM, .offset = offsetof(SimMetrics, field), .capacity = 1,           \
        .bounds = &(limits), .help = (text))
#define SIM_SUMMARIES(name, field, count, of, unit, by, values, text)                              \
    ROW(name, SUMMARY, unit, SIM, .offset = offsetof(SimMetrics, field), .capacity = (count),      \
        .of_offset = offsetof(SimMetrics, of), .label = (by), .label_value = (values),             \
        .help = (text))
#define NET_VALUE(name, field, type, unit, text)                                                   \
    ROW(name, type, unit, NET, .offset = offsetof(NetMetrics, field), .capacity = 1, .help = (text))
#define NET_VALUES(name, field, count, type, unit, by, values, text)                               \
    ROW(name, type, unit, NET, .offset = offsetof(NetMetrics, field), .capacity = (count),         \
        .label = (by), .label_value = (values), .help = (text))
#define NET_LOOPS(name, field, type, unit, text)                                                   \
    ROW(name, type, unit, NET_LOOPS, .offset = offsetof(NetMetrics, field),                        \
        .capacity = NET_LOOPS_MAX, .label = "loop", .help = (text))
#define READ_VALUE(name, function, type, unit, text)                                               \
    ROW(name, type, unit, READ, .capacity = 1, .read = (function), .help = (text))
#define WRITTEN(name, function, type, text)                                                        \
    ROW(name, type, ONE, WRITTEN, .capacity = 1, .write = (function), .help = (text))

const MetricRow METRIC_TABLE[] = {
#include "server/operate/metrics.def"
};
const uint32_t METRIC_TABLE_COUNT = sizeof METRIC_TABLE / sizeof *METRIC_TABLE;

// ------------------------------------------------------------------ the values

uint32_t metric_row_count(const MetricRow *row, const MetricSources *sources) {
    switch (row->place) {
    case METRIC_PLACE_WORKERS:
        return sources->metrics->worker_count;
    case METRIC_PLACE_NET_LOOPS:
        return sources->metrics->net_count;
    case METRIC_PLACE_SIM:
    case METRIC_PLACE_NET:
    case METRIC_PLACE_READ:
    case METRIC_PLACE_WRITTEN:
        break;
    }
    return row->capacity;
}

static uint64_t value_at(const void *block, size_t offset, uint32_t index) {
    const Metric *values = (const Metric *)(const void *)((const char *)block + offset);
    return metric_get(&values[index]);
}

uint64_t metric_row_value(const MetricRow *row, const MetricSources *sources, uint32_t index) {
    const Metrics *metrics = sources->metrics;
    uint64_t sum = 0;
    switch (row->place) {
    case METRIC_PLACE_SIM:
    case METRIC_PLACE_WORKERS:
        return value_at(&metrics->sim, row->offset, index);
    case METRIC_PLACE_NET:
        for (uint32_t i = 0; i < metrics->net_count; i++) {
            sum += value_at(&metrics->net[i], row->offset, index);
        }
        return sum;
    case METRIC_PLACE_NET_LOOPS:
        return value_at(&metrics->net[index], row->offset, 0);
    case METRIC_PLACE_READ:
        return row->read(sources);
    case METRIC_PLACE_WRITTEN:
        break;
    }
    assert(false && "the row has no value");
    return 0;
}

const MetricHistogram *metric_row_histogram(const MetricRow *row, const MetricSources *sources) {
    assert(row->type == METRIC_HISTOGRAM);
    const char *block = (const char *)&sources->metrics->sim;
    return (const MetricHistogram *)(const void *)(block + row->offset);
}

uint64_t metric_row_observations(const MetricRow *row, const MetricSources *sources) {
    assert(row->type == METRIC_SUMMARY);
    return value_at(&sources->metrics->sim, row->of_offset, 0);
}
