// SPDX-License-Identifier: MIT
// history.h -- the published world of the last HISTORY_TICKS ticks, kept once for everybody.
//
// Flow:    sim (publish) -> history -> interest, encode, lag compensation, desync check
// Threads: written by the publish stage, read-only otherwise. A tick's records stay as they are
//          until the tick HISTORY_TICKS later begins to be published.
// Memory:  HISTORY_TICKS x slots x 16 bytes, allocated by history_create().
#ifndef TICKSTORM_SERVER_SIM_HISTORY_H
#define TICKSTORM_SERVER_SIM_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "game/entity.h"

typedef struct History {
    EntityRecord *records; // [HISTORY_TICKS][slot_capacity]
    uint32_t slot_capacity;
    uint32_t ticks[HISTORY_TICKS]; // which tick lies where
    bool is_held[HISTORY_TICKS];
} History;

// False when memory is short.
bool history_create(History *history, uint32_t slot_capacity);
void history_destroy(History *history);

// Where to publish this tick; the oldest one is no longer held from now on, and this one not
// before history_commit().
EntityRecord *history_begin(History *history, uint32_t tick);
void history_commit(History *history, uint32_t tick);

// The records of a tick by slot, or NULL when it is not held.
const EntityRecord *history_at(const History *history, uint32_t tick);

#endif
