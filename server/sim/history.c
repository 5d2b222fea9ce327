// SPDX-License-Identifier: MIT
#include "server/sim/history.h"

#include <assert.h>
#include <string.h>

#include "base/page_memory.h"

static size_t record_bytes(const History *history) {
    return (size_t)HISTORY_TICKS * history->slot_capacity * sizeof *history->records;
}

bool history_create(History *history, uint32_t slot_capacity) {
    *history = (History){.slot_capacity = slot_capacity};
    history->records = page_memory_allocate(record_bytes(history));
    if (history->records == NULL) {
        return false;
    }
    // The page faults of 25 MB, left to the first 64 ticks, once cost one of them 18 ms.
    page_memory_touch(history->records, record_bytes(history));
    return true;
}

void history_destroy(History *history) {
    page_memory_free(history->records, record_bytes(history));
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
