// SPDX-License-Identifier: MIT
// sightings.h -- when a client without a window last heard of each entity that it holds.
//
// Flow:    the newest roster, and the one before -> sightings_update -> whoever measures how old
//          what a client knows has become
// Threads: the client's thread.
// Memory:  4 bytes an entity, grown to what is in view. The states themselves are the newest
//          roster's: a bot looks at those, and needs no table of entities beside them.
// Order:   as the entries of the newest roster, by slot.
// Units:   ticks; ages that do not fit saturate.
#ifndef TICKSTORM_CLIENT_CORE_SIGHTINGS_H
#define TICKSTORM_CLIENT_CORE_SIGHTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/roster.h"

typedef struct Sighting {
    uint16_t age_ticks;     // of the newest state, at the roster's tick
    uint16_t refresh_ticks; // from the state before it to that one; 0: there was none
} Sighting;

typedef struct Sightings {
    Sighting *items; // one for each entry of the roster that was taken last
    uint32_t count;
    uint32_t capacity;
} Sightings;

void sightings_destroy(Sightings *sightings);

// before: the roster that was taken last, NULL for the first one. False when memory is short:
// nothing has changed then.
bool sightings_update(Sightings *sightings, const Roster *before, const Roster *roster);

#endif
