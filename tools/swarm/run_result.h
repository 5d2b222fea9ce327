// SPDX-License-Identifier: MIT
// run_result.h -- the result of a run: its report, judged, and the problem that ended it early.
//
// Flow:    RunSpec + SwarmOutcome + Tally -> run_result_conclude -> RunResult -> run_output.h
// Threads: the main thread.
// Errors:  a problem that kept the run from starting, or ended it before its time, is one sentence
//          in RunResult.problem and fails the run; it is printed by run_output() only.
#ifndef TICKSTORM_SWARM_RUN_RESULT_H
#define TICKSTORM_SWARM_RUN_RESULT_H

#include <stdbool.h>

#include "tools/swarm/load/swarm.h"
#include "tools/swarm/measure/server_watch.h"
#include "tools/swarm/measure/tally.h"
#include "tools/swarm/report/exit_code.h"
#include "tools/swarm/report/report.h"
#include "tools/swarm/run_spec.h"

#define RUN_PROBLEM_BYTES 256

typedef struct RunResult {
    ExitCode code;
    bool has_report;                 // false: memory is short, or a file cannot be written
    bool is_generators_fault;        // the problem is this program's, not the server's
    Report report;                   // judged; borrows total, the problems, and texts of the spec
    Tally *total;                    // NULL when memory is short
    char problem[RUN_PROBLEM_BYTES]; // empty: there was none
    char server_problem[SERVER_WATCH_ERROR_BYTES]; // why the server's metrics could not be read
} RunResult;

// *result needs no initialisation. It must stay where it is until run_result_free().
void run_result_init(RunResult *result);
void run_result_free(RunResult *result);

void run_result_set_problem(RunResult *result, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// The part of a report that is known before the run.
Report run_result_make_report(const RunSpec *spec);

// Makes and judges the report of a run that has ended. `watch` is that of the server's metrics,
// finished and freed here; NULL when the server is not watched.
void run_result_conclude(RunResult *result, const RunSpec *spec, const SwarmOutcome *outcome,
                         ServerWatch *watch);

// The same of a run that did not start, for the reason in result->problem: without a report of its
// own, the file of an earlier run would be mistaken for it.
void run_result_conclude_unstarted(RunResult *result, const RunSpec *spec);

#endif
