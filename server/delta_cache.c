// SPDX-License-Identifier: MIT
#include "server/delta_cache.h"

#include <assert.h>
#include <string.h>

#include "server/page_memory.h"

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

void delta_cache_begin(DeltaCache *cache, const History *history, const SlotRanges *ranges,
                       uint32_t tick, uint32_t dirty_rows) {
    cache->tick = tick;
    cache->ranges = *ranges;
    cache->records = history_at(history, tick);
    assert(cache->records != NULL);
    for (uint32_t age = 1; age < HISTORY_TICKS; age++) {
        cache->bases[age] = age <= tick ? history_at(history, tick - age) : NULL;
    }
    cache->dirty_rows = dirty_rows;
}

void delta_cache_clear_task(void *context, uint32_t piece, uint32_t worker) {
    (void)worker;
    DeltaCache *cache = context;
    if ((cache->dirty_rows >> piece & 1) != 0) {
        memset((void *)&cache->words[(size_t)piece * cache->slot_capacity], 0,
               cache->slot_capacity * sizeof *cache->words);
    }
}

DeltaBits delta_cache_make(DeltaCache *cache, uint32_t slot, uint32_t age, DeltaCacheUse *use) {
    assert(delta_cache_has_base(cache, age));
    const DeltaWindow window = {.slot = slot, .tick = cache->tick, .age = age};
    const DeltaBits bits = delta_encode(entity_kind_of_slot(&cache->ranges, slot), window,
                                        &cache->bases[age][slot], &cache->records[slot]);
    _Atomic uint64_t *place = delta_cache_word(cache, slot, age);
    if (place == NULL) {
        use->unshared++;
        return bits;
    }
    const bool fits = bits.count > 0 && bits.count <= DELTA_WORD_BITS_MAX;
    // Relaxed: see delta_cache_find().
    atomic_store_explicit(
        place, fits ? bits.words[0] << DELTA_WORD_COUNT_BITS | bits.count : DELTA_WORD_LONG,
        memory_order_relaxed);
    use->produced += fits;
    use->unshared += !fits;
    use->dirty_rows |= 1u << cache->row_of_age[age];
    return bits;
}
