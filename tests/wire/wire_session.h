// SPDX-License-Identifier: MIT
// wire_session.h -- one client's snapshots of a small world, with loss: for golden vectors and the
//                   fuzzers' corpus.
//
// Flow:    wire_session_step -> its bytes, and the set that its reader shall arrive at
//          wire_session_acknowledge -> later snapshots are made against it
// Threads: the caller's.
//
// The world moves by rules of its own, so that its vectors stay what they are when the game's
// tuning changes.
#ifndef TICKSTORM_TESTS_WIRE_WIRE_SESSION_H
#define TICKSTORM_TESTS_WIRE_WIRE_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"
#include "wire/snapshot.h"

#define WIRE_SESSION_SLOTS 220

typedef struct WireSession {
    Rng rng;
    SlotRanges ranges;
    uint32_t tick;
    EntityRecord history[HISTORY_TICKS][WIRE_SESSION_SLOTS];
    uint16_t last_generations[WIRE_SESSION_SLOTS];
    SnapshotHeader header; // of the last snapshot
    bool has_acknowledged;
    uint32_t age_since_acknowledged;              // snapshots sent since the acknowledged one
    BaselineSet baseline_sets[BASELINE_SETS_MAX]; // as the client shall have them, by sequence
    BaselineSpace spaces[BASELINE_SETS_MAX];
} WireSession;

void wire_session_init(WireSession *session, uint64_t seed);

// Three ticks on, then a snapshot. The size.
size_t wire_session_step(WireSession *session, uint8_t buffer[PAYLOAD_BYTES_MAX]);

// The set behind the last snapshot.
const BaselineSet *wire_session_baseline_set(const WireSession *session);

// The client has the last snapshot.
void wire_session_acknowledge(WireSession *session);

#endif
