// SPDX-License-Identifier: MIT
#include "client/core/roster_pool.h"

#include <stdlib.h>
#include <string.h>

#define GROWTH 32 // entries

static bool is_before(uint16_t a, uint16_t b) {
    return (int16_t)(a - b) < 0;
}

void roster_pool_destroy(RosterPool *pool) {
    for (uint32_t i = 0; i < ROSTER_RING; i++) {
        free(pool->rosters[i].roster.records);
    }
    *pool = (RosterPool){0};
}

const Roster *roster_pool_find(const RosterPool *pool, uint16_t sequence) {
    for (uint32_t i = 0; i < ROSTER_RING; i++) {
        const PooledRoster *pooled = &pool->rosters[i];
        if (pooled->is_held && pooled->roster.sequence == sequence) {
            return &pooled->roster;
        }
    }
    return NULL;
}

// One that is free and, among those, has memory; the oldest when none is free.
static PooledRoster *choose(RosterPool *pool) {
    PooledRoster *best = &pool->rosters[0];
    for (uint32_t i = 1; i < ROSTER_RING; i++) {
        PooledRoster *other = &pool->rosters[i];
        const bool is_better = best->is_held ? !other->is_held || is_before(other->roster.sequence,
                                                                            best->roster.sequence)
                                             : !other->is_held && other->capacity > best->capacity;
        best = is_better ? other : best;
    }
    return best;
}

static bool grow(RosterPool *pool, PooledRoster *pooled, uint32_t count) {
    const uint32_t capacity = (count + GROWTH - 1) / GROWTH * GROWTH;
    const size_t entry_bytes = sizeof(EntityRecord) + sizeof(RosterEntry);
    EntityRecord *records = malloc(capacity * entry_bytes);
    if (records == NULL) {
        return false;
    }
    free(pooled->roster.records);
    pooled->roster.records = records;
    pooled->roster.entries = (RosterEntry *)(void *)(records + capacity);
    pool->bytes += (capacity - pooled->capacity) * entry_bytes;
    pooled->capacity = capacity;
    return true;
}

const Roster *roster_pool_store(RosterPool *pool, const Roster *roster) {
    PooledRoster *pooled = choose(pool);
    pooled->is_held = false;
    if (pooled->capacity < roster->count && !grow(pool, pooled, roster->count)) {
        return NULL;
    }
    Roster *to = &pooled->roster;
    to->tick = roster->tick;
    to->sequence = roster->sequence;
    to->count = roster->count;
    if (roster->count > 0) {
        memcpy(to->entries, roster->entries, roster->count * sizeof(to->entries[0]));
        memcpy(to->records, roster->records, roster->count * sizeof(to->records[0]));
    }
    pooled->is_held = true;
    return to;
}

void roster_pool_release_before(RosterPool *pool, uint16_t oldest) {
    for (uint32_t i = 0; i < ROSTER_RING; i++) {
        PooledRoster *pooled = &pool->rosters[i];
        pooled->is_held = pooled->is_held && !is_before(pooled->roster.sequence, oldest);
    }
}
