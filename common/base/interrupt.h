// SPDX-License-Identifier: MIT
// interrupt.h -- SIGINT, SIGTERM and SIGHUP, at any moment of a program.
//
// Flow:    interrupt_catch() -> start-up: an interrupt ends the program at once
//          interrupt_allow(N) -> the next N are counted, for the program to end in good order; the
//          one after them ends it at once, whatever it is doing
// Threads: catch, leave and allow are the main thread's; the counts may be read from any thread.
#ifndef TICKSTORM_BASE_INTERRUPT_H
#define TICKSTORM_BASE_INTERRUPT_H

#include <stdbool.h>
#include <stdint.h>

typedef enum HangUp {
    // SIGHUP says that the terminal is gone: an interrupt, but it never counts as the second one,
    // since shell and system both send it. Where it is ignored (nohup), it stays ignored.
    HANG_UP_INTERRUPTS,
    // SIGHUP asks for something else: the program reads its count when it suits it.
    HANG_UP_IS_COUNTED,
} HangUp;

// exit_code is that of a program which ends at once. SIGINT and SIGTERM are caught even where the
// parent process has them ignored, as for a background job of a script, or blocked.
void interrupt_catch(int exit_code, HangUp hang_up);

// For a program that signals may end by their default action: only unblocks all signals.
void interrupt_leave(void);

// How many interrupts from now on the program obeys by itself. Those before are not forgotten.
void interrupt_allow(uint32_t count);

// How many came, and with HANG_UP_IS_COUNTED how many hang-ups.
uint32_t interrupt_count(void);
uint32_t interrupt_hang_up_count(void);

// Forgets those that were counted.
void interrupt_reset(void);

// Readable once a signal has come, until interrupt_clear(). Clear first, read the counts then. -1
// before interrupt_catch(), and where descriptors are short.
int interrupt_descriptor(void);
void interrupt_clear(void);

// Sleeps; true when an interrupt has come or comes before the time is over.
bool interrupt_wait(uint64_t duration_ns);

// What a terminal gets on stderr when the program ends at once; NULL: nothing. The text is not
// copied.
void interrupt_set_farewell(const char *text);

#endif
