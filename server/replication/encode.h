// SPDX-License-Identifier: MIT
// encode.h -- turns what a session shall hear about into one datagram, within a budget of bytes
//             that is never exceeded.
//
// Flow:    InterestView + cache of deltas + own ship -> encode_snapshot() -> Session.snapshot and
//          the roster behind it
// Threads: within the replication's parallel-for: a worker writes the sessions of its piece and its
//          own EncodeWorker; the cache is shared (delta_cache.h), all else is read-only.
// Order:   header with the own ship (always), the entries of the reference roster, newcomers.
//
// The reference is the newest snapshot that the client acknowledged; what the client knew then and
// needs no more is removed with every snapshot until one is acknowledged, what it did not know is
// told whole until then. Usually everything in view fits, and nearly all of it is copied from the
// cache. Where it does not, priority.h chooses.
//
// The budget is a bucket of tokens: every snapshot adds budget_bytes, what was not used is kept for
// the next ones, up to as much again and never beyond one datagram.
#ifndef TICKSTORM_SERVER_REPLICATION_ENCODE_H
#define TICKSTORM_SERVER_REPLICATION_ENCODE_H

#include <stdbool.h>
#include <stdint.h>

#include "game/history.h"
#include "game/ship.h"
#include "server/operate/metric_labels.h"
#include "server/replication/delta_cache.h"
#include "server/replication/interest.h"
#include "server/replication/priority.h"
#include "server/sim/session.h"
#include "wire/verify.h"

// The same for all sessions of a tick.
typedef struct EncodeFrame {
    DeltaCache *cache;      // of this tick
    const History *history; // with this tick
    const SlotRanges *ranges;
    uint32_t tick;
    uint32_t budget_bytes;    // >= SNAPSHOT_HEADER_BYTES_MAX, <= PAYLOAD_BYTES_MAX
    uint32_t verify_interval; // of a session that asked, one in so many has a checksum; 0: each
    uint64_t now_ns;
    uint64_t last_tick_ns;
    uint32_t client_count;
} EncodeFrame;

// What one worker did, until somebody resets it, and its working memory.
typedef struct EncodeWorker {
    DeltaCacheUse cache;
    uint64_t limited;          // snapshots that could not tell everything
    uint64_t without_baseline; // snapshots without a reference
    uint64_t section_bits[ENCODE_SECTION_COUNT];
    Priority priority;
} EncodeWorker;

// How many entities a session may follow within this budget, so that the marks of all of them, told
// or not, always fit, and that each is told within half a second at 20 snapshots a second.
uint32_t encode_entry_limit(uint32_t budget_bytes);

// Writes session->snapshot and its size. The view must be of a limit of at most
// encode_entry_limit(frame->budget_bytes).
void encode_snapshot(Session *session, const InterestView *view, const EncodeFrame *frame,
                     const Ship *own, EncodeWorker *worker);

// The server's side of VERIFY_REQUEST: tells of the session's roster behind the snapshot
// `sequence`, from its entry *first on, which moves behind what was told. False when all was told.
bool encode_verify_detail(Session *session, uint16_t sequence, const EncodeFrame *frame,
                          uint32_t *first, VerifyDetail *detail);

#endif
