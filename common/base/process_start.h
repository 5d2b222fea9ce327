// SPDX-License-Identifier: MIT
// process_start.h -- the first call of every main(): the program works in any environment.
//
// Flow:    main() -> process_start() -> interrupt_catch() or interrupt_leave() -> everything else
// Threads: the main thread's, before there are others.
//
//   descriptors 0-2   opened if closed, so that no socket or file ever becomes standard output.
//                     Writing to such a standard output fails, as on any output that cannot be
//                     written; text to stderr is thrown away
//   SIGPIPE, SIGXFSZ  ignored: a reader that leaves and a file that may not grow are write errors
//   open files        a few may be opened, or the program ends with 1 and one line: libraries abort
//                     where not even an event loop can be made
//   stderr            log.h's thread writes to it
#ifndef TICKSTORM_BASE_PROCESS_START_H
#define TICKSTORM_BASE_PROCESS_START_H

void process_start(void);

#endif
