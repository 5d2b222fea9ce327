// SPDX-License-Identifier: MIT
// swarm_options.h -- the options of tickstorm-bots, from the command line, the environment and a
//                    scenario file.
//
// Flow:    defaults < --scenario FILE < environment < flags -> swarm_options_parse -> SwarmOptions
// Threads: main(), before other threads start.
// Errors:  reported in one line on stderr; an error in a file names the file and the line.
#ifndef TICKSTORM_SWARM_SWARM_OPTIONS_H
#define TICKSTORM_SWARM_SWARM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/options.h"
#include "net/impair.h"
#include "net/net_address.h"
#include "tools/swarm/load/behaviour.h"
#include "tools/swarm/load/load_shape.h"
#include "tools/swarm/report/threshold.h"

typedef struct SwarmOptions {
    // As given; the types are those of base/options.h.
    const char *connect;
    uint64_t bots;
    uint64_t duration_ns;
    double spawn_rate_hz;
    double input_rate_hz;
    uint64_t seed;
    uint64_t threads; // 0: chosen
    const char *behaviour;
    OptionList stage_texts;
    uint64_t warmup_ns;
    uint64_t connect_timeout_ns;
    OptionList threshold_texts;
    bool aborts_on_fail;
    uint64_t abort_grace_ns; // after the warm-up
    const char *server_metrics;
    const char *json;
    const char *json_stream;
    OptionList hdr; // [METRIC=]FILE
    const char *scenario;
    uint64_t latency_ns;
    uint64_t jitter_ns;
    double loss_percent;
    double duplicate_percent;
    double reorder_percent;
    bool wants_verify;
    bool wants_epoll;
    bool is_quiet;
    bool has_no_color;
    // Derived from these.
    char host[NET_HOST_BYTES];
    uint16_t port;
    LoadShape shape;
    BehaviourMix mix;
    ThresholdList thresholds;
    uint32_t thread_count;
    bool is_impaired;
    ImpairConfig impairment;
} SwarmOptions;

extern const OptionTable SWARM_OPTIONS;

// OPTIONS_ERROR has been reported. cpu_count is what the machine has.
OptionsResult swarm_options_parse(SwarmOptions *options, int argc, char **argv, uint32_t cpu_count);

// Checks of rows that several tables have (swarm_option_rows.h).
bool swarm_options_check_behaviour(const char *text, char *problem, size_t problem_size);
bool swarm_options_check_threshold(const char *text, char *problem, size_t problem_size);

// Fills in the fields derived from the options, all but the shape and the threads. For every table
// that has rows of swarm_option_rows.h. False: reported.
bool swarm_options_resolve(SwarmOptions *options, const char *program);

// Replaces the shape, and the number of threads that follows from it.
void swarm_options_set_shape(SwarmOptions *options, const LoadShape *shape, uint32_t cpu_count);

#endif
