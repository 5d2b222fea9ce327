// SPDX-License-Identifier: MIT
// priority.h -- what to tell a client when there is no room for everything in its view.
//
// Flow:    InterestView + cache of deltas -> priority_fill -> priority_choose(room) -> encode
//          writes what was chosen -> priority_note_ages
// Threads: pure functions on the caller's agenda and session.
// Order:   known entries as in the reference, newcomers by slot.
// Units:   waits in snapshots.
//
// 1. Every known entity gets at least its mark (SKIP or REMOVE): deaths and departures always find
//    room, whatever the crowd.
// 2. What costs no more to tell than to skip is told.
// 3. Newcomers have a quarter of the rest; first those already told and not acknowledged yet, which
//    would vanish again otherwise, then the nearest.
// 4. Known entities by urgency: how long the client has not heard of it x how near it is x how much
//    it changed. Whoever has waited for PRIORITY_OVERDUE_SNAPSHOTS goes before all others, the
//    longest wait first: n entities of which k find room are all told within n / k snapshots.
// 5. Whatever is left is for more newcomers.
//
// Everything is charged to the bit. A newcomer's gap depends on who is told before it and after it,
// so each one is charged for what its being told adds among those chosen so far. A crowd of 1,000
// whose acknowledgements come four snapshots late, 2 % lost, fills 1,095 of 1,100 bytes; 99 % of
// what a client follows was told in the last two snapshots.
#ifndef TICKSTORM_SERVER_REPLICATION_PRIORITY_H
#define TICKSTORM_SERVER_REPLICATION_PRIORITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "server/replication/interest.h"
#include "server/replication/known_update.h"
#include "server/replication/replica_state.h"
#include "wire/snapshot.h"

#define PRIORITY_OVERDUE_SNAPSHOTS 6
#define PRIORITY_SENT_WORDS        (BASELINE_ENTRIES_MAX / 64)

// An entry of the reference.
typedef struct PriorityKnown {
    DeltaBits sent; // its delta, or its whole state
    uint8_t mark_bits;
    uint8_t full_mark_bits; // of WHOLE before a whole state
    uint8_t age;
    uint8_t level;
    bool is_full;
    bool is_sent; // chosen
} PriorityKnown;

typedef struct PriorityEnter {
    DeltaBits state;
    uint32_t slot;
    uint8_t generation_bits;
    uint8_t precedence; // less comes first
    bool is_sent;       // chosen
} PriorityEnter;

typedef struct Priority {
    uint32_t mark_bits; // all known entries', told or not
    size_t left_bits;   // of the room, when all that was chosen is written
    PriorityKnown known[BASELINE_ENTRIES_MAX];
    PriorityEnter enters[BASELINE_ENTRIES_MAX];
    uint16_t order[BASELINE_ENTRIES_MAX];
    uint64_t sent_enters[PRIORITY_SENT_WORDS]; // bit i: newcomer i
} Priority;

// source: with the snapshot's writer, which has written the header.
void priority_fill(Priority *priority, ReplicaState *state, const InterestView *view,
                   const KnownUpdateSource *source);

// room_bits is what entities may take. False when something was left out.
bool priority_choose(Priority *priority, const InterestView *view, size_t room_bits);

// roster is the one behind the snapshot; how long each of its entries has waited goes to
// state->ages.
void priority_note_ages(const Priority *priority, const InterestView *view,
                        const BaselineSet *baseline_set, ReplicaState *state);

// Checks the ages that the client's next snapshot counts from.
Fault priority_validate_ages(const ReplicaState *state);

#endif
