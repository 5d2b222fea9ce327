// SPDX-License-Identifier: MIT
#include "client/core/roster_pool.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define GROWTH      32 // entries
#define ENTRY_BYTES (sizeof(EntityRecord) + sizeof(RosterEntry))

static_assert(ROSTER_RING == 32, "RosterPool.held has a bit for each");

static bool is_before(uint16_t a, uint16_t b) {
    return (int16_t)(a - b) < 0;
}

void roster_pool_destroy(RosterPool *pool) {
    for (uint32_t i = 0; i < ROSTER_RING; i++) {
        free(pool->rosters[i].records);
    }
    *pool = (RosterPool){0};
}

const Roster *roster_pool_find(const RosterPool *pool, uint16_t sequence) {
    for (uint32_t held = pool->held; held != 0; held &= held - 1) {
        const uint32_t i = (uint32_t)__builtin_ctz(held);
        if (pool->sequences[i] == sequence) {
            return &pool->rosters[i];
        }
    }
    return NULL;
}

static uint32_t oldest(const RosterPool *pool) {
    uint32_t best = 0;
    for (uint32_t i = 1; i < ROSTER_RING; i++) {
        best = is_before(pool->sequences[i], pool->sequences[best]) ? i : best;
    }
    return best;
}

// The first free one with room enough, so that those behind it can be done without; else the
// largest free one; the oldest when none is free.
static uint32_t choose(const RosterPool *pool, uint32_t count) {
    uint32_t best = ROSTER_RING;
    for (uint32_t vacant = ~pool->held; vacant != 0; vacant &= vacant - 1) {
        const uint32_t i = (uint32_t)__builtin_ctz(vacant);
        if (pool->capacities[i] > 0 && pool->capacities[i] >= count) {
            return i;
        }
        best = best == ROSTER_RING || pool->capacities[i] > pool->capacities[best] ? i : best;
    }
    return best < ROSTER_RING ? best : oldest(pool);
}

static void let_go(RosterPool *pool, uint32_t index) {
    free(pool->rosters[index].records);
    pool->rosters[index] = (Roster){0};
    pool->bytes -= pool->capacities[index] * ENTRY_BYTES;
    pool->capacities[index] = 0;
}

static bool resize(RosterPool *pool, uint32_t index, uint32_t count) {
    const uint32_t capacity = count > 0 ? (count + GROWTH - 1) / GROWTH * GROWTH : GROWTH;
    EntityRecord *records = malloc(capacity * ENTRY_BYTES);
    if (records == NULL) {
        return false;
    }
    let_go(pool, index);
    pool->rosters[index].records = records;
    pool->rosters[index].entries = (RosterEntry *)(void *)(records + capacity);
    pool->bytes += capacity * ENTRY_BYTES;
    pool->capacities[index] = (uint16_t)capacity;
    return true;
}

// Frees more rosters than were held at once.
static void end_period(RosterPool *pool) {
    uint32_t kept = (uint32_t)__builtin_popcount(pool->held);
    for (uint32_t vacant = ~pool->held; vacant != 0; vacant &= vacant - 1) {
        const uint32_t i = (uint32_t)__builtin_ctz(vacant);
        if (pool->capacities[i] > 0 && ++kept > pool->most_held) {
            let_go(pool, i);
        }
    }
    pool->room_enough = (uint16_t)(2 * pool->most_entries + GROWTH);
    pool->stores = pool->most_held = pool->most_entries = 0;
}

static void note_use(RosterPool *pool, uint16_t entries) {
    const uint16_t held = (uint16_t)__builtin_popcount(pool->held);
    pool->most_held = held > pool->most_held ? held : pool->most_held;
    pool->most_entries = entries > pool->most_entries ? entries : pool->most_entries;
    if (++pool->stores == ROSTER_POOL_PERIOD) {
        end_period(pool);
    }
}

// Too small, or larger by far than any of late.
static bool is_misfit(const RosterPool *pool, uint32_t index, uint32_t count) {
    const uint32_t capacity = pool->capacities[index];
    return capacity == 0 || capacity < count ||
           (pool->room_enough > 0 && capacity > pool->room_enough && capacity > 2 * count + GROWTH);
}

const Roster *roster_pool_store(RosterPool *pool, const Roster *roster) {
    const uint32_t index = choose(pool, roster->count);
    pool->held &= ~(1u << index);
    if (is_misfit(pool, index, roster->count) && !resize(pool, index, roster->count)) {
        return NULL;
    }
    Roster *to = &pool->rosters[index];
    to->tick = roster->tick;
    to->sequence = roster->sequence;
    to->count = roster->count;
    if (roster->count > 0) {
        memcpy(to->entries, roster->entries, roster->count * sizeof(to->entries[0]));
        memcpy(to->records, roster->records, roster->count * sizeof(to->records[0]));
    }
    pool->sequences[index] = roster->sequence;
    pool->held |= 1u << index;
    note_use(pool, roster->count);
    return to;
}

void roster_pool_release_before(RosterPool *pool, uint16_t oldest_needed) {
    for (uint32_t held = pool->held; held != 0; held &= held - 1) {
        const uint32_t i = (uint32_t)__builtin_ctz(held);
        if (is_before(pool->sequences[i], oldest_needed)) {
            pool->held &= ~(1u << i);
        }
    }
}
