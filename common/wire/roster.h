// SPDX-License-Identifier: MIT
// roster.h -- which entities a client holds after a snapshot, each with the age of what it holds.
//
// Flow:    roster(reference) + what the snapshot says of each entry + newcomers -> roster(snapshot)
//          by the same functions on both sides, so that both know the same without telling.
// Threads: pure functions on the caller's rosters.
// Order:   entries ascend by slot.
// Memory:  the caller's. The server keeps entries alone, since the states lie in its history; the
//          client keeps the states beside them.
// Units:   ages in ticks. From DELTA_AGE_MAX on a state is nobody's base, and how much older it is
//          matters to none but a client that measures; ages saturate where their field does.
#ifndef TICKSTORM_WIRE_ROSTER_H
#define TICKSTORM_WIRE_ROSTER_H

#include <stdbool.h>
#include <stdint.h>

#include "game/entity.h"
#include "wire/delta.h"

#define ROSTER_ENTRIES_MAX 448
// A snapshot refers to one of the 31 before it. Whoever keeps this many has them all.
#define ROSTER_RING 32

typedef struct RosterEntry {
    uint32_t slot;
    uint16_t generation;
    uint16_t age; // of the state at the roster's tick
} RosterEntry;

typedef struct Roster {
    uint32_t tick;
    uint16_t sequence;
    uint16_t count;
    RosterEntry *entries;
    EntityRecord *records; // what the client holds of each entry; NULL on the server
} Roster;

// Memory for a roster of any size, to build one in.
typedef struct RosterSpace {
    RosterEntry entries[ROSTER_ENTRIES_MAX];
    EntityRecord records[ROSTER_ENTRIES_MAX];
} RosterSpace;

static inline EntityId roster_entry_id(const RosterEntry *entry) {
    return entity_id(entry->slot, entry->generation);
}

// As a base's age, DELTA_AGE_MAX at most.
static inline uint16_t roster_age_after(uint32_t age, uint32_t ticks) {
    return (uint16_t)(ticks < DELTA_AGE_MAX && age + ticks < DELTA_AGE_MAX ? age + ticks
                                                                           : DELTA_AGE_MAX);
}

// As a state's age, UINT16_MAX at most.
static inline uint16_t roster_true_age_after(uint32_t age, uint32_t ticks) {
    return (uint16_t)(ticks < UINT16_MAX - age ? age + ticks : UINT16_MAX);
}

// What an entry's delta is relative to, in a snapshot of a later tick.
static inline DeltaWindow roster_window(const Roster *roster, const RosterEntry *entry,
                                        uint32_t tick) {
    return (DeltaWindow){.slot = entry->slot,
                         .tick = tick,
                         .age = roster_age_after(entry->age, tick - roster->tick)};
}

// Starts a roster; entries (and records) must point to room for ROSTER_ENTRIES_MAX.
static inline void roster_begin(Roster *roster, uint16_t sequence, uint32_t tick) {
    roster->tick = tick;
    roster->sequence = sequence;
    roster->count = 0;
}

// ---- for each entry of the reference, in its order

// SKIP: the entity is still held as it was. age: by roster_age_after() or roster_true_age_after().
static inline void roster_keep(Roster *roster, const RosterEntry *entry, uint32_t age) {
    roster->entries[roster->count++] =
        (RosterEntry){.slot = entry->slot, .generation = entry->generation, .age = (uint16_t)age};
}

// EXACT, OTHER, WHOLE and newcomers: its state of the roster's tick is now held. REMOVE adds
// nothing.
static inline void roster_carry(Roster *roster, uint32_t slot, uint16_t generation) {
    roster->entries[roster->count++] = (RosterEntry){.slot = slot, .generation = generation};
}

// ---- then newcomers, ascending among themselves, by roster_carry(); at the end:

// Merges the newcomers, which are those from known_count on. False when a newcomer's slot is held
// by another entry.
bool roster_merge_newcomers(Roster *roster, uint32_t known_count);

// ---- verification

// A 64-bit mix of an entry and its state, of tick base_tick, as the client reads it.
uint64_t roster_entry_mix(const RosterEntry *entry, uint32_t base_tick, const EntityRecord *record);

// Sum of the low 32 bits of the mixes of all entries younger than DELTA_AGE_MAX; of a roster with
// records.
uint32_t roster_checksum(const Roster *roster);

#endif
