// SPDX-License-Identifier: MIT
#include "client/core/baseline_pool.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define GROWTH      32 // entries
#define ENTRY_BYTES (sizeof(EntityRecord) + sizeof(BaselineEntry))

static_assert(BASELINE_SETS_MAX == 32, "BaselinePool.held has a bit for each");

static bool is_before(uint16_t a, uint16_t b) {
    return (int16_t)(a - b) < 0;
}

void baseline_pool_destroy(BaselinePool *pool) {
    for (uint32_t i = 0; i < BASELINE_SETS_MAX; i++) {
        free(pool->baseline_sets[i].records);
    }
    *pool = (BaselinePool){0};
}

const BaselineSet *baseline_pool_find(const BaselinePool *pool, uint16_t sequence) {
    for (uint32_t held = pool->held; held != 0; held &= held - 1) {
        const uint32_t i = (uint32_t)__builtin_ctz(held);
        if (pool->sequences[i] == sequence) {
            return &pool->baseline_sets[i];
        }
    }
    return NULL;
}

static uint32_t oldest(const BaselinePool *pool) {
    uint32_t best = 0;
    for (uint32_t i = 1; i < BASELINE_SETS_MAX; i++) {
        best = is_before(pool->sequences[i], pool->sequences[best]) ? i : best;
    }
    return best;
}

// Returns the first free set with room enough, so that the later sets stay unused and can be freed;
// else the largest free set; else the oldest set.
static uint32_t choose(const BaselinePool *pool, uint32_t count) {
    uint32_t best = BASELINE_SETS_MAX;
    for (uint32_t vacant = ~pool->held; vacant != 0; vacant &= vacant - 1) {
        const uint32_t i = (uint32_t)__builtin_ctz(vacant);
        if (pool->capacities[i] > 0 && pool->capacities[i] >= count) {
            return i;
        }
        best = best == BASELINE_SETS_MAX || pool->capacities[i] > pool->capacities[best] ? i : best;
    }
    return best < BASELINE_SETS_MAX ? best : oldest(pool);
}

static void free_memory(BaselinePool *pool, uint32_t index) {
    free(pool->baseline_sets[index].records);
    pool->baseline_sets[index] = (BaselineSet){0};
    pool->bytes -= pool->capacities[index] * ENTRY_BYTES;
    pool->capacities[index] = 0;
}

static bool resize(BaselinePool *pool, uint32_t index, uint32_t count) {
    const uint32_t capacity = count > 0 ? (count + GROWTH - 1) / GROWTH * GROWTH : GROWTH;
    EntityRecord *records = malloc(capacity * ENTRY_BYTES);
    if (records == NULL) {
        return false;
    }
    free_memory(pool, index);
    pool->baseline_sets[index].records = records;
    pool->baseline_sets[index].entries = (BaselineEntry *)(void *)(records + capacity);
    pool->bytes += capacity * ENTRY_BYTES;
    pool->capacities[index] = (uint16_t)capacity;
    return true;
}

// Frees the memory of as many sets as the period never needed at once.
static void end_period(BaselinePool *pool) {
    uint32_t kept = (uint32_t)__builtin_popcount(pool->held);
    for (uint32_t vacant = ~pool->held; vacant != 0; vacant &= vacant - 1) {
        const uint32_t i = (uint32_t)__builtin_ctz(vacant);
        if (pool->capacities[i] > 0 && ++kept > pool->most_held) {
            free_memory(pool, i);
        }
    }
    pool->room_enough = (uint16_t)(2 * pool->most_entries + GROWTH);
    pool->stores = pool->most_held = pool->most_entries = 0;
}

static void note_use(BaselinePool *pool, uint16_t entries) {
    const uint16_t held = (uint16_t)__builtin_popcount(pool->held);
    pool->most_held = held > pool->most_held ? held : pool->most_held;
    pool->most_entries = entries > pool->most_entries ? entries : pool->most_entries;
    if (++pool->stores == BASELINE_POOL_PERIOD) {
        end_period(pool);
    }
}

// Whether a set is too small, or far larger than any set of the last period.
static bool is_misfit(const BaselinePool *pool, uint32_t index, uint32_t count) {
    const uint32_t capacity = pool->capacities[index];
    return capacity == 0 || capacity < count ||
           (pool->room_enough > 0 && capacity > pool->room_enough && capacity > 2 * count + GROWTH);
}

const BaselineSet *baseline_pool_store(BaselinePool *pool, const BaselineSet *baseline_set) {
    const uint32_t index = choose(pool, baseline_set->count);
    pool->held &= ~(1u << index);
    if (is_misfit(pool, index, baseline_set->count) && !resize(pool, index, baseline_set->count)) {
        return NULL;
    }
    BaselineSet *to = &pool->baseline_sets[index];
    to->tick = baseline_set->tick;
    to->sequence = baseline_set->sequence;
    to->count = baseline_set->count;
    if (baseline_set->count > 0) {
        memcpy(to->entries, baseline_set->entries, baseline_set->count * sizeof to->entries[0]);
        memcpy(to->records, baseline_set->records, baseline_set->count * sizeof to->records[0]);
    }
    pool->sequences[index] = baseline_set->sequence;
    pool->held |= 1u << index;
    note_use(pool, baseline_set->count);
    return to;
}

void baseline_pool_release_before(BaselinePool *pool, uint16_t oldest_needed) {
    for (uint32_t held = pool->held; held != 0; held &= held - 1) {
        const uint32_t i = (uint32_t)__builtin_ctz(held);
        if (is_before(pool->sequences[i], oldest_needed)) {
            pool->held &= ~(1u << i);
        }
    }
}
