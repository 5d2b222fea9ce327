// SPDX-License-Identifier: MIT
// past.h -- where everything stood a moment ago, for the shots of players who saw it there.
//
// Flow:    publish -> past_remember; a life ends -> past_note_end
//          a shot's rewind -> past_moment -> past_place per candidate; past_ended for the dead
// Threads: written by the serial stages, read-only while shots are traced.
// Order:   what is found depends on the rewind and on the world's own past alone: the same match
//          gives the same hits.
// Memory:  the published records are borrowed; the list of ends is allocated by past_create().
// Units:   rewinds in 1/256 tick, places in world units.
#ifndef TICKSTORM_GAME_PAST_H
#define TICKSTORM_GAME_PAST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "game/entity.h"

#define PAST_ENDS 1024 // lives that ended lately; a power of two

// A life that ended, and where it was then.
typedef struct LifeEnd {
    int32_t x, y;
    EntityId id;
    uint32_t tick; // the first in which it is not there
} LifeEnd;

typedef struct Past {
    // Of tick t at t modulo HISTORY_TICKS, by slot.
    const EntityRecord *records[HISTORY_TICKS];
    uint32_t tick_count; // how many ticks are there ...
    uint32_t last_tick;  // ... up to this one
    LifeEnd *ends;       // end i lies at i modulo PAST_ENDS
    uint64_t end_count;  // ever
} Past;

// False when memory is short.
bool past_create(Past *past);
void past_destroy(Past *past);

// The records of this tick, by slot, which is the one after the last remembered. They must stay
// until they are HISTORY_TICKS old.
void past_remember(Past *past, uint32_t tick, const EntityRecord *records);

// Only ships and drones need to be noted: nothing else stands in the way of a shot.
void past_note_end(Past *past, EntityId id, const Motion *motion, uint32_t tick);

// A moment between two ticks.
typedef struct PastMoment {
    const EntityRecord *before; // by slot; NULL: the moment is now
    const EntityRecord *after;  // by slot; NULL: one tick later is now
    int32_t share;              // from before to after, in 1/256
    uint32_t tick;              // of before
    int32_t age_ticks;          // rounded up
} PastMoment;

// The moment that lies so far before `tick`, which is being computed; as far as the past reaches.
PastMoment past_moment(const Past *past, uint32_t tick, uint32_t rewind_q8);

typedef struct PastPlace {
    int32_t x, y;
} PastPlace;

// Where the entity was at a moment that is not now. now: its motion now, NULL when it is dead.
// False when it did not live yet.
bool past_place(const PastMoment *moment, EntityId id, const Motion *now, PastPlace *place);

// The i-th last life that ended, or NULL when there is none that still lasted at the moment.
const LifeEnd *past_ended(const Past *past, const PastMoment *moment, uint32_t i);

#endif
