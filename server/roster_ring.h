// SPDX-License-Identifier: MIT
// roster_ring.h -- the rosters behind a session's last snapshots.
//
// Flow:    roster_ring_begin -> the next snapshot's roster is built in place -> roster_ring_commit;
//          later snapshots refer to it -> roster_ring_find
// Threads: the owner's of the session.
// Memory:  inside the session: rosters lie one behind the other in a ring of entries, so that their
//          number falls where views are full, and no room is wasted where they are not. What lies
//          behind the reference of a snapshot is nobody's reference any more, so that its place is
//          taken again at once: a session whose snapshots are soon acknowledged lives in two or
//          three kilobytes, which stay in the caches.
#ifndef TICKSTORM_SERVER_ROSTER_RING_H
#define TICKSTORM_SERVER_ROSTER_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/roster.h"

// 31 rosters of 130 entries, or 9 of 448.
#define ROSTER_RING_ENTRIES 4096

typedef struct RosterSpan {
    uint32_t tick;
    uint16_t first; // in the ring's entries
    uint16_t count;
    uint16_t sequence;
    bool is_held;
} RosterSpan;

typedef struct RosterRing {
    uint16_t next;                 // entry behind the newest roster
    uint16_t given_up;             // sequences before this one are nobody's reference any more
    RosterSpan spans[ROSTER_RING]; // by sequence
    RosterEntry entries[ROSTER_RING_ENTRIES];
} RosterRing;

void roster_ring_reset(RosterRing *ring);

// Room for the roster behind the snapshot `sequence`, of at most `capacity` entries, in *roster.
// reference is that of the snapshot, NULL when it has none: whatever is older is given up. The
// reference stays as it is; others that are in the way are held no more.
void roster_ring_begin(RosterRing *ring, uint16_t sequence, uint32_t tick, uint32_t capacity,
                       const Roster *reference, Roster *roster);

// The roster is complete.
void roster_ring_commit(RosterRing *ring, const Roster *roster);

// The roster behind the snapshot `sequence`. False when it is held no more. Valid until it is
// overwritten.
bool roster_ring_find(RosterRing *ring, uint16_t sequence, Roster *roster);

#endif
