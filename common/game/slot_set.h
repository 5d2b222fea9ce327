// SPDX-License-Identifier: MIT
// slot_set.h -- which slots of a kind are taken; hands out the lowest free one.
//
// Threads: changed by serial stages only; read-only in between.
// Memory:  allocated by slot_set_create().
// Order:   lowest first, so that what is handed out depends only on what is taken, never on the
//          order in which slots were given back: a set has no hidden state.
#ifndef TICKSTORM_GAME_SLOT_SET_H
#define TICKSTORM_GAME_SLOT_SET_H

#include <stdbool.h>
#include <stdint.h>

#define SLOT_NONE UINT32_MAX

// Slots count from 0 within their kind.
typedef struct SlotSet {
    uint64_t *taken; // a bit per slot
    uint32_t capacity;
    uint32_t count;     // taken
    uint32_t end;       // no taken slot at or above
    uint32_t free_word; // no free slot in a word below
} SlotSet;

bool slot_set_create(SlotSet *set, uint32_t capacity);
void slot_set_destroy(SlotSet *set);

// The lowest free slot, now taken; SLOT_NONE when all are.
uint32_t slot_set_acquire(SlotSet *set);
// A given slot, which must be free.
void slot_set_acquire_at(SlotSet *set, uint32_t slot);
// A taken slot becomes free.
void slot_set_release(SlotSet *set, uint32_t slot);
bool slot_set_has(const SlotSet *set, uint32_t slot);
// The lowest taken slot from `from` on; SLOT_NONE when there is none. Walks over all that are taken
// without looking at the others:
//     for (uint32_t i = slot_set_next(set, 0); i != SLOT_NONE; i = slot_set_next(set, i + 1))
uint32_t slot_set_next(const SlotSet *set, uint32_t from);

#endif
