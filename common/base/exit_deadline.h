// SPDX-License-Identifier: MIT
// exit_deadline.h -- a program that has done its work does not wait forever for its reader.
//
// Flow:    the work -> files -> exit_deadline_set() -> what is printed -> exit
// Threads: the main thread's.
#ifndef TICKSTORM_BASE_EXIT_DEADLINE_H
#define TICKSTORM_BASE_EXIT_DEADLINE_H

#define EXIT_DEADLINE_S 5

// The program ends with this code EXIT_DEADLINE_S from now at the latest, and says so on stderr
// where that takes a line. Set anew, the time starts again. program is not copied.
//
// Standard output or error on a terminal that is gone goes to /dev/null from now on: a person who
// closes the window wants no more output, and that fails no run.
void exit_deadline_set(const char *program, int exit_code);

#endif
