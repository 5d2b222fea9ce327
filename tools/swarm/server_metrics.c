// SPDX-License-Identifier: MIT
#include "tools/swarm/server_metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TICK_BUCKET "tickstorm_tick_duration_seconds_bucket{le=\""

// ------------------------------------------------------------------ parsing

typedef struct Series {
    const char *name;
    size_t offset; // of the field
} Series;

static const Series series[] = {
    {"process_cpu_seconds_total", offsetof(ServerSample, cpu_s)},
    {"process_resident_memory_bytes", offsetof(ServerSample, rss_bytes)},
    {"tickstorm_clients", offsetof(ServerSample, clients)},
    {"tickstorm_tick_overruns_total", offsetof(ServerSample, overruns)},
    {"tickstorm_ticks_skipped_total", offsetof(ServerSample, skipped)},
    {"tickstorm_tick_duration_seconds_count", offsetof(ServerSample, tick_count)},
    {"tickstorm_tick_duration_seconds_sum", offsetof(ServerSample, tick_sum_s)},
};
#define SERIES_COUNT (sizeof series / sizeof *series)

// A finite number that is not negative.
static bool parse_value(const char *text, double *value) {
    char *end;
    *value = strtod(text, &end);
    return end != text && isfinite(*value) && *value >= 0;
}

// `NAME VALUE` of a series without labels; the bit of the series found is set in *found.
static void parse_series(const char *line, ServerSample *sample, uint32_t *found) {
    for (size_t i = 0; i < SERIES_COUNT; i++) {
        const size_t length = strlen(series[i].name);
        if (strncmp(line, series[i].name, length) == 0 && line[length] == ' ') {
            double *field = (double *)((char *)sample + series[i].offset);
            *found |= parse_value(line + length + 1, field) ? 1u << i : 0;
        }
    }
}

// `..._bucket{le="BOUND"} COUNT`, in ascending order.
static void parse_bucket(const char *line, ServerSample *sample) {
    if (strncmp(line, TICK_BUCKET, strlen(TICK_BUCKET)) != 0 ||
        sample->bucket_count == SERVER_BUCKETS_MAX) {
        return;
    }
    char *end;
    ServerBucket bucket = {.bound_s = strtod(line + strlen(TICK_BUCKET), &end)};
    if (strncmp(end, "\"} ", 3) == 0 && parse_value(end + 3, &bucket.count)) {
        sample->buckets[sample->bucket_count++] = bucket;
    }
}

bool server_sample_parse(const char *text, ServerSample *sample, const char **missing) {
    uint32_t found = 0;
    memset(sample, 0, sizeof *sample);
    for (const char *line = text; *line != '\0';) {
        parse_series(line, sample, &found);
        parse_bucket(line, sample);
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    for (size_t i = 0; i < SERIES_COUNT; i++) {
        if ((found & 1u << i) == 0) {
            *missing = series[i].name;
            return false;
        }
    }
    const uint32_t count = sample->bucket_count;
    if (count == 0 || !isinf(sample->buckets[count - 1].bound_s)) {
        *missing = "tickstorm_tick_duration_seconds_bucket";
        return false;
    }
    return true;
}

// ------------------------------------------------------------------ between two samples

static bool continues(const ServerSample *before, const ServerSample *after) {
    if (after->bucket_count != before->bucket_count || after->tick_count < before->tick_count ||
        after->cpu_s < before->cpu_s || after->tick_sum_s < before->tick_sum_s ||
        after->overruns < before->overruns || after->skipped < before->skipped) {
        return false;
    }
    double last = 0;
    for (uint32_t i = 0; i < after->bucket_count; i++) {
        const double count = after->buckets[i].count - before->buckets[i].count;
        const bool has_same_bound = after->buckets[i].bound_s == before->buckets[i].bound_s;
        if (!has_same_bound || count < last) {
            return false;
        }
        last = count;
    }
    return true;
}

// In seconds; the highest finite bound when it lies above it.
static double tick_percentile_s(const ServerSample *before, const ServerSample *after,
                                double percent) {
    const uint32_t last = after->bucket_count - 1;
    const double total = after->buckets[last].count - before->buckets[last].count;
    const double wanted = total * percent / 100;
    double low_s = 0;
    double below = 0;
    for (uint32_t i = 0; i < last; i++) {
        const double count = after->buckets[i].count - before->buckets[i].count;
        if (count >= wanted && count > below) {
            const double share = (wanted - below) / (count - below);
            return low_s + (after->buckets[i].bound_s - low_s) * share;
        }
        low_s = after->buckets[i].bound_s;
        below = count;
    }
    return low_s;
}

bool server_metrics_between(const ServerSample *before, const ServerSample *after, double seconds,
                            ServerMetrics *metrics) {
    if (!continues(before, after) || seconds <= 0) {
        return false;
    }
    const double ticks = after->tick_count - before->tick_count;
    *metrics = (ServerMetrics){
        .cpu_cores = (after->cpu_s - before->cpu_s) / seconds,
        .rss_bytes = (uint64_t)after->rss_bytes,
        .clients = (uint64_t)after->clients,
        .ticks = (uint64_t)ticks,
        .overruns = (uint64_t)(after->overruns - before->overruns),
        .skipped = (uint64_t)(after->skipped - before->skipped),
        .tick_mean_ms = NAN,
        .tick_p50_ms = NAN,
        .tick_p90_ms = NAN,
        .tick_p99_ms = NAN,
        .tick_p999_ms = NAN,
    };
    if (ticks > 0) {
        metrics->tick_mean_ms = (after->tick_sum_s - before->tick_sum_s) / ticks * 1e3;
        metrics->tick_p50_ms = tick_percentile_s(before, after, 50) * 1e3;
        metrics->tick_p90_ms = tick_percentile_s(before, after, 90) * 1e3;
        metrics->tick_p99_ms = tick_percentile_s(before, after, 99) * 1e3;
        metrics->tick_p999_ms = tick_percentile_s(before, after, 99.9) * 1e3;
    }
    return true;
}

static json_t *real_or_null(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *server_metrics_to_json(const ServerMetrics *metrics) {
    // Buckets tell neither the smallest nor the largest tick.
    json_t *tick = json_pack(
        "{s:I, s:n, s:o, s:o, s:o, s:o, s:o, s:n}", "count", (json_int_t)metrics->ticks, "min",
        "mean", real_or_null(metrics->tick_mean_ms), "p50", real_or_null(metrics->tick_p50_ms),
        "p90", real_or_null(metrics->tick_p90_ms), "p99", real_or_null(metrics->tick_p99_ms),
        "p999", real_or_null(metrics->tick_p999_ms), "max");
    return json_pack("{s:f, s:I, s:o, s:I, s:I, s:I}", "cpu_cores", metrics->cpu_cores, "rss_bytes",
                     (json_int_t)metrics->rss_bytes, "tick_ms", tick, "overruns",
                     (json_int_t)metrics->overruns, "skipped", (json_int_t)metrics->skipped,
                     "clients", (json_int_t)metrics->clients);
}
