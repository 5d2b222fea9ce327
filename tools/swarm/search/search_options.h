// SPDX-License-Identifier: MIT
// search_options.h -- the options of "tickstorm-bots search": how to search, and those of a run but
//                     for the shape of its load.
//
// Flow:    defaults < scenario < environment < flags -> search_options_parse -> SearchOptions
// Threads: main(), before other threads start.
#ifndef TICKSTORM_SWARM_SEARCH_SEARCH_OPTIONS_H
#define TICKSTORM_SWARM_SEARCH_SEARCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/swarm/swarm_options.h"

typedef struct SearchOptions {
    SwarmOptions run; // of each step; its shape is set step by step
    uint64_t first;
    uint64_t max;
    uint64_t duration_ns; // that all bots of a step are measured for
    uint64_t settle_ns;   // between the end of the ramp and that
    uint64_t cool_down_ns;
    double precision_percent;
    const char *json;
    bool has_default_thresholds; // none were given
} SearchOptions;

extern const OptionTable SEARCH_OPTIONS;

// OPTIONS_ERROR has been reported.
OptionsResult search_options_parse(SearchOptions *options, int argc, char **argv);

// Ramp, settling and measured time for so many bots.
void search_options_set_bots(SearchOptions *options, uint32_t bots, uint32_t cpu_count);

#endif
