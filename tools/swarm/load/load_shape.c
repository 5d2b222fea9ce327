// SPDX-License-Identifier: MIT
#include "tools/swarm/load/load_shape.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/options.h"

#define DURATION_BYTES_MAX 32

bool load_shape_parse_stage(const char *text, LoadStage *stage) {
    char duration[DURATION_BYTES_MAX];
    uint64_t target = 0;
    const char *colon = strchr(text, ':');
    if (colon == NULL || (size_t)(colon - text) >= sizeof duration) {
        return false;
    }
    memcpy(duration, text, (size_t)(colon - text));
    duration[colon - text] = '\0';
    if (!parse_duration_ns(duration, &stage->duration_ns) || !parse_count(colon + 1, &target) ||
        target > LOAD_TARGET_MAX) {
        return false;
    }
    stage->target = (uint32_t)target;
    return true;
}

LoadShape load_shape_plain(uint32_t bots, double spawn_rate_hz, uint64_t duration_ns) {
    const double ramp_s = bots / spawn_rate_hz;
    const uint64_t ramp_ns = (uint64_t)(ramp_s * (double)NS_PER_S);
    assert(ramp_ns <= duration_ns);
    return (LoadShape){.stages = {{ramp_ns, bots}, {duration_ns - ramp_ns, bots}}, .count = 2};
}

uint32_t load_shape_peak(const LoadShape *shape) {
    uint32_t peak = 0;
    for (uint32_t i = 0; i < shape->count; i++) {
        peak = shape->stages[i].target > peak ? shape->stages[i].target : peak;
    }
    return peak;
}

uint64_t load_shape_duration_ns(const LoadShape *shape) {
    uint64_t duration_ns = 0;
    for (uint32_t i = 0; i < shape->count; i++) {
        duration_ns += shape->stages[i].duration_ns;
    }
    return duration_ns;
}

uint32_t load_shape_target(const LoadShape *shape, uint64_t since_start_ns) {
    uint32_t from = 0;
    for (uint32_t i = 0; i < shape->count; i++) {
        const LoadStage *stage = &shape->stages[i];
        if (since_start_ns < stage->duration_ns) {
            const double share = (double)since_start_ns / (double)stage->duration_ns;
            return (uint32_t)ceil(from + ((double)stage->target - from) * share);
        }
        since_start_ns -= stage->duration_ns;
        from = stage->target;
    }
    return from;
}
