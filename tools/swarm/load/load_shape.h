// SPDX-License-Identifier: MIT
// load_shape.h -- the number of bots over time: stages, each a straight line to its target.
//
// Flow:    --stage 30s:500 ... or -c -r -d -> LoadShape -> load_shape_target, each turn
// Threads: plain data, read-only while a run goes on.
// Units:   nanoseconds since the start of the run.
//
//            500 |        .--------.          --stage 10s:500   up from 0
//                |      /           \         --stage 20s:500   stay there
//              0 |----'              '---     --stage 5s:0      all leave
//
// Bot i is wanted while the target is above i: the last bots leave first, and a later stage brings
// the same ones back.
#ifndef TICKSTORM_SWARM_LOAD_LOAD_SHAPE_H
#define TICKSTORM_SWARM_LOAD_LOAD_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#define LOAD_STAGES_MAX 64
#define LOAD_TARGET_MAX 65000

typedef struct LoadStage {
    uint64_t duration_ns; // 0: jump to the target
    uint32_t target; // at its end; linear from the previous stage's target, the first stage from 0
} LoadStage;

typedef struct LoadShape {
    LoadStage stages[LOAD_STAGES_MAX];
    uint32_t count;
} LoadShape;

// Reads "30s:500"; the count may be "2k". False for any other form, and above LOAD_TARGET_MAX.
bool load_shape_parse_stage(const char *text, LoadStage *stage);

// The ramp and the plateau of --bots, --spawn-rate and --duration. The ramp must end within the
// duration: run_check_ramp().
LoadShape load_shape_plain(uint32_t bots, double spawn_rate_hz, uint64_t duration_ns);

uint32_t load_shape_peak(const LoadShape *shape);
uint64_t load_shape_duration_ns(const LoadShape *shape);

// Bots wanted; after the last stage its target. Fractions are rounded up, so that the first bot of
// a ramp is wanted at once.
uint32_t load_shape_target(const LoadShape *shape, uint64_t since_start_ns);

#endif
