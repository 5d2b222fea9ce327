// SPDX-License-Identifier: MIT
// history.h -- the published world of the last HISTORY_TICKS ticks: one copy for every reader.
//
// Flow:    publish -> history -> interest, delta cache, checksums (replication), rewind
// Threads: written by the publish stage, read-only otherwise. A tick's records stay as they are
//          until the tick HISTORY_TICKS later begins to be published.
// Memory:  the caller's, history_bytes() of it: HISTORY_TICKS x slots x 16 bytes.
#ifndef TICKSTORM_GAME_HISTORY_H
#define TICKSTORM_GAME_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/limits.h"
#include "game/entity.h"

typedef struct History {
    EntityRecord *records; // [HISTORY_TICKS][slot_capacity]; borrowed
    uint32_t slot_capacity;
    uint32_t ticks[HISTORY_TICKS]; // by place: the tick whose records lie there
    bool is_held[HISTORY_TICKS];
} History;

static inline size_t history_bytes(uint32_t slot_capacity) {
    return (size_t)HISTORY_TICKS * slot_capacity * sizeof(EntityRecord);
}

// An empty history in memory of history_bytes(slot_capacity).
void history_init(History *history, EntityRecord *memory, uint32_t slot_capacity);

// Where to publish this tick. From now on the oldest tick is no longer held; this one is held after
// history_commit().
EntityRecord *history_begin(History *history, uint32_t tick);
void history_commit(History *history, uint32_t tick);

// The records of a tick by slot, or NULL when it is not held.
static inline const EntityRecord *history_at(const History *history, uint32_t tick) {
    const uint32_t place = tick & (HISTORY_TICKS - 1);
    return history->is_held[place] && history->ticks[place] == tick
               ? &history->records[(size_t)place * history->slot_capacity]
               : NULL;
}

// Checks that each held tick lies in its place and is one of the HISTORY_TICKS up to `newest`, and
// that `newest` is held.
Fault history_validate(const History *history, uint32_t newest);

#endif
