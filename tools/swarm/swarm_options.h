// SPDX-License-Identifier: MIT
// swarm_options.h -- the options of tickstorm-bots, from the command line, the environment and a
//                    scenario file.
//
// Flow:    defaults < --scenario FILE < environment < flags -> swarm_options_parse -> RunSpec
// Threads: main(), before other threads start.
// Errors:  reported in one line on stderr; an error in a file names the file and the line.
#ifndef TICKSTORM_SWARM_SWARM_OPTIONS_H
#define TICKSTORM_SWARM_SWARM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/options.h"
#include "tools/swarm/run_spec.h"

extern const OptionTable SWARM_OPTIONS;

// OPTIONS_ERROR has been reported. cpu_count is the machine's.
OptionsResult swarm_options_parse(RunSpec *spec, int argc, char **argv, uint32_t cpu_count);

// Checks of rows that several tables have (swarm_option_rows.h).
bool swarm_options_check_behaviour(const char *text, char *problem, size_t problem_size);
bool swarm_options_check_threshold(const char *text, char *problem, size_t problem_size);

// Computes the fields that follow from the given options, except the shape and the threads. For
// every table with rows of swarm_option_rows.h. False: reported.
bool swarm_options_resolve(RunSpec *spec, const char *program);

// Replaces the shape, and the number of threads that follows from it.
void swarm_options_set_shape(RunSpec *spec, const LoadShape *shape, uint32_t cpu_count);

#endif
