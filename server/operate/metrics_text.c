// SPDX-License-Identifier: MIT
#include "server/operate/metrics_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/operate/metric_table.h"

static void write_head(FILE *out, const MetricRow *row) {
    static const char *const types[] = {
        [METRIC_COUNTER] = "counter",
        [METRIC_GAUGE] = "gauge",
        [METRIC_HISTOGRAM] = "histogram",
        [METRIC_SUMMARY] = "summary",
    };
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", row->name, row->help, row->name, types[row->type]);
}

// The label's value, or NULL where the metric has no sample.
static const char *label_text(const MetricRow *row, uint32_t index, char buffer[16]) {
    if (row->label_value != NULL) {
        return row->label_value(index);
    }
    snprintf(buffer, 16, "%" PRIu32, index);
    return buffer;
}

static void write_number(FILE *out, MetricUnit unit, uint64_t value) {
    switch (unit) {
    case METRIC_UNIT_ONE:
        fprintf(out, "%" PRIu64 "\n", value);
        break;
    case METRIC_UNIT_NS:
        fprintf(out, "%.9g\n", (double)value / 1e9);
        break;
    case METRIC_UNIT_US:
        fprintf(out, "%.6f\n", (double)value / 1e6);
        break;
    case METRIC_UNIT_BITS:
        fprintf(out, "%.3f\n", (double)value / 8);
        break;
    }
}

static void write_summary(FILE *out, const MetricRow *row, const char *by, uint64_t sum,
                          uint64_t observations) {
    fprintf(out, "%s_sum{%s=\"%s\"} ", row->name, row->label, by);
    write_number(out, row->unit, sum);
    fprintf(out, "%s_count{%s=\"%s\"} %" PRIu64 "\n", row->name, row->label, by, observations);
}

static void write_samples(FILE *out, const MetricRow *row, const MetricSources *sources) {
    const uint32_t count = metric_row_count(row, sources);
    for (uint32_t i = 0; i < count; i++) {
        char buffer[16];
        const char *by = row->label != NULL ? label_text(row, i, buffer) : "";
        if (by == NULL) {
            continue;
        }
        const uint64_t value = metric_row_value(row, sources, i);
        if (row->type == METRIC_SUMMARY) {
            write_summary(out, row, by, value, metric_row_observations(row, sources));
        } else if (row->label != NULL) {
            fprintf(out, "%s{%s=\"%s\"} ", row->name, row->label, by);
            write_number(out, row->unit, value);
        } else {
            fprintf(out, "%s ", row->name);
            write_number(out, row->unit, value);
        }
    }
}

static void write_histogram(FILE *out, const char *name, const MetricHistogram *histogram,
                            const MetricBounds *bounds) {
    uint64_t count = 0;
    for (uint32_t i = 0; i < bounds->count; i++) {
        count += metric_get(&histogram->buckets[i]);
        fprintf(out, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", name,
                (double)bounds->bounds[i] * bounds->scale, count);
    }
    count += metric_get(&histogram->buckets[bounds->count]);
    fprintf(out, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, count);
    fprintf(out, "%s_sum %.9g\n", name, (double)metric_get(&histogram->sum) * bounds->scale);
    fprintf(out, "%s_count %" PRIu64 "\n", name, count);
}

static void write_row(FILE *out, const MetricRow *row, const MetricSources *sources) {
    if (row->help != NULL) {
        write_head(out, row);
    }
    if (row->place == METRIC_PLACE_WRITTEN) {
        row->write(out, row->name);
    } else if (row->type == METRIC_HISTOGRAM) {
        write_histogram(out, row->name, metric_row_histogram(row, sources), row->bounds);
    } else {
        write_samples(out, row, sources);
    }
}

char *metrics_text_render(const Metrics *metrics, size_t *size) {
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    if (out == NULL) {
        return NULL;
    }
    const MetricSources sources = {.metrics = metrics, .process = process_usage_read()};
    for (uint32_t i = 0; i < METRIC_TABLE_COUNT; i++) {
        write_row(out, &METRIC_TABLE[i], &sources);
    }
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
