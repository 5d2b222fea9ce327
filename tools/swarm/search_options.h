// SPDX-License-Identifier: MIT
// search_options.h -- the options of "tickstorm-bots search": those of the search, and those of a
//                     run except the shape of its load.
//
// Flow:    defaults < scenario < environment < flags -> search_options_parse -> SearchOptions
// Threads: main(), before other threads start.
#ifndef TICKSTORM_SWARM_SEARCH_OPTIONS_H
#define TICKSTORM_SWARM_SEARCH_OPTIONS_H

#include <stdint.h>

#include "tools/swarm/run_spec.h"
#include "tools/swarm/search/search_spec.h"

typedef struct SearchOptions {
    RunSpec run; // of each step; its load's shape is set step by step
    SearchSpec search;
    const char *json; // NULL: none
} SearchOptions;

extern const OptionTable SEARCH_OPTIONS;

// OPTIONS_ERROR has been reported. *options must stay where it is: its parts point to one another.
OptionsResult search_options_parse(SearchOptions *options, int argc, char **argv);

// Sets the load of the next run: ramp, settling and measured time for this many bots.
void search_options_set_bots(SearchOptions *options, uint32_t bots, uint32_t cpu_count);

#endif
