// SPDX-License-Identifier: MIT
#include "tools/swarm/measure/server_metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TICK_BUCKET "tickstorm_tick_duration_seconds_bucket{le=\""
#define PHASE       "tickstorm_tick_phase_duration_seconds_"

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

// The entry of that name, made if there is none; NULL when there is no room.
static ServerPhase *phase_of(ServerSample *sample, const char *name, size_t length) {
    for (uint32_t i = 0; i < sample->phase_count; i++) {
        ServerPhase *phase = &sample->phases[i];
        if (strncmp(phase->name, name, length) == 0 && phase->name[length] == '\0') {
            return phase;
        }
    }
    if (sample->phase_count == SERVER_PHASES_MAX) {
        return NULL;
    }
    ServerPhase *phase = &sample->phases[sample->phase_count++];
    memcpy(phase->name, name, length);
    return phase;
}

// `..._sum{phase="NAME"} VALUE` and `..._count{phase="NAME"} VALUE`.
static void parse_phase(const char *line, ServerSample *sample) {
    static const char sum[] = PHASE "sum{phase=\"";
    static const char count[] = PHASE "count{phase=\"";
    const bool is_sum = strncmp(line, sum, strlen(sum)) == 0;
    if (!is_sum && strncmp(line, count, strlen(count)) != 0) {
        return;
    }
    const char *name = line + (is_sum ? strlen(sum) : strlen(count));
    const size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz_");
    double value;
    if (length == 0 || length >= SERVER_PHASE_NAME_BYTES ||
        strncmp(name + length, "\"} ", 3) != 0 || !parse_value(name + length + 3, &value)) {
        return;
    }
    ServerPhase *phase = phase_of(sample, name, length);
    if (phase != NULL) {
        *(is_sum ? &phase->sum_s : &phase->count) = value;
    }
}

bool server_sample_parse(const char *text, ServerSample *sample, const char **missing) {
    uint32_t found = 0;
    memset(sample, 0, sizeof *sample);
    for (const char *line = text; *line != '\0';) {
        parse_series(line, sample, &found);
        parse_bucket(line, sample);
        parse_phase(line, sample);
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
    if (after->bucket_count != before->bucket_count || after->phase_count != before->phase_count ||
        after->tick_count < before->tick_count || after->cpu_s < before->cpu_s ||
        after->tick_sum_s < before->tick_sum_s || after->overruns < before->overruns ||
        after->skipped < before->skipped) {
        return false;
    }
    double last = 0;
    for (uint32_t i = 0; i < after->bucket_count; i++) {
        const double count = after->buckets[i].count - before->buckets[i].count;
        if (after->buckets[i].bound_s != before->buckets[i].bound_s || count < last) {
            return false;
        }
        last = count;
    }
    for (uint32_t i = 0; i < after->phase_count; i++) {
        const ServerPhase *from = &before->phases[i], *to = &after->phases[i];
        if (strcmp(from->name, to->name) != 0 || to->sum_s < from->sum_s ||
            to->count < from->count) {
            return false;
        }
    }
    return true;
}

static void subtract(const ServerSample *before, const ServerSample *after,
                     ServerMetrics *metrics) {
    metrics->bucket_count = after->bucket_count;
    metrics->phase_count = after->phase_count;
    for (uint32_t i = 0; i < after->bucket_count; i++) {
        metrics->buckets[i] = after->buckets[i];
        metrics->buckets[i].count -= before->buckets[i].count;
    }
    for (uint32_t i = 0; i < after->phase_count; i++) {
        metrics->phases[i] = after->phases[i];
        metrics->phases[i].sum_s -= before->phases[i].sum_s;
        metrics->phases[i].count -= before->phases[i].count;
    }
}

bool server_metrics_between(const ServerSample *before, const ServerSample *after, double seconds,
                            ServerMetrics *metrics) {
    if (!continues(before, after) || seconds <= 0) {
        return false;
    }
    *metrics = (ServerMetrics){
        .cpu_cores = (after->cpu_s - before->cpu_s) / seconds,
        .rss_bytes = (uint64_t)after->rss_bytes,
        .clients = (uint64_t)after->clients,
        .ticks = (uint64_t)(after->tick_count - before->tick_count),
        .overruns = (uint64_t)(after->overruns - before->overruns),
        .skipped = (uint64_t)(after->skipped - before->skipped),
        .tick_sum_s = after->tick_sum_s - before->tick_sum_s,
    };
    subtract(before, after, metrics);
    return true;
}

// ------------------------------------------------------------------ figures

double server_metrics_tick_ms(const ServerMetrics *metrics, double percent) {
    const uint32_t last = metrics->bucket_count - 1;
    if (metrics->bucket_count == 0 || metrics->buckets[last].count <= 0) {
        return NAN;
    }
    const double wanted = percent / 100 * metrics->buckets[last].count;
    double low_s = 0, below = 0;
    for (uint32_t i = 0; i < last; i++) {
        const ServerBucket *bucket = &metrics->buckets[i];
        if (bucket->count >= wanted && bucket->count > below) {
            const double share = wanted > below ? (wanted - below) / (bucket->count - below) : 0;
            return (low_s + (bucket->bound_s - low_s) * share) * 1e3;
        }
        low_s = bucket->bound_s;
        below = bucket->count;
    }
    return low_s * 1e3; // beyond the last bound: at least that
}

double server_metrics_tick_mean_ms(const ServerMetrics *metrics) {
    return metrics->ticks > 0 ? metrics->tick_sum_s / (double)metrics->ticks * 1e3 : NAN;
}

double server_phase_mean_ms(const ServerPhase *phase) {
    return phase->count > 0 ? phase->sum_s / phase->count * 1e3 : NAN;
}

double server_metrics_phase_ms(const ServerMetrics *metrics, const char *name) {
    for (uint32_t i = 0; i < metrics->phase_count; i++) {
        if (strcmp(metrics->phases[i].name, name) == 0) {
            return server_phase_mean_ms(&metrics->phases[i]);
        }
    }
    return NAN;
}
