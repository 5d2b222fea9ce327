// SPDX-License-Identifier: MIT
// name_sync.h -- the names of all players, and for each client the names that it does not know yet.
//
// Flow:    join -> name_table_set; interest -> name_sync_note_view: ships in view without a name
//          -> event message: name_sync_write -> queue -> name_sync_confirm
// Threads: the sim thread. name_sync_note_view() also runs in replication's parallel-for: a worker
//          writes the NameSync of its own sessions, and the table is read-only meanwhile.
// Memory:  NameTable is allocated by name_table_create(), a bit per client and player. A NameSync
//          lies inside its session.
//
// A name is sent when its ship first comes into a client's view. A player who joins at an index
// that was used before has a new name there, which no client knows: the table numbers all names in
// the order of their joins, and a client's bits hold up to the number in NameSync.known_count.
#ifndef TICKSTORM_SERVER_REPLICATION_NAME_SYNC_H
#define TICKSTORM_SERVER_REPLICATION_NAME_SYNC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "game/entity.h"
#include "server/replication/interest_view.h"
#include "wire/event.h"

// Names of other players that one message may carry.
#define NAME_SYNC_UNSENT_MAX 16

typedef struct NameTable {
    // Constant.
    uint32_t capacity;   // players, and clients
    uint32_t sent_words; // per client
    // State.
    uint32_t *sent;       // [capacity][sent_words] bit per player, by client
    uint64_t *numbers;    // [capacity] number of each player's name, from 1
    EventPlayer *players; // [capacity]
    uint64_t name_count;  // names set so far
} NameTable;

// The names of one client.
typedef struct NameSync {
    const NameTable *table;
    uint32_t *sent;       // bit per player: the client knows the name; lies in the table
    uint64_t known_count; // the bits are valid for names numbered up to this (NameTable.name_count)
    uint32_t unsent_count; // players in view whose names the client lacks
    uint32_t unsent[NAME_SYNC_UNSENT_MAX];
    uint32_t written_count; // of `unsent`: written, but not confirmed yet
} NameSync;

// False when memory is short.
bool name_table_create(NameTable *table, uint32_t capacity);
void name_table_destroy(NameTable *table);

// A player joins at this index. Every client lacks its name.
void name_table_set(NameTable *table, uint32_t player, const char *name);

static inline const EventPlayer *name_table_player(const NameTable *table, uint32_t player) {
    return &table->players[player];
}

// A new client at this index, which knows no name.
void name_sync_open(NameSync *sync, const NameTable *table, uint32_t client);

// Whether the client knows the player's name.
static inline bool name_sync_is_sent(const NameSync *sync, uint32_t player) {
    return (sync->sent[player / 32] >> (player % 32) & 1) != 0 &&
           sync->table->numbers[player] <= sync->known_count;
}
void name_sync_mark_sent(NameSync *sync, uint32_t player);

// Notes the ships in view whose names the client lacks, at most NAME_SYNC_UNSENT_MAX.
void name_sync_note_view(NameSync *sync, const SlotRanges *ranges, const InterestView *view);

// Whether any noted name is still to be sent.
bool name_sync_is_pending(const NameSync *sync);

// Adds the noted names to a message, as far as there is room. The message is not sent yet.
void name_sync_write(NameSync *sync, EventWriter *writer, uint32_t tick);

// The message written last is on its way. Returns how many names it brought.
uint32_t name_sync_confirm(NameSync *sync);

#endif
