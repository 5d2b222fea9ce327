// SPDX-License-Identifier: MIT
// sim_thread.h -- the thread that ticks the match at a fixed rate, or as fast as it can.
//
// Flow:    FixedStep -> sleep to the absolute deadline -> match_tick() -> metrics
// Threads: sim_thread_start() and sim_thread_join() on the main thread. The match is the sim
//          thread's from start to join.
//
// A late tick does not move the next one. A thread that has fallen behind runs at most
// SIM_CATCH_UP_TICKS ticks back to back, then skips ticks and counts them: the world loses time,
// but the lag cannot grow without end.
#ifndef TICKSTORM_SERVER_SIM_SIM_THREAD_H
#define TICKSTORM_SERVER_SIM_SIM_THREAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "server/sim/match.h"

#define SIM_CATCH_UP_TICKS 3

typedef struct SimThread {
    // Constant.
    Match *match;
    uint64_t tick_limit; // ends after this many ticks; 0: runs until joined
    bool is_unpaced;     // with a limit: never sleeps
    uv_async_t *on_end;  // signalled when the limit is reached; may be NULL
    // Written by the main thread.
    _Atomic bool is_stopping;
    uv_thread_t thread;
} SimThread;

// False when the system refuses.
bool sim_thread_start(SimThread *sim_thread);

// Ends the thread after the tick in progress.
void sim_thread_join(SimThread *sim_thread);

// The same on the calling thread, until the limit is reached or another thread stops it.
void sim_thread_run(SimThread *sim_thread);

#endif
