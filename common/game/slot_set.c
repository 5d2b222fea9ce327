// SPDX-License-Identifier: MIT
#include "game/slot_set.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define WORD_BITS 64u

bool slot_set_create(SlotSet *set, uint32_t capacity) {
    *set = (SlotSet){.capacity = capacity};
    set->used = calloc(capacity / WORD_BITS + 1, sizeof *set->used);
    return set->used != NULL;
}

void slot_set_destroy(SlotSet *set) {
    free(set->used);
    memset(set, 0, sizeof *set);
}

bool slot_set_has(const SlotSet *set, uint32_t slot) {
    assert(slot < set->capacity);
    return (set->used[slot / WORD_BITS] >> (slot % WORD_BITS) & 1) != 0;
}

uint32_t slot_set_acquire(SlotSet *set) {
    if (set->count == set->capacity) {
        return SLOT_NONE;
    }
    uint32_t word = set->free_word;
    while (set->used[word] == UINT64_MAX) {
        word++;
    }
    set->free_word = word;
    const uint32_t slot = word * WORD_BITS + (uint32_t)__builtin_ctzll(~set->used[word]);
    slot_set_acquire_at(set, slot);
    return slot;
}

void slot_set_acquire_at(SlotSet *set, uint32_t slot) {
    assert(!slot_set_has(set, slot));
    set->used[slot / WORD_BITS] |= 1ull << (slot % WORD_BITS);
    set->count++;
    set->end = slot >= set->end ? slot + 1 : set->end;
}

void slot_set_release(SlotSet *set, uint32_t slot) {
    assert(slot_set_has(set, slot));
    const uint32_t word = slot / WORD_BITS;
    set->used[word] &= ~(1ull << (slot % WORD_BITS));
    set->count--;
    set->free_word = word < set->free_word ? word : set->free_word;
    if (slot + 1 < set->end) {
        return;
    }
    // The highest used slot was freed: the end moves down to the next used slot.
    uint32_t top = word + 1;
    while (top > 0 && set->used[top - 1] == 0) {
        top--;
    }
    set->end = top == 0 ? 0 : top * WORD_BITS - (uint32_t)__builtin_clzll(set->used[top - 1]);
}

uint32_t slot_set_next(const SlotSet *set, uint32_t from) {
    if (from >= set->end) {
        return SLOT_NONE;
    }
    uint32_t word = from / WORD_BITS;
    uint64_t bits = set->used[word] & UINT64_MAX << from % WORD_BITS;
    while (bits == 0) { // ends no later than at the slot below set->end
        bits = set->used[++word];
    }
    return word * WORD_BITS + (uint32_t)__builtin_ctzll(bits);
}

Fault slot_set_validate(const SlotSet *set) {
    uint32_t count = 0;
    uint32_t end = 0;
    for (uint32_t word = 0; word <= set->capacity / WORD_BITS; word++) {
        const uint64_t bits = set->used[word];
        count += (uint32_t)__builtin_popcountll(bits);
        end = bits != 0 ? (word + 1) * WORD_BITS - (uint32_t)__builtin_clzll(bits) : end;
        if (word < set->free_word && bits != UINT64_MAX) {
            return (Fault){"a free slot lies below the first free word", "word", word};
        }
    }
    if (end > set->capacity || end != set->end) {
        return (Fault){"the end of the used slots is wrong", "slot", end};
    }
    return count == set->count ? (Fault){0}
                               : (Fault){"the count of used slots is wrong", "count", set->count};
}
