// SPDX-License-Identifier: MIT
// report_metric.h -- the figures of a report by name, as thresholds ask for them.
//
// Flow:    "snapshot_gap_ms" -> report_metric_find -> a path into the report's JSON, and for a
//          distribution the histogram behind it
// Threads: constant tables.
// Units:   the last part of a name says which.
#ifndef TICKSTORM_SWARM_REPORT_REPORT_METRIC_H
#define TICKSTORM_SWARM_REPORT_REPORT_METRIC_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/swarm/measure/tally.h"

#define REPORT_DISTRIBUTIONS 10
// The name of a server's phase comes from the server: what stands behind this prefix may be any.
#define REPORT_PHASES_PREFIX "server.phases_ms."

typedef enum ReportMetricKind {
    REPORT_NUMBER,
    REPORT_DISTRIBUTION, // of the bots, with its histogram
    REPORT_SERVER_TICKS, // a distribution that the server's own buckets tell
} ReportMetricKind;

typedef struct ReportMetric {
    const char *name; // the path in the report
    ReportMetricKind kind;
} ReportMetric;

// A distribution of a tally, and what its values are multiplied with for the report.
typedef struct ReportDistribution {
    const char *name;
    size_t tally_offset;
    double scale;
} ReportDistribution;

extern const ReportDistribution report_distributions[REPORT_DISTRIBUTIONS];

// NULL when there is none of that name.
const ReportMetric *report_metric_find(const char *name);
const ReportDistribution *report_distribution_find(const char *name);

// One after the other, for tests and documentation; NULL after the last.
const ReportMetric *report_metric_at(size_t index);

static inline const Histogram *report_distribution_of(const ReportDistribution *distribution,
                                                      const Tally *tally) {
    return (const Histogram *)((const char *)tally + distribution->tally_offset);
}

// Which names there are: those in the same part of the report, or in the nearest that there is.
void report_metric_suggest(const char *name, char *text, size_t size);

// The names of all distributions, with commas in between.
void report_distribution_list(char *text, size_t size);

#endif
