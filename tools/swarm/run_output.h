// SPDX-License-Identifier: MIT
// run_output.h -- the output of a run: its files and its summary.
//
// Flow:    RunResult -> run_output -> JSON report, distributions, summary or problem -> exit code
// Threads: the main thread.
#ifndef TICKSTORM_SWARM_RUN_OUTPUT_H
#define TICKSTORM_SWARM_RUN_OUTPUT_H

#include <stdbool.h>

#include "tools/swarm/run_result.h"

// Writes the files that the spec asks for, then prints the summary, or the problem. Returns the
// result's code, or EXIT_CODE_FAILED when a file cannot be written, interrupted or not. The program
// has EXIT_DEADLINE_S from here to its end.
ExitCode run_output(const RunSpec *spec, const RunResult *result);

// Whether output to this descriptor is coloured.
bool run_output_uses_color(const RunSpec *spec, int descriptor);

// Logs that a file cannot be written, by errno. Returns false.
bool run_output_complain(const char *path);

#endif
