// SPDX-License-Identifier: MIT
// encode.h -- makes a client's view into one datagram, within a budget of bytes that is never
//             exceeded.
//
// Flow:    InterestView + delta cache + own ship -> encode_snapshot() -> ReplicaState.snapshot and
//          its baseline set
// Threads: within the replication's parallel-for: a worker writes the replica states of its piece
//          and its own EncodeWorker; the cache is shared (delta_cache.h), all else is read-only.
// Order:   header with the own ship (always), the entries of the baseline, entities that enter.
//
// The baseline is the newest snapshot that the client acknowledged. Until another one is
// acknowledged, every snapshot removes again what the client had then and no longer needs, and
// carries the full state of what it did not have. Usually everything in view fits, and nearly all
// of it is copied from the cache. Where it does not, priority.h chooses.
//
// The budget is a token bucket: every snapshot adds budget_bytes; the rest is kept for the next
// ones, up to as much again and never beyond one datagram.
#ifndef TICKSTORM_SERVER_REPLICATION_ENCODE_H
#define TICKSTORM_SERVER_REPLICATION_ENCODE_H

#include <stdbool.h>
#include <stdint.h>

#include "game/history.h"
#include "game/ship.h"
#include "server/operate/metric_labels.h"
#include "server/replication/delta_cache.h"
#include "server/replication/interest.h"
#include "server/replication/known_update.h"
#include "server/replication/priority.h"
#include "server/replication/replica_state.h"
#include "wire/verify.h"

// The same for all clients of a tick.
typedef struct EncodeFrame {
    DeltaCache *cache;      // of this tick
    const History *history; // with this tick
    const SlotRanges *ranges;
    uint32_t tick;
    uint32_t budget_bytes;    // >= SNAPSHOT_HEADER_BYTES_MAX, <= PAYLOAD_BYTES_MAX
    uint32_t verify_interval; // of a client that wants checksums, one in so many has one; 0: each
    uint64_t now_ns;
    uint64_t last_tick_ns;
    uint32_t client_count;
} EncodeFrame;

// What one worker did, until somebody resets it, and its working memory.
typedef struct EncodeWorker {
    DeltaCacheUse cache;
    uint64_t limited;          // snapshots that could not carry everything
    uint64_t without_baseline; // snapshots against no baseline
    uint64_t section_bits[ENCODE_SECTION_COUNT];
    Priority priority;
} EncodeWorker;

// How many entities a client may follow within this budget, so that the marks of all of them always
// fit, and that each is sent within half a second at 20 snapshots a second.
uint32_t encode_entry_limit(uint32_t budget_bytes);

// Writes state->snapshot and its size. The view must be of a limit of at most
// encode_entry_limit(frame->budget_bytes).
void encode_snapshot(ReplicaState *state, const InterestView *view, const EncodeFrame *frame,
                     const Ship *own, EncodeWorker *worker);

// The answer to VERIFY_REQUEST: the baseline set behind the snapshot `sequence`, from its entry
// *first on, which moves behind the entries in *detail. False when there are none left.
bool encode_verify_detail(ReplicaState *state, uint16_t sequence, const EncodeFrame *frame,
                          uint32_t *first, VerifyDetail *detail);

#endif
