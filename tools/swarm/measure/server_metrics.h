// SPDX-License-Identifier: MIT
// server_metrics.h -- the server's own view of a run, from two looks at its /metrics.
//
// Flow:    text at the start and at the end -> server_sample_parse -> server_metrics_between
// Threads: pure functions.
// Trust:   the text is whatever answered at the URL; what does not parse is refused.
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
    double count;   // of ticks that took so long or less
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
    uint32_t phase_count; // none with a server that does not tell
    ServerPhase phases[SERVER_PHASES_MAX];
} ServerSample;

// What lies between two samples; buckets and phases are differences.
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

// False, with what is missing in *missing, when the text is not that of a Tickstorm server.
bool server_sample_parse(const char *text, ServerSample *sample, const char **missing);

// What happened between two samples that were taken seconds apart. False when the later one does
// not continue the earlier one: another server, or one that was restarted.
bool server_metrics_between(const ServerSample *before, const ServerSample *after, double seconds,
                            ServerMetrics *metrics);

// How long ticks took; NaN when there was none.
double server_metrics_tick_ms(const ServerMetrics *metrics, double percent);
double server_metrics_tick_mean_ms(const ServerMetrics *metrics);

// The mean time of a phase; NaN when there was none.
double server_phase_mean_ms(const ServerPhase *phase);

// The same by name; NaN: the server has no such phase either.
double server_metrics_phase_ms(const ServerMetrics *metrics, const char *name);

#endif
