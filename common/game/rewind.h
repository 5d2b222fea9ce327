// SPDX-License-Identifier: MIT
// rewind.h -- lag compensation: the positions that a shooter saw, from the published history.
//
// Flow:    history (read); a life ends -> rewind_note_end
//          a shot's rewind -> rewind_moment -> rewind_place per candidate; rewind_ended for the
//          dead
// Threads: written by the serial stages, read-only while shots are traced.
// Order:   a result depends only on the rewind and the world's own history: the same match gives
//          the same hits.
// Memory:  the history is borrowed; the list of ends is allocated by rewind_create().
// Units:   rewinds in 1/256 tick, places in world units.
#ifndef TICKSTORM_GAME_REWIND_H
#define TICKSTORM_GAME_REWIND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "game/history.h"

#define REWIND_ENDS 1024 // the most recent ends of lives; a power of two

// A life that ended, and its last position.
typedef struct LifeEnd {
    int32_t x, y;
    EntityId id;
    uint32_t tick; // the first tick without it
} LifeEnd;

typedef struct Rewind {
    const History *history; // borrowed; NULL: every moment is now
    LifeEnd *ends;          // the i-th end lies at i modulo REWIND_ENDS
    uint64_t end_count;     // ends so far
} Rewind;

// False when memory is short.
bool rewind_create(Rewind *rewind);
void rewind_destroy(Rewind *rewind);

// Only the ends of ships and drones are recorded: nothing else can stop a shot.
void rewind_note_end(Rewind *rewind, EntityId id, const Motion *motion, uint32_t tick);

// A moment between two ticks.
typedef struct RewindMoment {
    const EntityRecord *before; // by slot; NULL: the moment is now
    const EntityRecord *after;  // by slot; NULL: one tick later is now
    int32_t share;              // from before to after, in 1/256
    uint32_t tick;              // of before
    int32_t age_ticks;          // rounded up
} RewindMoment;

// The moment this far before `tick`, the tick in progress; at most as far as the history reaches.
RewindMoment rewind_moment(const Rewind *rewind, uint32_t tick, uint32_t rewind_q8);

typedef struct RewindPlace {
    int32_t x, y;
} RewindPlace;

// The entity's position at a rewound moment. now: its current motion, NULL when it is dead. False
// when it was not alive yet.
bool rewind_place(const RewindMoment *moment, EntityId id, const Motion *now, RewindPlace *place);

// The i-th last ended life, or NULL when no further life was still going on at the moment.
const LifeEnd *rewind_ended(const Rewind *rewind, const RewindMoment *moment, uint32_t i);

#endif
