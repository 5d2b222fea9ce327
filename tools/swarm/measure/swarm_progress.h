// SPDX-License-Identifier: MIT
// swarm_progress.h -- the progress of a run, for the displays and the stream.
//
// Flow:    swarm threads -> SwarmGauges -> SwarmProgress, four times a second -> Live, JsonStream
// Threads: plain data; a SwarmProgress belongs to the main thread.
#ifndef TICKSTORM_SWARM_MEASURE_SWARM_PROGRESS_H
#define TICKSTORM_SWARM_MEASURE_SWARM_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/swarm/measure/tally.h"

typedef enum BotState {
    BOT_WAITING,    // to be wanted, or to come back
    BOT_CONNECTING, // until the first snapshot
    BOT_PLAYING,
    BOT_ENDED, // until it is wanted again
} BotState;

// How many bots are in which state, and the thread's newest levels.
typedef struct SwarmGauges {
    uint32_t bots[BOT_ENDED + 1]; // by BotState
    uint32_t hostile;             // of those that play
    uint32_t silent;         // of the other bots that play: bots without arrivals from the server
    uint32_t tick_rate_hz;   // of the server; 0: no bot knows it yet
    uint64_t baseline_bytes; // memory of the baseline sets
    uint32_t uring_threads;  // threads whose datagrams io_uring moves
    // Of one core, by a single thread: in the last window, and in the measured time so far.
    double thread_cpu, measured_thread_cpu;
} SwarmGauges;

// How far a run is; valid during the call.
typedef struct SwarmProgress {
    double elapsed_s;
    double duration_s;
    bool is_warming_up;
    uint32_t target_bots; // wanted by now
    SwarmGauges gauges;   // over all threads
    const Tally *recent;  // measured since the last call, also while warming up
    double recent_s;
    const Tally *total; // without the warm-up, see tally.h
    double cpu_cores;   // of this program since the last call
    bool is_last; // the run is over: this is the last call, with the rest since the previous one
} SwarmProgress;

#endif
