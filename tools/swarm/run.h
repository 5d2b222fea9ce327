// SPDX-License-Identifier: MIT
// run.h -- one run, from options to report.
//
// Flow:    SwarmOptions -> run_load: live display, swarm, judgement -> RunResult -> run_report:
//          summary and files
// Threads: the main thread; run_load() returns when all threads of the run have ended.
// Errors:  what kept a run from starting, or ended it before its time, is one sentence in
//          RunResult.problem, and fails the run; nothing is printed about it before run_report().
#ifndef TICKSTORM_SWARM_RUN_H
#define TICKSTORM_SWARM_RUN_H

#include <stdbool.h>

#include "tools/swarm/measure/server_watch.h"
#include "tools/swarm/measure/tally.h"
#include "tools/swarm/report/exit_code.h"
#include "tools/swarm/report/report.h"
#include "tools/swarm/swarm_options.h"

#define RUN_PROBLEM_BYTES 256

typedef struct RunResult {
    ExitCode code;
    bool has_report;                 // false: memory is short, or a file cannot be written
    bool is_generators_fault;        // the problem is this program's, not the server's
    Report report;                   // judged; borrows total, the problem, and texts of the options
    Tally *total;                    // NULL when memory is short
    char problem[RUN_PROBLEM_BYTES]; // empty: there was none
    char server_problem[SERVER_WATCH_ERROR_BYTES]; // the report's
} RunResult;

// Shows what the options ask for while it runs, on standard error. *result needs no initialisation
// and must stay where it is until run_result_free().
void run_load(const SwarmOptions *options, RunResult *result);
void run_result_free(RunResult *result);

// Writes the files that the options ask for, then prints the summary, or the problem. Returns the
// result's code, or EXIT_CODE_FAILED when a file cannot be written, interrupted or not. The program
// has EXIT_DEADLINE_S from here to its end.
ExitCode run_report(const SwarmOptions *options, const RunResult *result);

#endif
