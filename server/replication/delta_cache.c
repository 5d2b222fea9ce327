// SPDX-License-Identifier: MIT
#include "server/replication/delta_cache.h"

#include <assert.h>
#include <string.h>

#include "base/page_memory.h"
#include "base/thread_role.h"

// Slots of a row that one piece prepares: some 50 microseconds when they are made ahead.
#define PREPARE_SLOTS 2048

static_assert(sizeof(_Atomic uint64_t) == sizeof(uint64_t), "rows are cleared as plain memory");

static size_t word_bytes(const DeltaCache *cache) {
    return (size_t)DELTA_CACHE_ROWS * cache->slot_capacity * sizeof *cache->words;
}

bool delta_cache_create(DeltaCache *cache, uint32_t slot_capacity, uint32_t interval_ticks) {
    assert(interval_ticks > 0);
    memset(cache, 0, sizeof *cache);
    cache->slot_capacity = slot_capacity;
    cache->interval_ticks = interval_ticks;
    for (uint32_t age = 0; age < HISTORY_TICKS; age++) {
        const uint32_t row = age / interval_ticks - 1;
        const bool has_row = age > 0 && age % interval_ticks == 0 && row < DELTA_CACHE_ROWS;
        cache->row_of_age[age] = has_row ? (uint8_t)row : DELTA_CACHE_ROWS;
    }
    cache->words = page_memory_allocate(word_bytes(cache));
    if (cache->words == NULL) {
        return false;
    }
    page_memory_touch(cache->words, word_bytes(cache));
    return true;
}

void delta_cache_destroy(DeltaCache *cache) {
    page_memory_free(cache->words, word_bytes(cache));
    memset(cache, 0, sizeof *cache);
}

void delta_cache_collect_use(DeltaCache *cache, DeltaCacheUse *use) {
    ASSERT_SIM_THREAD();
    cache->dirty_rows |= use->dirty_rows;
    use->dirty_rows = 0;
    for (uint32_t row = 0; row < DELTA_CACHE_ROWS; row++) {
        cache->requested[row] += use->requested[row];
        use->requested[row] = 0;
    }
}

static uint32_t age_of_row(const DeltaCache *cache, uint32_t row) {
    return (row + 1) * cache->interval_ticks;
}

void delta_cache_begin(DeltaCache *cache, const History *history, const SlotRanges *ranges,
                       uint32_t tick) {
    ASSERT_SIM_THREAD();
    cache->tick = tick;
    cache->ranges = *ranges;
    cache->history = history;
    cache->records = history_at(history, tick);
    assert(cache->records != NULL);
    cache->dirty_rows |= cache->full_rows;
    cache->full_rows = 0;
    for (uint32_t row = 0; row < DELTA_CACHE_ROWS; row++) {
        const bool is_wanted = cache->requested[row] >= cache->slot_capacity;
        const bool is_possible = delta_cache_baselines(cache, age_of_row(cache, row)) != NULL;
        cache->full_rows |= (uint32_t)(is_wanted && is_possible) << row;
        cache->requested[row] = 0;
    }
    cache->cleared_rows = cache->dirty_rows & ~cache->full_rows;
    cache->dirty_rows = 0;
}

// ------------------------------------------------------------------ preparing rows

static uint32_t parts_of_row(const DeltaCache *cache) {
    return (cache->slot_capacity + PREPARE_SLOTS - 1) / PREPARE_SLOTS;
}

uint32_t delta_cache_pieces(const DeltaCache *cache) {
    return DELTA_CACHE_ROWS * parts_of_row(cache);
}

static uint64_t word_of(const DeltaBits *bits) {
    const bool fits = bits->count > 0 && bits->count <= DELTA_WORD_BITS_MAX;
    return fits ? bits->words[0] << DELTA_WORD_COUNT_BITS | bits->count : DELTA_WORD_LONG;
}

static DeltaBits encode_delta(const DeltaCache *cache, uint32_t slot, uint32_t age,
                              const EntityRecord *baseline) {
    const DeltaWindow window = {.slot = slot, .tick = cache->tick, .age = age};
    return delta_encode(entity_kind_of_slot(&cache->ranges, slot), window, baseline,
                        &cache->records[slot]);
}

// An entity that did not exist at the baseline's tick has no delta, and no client requests one.
static void fill_slots(DeltaCache *cache, uint32_t row, uint32_t first, uint32_t end) {
    const uint32_t age = age_of_row(cache, row);
    const EntityRecord *baselines = delta_cache_baselines(cache, age);
    _Atomic uint64_t *words = &cache->words[(size_t)row * cache->slot_capacity];
    uint64_t made = 0;
    for (uint32_t slot = first; slot < end; slot++) {
        uint64_t word = 0;
        if (cache->records[slot].generation != 0 &&
            cache->records[slot].generation == baselines[slot].generation) {
            const DeltaBits bits = encode_delta(cache, slot, age, &baselines[slot]);
            word = word_of(&bits);
            made += word != DELTA_WORD_LONG;
        }
        // Relaxed, as all stores here: the end of the parallel-for makes the word visible.
        atomic_store_explicit(&words[slot], word, memory_order_relaxed);
    }
    atomic_fetch_add_explicit(&cache->made_ahead, made, memory_order_relaxed);
}

void delta_cache_prepare_task(void *context, uint32_t piece, uint32_t worker) {
    ASSERT_WORKER();
    (void)worker;
    DeltaCache *cache = context;
    const uint32_t parts = parts_of_row(cache);
    const uint32_t row = piece / parts;
    const uint32_t first = piece % parts * PREPARE_SLOTS;
    const uint32_t left = cache->slot_capacity - first;
    const uint32_t count = left < PREPARE_SLOTS ? left : PREPARE_SLOTS;
    if ((cache->full_rows >> row & 1) != 0) {
        fill_slots(cache, row, first, first + count);
    } else if ((cache->cleared_rows >> row & 1) != 0) {
        memset((void *)&cache->words[(size_t)row * cache->slot_capacity + first], 0,
               count * sizeof *cache->words);
    }
}

// ------------------------------------------------------------------ on demand

DeltaBits delta_cache_make(DeltaCache *cache, uint32_t slot, uint32_t age, DeltaCacheUse *use) {
    ASSERT_WORKER();
    const EntityRecord *baselines = delta_cache_baselines(cache, age);
    assert(baselines != NULL);
    const DeltaBits bits = encode_delta(cache, slot, age, &baselines[slot]);
    _Atomic uint64_t *place = delta_cache_word(cache, slot, age);
    if (place == NULL) {
        use->unshared++;
        return bits;
    }
    const uint64_t word = word_of(&bits);
    // Relaxed: see delta_cache_find().
    atomic_store_explicit(place, word, memory_order_relaxed);
    use->produced += word != DELTA_WORD_LONG;
    use->unshared += word == DELTA_WORD_LONG;
    use->dirty_rows |= 1u << cache->row_of_age[age];
    return bits;
}
