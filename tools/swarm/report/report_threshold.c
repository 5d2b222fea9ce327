// SPDX-License-Identifier: MIT
#include "tools/swarm/report/report_threshold.h"

#include <math.h>

// All values are NaN when they were not measured.
static double of_distribution(const Threshold *threshold, const Tally *tally) {
    const Histogram *histogram = figure_histogram(threshold->figure, tally);
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
    return value * threshold->figure->scale;
}

// Buckets show neither the smallest nor the largest tick.
static double of_server_ticks(const Threshold *threshold, const ServerMetrics *server) {
    switch (threshold->stat) {
    case STAT_COUNT:
        return (double)server->ticks;
    case STAT_MEAN:
        return server_metrics_tick_mean_ms(server);
    case STAT_PERCENTILE:
        return server_metrics_tick_ms(server, threshold->percent);
    case STAT_VALUE:
    case STAT_MIN:
    case STAT_MAX:
        break;
    }
    return NAN;
}

static double value_of(const Threshold *threshold, const FigureSource *source) {
    if (!figure_is_known(threshold->figure, source)) {
        return NAN;
    }
    switch (threshold->figure->kind) {
    case FIGURE_DISTRIBUTION:
        return of_distribution(threshold, source->tally);
    case FIGURE_SERVER_TICKS:
        return of_server_ticks(threshold, source->server);
    case FIGURE_SERVER_PHASES:
        return server_metrics_phase_ms(source->server, figure_phase_of(threshold->metric));
    default:
        return figure_number(threshold->figure, source);
    }
}

void report_evaluate(Report *report) {
    const uint32_t count = report->thresholds != NULL ? report->thresholds->count : 0;
    const FigureSource source = report_figure_source(report);
    for (uint32_t i = 0; i < count; i++) {
        const Threshold *threshold = &report->thresholds->items[i];
        const double value = value_of(threshold, &source);
        const bool is_measured = isfinite(value);
        report->results[i] = (ReportThreshold){
            .value = value,
            .is_measured = is_measured,
            .has_passed = is_measured && threshold_holds(threshold, value),
        };
    }
}
