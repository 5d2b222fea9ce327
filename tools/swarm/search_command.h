// SPDX-License-Identifier: MIT
// search_command.h -- "tickstorm-bots search": how many clients does this server hold?
//
// Flow:    argv -> SearchOptions -> search_run, each step a run of real bots (run.h)
//          -> SearchResult -> JSON file, table, exit code
// Threads: the main thread; the threads of a run live within its step.
#ifndef TICKSTORM_SWARM_SEARCH_COMMAND_H
#define TICKSTORM_SWARM_SEARCH_COMMAND_H

#include "tools/swarm/report/exit_code.h"

// argv[0] is the command's name.
ExitCode search_command_main(int argc, char **argv);

#endif
