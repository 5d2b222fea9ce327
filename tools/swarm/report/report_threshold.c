// SPDX-License-Identifier: MIT
#include "tools/swarm/report/report_threshold.h"

#include <math.h>
#include <string.h>

#include "tools/swarm/report/report_json.h"
#include "tools/swarm/report/report_metric.h"

// NaN: was not measured.
static double number_at(const json_t *root, const char *path) {
    const json_t *value = root;
    while (*path != '\0') {
        const size_t length = strcspn(path, ".");
        char name[THRESHOLD_METRIC_MAX];
        memcpy(name, path, length);
        name[length] = '\0';
        value = json_object_get(value, name);
        path += length + (path[length] == '.');
    }
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static double of_distribution(const Threshold *threshold, const Tally *tally) {
    const ReportDistribution *distribution = report_distribution_find(threshold->metric);
    const Histogram *histogram = report_distribution_of(distribution, tally);
    if (threshold->stat == STAT_COUNT) {
        return (double)histogram->count;
    }
    if (histogram->count == 0) {
        return NAN;
    }
    const double value = threshold->stat == STAT_MIN   ? (double)histogram->min
                         : threshold->stat == STAT_MAX ? (double)histogram->max
                         : threshold->stat == STAT_MEAN
                             ? histogram_mean(histogram)
                             : (double)histogram_percentile(histogram, threshold->percent);
    return value * distribution->scale;
}

// Buckets tell neither the smallest nor the largest tick.
static double of_server_ticks(const Threshold *threshold, const Report *report) {
    if (!report->has_server) {
        return NAN;
    }
    switch (threshold->stat) {
    case STAT_COUNT:
        return (double)report->server.ticks;
    case STAT_MEAN:
        return server_metrics_tick_mean_ms(&report->server);
    case STAT_PERCENTILE:
        return server_metrics_tick_ms(&report->server, threshold->percent);
    case STAT_VALUE:
    case STAT_MIN:
    case STAT_MAX:
        break;
    }
    return NAN;
}

static double value_of(const Threshold *threshold, const Report *report, const json_t *figures) {
    switch (report_metric_find(threshold->metric)->kind) {
    case REPORT_NUMBER:
        return number_at(figures, threshold->metric);
    case REPORT_DISTRIBUTION:
        return of_distribution(threshold, report->tally);
    case REPORT_SERVER_TICKS:
        return of_server_ticks(threshold, report);
    }
    return NAN;
}

void report_evaluate(Report *report) {
    if (report->thresholds == NULL || report->thresholds->count == 0) {
        return;
    }
    json_t *figures = report_to_json(report);
    for (uint32_t i = 0; i < report->thresholds->count; i++) {
        const Threshold *threshold = &report->thresholds->items[i];
        const double value = value_of(threshold, report, figures);
        const bool is_measured = isfinite(value);
        report->results[i] = (ReportThreshold){
            .value = value,
            .is_measured = is_measured,
            .has_passed = is_measured && threshold_holds(threshold, value),
        };
    }
    json_decref(figures);
}
