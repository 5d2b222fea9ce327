// SPDX-License-Identifier: MIT
// swarm.h -- a run: threads of bots against one server, from the ramp to the goodbyes.
//
// Flow:    SwarmConfig -> swarm_run -> SwarmProgress four times a second -> SwarmOutcome
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

#include "tools/swarm/load/behaviour.h"
#include "tools/swarm/load/load_shape.h"
#include "tools/swarm/load/swarm_thread.h"
#include "tools/swarm/measure/swarm_progress.h"
#include "tools/swarm/measure/tally.h"

#define SWARM_BOTS_MAX    LOAD_TARGET_MAX
#define SWARM_THREADS_MAX 64

// What a bot costs, when most of them played. Of this whole program, so it says little with a few.
typedef struct SwarmCost {
    double cpu_us_per_bot_s;
    uint64_t rss_bytes;            // of this program
    double rss_bytes_per_bot;      // above what it had before the first bot, baselines included
    double baseline_bytes_per_bot; // the rosters that the server may refer to
    uint32_t bots;                 // so many played
} SwarmCost;

typedef struct SwarmConfig {
    const char *host; // an address in numbers, see server_address.h
    uint16_t port;
    LoadShape shape;
    uint32_t thread_count;
    uint64_t warmup_ns; // from the start, not measured
    double input_rate_hz;
    uint64_t seed;
    uint64_t connect_timeout_ns;
    BehaviourMix mix;
    bool is_impaired;        // each bot's connection gets a bad network of its own
    ImpairConfig impairment; // each way
    bool wants_verify;       // ask the server for checksums
    bool wants_epoll;        // even where io_uring is there
    // Told about the run. Any may be NULL.
    void *user;
    // False ends the run at once. Once more with the rest when all threads have ended.
    bool (*on_progress)(void *user, const SwarmProgress *progress);
    void (*on_end)(void *user); // the measured time is over, the bots are still in the game
} SwarmConfig;

typedef enum SwarmEnd {
    SWARM_END_DURATION,    // ran for as long as asked
    SWARM_END_INTERRUPTED, // see interrupt.h
    SWARM_END_NO_ANSWER,   // the first bot's time to connect is over and nobody has got in
    SWARM_END_ALL_ENDED,   // no bot is left
    SWARM_END_OPEN_FAILED, // a socket could not be opened: open_error says why
    SWARM_END_NO_START,    // memory or threads are short
    SWARM_END_ABORTED,     // on_progress() said so
} SwarmEnd;

typedef struct SwarmOutcome {
    SwarmEnd end;
    TransportError open_error;
    double duration_s;      // from the start
    double measured_s;      // of it, after the warm-up
    double cpu_cores;       // that this program used in the measured time
    double busiest_thread;  // how much of a core the busiest one used in the measured time
    uint32_t uring_threads; // that moved datagrams by io_uring
    SwarmCost cost;
    uint32_t tick_rate_hz; // of the server; 0: nobody was told
} SwarmOutcome;

// Makes sure that so many descriptors may be open, by raising the soft limit when needed. False
// when the hard limit is in the way; *limit is what is allowed.
bool swarm_reserve_descriptors(uint64_t needed, uint64_t *limit);

// Whether the system has so many local ports for connections: one socket each. *limit is how many
// there are; UINT64_MAX when it does not tell.
bool swarm_has_local_ports(uint64_t needed, uint64_t *limit);

// Descriptors that a run with this many bots and threads opens at most.
uint64_t swarm_descriptors_needed(uint32_t bot_count, uint32_t thread_count);

// Runs to the end; everything measured is added to *total.
SwarmOutcome swarm_run(const SwarmConfig *config, Tally *total);

#endif
