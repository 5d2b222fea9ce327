// SPDX-License-Identifier: MIT
// exit_code.h -- the program's exit codes, for scripts; the same numbers as k6's where it has one.
#ifndef TICKSTORM_SWARM_REPORT_EXIT_CODE_H
#define TICKSTORM_SWARM_REPORT_EXIT_CODE_H

typedef enum ExitCode {
    EXIT_CODE_OK = 0,
    EXIT_CODE_FAILED = 1,
    EXIT_CODE_USAGE = 2,
    EXIT_CODE_THRESHOLD = 99,
    EXIT_CODE_INTERRUPTED = 105,
} ExitCode;

#endif
