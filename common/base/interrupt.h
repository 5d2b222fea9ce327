// SPDX-License-Identifier: MIT
// interrupt.h -- SIGINT, SIGTERM and SIGHUP, from the start of a program to its end.
//
// Flow:    interrupt_catch() -> during start-up an interrupt ends the program at once
//          interrupt_allow(N) -> the next N are counted, and the program ends in good order; one
//          more ends it at once
// Threads: catch, leave and allow are the main thread's; the counts may be read from any thread.
#ifndef TICKSTORM_BASE_INTERRUPT_H
#define TICKSTORM_BASE_INTERRUPT_H

#include <stdbool.h>
#include <stdint.h>

typedef enum HangUp {
    // SIGHUP means that the terminal is gone: an interrupt, but never counted as the second
    // interrupt, because shell and system both send it. Where it is ignored (nohup), it stays
    // ignored.
    HANG_UP_INTERRUPTS,
    // SIGHUP is a request, such as to reload: the program polls its count.
    HANG_UP_IS_COUNTED,
} HangUp;

// exit_code is used when the program ends at once. SIGINT and SIGTERM are caught even where the
// parent process ignores them, as for a background job of a script, or blocks them.
void interrupt_catch(int exit_code, HangUp hang_up);

// For a program that keeps the default actions: only unblocks all signals.
void interrupt_leave(void);

// How many interrupts from now on the program handles itself. Earlier ones stay counted.
void interrupt_allow(uint32_t count);

// Interrupts so far, and with HANG_UP_IS_COUNTED hang-ups so far.
uint32_t interrupt_count(void);
uint32_t interrupt_hang_up_count(void);

// Sets the counts to zero.
void interrupt_reset(void);

// Readable from a signal until interrupt_clear(). Clear first, then read the counts. -1 before
// interrupt_catch(), and where descriptors are short.
int interrupt_descriptor(void);
void interrupt_clear(void);

// Sleeps until the time is over (false) or an interrupt has come (true).
bool interrupt_wait(uint64_t duration_ns);

// The text that stderr gets when the program ends at once; NULL for none. It is not copied.
void interrupt_set_farewell(const char *text);

#endif
