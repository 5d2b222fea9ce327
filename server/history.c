// SPDX-License-Identifier: MIT
#include "server/history.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

bool history_create(History *history, uint32_t slot_capacity) {
    *history = (History){.slot_capacity = slot_capacity};
    history->records = calloc((size_t)HISTORY_TICKS * slot_capacity, sizeof *history->records);
    return history->records != NULL;
}

void history_destroy(History *history) {
    free(history->records);
    memset(history, 0, sizeof *history);
}

static uint32_t place_of(uint32_t tick) {
    return tick & (HISTORY_TICKS - 1);
}

EntityRecord *history_begin(History *history, uint32_t tick) {
    const uint32_t place = place_of(tick);
    history->is_held[place] = false;
    return &history->records[(size_t)place * history->slot_capacity];
}

void history_commit(History *history, uint32_t tick) {
    const uint32_t place = place_of(tick);
    assert(!history->is_held[place]);
    history->ticks[place] = tick;
    history->is_held[place] = true;
}

const EntityRecord *history_at(const History *history, uint32_t tick) {
    const uint32_t place = place_of(tick);
    return history->is_held[place] && history->ticks[place] == tick
               ? &history->records[(size_t)place * history->slot_capacity]
               : NULL;
}
