// SPDX-License-Identifier: MIT
// baseline_pool.h -- the baseline sets of the last snapshots; the server may use any as a baseline.
//
// Flow:    accepted snapshot -> baseline_pool_store; the baseline of a later one ->
//          baseline_pool_find
// Threads: the client's thread.
// Memory:  a set's memory grows to what is in view and is used again; a bot with 130 entities in
//          view and a round trip of two snapshots keeps some 12 KB. After a stall the server's
//          baselines are old, and all 32 sets are held; memory that BASELINE_POOL_PERIOD snapshots
//          did not use is freed.
#ifndef TICKSTORM_CLIENT_CORE_BASELINE_POOL_H
#define TICKSTORM_CLIENT_CORE_BASELINE_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "wire/baseline_set.h"

// 3 s at 20 snapshots a second.
#define BASELINE_POOL_PERIOD 64u

typedef struct BaselinePool {
    // Searched with every snapshot; in no order.
    uint32_t held; // bit i: baseline_sets[i] belongs to one of the last snapshots
    uint16_t sequences[BASELINE_SETS_MAX];
    uint16_t capacities[BASELINE_SETS_MAX]; // entries; entries and records share one block
    uint16_t room_enough; // entries: a little above twice the last period's need; 0: not known
    // Of the current period.
    uint16_t stores;
    uint16_t most_held, most_entries;
    size_t bytes; // allocated for the sets
    BaselineSet baseline_sets[BASELINE_SETS_MAX];
} BaselinePool;

void baseline_pool_destroy(BaselinePool *pool);

// The baseline set of a snapshot, or NULL when it is not held.
const BaselineSet *baseline_pool_find(const BaselinePool *pool, uint16_t sequence);

// Copies the baseline set of the newest snapshot. The copy is valid until it is released, and for
// BASELINE_SETS_MAX - 1 newer ones at most. NULL when memory is short: the snapshot must not be
// acknowledged.
const BaselineSet *baseline_pool_store(BaselinePool *pool, const BaselineSet *baseline_set);

// Releases the sets older than oldest_needed: the server's baselines never go back in time.
void baseline_pool_release_before(BaselinePool *pool, uint16_t oldest_needed);

#endif
