// SPDX-License-Identifier: MIT
// run_check.h -- checks before a run that its options go together.
//
// Flow:    RunSpec, each option valid by itself -> run_check_* -> a sentence: conflict and remedy
// Threads: pure functions.
#ifndef TICKSTORM_SWARM_RUN_CHECK_H
#define TICKSTORM_SWARM_RUN_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/swarm/run_spec.h"

#define RUN_CHECK_PROBLEM_BYTES 512

// The plain ramp of bots and spawn rate ends within the duration.
bool run_check_ramp(const RunSpec *spec, char *problem, size_t problem_size);

// The shape leaves something to measure after the warm-up.
bool run_check_warmup(const RunSpec *spec, char *problem, size_t problem_size);

// Every threshold can be measured in this run, and there is one when the run shall end with it.
bool run_check_thresholds(const RunSpec *spec, char *problem, size_t problem_size);

// At most one output is standard output.
bool run_check_outputs(const RunSpec *spec, char *problem, size_t problem_size);

#endif
