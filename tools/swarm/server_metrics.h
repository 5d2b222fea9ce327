// SPDX-License-Identifier: MIT
// server_metrics.h -- the server's own view of a run, from two looks at its /metrics.
//
// Flow:    text at the start and at the end -> server_sample_parse -> server_metrics_between
// Threads: pure functions.
// Trust:   the text is whatever answered at the URL; what does not parse is refused.
// Source:  percentiles are read from a histogram's buckets as Prometheus' histogram_quantile does:
//          linear within the bucket, so they are as exact as the server's bucket bounds.
#ifndef TICKSTORM_SWARM_SERVER_METRICS_H
#define TICKSTORM_SWARM_SERVER_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#define SERVER_BUCKETS_MAX 64

// A cumulative histogram of tick durations.
typedef struct ServerBucket {
    double bound_s; // infinite in the last one
    double count;
} ServerBucket;

typedef struct ServerSample {
    double cpu_s;
    double rss_bytes;
    double clients;
    double overruns, skipped;
    double tick_count, tick_sum_s;
    uint32_t bucket_count;
    ServerBucket buckets[SERVER_BUCKETS_MAX];
} ServerSample;

typedef struct ServerMetrics {
    double cpu_cores;
    uint64_t rss_bytes; // at the end
    uint64_t clients;   // at the end
    uint64_t ticks, overruns, skipped;
    double tick_mean_ms, tick_p50_ms, tick_p90_ms, tick_p99_ms, tick_p999_ms; // NaN without ticks
} ServerMetrics;

// False, with what is missing in *missing, when the text is not that of a Tickstorm server.
bool server_sample_parse(const char *text, ServerSample *sample, const char **missing);

// What happened between two samples that were taken seconds apart. False when the later one does
// not continue the earlier one: another server, or one that was restarted.
bool server_metrics_between(const ServerSample *before, const ServerSample *after, double seconds,
                            ServerMetrics *metrics);

// A new reference, for the report.
json_t *server_metrics_to_json(const ServerMetrics *metrics);

#endif
