// SPDX-License-Identifier: MIT
// baseline_ring.h -- the rosters behind a session's last snapshots.
//
// Flow:    baseline_ring_begin -> the next snapshot's roster is built in place ->
//          baseline_ring_commit; later snapshots refer to it -> baseline_ring_find
// Threads: the owner's of the session.
// Memory:  inside the session: rosters lie one behind the other in a ring of entries, so that their
//          number falls where views are full, and no room is wasted where they are not. What lies
//          behind the reference of a snapshot is nobody's reference any more, so that its place is
//          taken again at once: a session whose snapshots are soon acknowledged lives in two or
//          three kilobytes, which stay in the caches.
#ifndef TICKSTORM_SERVER_REPLICATION_BASELINE_RING_H
#define TICKSTORM_SERVER_REPLICATION_BASELINE_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "wire/baseline_set.h"

// 31 rosters of 130 entries, or 9 of 448.
#define BASELINE_RING_ENTRIES 4096

typedef struct BaselineSpan {
    uint32_t tick;
    uint16_t first; // in the ring's entries
    uint16_t count;
    uint16_t sequence;
    bool is_held;
} BaselineSpan;

typedef struct BaselineRing {
    uint16_t next;     // entry behind the newest roster
    uint16_t given_up; // sequences before this one are nobody's reference any more
    BaselineSpan spans[BASELINE_SETS_MAX]; // by sequence
    BaselineEntry entries[BASELINE_RING_ENTRIES];
} BaselineRing;

void baseline_ring_reset(BaselineRing *ring);

// Room for the roster behind the snapshot `sequence`, of at most `capacity` entries, in *roster.
// reference is that of the snapshot, NULL when it has none: whatever is older is given up. The
// reference stays as it is; others that are in the way are held no more.
void baseline_ring_begin(BaselineRing *ring, uint16_t sequence, uint32_t tick, uint32_t capacity,
                         const BaselineSet *baseline, BaselineSet *baseline_set);

// The roster is complete.
void baseline_ring_commit(BaselineRing *ring, const BaselineSet *baseline_set);

// The roster behind the snapshot `sequence`. False when it is held no more. Valid until it is
// overwritten.
bool baseline_ring_find(BaselineRing *ring, uint16_t sequence, BaselineSet *baseline_set);

// Checks the sets behind the snapshots before next_sequence that are still held: each is sorted and
// lies within the ring, and no two of them overlap.
Fault baseline_ring_validate(const BaselineRing *ring, uint16_t next_sequence);

#endif
