// SPDX-License-Identifier: MIT
// roster_pool.h -- the rosters behind the last snapshots, any of which the server may refer to.
//
// Flow:    accepted snapshot -> roster_pool_store; a later one's reference -> roster_pool_find
// Threads: the client's thread.
// Memory:  a roster's memory grows to what is in view and is used again; a bot with 130 entities in
//          view and a round trip of two snapshots keeps some 12 KB. A stall makes the server refer
//          far back and so needs all 32; what ROSTER_POOL_PERIOD snapshots did without is freed.
#ifndef TICKSTORM_CLIENT_CORE_ROSTER_POOL_H
#define TICKSTORM_CLIENT_CORE_ROSTER_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "wire/roster.h"

// 3 s at 20 snapshots a second.
#define ROSTER_POOL_PERIOD 64u

typedef struct RosterPool {
    // Looked through with every snapshot; in no order.
    uint32_t held; // bit i: rosters[i] is behind one of the last snapshots
    uint16_t sequences[ROSTER_RING];
    uint16_t capacities[ROSTER_RING]; // entries; entries and records are one block
    uint16_t room_enough; // entries: twice what the last period needed, and some; 0: not known
    // Of the current period.
    uint16_t stores;
    uint16_t most_held, most_entries;
    size_t bytes; // allocated for the rosters
    Roster rosters[ROSTER_RING];
} RosterPool;

void roster_pool_destroy(RosterPool *pool);

// The roster behind a snapshot, or NULL when it is not held.
const Roster *roster_pool_find(const RosterPool *pool, uint16_t sequence);

// Copies the roster behind the newest snapshot; the copy is valid until it is let go of, or was not
// and ROSTER_RING - 1 newer ones are stored. NULL when memory is short: the snapshot must not be
// acknowledged.
const Roster *roster_pool_store(RosterPool *pool, const Roster *roster);

// Lets go of the rosters older than oldest_needed: the server never refers back behind a reference.
void roster_pool_release_before(RosterPool *pool, uint16_t oldest_needed);

#endif
