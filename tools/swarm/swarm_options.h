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

#endif
