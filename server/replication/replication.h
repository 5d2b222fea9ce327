// SPDX-License-Identifier: MIT
// replication.h -- the snapshots of a tick: the clients that are due, the view of each, one
//                  datagram each.
//
// Flow:    a published tick + replica states -> replication_begin() -> prepare pieces -> snapshot
//          pieces -> ReplicaState.snapshot of all in the send schedule
// Threads: replication_begin() belongs to the sim thread. Its caller runs the pieces as two
//          parallel-fors, the second after the first. A worker writes the replica states of its
//          piece and its own ReplicationWorker; the world and the history are read-only meanwhile,
//          the delta cache is shared.
// Memory:  allocated by replication_create(); a tick allocates nothing. World, history and replica
//          states are borrowed and must not be moved.
//
//   replication_begin          serial        the clients that are due, neighbours in a row
//   replication_prepare_task   parallel-for  rows of the delta cache cleared, or made ahead
//   replication_snapshot_task  parallel-for  per piece of the schedule: interest of each client,
//                                            then encoding
#ifndef TICKSTORM_SERVER_REPLICATION_REPLICATION_H
#define TICKSTORM_SERVER_REPLICATION_REPLICATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "game/world.h"
#include "server/replication/delta_cache.h"
#include "server/replication/encode.h"
#include "server/replication/interest.h"
#include "server/replication/replica_state.h"
#include "server/replication/send_schedule.h"

typedef struct ReplicationConfig {
    uint32_t interval_ticks;    // from one snapshot of a client to the next
    uint32_t snapshot_rate_hz;  // the same as a rate, for send_rate.h
    uint32_t budget_bytes;      // per snapshot; see encode.h
    uint32_t verify_interval;   // likewise
    uint32_t worker_count;      // workers of the parallel-fors
    uint64_t (*clock_ns)(void); // times the stages
    // Borrowed.
    const World *world;
    const History *history;        // of its published ticks
    ReplicaState *const *replicas; // [replica_capacity] by the slot of their ships
    uint32_t replica_capacity;
} ReplicationConfig;

// Clients per piece: few enough to share out evenly, and their views stay in the second-level cache
// between interest and encode.
#define REPLICATION_PIECE_CLIENTS 8

// A worker's working memory, and its counts.
typedef struct ReplicationWorker {
    alignas(CACHE_LINE_BYTES) InterestScratch scratch;
    InterestView views[REPLICATION_PIECE_CLIENTS];
    EncodeWorker encode;
    uint64_t interest_ns; // since replication_collect_times()
    uint64_t encode_ns;
} ReplicationWorker;

typedef struct Replication {
    // Constant.
    ReplicationConfig config;
    uint32_t entry_limit; // entities that a client follows at most
    // State.
    DeltaCache deltas;
    ReplicationWorker *workers; // [worker_count]
    // Of the tick.
    SendSchedule due; // the clients with a snapshot
    InterestWorld world;
    EncodeFrame frame; // valid even if no client is due
} Replication;

// False when memory is short. The interval is at least 1, the budget as encode.h wants it.
bool replication_create(Replication *replication, const ReplicationConfig *config);
void replication_destroy(Replication *replication);

typedef struct ReplicationTick {
    uint64_t now_ns;       // by the clock that InputEcho.received_ns was read from
    uint64_t last_tick_ns; // duration of the last tick, for the clients' display
    uint32_t client_count; // likewise
    uint32_t replica_end;  // no state at or above is active
} ReplicationTick;

// Begins the snapshots of the world's present tick, which the history holds.
void replication_begin(Replication *replication, const ReplicationTick *tick);

// First stage. context: the replication; piece: below replication_prepare_pieces().
uint32_t replication_prepare_pieces(const Replication *replication);
void replication_prepare_task(void *context, uint32_t piece, uint32_t worker);

// Second stage. context: the replication; piece: below replication_snapshot_pieces(); worker: below
// worker_count.
uint32_t replication_snapshot_pieces(const Replication *replication);
void replication_snapshot_task(void *context, uint32_t piece, uint32_t worker);

// The time that all workers together spent in snapshot pieces since the last call.
typedef struct ReplicationTimes {
    uint64_t interest_ns;
    uint64_t encode_ns;
} ReplicationTimes;
ReplicationTimes replication_collect_times(Replication *replication);

// Since the beginning.
typedef struct ReplicationCounts {
    // Deltas: see DeltaCacheUse, and those made ahead of any request.
    uint64_t copied;
    uint64_t produced;
    uint64_t unshared;
    uint64_t made_ahead;
    // Snapshots.
    uint64_t limited;          // that could not carry everything
    uint64_t without_baseline; // made against no baseline
    uint64_t throttled;        // left out
    uint64_t section_bits[ENCODE_SECTION_COUNT];
} ReplicationCounts;
ReplicationCounts replication_count(const Replication *replication);

// Checks every client's state, that the schedule has no client twice, and the workers' scratches.
// The sim thread's, after the snapshots of a tick.
Fault replication_validate(const Replication *replication, uint32_t replica_end);

#endif
