// SPDX-License-Identifier: MIT
#include "game/history.h"

#include <assert.h>

void history_init(History *history, EntityRecord *memory, uint32_t slot_capacity) {
    *history = (History){.records = memory, .slot_capacity = slot_capacity};
}

EntityRecord *history_begin(History *history, uint32_t tick) {
    const uint32_t place = tick & (HISTORY_TICKS - 1);
    history->is_held[place] = false;
    return &history->records[(size_t)place * history->slot_capacity];
}

void history_commit(History *history, uint32_t tick) {
    const uint32_t place = tick & (HISTORY_TICKS - 1);
    assert(!history->is_held[place]);
    history->ticks[place] = tick;
    history->is_held[place] = true;
}
