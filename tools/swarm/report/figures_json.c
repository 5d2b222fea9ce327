// SPDX-License-Identifier: MIT
#include "tools/swarm/report/figures_json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tools/swarm/report/json_u64.h"

#define NAME_BYTES 64 // of a part

// ------------------------------------------------------------------ values

static json_t *real_or_null(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

static const struct Percentile {
    const char *name;
    double percent;
} percentiles[] = {{"p50", 50}, {"p90", 90}, {"p99", 99}, {"p999", 99.9}};
#define PERCENTILE_COUNT (sizeof percentiles / sizeof *percentiles)

// Without samples only the count is known.
static json_t *distribution_to_json(const Histogram *histogram, double scale) {
    const double known = histogram->count > 0 ? scale : NAN;
    json_t *object = json_object();
    json_object_set_new(object, "count", json_u64(histogram->count));
    json_object_set_new(object, "min", real_or_null((double)histogram->min * known));
    json_object_set_new(object, "mean", real_or_null(histogram_mean(histogram) * known));
    for (size_t i = 0; i < PERCENTILE_COUNT; i++) {
        const double value = (double)histogram_percentile(histogram, percentiles[i].percent);
        json_object_set_new(object, percentiles[i].name, real_or_null(value * known));
    }
    json_object_set_new(object, "max", real_or_null((double)histogram->max * known));
    return object;
}

// Buckets show neither the smallest nor the largest tick.
static json_t *ticks_to_json(const ServerMetrics *server) {
    json_t *object = json_object();
    json_object_set_new(object, "count", json_u64(server->ticks));
    json_object_set_new(object, "min", json_null());
    json_object_set_new(object, "mean", real_or_null(server_metrics_tick_mean_ms(server)));
    for (size_t i = 0; i < PERCENTILE_COUNT; i++) {
        json_object_set_new(object, percentiles[i].name,
                            real_or_null(server_metrics_tick_ms(server, percentiles[i].percent)));
    }
    json_object_set_new(object, "max", json_null());
    return object;
}

static json_t *phases_to_json(const ServerMetrics *server) {
    json_t *object = json_object();
    for (uint32_t i = 0; i < server->phase_count; i++) {
        const ServerPhase *phase = &server->phases[i];
        json_object_set_new(object, phase->name, real_or_null(server_phase_mean_ms(phase)));
    }
    return object;
}

json_t *reasons_to_json(const uint64_t counts[TALLY_REASONS]) {
    json_t *object = json_object();
    for (uint32_t i = 0; i < TALLY_REASONS; i++) {
        if (counts[i] > 0) {
            json_object_set_new(object, reason_name(i), json_u64(counts[i]));
        }
    }
    return object;
}

static json_t *number_to_json(const Figure *figure, const FigureSource *source) {
    if (figure_is_integer(figure)) {
        return figure_is_known(figure, source) ? json_u64(figure_integer(figure, source))
                                               : json_null();
    }
    return real_or_null(figure_number(figure, source));
}

static json_t *value_to_json(const Figure *figure, const FigureSource *source) {
    const void *field = figure_field(figure, source);
    switch (figure->kind) {
    case FIGURE_COUNTER:
    case FIGURE_GAUGE:
    case FIGURE_RATIO:
        return number_to_json(figure, source);
    case FIGURE_DISTRIBUTION:
        return distribution_to_json(field, figure->scale);
    case FIGURE_SERVER_TICKS:
        return ticks_to_json(source->server);
    case FIGURE_SERVER_PHASES:
        return phases_to_json(source->server);
    case FIGURE_REASONS:
        return reasons_to_json(field);
    case FIGURE_FLAG:
        return json_boolean(*(const bool *)field);
    case FIGURE_TEXT:
        break;
    }
    const char *text = *(const char *const *)field;
    return text != NULL ? json_string(text) : json_null();
}

// ------------------------------------------------------------------ places

// The object at a path that ends before `dot`, made if it is not there; NULL: the part is null.
static json_t *part_of(json_t *parent, const char *name, const char *dot, bool is_known) {
    char key[NAME_BYTES];
    snprintf(key, sizeof key, "%.*s", (int)(dot - name), name);
    if (json_object_get(parent, key) == NULL) {
        json_object_set_new(parent, key, is_known ? json_object() : json_null());
    }
    return is_known ? json_object_get(parent, key) : NULL;
}

void figure_set_json(json_t *root, const Figure *figure, const FigureSource *source) {
    const char *name = figure->name;
    json_t *parent = root;
    for (const char *dot; (dot = strchr(name, '.')) != NULL; name = dot + 1) {
        const size_t length = (size_t)(dot - figure->name);
        parent = part_of(parent, name, dot, figure_part_is_known(figure->name, length, source));
        if (parent == NULL) {
            return;
        }
    }
    json_object_set_new(parent, name, value_to_json(figure, source));
}
