// SPDX-License-Identifier: MIT
// roster_pool.h -- the rosters behind the last snapshots, any of which the server may refer to.
//
// Flow:    accepted snapshot -> roster_pool_store; a later one's reference -> roster_pool_find
// Threads: the client's thread.
// Memory:  a roster's memory grows to what is in view and is used again; a bot with 130 entities in
//          view and a round trip of two snapshots keeps some 12 KB.
#ifndef TICKSTORM_CLIENT_CORE_ROSTER_POOL_H
#define TICKSTORM_CLIENT_CORE_ROSTER_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/roster.h"

typedef struct PooledRoster {
    Roster roster;
    uint32_t capacity; // entries; entries and records are one block
    bool is_held;
} PooledRoster;

typedef struct RosterPool {
    PooledRoster rosters[ROSTER_RING]; // in no order
    size_t bytes;                      // allocated for them
} RosterPool;

void roster_pool_destroy(RosterPool *pool);

// The roster behind a snapshot, or NULL when it is not held.
const Roster *roster_pool_find(const RosterPool *pool, uint16_t sequence);

// Copies the roster behind the newest snapshot; the copy is valid until it is let go of, or was not
// and ROSTER_RING - 1 newer ones are stored. NULL when memory is short: the snapshot must not be
// acknowledged.
const Roster *roster_pool_store(RosterPool *pool, const Roster *roster);

// Lets go of the rosters older than `oldest`: the server never refers back behind a reference.
void roster_pool_release_before(RosterPool *pool, uint16_t oldest);

#endif
