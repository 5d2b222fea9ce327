// SPDX-License-Identifier: MIT
// clock.h -- the monotonic clock, and the fixed step that turns it into ticks.
//
// Flow:    clock_now_ns() -> FixedStep -> how many ticks are due, and until when to sleep
// Threads: stateless functions are safe from any thread; a FixedStep belongs to one thread.
// Units:   nanoseconds since an arbitrary start (CLOCK_MONOTONIC). The wall clock is read only to
//          stamp log lines.
#ifndef TICKSTORM_BASE_CLOCK_H
#define TICKSTORM_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define NS_PER_S  1000000000ull
#define NS_PER_MS 1000000ull
#define NS_PER_US 1000ull

// For displayed figures.
#define NS_TO_MS 1e-6

// The monotonic time in nanoseconds. Never goes back, never jumps with the wall clock.
uint64_t clock_now_ns(void);

// Sleeps until the monotonic time reaches deadline_ns; returns at once when it has passed. Signals
// do not cut the sleep short.
void clock_sleep_until_ns(uint64_t deadline_ns);

// CPU time that this process (all threads) or the calling thread has used so far.
uint64_t clock_process_cpu_ns(void);
uint64_t clock_thread_cpu_ns(void);

// Turns absolute time into a count of ticks. Tick n is due at start + n * 1 s / rate, computed from
// the start each time, so neither rounding nor a late tick ever moves a later one. When the caller
// has fallen behind by more than catch_up_ticks, the excess is skipped and counted: the world loses
// time, but the lag cannot grow without end.
typedef struct FixedStep {
    uint64_t start_ns;
    uint32_t rate_hz;
    uint32_t catch_up_ticks;
    uint64_t next;    // index of the next tick that is due, skipped ones included
    uint64_t skipped; // ticks that were given up so far
} FixedStep;

void fixed_step_start(FixedStep *step, uint64_t now_ns, uint32_t rate_hz, uint32_t catch_up_ticks);

// When the next tick is due.
uint64_t fixed_step_deadline_ns(const FixedStep *step);

// True, and advances by one tick, when a tick is due at now_ns. *lag_ns is how late it starts.
bool fixed_step_consume(FixedStep *step, uint64_t now_ns, uint64_t *lag_ns);

#endif
