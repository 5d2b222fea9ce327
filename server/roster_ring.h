// SPDX-License-Identifier: MIT
// roster_ring.h -- the rosters behind a session's last snapshots.
//
// Flow:    snapshot encoded -> roster_ring_store; later ones refer -> roster_ring_find
// Threads: the owner's of the session.
// Memory:  inside the session: rosters lie one behind the other in a ring of entries, so that their
//          number falls where views are full, and no room is wasted where they are not.
#ifndef TICKSTORM_SERVER_ROSTER_RING_H
#define TICKSTORM_SERVER_ROSTER_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/roster.h"

// 31 rosters of 130 entries, or 9 of 448.
#define ROSTER_RING_ENTRIES 4096

typedef struct RosterSpan {
    uint32_t tick;
    uint16_t first;
    uint16_t count;
    bool is_held;
} RosterSpan;

typedef struct RosterRing {
    RosterSpan spans[ROSTER_RING]; // by sequence
    uint32_t next;                 // entry behind the newest roster
    RosterEntry entries[ROSTER_RING_ENTRIES];
} RosterRing;

void roster_ring_reset(RosterRing *ring);

// Copies the roster behind the newest snapshot; what it overwrites is held no more.
void roster_ring_store(RosterRing *ring, const Roster *roster);

// The roster behind the snapshot `sequence`, which must be one of the last ROSTER_RING. False when
// it is held no more. Valid until the next store.
bool roster_ring_find(RosterRing *ring, uint16_t sequence, Roster *roster);

#endif
