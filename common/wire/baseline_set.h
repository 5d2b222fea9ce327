// SPDX-License-Identifier: MIT
// baseline_set.h -- the entities that a client holds after a snapshot, each with the age of the
//                   state that it holds.
//
// Flow:    set(baseline) + the snapshot's symbol for each entry + entering entities ->
//          set(snapshot), by the same functions in the snapshot's writer and reader, so that both
//          sides know the same without sending it
// Threads: pure functions on the caller's sets.
// Order:   entries ascend by slot.
// Memory:  the caller's. The server keeps entries alone, since the states lie in its history; the
//          client keeps the states beside them.
// Units:   ages in ticks. A state of DELTA_AGE_MAX or older is no baseline for a delta, and only a
//          client that measures needs its true age; ages saturate where their field does.
#ifndef TICKSTORM_WIRE_BASELINE_SET_H
#define TICKSTORM_WIRE_BASELINE_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "game/entity.h"
#include "wire/delta.h"

#define BASELINE_ENTRIES_MAX 448
// A snapshot is made against one of the 31 before it: this many sets hold all of them.
#define BASELINE_SETS_MAX 32

typedef struct BaselineEntry {
    uint32_t slot;
    uint16_t generation;
    uint16_t age; // of the state at the set's tick
} BaselineEntry;

typedef struct BaselineSet {
    uint32_t tick;
    uint16_t sequence;
    uint16_t count;
    BaselineEntry *entries;
    EntityRecord *records; // what the client holds of each entry; NULL on the server
} BaselineSet;

// Memory for a set of any size.
typedef struct BaselineSpace {
    BaselineEntry entries[BASELINE_ENTRIES_MAX];
    EntityRecord records[BASELINE_ENTRIES_MAX];
} BaselineSpace;

static inline EntityId baseline_entry_id(const BaselineEntry *entry) {
    return entity_id(entry->slot, entry->generation);
}

// As a baseline's age, DELTA_AGE_MAX at most.
static inline uint16_t baseline_age_after(uint32_t age, uint32_t ticks) {
    return (uint16_t)(ticks < DELTA_AGE_MAX && age + ticks < DELTA_AGE_MAX ? age + ticks
                                                                           : DELTA_AGE_MAX);
}

// As a state's age, UINT16_MAX at most.
static inline uint16_t baseline_true_age_after(uint32_t age, uint32_t ticks) {
    return (uint16_t)(ticks < UINT16_MAX - age ? age + ticks : UINT16_MAX);
}

// The window of an entry's delta in a snapshot of a later tick.
static inline DeltaWindow baseline_window(const BaselineSet *baseline_set,
                                          const BaselineEntry *entry, uint32_t tick) {
    return (DeltaWindow){.slot = entry->slot,
                         .tick = tick,
                         .age = baseline_age_after(entry->age, tick - baseline_set->tick)};
}

// Starts a set; entries (and records) must point to room for all that it will hold.
static inline void baseline_set_begin(BaselineSet *baseline_set, uint16_t sequence, uint32_t tick) {
    baseline_set->tick = tick;
    baseline_set->sequence = sequence;
    baseline_set->count = 0;
}

// ---- for each entry of the baseline, in its order

// SKIP: the entity is still held as it was. age: by baseline_age_after() or
// baseline_true_age_after().
static inline void baseline_set_keep(BaselineSet *baseline_set, const BaselineEntry *entry,
                                     uint32_t age) {
    baseline_set->entries[baseline_set->count++] =
        (BaselineEntry){.slot = entry->slot, .generation = entry->generation, .age = (uint16_t)age};
}

// EXACT, OTHER, FULL and entering entities: its state of the set's tick is now held. REMOVE adds
// nothing.
static inline void baseline_set_carry(BaselineSet *baseline_set, uint32_t slot,
                                      uint16_t generation) {
    baseline_set->entries[baseline_set->count++] =
        (BaselineEntry){.slot = slot, .generation = generation};
}

// ---- then entering entities, ascending among themselves, by baseline_set_carry(); at the end:

// Merges the entering entities, which are those from known_count on. False when one has the slot of
// another entry.
bool baseline_set_merge_enters(BaselineSet *baseline_set, uint32_t known_count);

// ---- verification

// A 64-bit mix of an entry and its state, of tick baseline_tick, as the client reads it.
uint64_t baseline_entry_mix(const BaselineEntry *entry, uint32_t baseline_tick,
                            const EntityRecord *record);

// Sum of the low 32 bits of the mixes of all entries younger than DELTA_AGE_MAX; of a set with
// records.
uint32_t baseline_set_checksum(const BaselineSet *baseline_set);

// Checks that entries ascend by slot, each slot once, and that all are alive.
Fault baseline_set_validate(const BaselineSet *baseline_set);

#endif
