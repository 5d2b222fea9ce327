// SPDX-License-Identifier: MIT
// swarm.h -- a run of the swarm: threads of bots against one server, from the ramp to the goodbyes.
//
// Flow:    LoadSpec -> swarm_run -> SwarmProgress four times a second -> SwarmOutcome
//
//            main thread (libuv)      signals, the run's end, progress, the report
//            swarm thread 0..N-1      bots index, index + N, ... : sockets, brains, measuring
//
// Threads: swarm_run() is called by the main thread and returns when all threads have ended.
// Units:   durations count from the start of the first ramp, as with k6 and locust.
#ifndef TICKSTORM_SWARM_LOAD_SWARM_H
#define TICKSTORM_SWARM_LOAD_SWARM_H

#include <stdbool.h>
#include <stdint.h>

#include "net/transport.h"
#include "tools/swarm/load/load_spec.h"
#include "tools/swarm/measure/swarm_progress.h"
#include "tools/swarm/measure/tally.h"

#define SWARM_BOTS_MAX    LOAD_TARGET_MAX
#define SWARM_THREADS_MAX 64

// Called by swarm_run(). Any function may be NULL.
typedef struct SwarmObserver {
    void *user;
    // False ends the run at once. Called once more, with the rest, when all threads have ended.
    bool (*on_progress)(void *user, const SwarmProgress *progress);
    void (*on_end)(void *user); // the measured time is over, the bots are still in the game
} SwarmObserver;

// The cost of a bot, measured when most bots played. The figures are those of this whole program,
// so they mean little with few bots.
typedef struct SwarmCost {
    double cpu_us_per_bot_s;
    uint64_t rss_bytes;            // of this program
    double rss_bytes_per_bot;      // above the memory before the first bot, baseline sets included
    double baseline_bytes_per_bot; // the baseline sets that the server may refer to
    uint32_t bots;                 // that played
} SwarmCost;

typedef enum SwarmEnd {
    SWARM_END_DURATION,    // the run took its full time
    SWARM_END_INTERRUPTED, // see interrupt.h
    SWARM_END_NO_ANSWER,   // the first bot's time to connect is over and no bot is in the game
    SWARM_END_ALL_ENDED,   // no bot is left
    SWARM_END_OPEN_FAILED, // a socket could not be opened, see open_error
    SWARM_END_NO_START,    // memory, descriptors or threads are short
    SWARM_END_ABORTED,     // by on_progress()
} SwarmEnd;

typedef struct SwarmOutcome {
    SwarmEnd end;
    TransportError open_error;
    double duration_s;      // from the start
    double measured_s;      // of it, after the warm-up
    double cpu_cores;       // that this program used in the measured time
    double busiest_thread;  // the largest share of a core that a thread used in the measured time
    uint32_t uring_threads; // that moved datagrams by io_uring
    SwarmCost cost;
    uint32_t tick_rate_hz; // of the server; 0: no bot got to know it
} SwarmOutcome;

// Runs to the end; everything measured is added to *total. `address` is the server's in numbers
// (server_address.h). `observer` may be NULL.
SwarmOutcome swarm_run(const LoadSpec *spec, const char *address, const SwarmObserver *observer,
                       Tally *total);

#endif
