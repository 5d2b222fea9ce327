// SPDX-License-Identifier: MIT
// baseline_ring.h -- the baseline sets behind a client's last snapshots.
//
// Flow:    baseline_ring_begin -> the next snapshot's set is written in place ->
//          baseline_ring_commit; later snapshots find their baseline -> baseline_ring_find
// Threads: the owner's of the replica state.
// Memory:  inside the replica state. Sets lie one behind the other in a ring of entries, so that
//          small sets waste no room, and large views leave room for fewer sets. A set older than
//          the baseline of the newest snapshot can never become a baseline again, so its place is
//          reused at once. A client whose snapshots are soon acknowledged uses two or three
//          kilobytes, which stay in the caches.
#ifndef TICKSTORM_SERVER_REPLICATION_BASELINE_RING_H
#define TICKSTORM_SERVER_REPLICATION_BASELINE_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "wire/baseline_set.h"

// 31 sets of 130 entries, or 9 of 448.
#define BASELINE_RING_ENTRIES 4096

typedef struct BaselineSpan {
    uint32_t tick;
    uint16_t first; // in the ring's entries
    uint16_t count;
    uint16_t sequence;
    bool is_held;
} BaselineSpan;

typedef struct BaselineRing {
    uint16_t next;     // entry behind the newest set
    uint16_t given_up; // sets before this sequence cannot become a baseline any more
    BaselineSpan spans[BASELINE_SETS_MAX]; // by sequence
    BaselineEntry entries[BASELINE_RING_ENTRIES];
} BaselineRing;

void baseline_ring_reset(BaselineRing *ring);

// Room for the set behind the snapshot `sequence`, of at most `capacity` entries. baseline: the
// snapshot's, NULL if it has none; all sets older than it are given up. The baseline is never
// overwritten; other sets in the way are no longer held.
BaselineEntry *baseline_ring_begin(BaselineRing *ring, uint16_t sequence, uint32_t capacity,
                                   const BaselineSet *baseline);

// The set is complete; its entries lie at the place that baseline_ring_begin() returned.
void baseline_ring_commit(BaselineRing *ring, const BaselineSet *baseline_set);

// The set behind the snapshot `sequence`. False if the set is no longer held. Valid until it is
// overwritten.
bool baseline_ring_find(BaselineRing *ring, uint16_t sequence, BaselineSet *baseline_set);

// Checks the sets behind the snapshots before next_sequence that are still held: each is sorted and
// lies within the ring, and no two of them overlap.
Fault baseline_ring_validate(const BaselineRing *ring, uint16_t next_sequence);

#endif
