// SPDX-License-Identifier: MIT
// encode.h -- turns a session's view into one datagram, most urgent entities first, within a
//             budget of bytes that is never exceeded.
//
// Flow:    View + published records + own ship -> encode_snapshot() -> Session.snapshot
// Threads: within the replication's parallel-for: a worker writes the sessions of its piece.
// Order:   header with the own ship (always), the entries of the reference roster, newcomers.
//
// The reference is the newest snapshot that the client acknowledged; what the client knew then and
// needs no more is removed with every snapshot until one is acknowledged. What does not fit keeps
// its age and so grows more urgent; nothing starves.
#ifndef TICKSTORM_SERVER_ENCODE_H
#define TICKSTORM_SERVER_ENCODE_H

#include <stdbool.h>
#include <stdint.h>

#include "game/entity.h"
#include "game/ship.h"
#include "server/history.h"
#include "server/session.h"

// The same for all sessions of a tick.
typedef struct EncodeFrame {
    const EntityRecord *records; // by slot, of this tick
    const History *history;      // with this tick
    const SlotRanges *ranges;
    uint32_t tick;
    uint32_t budget_bytes; // >= SNAPSHOT_HEADER_BYTES_MAX, <= PAYLOAD_BYTES_MAX
    uint64_t now_ns;
    uint64_t last_tick_ns;
    uint32_t client_count;
} EncodeFrame;

// Writes session->snapshot and its size, and marks in the view what it carries.
void encode_snapshot(Session *session, const EncodeFrame *frame, const Ship *own);

#endif
