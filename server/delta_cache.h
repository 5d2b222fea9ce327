// SPDX-License-Identifier: MIT
// delta_cache.h -- the deltas of one tick, each made once however many clients need it.
//
// Flow:    delta_cache_begin() once a tick, the dirty rows cleared -> encode: delta_cache_find()
//          for every entity of every client -> bits to be copied
// Threads: begin belongs to the sim thread between two parallel phases; delta_cache_clear_task() is
//          a parallel-for over rows; after it delta_cache_find() is free for all workers, each with
//          its own DeltaCacheUse.
// Memory:  DELTA_CACHE_ROWS x slots x 8 bytes, allocated and touched by delta_cache_create().
// Units:   ages in ticks. A row holds the deltas against the bases of one age; ages are multiples
//          of the snapshot interval, since a client's snapshots are.
//
// The bits of (slot, base tick) at a tick are the same for every client, whoever makes them. So two
// workers that miss at the same time write the same word, and relaxed loads and stores of one
// word are all the agreement that is needed. Deltas too long for a word, and bases too old for a
// row, are made each time.
#ifndef TICKSTORM_SERVER_DELTA_CACHE_H
#define TICKSTORM_SERVER_DELTA_CACHE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "game/entity.h"
#include "server/history.h"
#include "wire/delta.h"

#define DELTA_CACHE_ROWS 8

// A delta in a word: how many bits (1..57) in the low 7, the bits above. 0: not made yet.
#define DELTA_WORD_COUNT_BITS 7
#define DELTA_WORD_BITS_MAX   (64 - DELTA_WORD_COUNT_BITS)
#define DELTA_WORD_LONG       0x7full // does not fit a word: make it again

// What one worker asked of the cache, until somebody resets it.
typedef struct DeltaCacheUse {
    uint64_t copied;     // found
    uint64_t produced;   // made and kept for the others
    uint64_t unshared;   // made for one client alone
    uint32_t dirty_rows; // bit r: produced into row r
} DeltaCacheUse;

typedef struct DeltaCache {
    // Constant.
    _Atomic uint64_t *words; // [DELTA_CACHE_ROWS][slot_capacity]
    uint32_t slot_capacity;
    uint32_t interval_ticks;
    uint8_t row_of_age[HISTORY_TICKS]; // DELTA_CACHE_ROWS: none
    // Of the tick.
    uint32_t tick;
    SlotRanges ranges;
    const EntityRecord *records;
    const EntityRecord *bases[HISTORY_TICKS]; // by age; NULL: not held
    uint32_t dirty_rows;                      // to be cleared before use
} DeltaCache;

// False when memory is short.
bool delta_cache_create(DeltaCache *cache, uint32_t slot_capacity, uint32_t interval_ticks);
void delta_cache_destroy(DeltaCache *cache);

// Prepares for the snapshots of a tick that the history holds. dirty_rows: all that workers made
// dirty since the last begin; those rows must be cleared before anybody looks.
void delta_cache_begin(DeltaCache *cache, const History *history, const SlotRanges *ranges,
                       uint32_t tick, uint32_t dirty_rows);

// context: the cache; piece: a row in [0, DELTA_CACHE_ROWS). Leaves clean rows alone.
void delta_cache_clear_task(void *context, uint32_t piece, uint32_t worker);

// Whether a state of this age (1..) can be a base in this tick.
static inline bool delta_cache_has_base(const DeltaCache *cache, uint32_t age) {
    return age < HISTORY_TICKS && cache->bases[age] != NULL;
}

// A delta that is not in the cache, or no word.
DeltaBits delta_cache_make(DeltaCache *cache, uint32_t slot, uint32_t age, DeltaCacheUse *use);

// Where the word of (slot, age) lies; NULL when this age has no row. For looking ahead.
static inline _Atomic uint64_t *delta_cache_word(const DeltaCache *cache, uint32_t slot,
                                                 uint32_t age) {
    const uint32_t row = cache->row_of_age[age];
    return row < DELTA_CACHE_ROWS ? &cache->words[(size_t)row * cache->slot_capacity + slot] : NULL;
}

// The word of a delta made before, or 0: then delta_cache_make() has it. age < HISTORY_TICKS.
static inline uint64_t delta_cache_find(const DeltaCache *cache, uint32_t slot, uint32_t age) {
    const _Atomic uint64_t *place = delta_cache_word(cache, slot, age);
    // Relaxed: the word is complete in itself, and whoever writes it writes the same.
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
