// SPDX-License-Identifier: MIT
// search.h -- searches for the number of clients that a server holds.
//
// Flow:    SearchSpec -> search_run: SearchPlan picks a number, SearchRunner tries it, until the
//          answer is precise enough -> SearchResult (search_result.h) -> exit code
// Threads: the main thread; the threads of a run live within its step.
#ifndef TICKSTORM_SWARM_SEARCH_SEARCH_H
#define TICKSTORM_SWARM_SEARCH_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/swarm/report/exit_code.h"
#include "tools/swarm/search/search_result.h"

// Tries a number of bots. False when the run was interrupted or measured nothing; then *end says
// which, and *problem why.
typedef struct SearchRunner {
    void *user;
    bool (*try_bots)(void *user, uint32_t bots, bool is_repeat, SearchStep *step, SearchEnd *end,
                     const char **problem);
} SearchRunner;

void search_run(const SearchSpec *spec, const SearchRunner *runner, SearchResult *result);

ExitCode search_result_exit_code(const SearchResult *result);

#endif
