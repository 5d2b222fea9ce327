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

Fault history_validate(const History *history, uint32_t newest) {
    for (uint32_t place = 0; place < HISTORY_TICKS; place++) {
        const uint32_t tick = history->ticks[place];
        if (!history->is_held[place]) {
            continue;
        }
        if ((tick & (HISTORY_TICKS - 1)) != place) {
            return (Fault){"a tick of the history is not in its place", "place", place};
        }
        if (newest - tick >= HISTORY_TICKS) {
            return (Fault){"a tick of the history is not one of the last", "place", place};
        }
    }
    return history_at(history, newest) != NULL
               ? (Fault){0}
               : (Fault){.what = "the newest tick is not in the history"};
}
