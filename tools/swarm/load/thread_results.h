// SPDX-License-Identifier: MIT
// thread_results.h -- the results that one swarm thread hands over to the main thread.
//
// Flow:    thread: a window's Tally and the gauges, a few times a second -> thread_results_push
//          main:   thread_results_collect -> the sums of the windows since the last collection
// Threads: one thread pushes, the main thread collects; the mutex guards everything inside.
// Memory:  two tallies, allocated by thread_results_init and freed by thread_results_free.
#ifndef TICKSTORM_SWARM_LOAD_THREAD_RESULTS_H
#define TICKSTORM_SWARM_LOAD_THREAD_RESULTS_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "net/transport.h"
#include "tools/swarm/measure/swarm_progress.h"
#include "tools/swarm/measure/tally.h"

typedef struct ThreadResults {
    uv_mutex_t mutex;
    Tally *measured; // since the last collection
    Tally *warmup;   // the same, of the warm-up
    SwarmGauges gauges;
    TransportError open_error; // a bot could not open its socket; TRANSPORT_OK: all could
    bool has_ended;
} ThreadResults;

// False when memory is short; nothing is left behind then.
bool thread_results_init(ThreadResults *results);
void thread_results_free(ThreadResults *results);

// Adds a window, of the warm-up or of the measured time. Gauges and error replace the last ones; a
// tick rate of 0 leaves the last one in place.
void thread_results_push(ThreadResults *results, const Tally *window, bool is_warmup,
                         const SwarmGauges *gauges, TransportError open_error);

// Adds what was pushed since the last call to *measured and *warmup. False with *error when a bot
// could not open its socket.
bool thread_results_collect(ThreadResults *results, Tally *measured, Tally *warmup,
                            SwarmGauges *gauges, TransportError *error);

// The thread pushes nothing more: sends *on_end, which the receiver may close as soon as
// thread_results_have_ended() is true.
void thread_results_end(ThreadResults *results, uv_async_t *on_end);
bool thread_results_have_ended(ThreadResults *results);

#endif
