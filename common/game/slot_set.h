// SPDX-License-Identifier: MIT
// slot_set.h -- the used slots of a kind; acquires the lowest free one.
//
// Threads: changed by serial stages only; read-only in between.
// Memory:  allocated by slot_set_create().
// Order:   lowest first: the acquired slot depends only on the used slots, never on the order of
//          releases. A set has no hidden state.
#ifndef TICKSTORM_GAME_SLOT_SET_H
#define TICKSTORM_GAME_SLOT_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"

#define SLOT_NONE UINT32_MAX

// Slots count from 0 within their kind.
typedef struct SlotSet {
    uint64_t *used; // a bit per slot
    uint32_t capacity;
    uint32_t count;     // of used slots
    uint32_t end;       // no used slot at or above
    uint32_t free_word; // no free slot in a word below
} SlotSet;

bool slot_set_create(SlotSet *set, uint32_t capacity);
void slot_set_destroy(SlotSet *set);

// Acquires the lowest free slot; SLOT_NONE when all are used.
uint32_t slot_set_acquire(SlotSet *set);
// Acquires a particular slot, which must be free.
void slot_set_acquire_at(SlotSet *set, uint32_t slot);
// A used slot becomes free.
void slot_set_release(SlotSet *set, uint32_t slot);
bool slot_set_has(const SlotSet *set, uint32_t slot);
// The lowest used slot at or above `from`; SLOT_NONE when there is none. Visits all used slots
// without a look at the free ones:
//     for (uint32_t i = slot_set_next(set, 0); i != SLOT_NONE; i = slot_set_next(set, i + 1))
uint32_t slot_set_next(const SlotSet *set, uint32_t from);

// Checks the counts against the bits.
Fault slot_set_validate(const SlotSet *set);

#endif
