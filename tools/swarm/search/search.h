// SPDX-License-Identifier: MIT
// search.h -- "tickstorm-bots search": how many clients does this server hold?
//
// Flow:    argv -> SearchOptions -> search_run: SearchPlan picks a number, a run tries it, until
//          the answer is close enough -> SearchResult -> table, JSON, exit code
// Threads: the main thread; the threads of a run live within its step.
#ifndef TICKSTORM_SWARM_SEARCH_SEARCH_H
#define TICKSTORM_SWARM_SEARCH_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/swarm/report/exit_code.h"
#include "tools/swarm/search/search_result.h"

// How a number of bots is tried. False when the run was interrupted or measured nothing; then *end
// says which, and *problem why.
typedef struct SearchRunner {
    void *user;
    bool (*try_bots)(void *user, uint32_t bots, bool is_repeat, SearchStep *step, SearchEnd *end,
                     const char **problem);
} SearchRunner;

// Searches as the options ask.
void search_run(const SearchOptions *options, const SearchRunner *runner, SearchResult *result);

ExitCode search_result_exit_code(const SearchResult *result);

// The whole command; argv[0] is the command's name.
ExitCode search_main(int argc, char **argv);

#endif
