// SPDX-License-Identifier: MIT
// run_spec.h -- everything that a run is asked to do.
//
// Flow:    command line, environment, scenario file -> swarm_options_parse -> RunSpec -> run.h,
//          which passes the swarm its LoadSpec
// Threads: written by main() before other threads start; read-only while a run goes on.
// Memory:  texts belong to the command line, the environment or the option parser, and live as long
//          as the program.
#ifndef TICKSTORM_SWARM_RUN_SPEC_H
#define TICKSTORM_SWARM_RUN_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/options.h"
#include "tools/swarm/load/load_spec.h"
#include "tools/swarm/report/threshold.h"

// Options that a RunSpec is made of, as given; the types are those of base/options.h.
typedef struct RunOptions {
    uint64_t bots;
    uint64_t duration_ns;
    double spawn_rate_hz;
    OptionList stages;
    uint64_t threads; // 0: to be chosen
    double loss_percent;
    double duplicate_percent;
    double reorder_percent;
    OptionList thresholds;
    const char *scenario;
} RunOptions;

typedef struct RunSpec {
    RunOptions given;
    // The load.
    const char *server;     // "HOST:PORT"
    const char *behaviours; // "wander=6,hunt=3"
    LoadSpec load;
    // The judgement.
    ThresholdList thresholds;
    bool aborts_on_fail;
    uint64_t abort_grace_ns;    // after the warm-up
    const char *server_metrics; // URL; NULL: the server is not watched
    // The outputs; NULL: none.
    const char *json;
    const char *json_stream;
    OptionList hdr; // [METRIC=]FILE
    bool is_quiet;
    bool has_no_color;
} RunSpec;

#endif
