// SPDX-License-Identifier: MIT
// run.h -- one run, from its spec to its judged result.
//
// Flow:    RunSpec -> run_load: limits, address and files are checked; the swarm runs, with live
//          display, JSON stream and the server's metrics -> RunResult -> run_output.h
// Threads: the main thread; run_load() returns when all threads of the run have ended.
#ifndef TICKSTORM_SWARM_RUN_H
#define TICKSTORM_SWARM_RUN_H

#include "tools/swarm/run_result.h"
#include "tools/swarm/run_spec.h"

// Shows progress on standard error as the spec asks. *result needs no initialisation, must stay
// where it is, and is freed by run_result_free().
void run_load(const RunSpec *spec, RunResult *result);

#endif
