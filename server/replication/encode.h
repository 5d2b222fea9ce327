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
// The baseline is the newest snapshot that the client acknowledged. Until a newer one is
// acknowledged, every snapshot again removes the baseline's entities that are out of view, and
// again carries the full states of the entities that entered since. Usually everything in view
// fits, and nearly all of it is copied from the cache. If not everything fits, priority.h chooses.
//
// The budget is a token bucket: every snapshot adds budget_bytes. Unused bytes are kept for the
// next snapshots, at most budget_bytes of them, and a snapshot never exceeds one datagram.
#ifndef TICKSTORM_SERVER_REPLICATION_ENCODE_H
#define TICKSTORM_SERVER_REPLICATION_ENCODE_H

#include <stdbool.h>
#include <stdint.h>

#include "game/history.h"
#include "game/ship.h"
#include "server/operate/metric_labels.h"
#include "server/replication/delta_cache.h"
#include "server/replication/interest_view.h"
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
    uint32_t verify_interval; // one in so many has a checksum, if the client wants them; 0: each
    uint64_t now_ns;
    uint64_t last_tick_ns;
    uint32_t client_count;
} EncodeFrame;

// One worker's counts, which grow until their owner resets them, and its working memory.
typedef struct EncodeWorker {
    DeltaCacheUse cache;
    uint64_t limited;          // snapshots that could not carry everything
    uint64_t without_baseline; // snapshots against no baseline
    uint64_t section_bits[ENCODE_SECTION_COUNT];
    Priority priority;
} EncodeWorker;

// The number of entities that a client may follow within this budget: the marks of all of them
// always fit, and each entity is sent within half a second at 20 snapshots a second.
uint32_t encode_entry_limit(uint32_t budget_bytes);

// Writes state->snapshot and its size. The view must have been made with a limit of at most
// encode_entry_limit(frame->budget_bytes).
void encode_snapshot(ReplicaState *state, const InterestView *view, const EncodeFrame *frame,
                     const Ship *own, EncodeWorker *worker);

// The answer to VERIFY_REQUEST: the baseline set behind the snapshot `sequence`, from its entry
// *first on, which moves behind the entries in *detail. False when no entries are left.
bool encode_verify_detail(ReplicaState *state, uint16_t sequence, const EncodeFrame *frame,
                          uint32_t *first, VerifyDetail *detail);

#endif
