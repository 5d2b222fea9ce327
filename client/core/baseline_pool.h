// SPDX-License-Identifier: MIT
// baseline_pool.h -- the rosters behind the last snapshots, any of which the server may refer to.
//
// Flow:    accepted snapshot -> baseline_pool_store; a later one's reference -> baseline_pool_find
// Threads: the client's thread.
// Memory:  a roster's memory grows to what is in view and is used again; a bot with 130 entities in
//          view and a round trip of two snapshots keeps some 12 KB. A stall makes the server refer
//          far back and so needs all 32; what BASELINE_POOL_PERIOD snapshots did without is freed.
#ifndef TICKSTORM_CLIENT_CORE_BASELINE_POOL_H
#define TICKSTORM_CLIENT_CORE_BASELINE_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "wire/baseline_set.h"

// 3 s at 20 snapshots a second.
#define BASELINE_POOL_PERIOD 64u

typedef struct BaselinePool {
    // Looked through with every snapshot; in no order.
    uint32_t held; // bit i: rosters[i] is behind one of the last snapshots
    uint16_t sequences[BASELINE_SETS_MAX];
    uint16_t capacities[BASELINE_SETS_MAX]; // entries; entries and records are one block
    uint16_t room_enough; // entries: twice what the last period needed, and some; 0: not known
    // Of the current period.
    uint16_t stores;
    uint16_t most_held, most_entries;
    size_t bytes; // allocated for the rosters
    BaselineSet baseline_sets[BASELINE_SETS_MAX];
} BaselinePool;

void baseline_pool_destroy(BaselinePool *pool);

// The roster behind a snapshot, or NULL when it is not held.
const BaselineSet *baseline_pool_find(const BaselinePool *pool, uint16_t sequence);

// Copies the roster behind the newest snapshot; the copy is valid until it is let go of, or was not
// and BASELINE_SETS_MAX - 1 newer ones are stored. NULL when memory is short: the snapshot must not
// be acknowledged.
const BaselineSet *baseline_pool_store(BaselinePool *pool, const BaselineSet *baseline_set);

// Lets go of the rosters older than oldest_needed: the server never refers back behind a reference.
void baseline_pool_release_before(BaselinePool *pool, uint16_t oldest_needed);

#endif
