// SPDX-License-Identifier: MIT
// merge_command.h -- the command that adds generators' reports: tickstorm-bots merge A.json B.json.
//
// Flow:    files -> report_from_json -> report_merge -> report_judge -> summary, --json -> ExitCode
// Threads: the main thread.
// Errors:  a file that cannot be added is one line on stderr and EXIT_CODE_USAGE.
#ifndef TICKSTORM_SWARM_MERGE_COMMAND_H
#define TICKSTORM_SWARM_MERGE_COMMAND_H

#include "base/options.h"
#include "tools/swarm/report/exit_code.h"

extern const OptionTable MERGE_OPTIONS;

// argv[0] is "merge".
ExitCode merge_main(int argc, char **argv);

#endif
