// SPDX-License-Identifier: MIT
// replication.h -- what sessions hear this tick: who is due, what each follows, one datagram each.
//
// Flow:    a ticked sim + sessions -> replication_run() -> Session.snapshot of all in the due list
// Threads: the sim thread; its workers run the pieces. A worker writes the sessions of its piece
//          and its own ReplicationWorker; the sim is read-only meanwhile, the cache of deltas
//          shared.
// Memory:  allocated by replication_create(); a tick allocates nothing. Sim and sessions are
//          borrowed and must not be moved.
//
//   replication_run:
//     send_schedule_choose   serial        whose turn it is, neighbours one after the other
//     renew_deltas      parallel-for  rows of deltas cleared, or made ahead
//     replicate_task    parallel-for  per piece of the list: interest of each, then encoding
#ifndef TICKSTORM_SERVER_REPLICATION_REPLICATION_H
#define TICKSTORM_SERVER_REPLICATION_REPLICATION_H

#include <stdbool.h>
#include <stdint.h>

#include "server/replication/delta_cache.h"
#include "server/replication/encode.h"
#include "server/replication/interest.h"
#include "server/replication/send_schedule.h"
#include "server/sim/session.h"
#include "server/sim/sim.h"

typedef struct ReplicationConfig {
    uint32_t interval_ticks;    // from one snapshot of a session to the next
    uint32_t snapshot_rate_hz;  // the same in time, for the pace
    uint32_t budget_bytes;      // per snapshot; see encode.h
    uint32_t verify_interval;   // likewise
    uint64_t (*clock_ns)(void); // that the stages are timed by
} ReplicationConfig;

// Sessions per piece: little enough to share out evenly, and their views stay in the second-level
// cache between interest and encode.
#define REPLICATION_PIECE_SESSIONS 8

// A worker's working memory, and what it did.
typedef struct ReplicationWorker {
    alignas(CACHE_LINE_BYTES) InterestScratch scratch;
    InterestView views[REPLICATION_PIECE_SESSIONS];
    EncodeWorker encode;
    uint64_t interest_ns; // since replication_collect_times()
    uint64_t encode_ns;
} ReplicationWorker;

typedef struct Replication {
    // Constant.
    ReplicationConfig config;
    const Sim *sim;
    SessionTable *sessions;
    uint32_t entry_limit; // entities that a session follows at most
    uint32_t worker_count;
    // State.
    DeltaCache deltas;
    ReplicationWorker *workers; // [worker_count]
    // Of the tick.
    SendSchedule due; // who has a snapshot
    InterestWorld world;
    EncodeFrame frame; // whether or not anybody was due
    // Since replication_collect_times().
    uint64_t prepare_ns;
} Replication;

// False when memory is short. The interval is at least 1, the budget as encode.h wants it.
bool replication_create(Replication *replication, const ReplicationConfig *config, const Sim *sim,
                        SessionTable *sessions);
void replication_destroy(Replication *replication);

// Writes the snapshots that are due in the sim's present tick. now_ns: as inputs' times of arrival;
// last_tick_ns: how long the tick before took, for the clients' display.
void replication_run(Replication *replication, uint64_t now_ns, uint64_t last_tick_ns);

// Time spent since this was asked last.
typedef struct ReplicationTimes {
    uint64_t prepare_ns;  // before the first piece, as the sim thread waits for it
    uint64_t interest_ns; // on all workers together
    uint64_t encode_ns;   // likewise
} ReplicationTimes;
ReplicationTimes replication_collect_times(Replication *replication);

// Since the beginning.
typedef struct ReplicationCounts {
    // Deltas: see DeltaCacheUse, and those made before anybody asked.
    uint64_t copied;
    uint64_t produced;
    uint64_t unshared;
    uint64_t made_ahead;
    // Snapshots.
    uint64_t limited;          // that could not tell everything
    uint64_t without_baseline; // without a reference
    uint64_t throttled;        // left out
    uint64_t section_bits[ENCODE_SECTION_COUNT];
} ReplicationCounts;
ReplicationCounts replication_count(const Replication *replication);

#endif
