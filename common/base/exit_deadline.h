// SPDX-License-Identifier: MIT
// exit_deadline.h -- bounds how long a program that is done waits for the reader of its output.
//
// Flow:    work -> output files -> exit_deadline_set() -> standard output -> exit
// Threads: the main thread's.
#ifndef TICKSTORM_BASE_EXIT_DEADLINE_H
#define TICKSTORM_BASE_EXIT_DEADLINE_H

#define EXIT_DEADLINE_S 5

// The program ends with this code within EXIT_DEADLINE_S, with a line on stderr if stderr accepts
// it. Another call starts the time again. program is not copied.
//
// Standard output or error on a closed terminal is redirected to /dev/null: a closed window is no
// failure of the run.
void exit_deadline_set(const char *program, int exit_code);

#endif
