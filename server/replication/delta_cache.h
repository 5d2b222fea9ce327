// SPDX-License-Identifier: MIT
// delta_cache.h -- the deltas of one tick, each made once however many clients need it.
//
// Flow:    delta_cache_collect_use() of every worker, delta_cache_begin() once a tick -> rows
//          prepared -> encode: delta_cache_find() for every entity of every client -> bits to be
//          copied
// Threads: delta_cache_collect_use() and _begin() belong to the sim thread between two parallel
//          phases; delta_cache_prepare_task() is a parallel-for; after it delta_cache_find() is
//          free for all workers, each with its own DeltaCacheUse.
// Memory:  DELTA_CACHE_ROWS x slots x 8 bytes, allocated and touched by delta_cache_create().
// Units:   ages in ticks. A row holds the deltas against the baselines of one age; ages are
//          multiples of the snapshot interval, since a client's snapshots are.
//
// The bits of (slot, baseline tick) at a tick are the same for every client and worker. So two
// workers that miss at the same time write the same word, and relaxed loads and stores of the word
// are enough. A delta that is too long for a word, or against a baseline too old for a row, is made
// each time.
//
// If the last tick's snapshots requested as many deltas of a row as there are slots, all of the row
// is made ahead, slot by slot: a delta made in slot order costs half of a delta made on demand
// (4,000 clients, 20,000 drones: encoding 3.3 -> 2.3 us a client). With few clients most of the
// world is in no view, and rows are cleared and filled on demand.
#ifndef TICKSTORM_SERVER_REPLICATION_DELTA_CACHE_H
#define TICKSTORM_SERVER_REPLICATION_DELTA_CACHE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "game/history.h"
#include "wire/delta.h"

#define DELTA_CACHE_ROWS 8

// A delta in a word: how many bits (1..57) in the low 7, the bits above. 0: not made yet.
#define DELTA_WORD_COUNT_BITS 7
#define DELTA_WORD_BITS_MAX   (64 - DELTA_WORD_COUNT_BITS)
#define DELTA_WORD_LONG       0x7full // does not fit a word: make it again

// The requests of one worker. The counts grow until the owner resets them.
typedef struct DeltaCacheUse {
    uint64_t copied;   // found
    uint64_t produced; // made and kept for the others
    uint64_t unshared; // made for one client alone
    // Since delta_cache_collect_use().
    uint32_t dirty_rows;                  // bit r: produced into row r
    uint32_t requested[DELTA_CACHE_ROWS]; // deltas of each row; see delta_cache_note_requested()
} DeltaCacheUse;

typedef struct DeltaCache {
    // Constant.
    _Atomic uint64_t *words; // [DELTA_CACHE_ROWS][slot_capacity]
    uint32_t slot_capacity;
    uint32_t interval_ticks;
    uint8_t row_of_age[HISTORY_TICKS]; // DELTA_CACHE_ROWS: the age has no row
    // Of the tick.
    uint32_t tick;
    SlotRanges ranges;
    const History *history;
    const EntityRecord *records; // of this tick
    uint32_t full_rows;          // bit r: made ahead
    uint32_t cleared_rows;       // bit r: to be filled on demand, and was dirty
    // Of the last tick.
    uint32_t dirty_rows; // to be cleared before use
    uint64_t requested[DELTA_CACHE_ROWS];
    // Since the beginning.
    _Atomic uint64_t made_ahead;
} DeltaCache;

// False when memory is short.
bool delta_cache_create(DeltaCache *cache, uint32_t slot_capacity, uint32_t interval_ticks);
void delta_cache_destroy(DeltaCache *cache);

// Adds a worker's notes about rows since the last tick to the cache, and resets the notes.
void delta_cache_collect_use(DeltaCache *cache, DeltaCacheUse *use);

// Begins the snapshots of a tick that the history holds. All pieces must be prepared before the
// first delta_cache_find().
void delta_cache_begin(DeltaCache *cache, const History *history, const SlotRanges *ranges,
                       uint32_t tick);

// Clears or fills a part of a row. context: the cache; piece: below delta_cache_pieces().
uint32_t delta_cache_pieces(const DeltaCache *cache);
void delta_cache_prepare_task(void *context, uint32_t piece, uint32_t worker);

// Notes that a snapshot requests so many deltas against baselines of this age.
static inline void delta_cache_note_requested(const DeltaCache *cache, uint32_t age, uint32_t count,
                                              DeltaCacheUse *use) {
    const uint32_t row = age < HISTORY_TICKS ? cache->row_of_age[age] : DELTA_CACHE_ROWS;
    if (row < DELTA_CACHE_ROWS) {
        use->requested[row] += count;
    }
}

// The states of this age (1..) by slot, or NULL when they cannot be baselines in this tick.
static inline const EntityRecord *delta_cache_baselines(const DeltaCache *cache, uint32_t age) {
    return age < HISTORY_TICKS ? history_at(cache->history, cache->tick - age) : NULL;
}

// Deltas made ahead since the beginning; the workers' counts do not contain them.
static inline uint64_t delta_cache_made_ahead(const DeltaCache *cache) {
    // Relaxed: a statistic.
    return atomic_load_explicit(&cache->made_ahead, memory_order_relaxed);
}

// Makes a delta that is not in the cache, or that does not fit a word.
DeltaBits delta_cache_make(DeltaCache *cache, uint32_t slot, uint32_t age, DeltaCacheUse *use);

// The address of the word of (slot, age), for prefetching; NULL when this age has no row.
static inline _Atomic uint64_t *delta_cache_word(const DeltaCache *cache, uint32_t slot,
                                                 uint32_t age) {
    const uint32_t row = cache->row_of_age[age];
    return row < DELTA_CACHE_ROWS ? &cache->words[(size_t)row * cache->slot_capacity + slot] : NULL;
}

// The word of a delta made before; 0: call delta_cache_make(). age < HISTORY_TICKS.
static inline uint64_t delta_cache_find(const DeltaCache *cache, uint32_t slot, uint32_t age) {
    const _Atomic uint64_t *place = delta_cache_word(cache, slot, age);
    // Relaxed: the word is complete in itself, and every writer writes the same.
    const uint64_t word = place != NULL ? atomic_load_explicit(place, memory_order_relaxed) : 0;
    return word == DELTA_WORD_LONG ? 0 : word;
}

static inline uint32_t delta_word_count(uint64_t word) {
    return (uint32_t)(word & ((1u << DELTA_WORD_COUNT_BITS) - 1));
}

static inline uint64_t delta_word_bits(uint64_t word) {
    return word >> DELTA_WORD_COUNT_BITS;
}

#endif
