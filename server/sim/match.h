// SPDX-License-Identifier: MIT
// match.h -- all that the sim thread owns: the world, its players, and the tick of both.
//
// Flow:    queues.to_sim -> consume_records -> sim_tick -> replicate -> hand_over -> queues.to_net
// Threads: the sim thread; its workers run the parallel stages. Time is a parameter.
// Memory:  allocated by match_create(); a steady tick allocates nothing.
//
//   match_tick:
//     consume_records  serial     joins, leaves, inputs, chat and verify requests from the queues
//     pop_inputs       serial     one input a ship for this tick, from its jitter buffer
//     sim_tick         see sim.h  the world advances and is published
//     replicate        see replication.h: a snapshot for every session that is due
//     hand_over        serial     snapshots, welcomes, events and verify details into the queues
//     publish          serial     metrics
#ifndef TICKSTORM_SERVER_SIM_MATCH_H
#define TICKSTORM_SERVER_SIM_MATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "server/operate/metrics.h"
#include "server/replication/replication.h"
#include "server/sim/departures.h"
#include "server/sim/event_broadcast.h"
#include "server/sim/session.h"
#include "server/sim/sim.h"
#include "server/sim/sim_queues.h"

typedef struct MatchConfig {
    SimConfig sim;
    uint32_t tick_rate_hz;
    uint32_t snapshot_rate_hz; // divides tick_rate_hz
    uint32_t budget_bytes;     // per snapshot
    uint32_t verify_interval;  // as EncodeFrame's
    bool ignores_verify;       // no snapshot has a checksum, even when the client wants them
    uint32_t loop_count;       // net loops, each with its queues
    SimQueues *queues;         // [loop_count]; borrowed
    Metrics *metrics;          // borrowed
} MatchConfig;

typedef struct Match {
    // Constant.
    MatchConfig config;
    uint32_t snapshot_interval_ticks;
    uint64_t tick_ns;
    // State.
    Sim sim;
    SessionTable sessions;
    Replication replication;
    EventBroadcast broadcast;
    uint64_t tick_count;      // since the beginning; does not wrap
    Departures departures;    // of players who left: the tick_count at which their wait ends
    Departures chats;         // of players who left: the chat_due_ns of their sessions
    bool has_verify_requests; // some session has a verify request that is not answered yet
    // Of the tick in progress.
    uint64_t due_ns;
    SimCommand *commands; // [command_capacity]
    uint32_t command_count;
    uint32_t command_capacity;
    ShipInput *ship_inputs; // [ship_capacity] by player index
    uint16_t *rewinds;      // likewise; see SimInputs
    // For the next tick's snapshots and for the metrics.
    uint64_t last_tick_ns; // how long the last tick took; set by the caller of match_tick()
} Match;

// False when memory or threads are short. The match must not be moved.
bool match_create(Match *match, const MatchConfig *config);
void match_destroy(Match *match);

// Advances the world by one tick. due_ns is when this tick was scheduled to start, now_ns when it
// did; both are monotonic times as in the net loops.
void match_tick(Match *match, uint64_t due_ns, uint64_t now_ns);

// Checks everything but the sim, which sim_tick() does. A build that validates does it every tick.
Fault match_validate(const Match *match);

#endif
