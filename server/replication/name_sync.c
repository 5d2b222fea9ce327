// SPDX-License-Identifier: MIT
#include "server/replication/name_sync.h"

#include <stdlib.h>
#include <string.h>

#include "base/thread_role.h"

bool name_table_create(NameTable *table, uint32_t capacity) {
    *table = (NameTable){.capacity = capacity, .sent_words = (capacity + 31) / 32};
    table->sent = calloc((size_t)capacity * table->sent_words, sizeof *table->sent);
    table->numbers = calloc(capacity, sizeof *table->numbers);
    table->players = calloc(capacity, sizeof *table->players);
    if (table->sent == NULL || table->numbers == NULL || table->players == NULL) {
        name_table_destroy(table);
        return false;
    }
    return true;
}

void name_table_destroy(NameTable *table) {
    free(table->sent);
    free(table->numbers);
    free(table->players);
    memset(table, 0, sizeof *table);
}

void name_table_set(NameTable *table, uint32_t player, const char *name) {
    ASSERT_SIM_THREAD();
    EventPlayer *entry = &table->players[player];
    *entry = (EventPlayer){.index = player};
    memcpy(entry->name, name, sizeof entry->name);
    table->numbers[player] = ++table->name_count;
}

void name_sync_open(NameSync *sync, const NameTable *table, uint32_t client) {
    ASSERT_SIM_THREAD();
    *sync = (NameSync){.table = table,
                       .sent = table->sent + (size_t)client * table->sent_words,
                       .known_count = table->name_count};
    memset(sync->sent, 0, table->sent_words * sizeof *sync->sent);
}

// Clears the bits of all indices at which another player has joined since the last call.
static void forget_names(NameSync *sync) {
    const NameTable *table = sync->table;
    for (uint32_t i = 0; i < table->capacity; i++) {
        const bool is_new = table->numbers[i] > sync->known_count;
        sync->sent[i / 32] &= ~((uint32_t)is_new << i % 32);
    }
    sync->known_count = table->name_count;
}

void name_sync_mark_sent(NameSync *sync, uint32_t player) {
    ASSERT_SIM_THREAD();
    if (sync->table->numbers[player] > sync->known_count) {
        forget_names(sync);
    }
    sync->sent[player / 32] |= 1u << player % 32;
}

// ------------------------------------------------------------------ what is in view

static bool note_ship(NameSync *sync, const SlotRanges *ranges, uint32_t slot) {
    if (slot >= ranges->first[ENTITY_SHIP + 1] || sync->unsent_count == NAME_SYNC_UNSENT_MAX) {
        return false;
    }
    if (!name_sync_is_sent(sync, slot)) {
        sync->unsent[sync->unsent_count++] = slot;
    }
    return true;
}

// Entries and entering entities are both in slot order, and ships have the lowest slots: the first
// drone ends either list.
void name_sync_note_view(NameSync *sync, const SlotRanges *ranges, const InterestView *view) {
    ASSERT_WORKER();
    sync->unsent_count = 0;
    const BaselineSet *baseline = &view->baseline;
    for (uint32_t i = 0; i < baseline->count; i++) {
        if (view->stays[i] != 0 && !note_ship(sync, ranges, baseline->entries[i].slot)) {
            break;
        }
    }
    for (uint32_t i = 0; i < view->enter_count; i++) {
        if (!note_ship(sync, ranges, view->enters[i])) {
            break;
        }
    }
}

// ------------------------------------------------------------------ messages

bool name_sync_is_pending(const NameSync *sync) {
    ASSERT_SIM_THREAD();
    bool is_pending = false;
    for (uint32_t i = 0; i < sync->unsent_count; i++) {
        is_pending |= !name_sync_is_sent(sync, sync->unsent[i]);
    }
    return is_pending;
}

void name_sync_write(NameSync *sync, EventWriter *writer, uint32_t tick) {
    ASSERT_SIM_THREAD();
    for (sync->written_count = 0; sync->written_count < sync->unsent_count; sync->written_count++) {
        const uint32_t player = sync->unsent[sync->written_count];
        if (name_sync_is_sent(sync, player)) {
            continue;
        }
        const Event event = {
            .tick = tick, .type = EVENT_NAME, .player = *name_table_player(sync->table, player)};
        EventBits bits;
        event_encode(&bits, &event);
        if (!event_writer_add(writer, tick, &bits)) {
            return; // the rest comes with the next message
        }
    }
}

uint32_t name_sync_confirm(NameSync *sync) {
    ASSERT_SIM_THREAD();
    uint32_t count = 0;
    for (uint32_t i = 0; i < sync->written_count; i++) {
        count += !name_sync_is_sent(sync, sync->unsent[i]);
        name_sync_mark_sent(sync, sync->unsent[i]);
    }
    sync->written_count = 0;
    return count;
}
