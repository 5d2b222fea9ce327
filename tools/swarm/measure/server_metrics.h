// SPDX-License-Identifier: MIT
// server_metrics.h -- the server's own figures of a run, from two samples of its /metrics.
//
// Flow:    text at the start and at the end -> server_sample_parse -> server_metrics_between
// Threads: pure functions.
// Trust:   the text may be anything; a text that does not parse is refused.
// Source:  percentiles are read from a histogram's buckets as Prometheus' histogram_quantile does:
//          linear within the bucket, so they are as exact as the server's bucket bounds.
#ifndef TICKSTORM_SWARM_MEASURE_SERVER_METRICS_H
#define TICKSTORM_SWARM_MEASURE_SERVER_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERVER_BUCKETS_MAX      64
#define SERVER_PHASES_MAX       16
#define SERVER_PHASE_NAME_BYTES 32

// Of a cumulative histogram of tick durations.
typedef struct ServerBucket {
    double bound_s; // infinite in the last one
    double count;   // of ticks up to the bound
} ServerBucket;

typedef struct ServerPhase {
    char name[SERVER_PHASE_NAME_BYTES];
    double sum_s, count;
} ServerPhase;

typedef struct ServerSample {
    double cpu_s;
    double rss_bytes;
    double clients;
    double overruns, skipped;
    double tick_count, tick_sum_s;
    uint32_t bucket_count;
    ServerBucket buckets[SERVER_BUCKETS_MAX];
    uint32_t phase_count; // 0: the server has none
    ServerPhase phases[SERVER_PHASES_MAX];
} ServerSample;

// The time between two samples; buckets and phases are differences.
typedef struct ServerMetrics {
    double cpu_cores;
    uint64_t rss_bytes; // at the end
    uint64_t clients;   // at the end
    uint64_t ticks, overruns, skipped;
    double tick_sum_s;
    uint32_t bucket_count;
    ServerBucket buckets[SERVER_BUCKETS_MAX];
    uint32_t phase_count;
    ServerPhase phases[SERVER_PHASES_MAX];
} ServerMetrics;

// False, with the name of the missing series, when the text is not that of a Tickstorm server.
bool server_sample_parse(const char *text, ServerSample *sample, const char **missing);

// The metrics between two samples. False when the later one does not continue the earlier one: it
// is of another server, or the server was restarted.
bool server_metrics_between(const ServerSample *before, const ServerSample *after, double seconds,
                            ServerMetrics *metrics);

// Duration of ticks; NaN without ticks.
double server_metrics_tick_ms(const ServerMetrics *metrics, double percent);
double server_metrics_tick_mean_ms(const ServerMetrics *metrics);

// The mean time of a phase; NaN without samples.
double server_phase_mean_ms(const ServerPhase *phase);

// The same by name; NaN also when the server has no such phase.
double server_metrics_phase_ms(const ServerMetrics *metrics, const char *name);

#endif
