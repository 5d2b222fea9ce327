// SPDX-License-Identifier: MIT
// interact.h -- how ships affect the bodies around them, and the event lists that record it.
//
// Flow:    motions after think + grid from before think -> candidates -> exact test -> events
// Threads: a task writes the event list of its piece and nothing else.
// Order:   events in slot order; commit applies them piece by piece.
#ifndef TICKSTORM_GAME_INTERACT_H
#define TICKSTORM_GAME_INTERACT_H

#include <assert.h>
#include <stdlib.h>

#include "game/tuning.h"
#include "game/world.h"

#define INTERACT_PIECE_SLOTS        64
#define INTERACT_CANDIDATES_PER_ROW 96 // items tested per row of cells, so that a crowd stays cheap
// The grid is older than the motions: a body may be this far from its position in the grid.
#define INTERACT_DRIFT      BODY_SPEED_MAX
#define SHIP_BITES_MAX      4 // per tick
#define SHIP_COLLECTS_MAX   4 // per tick
#define SHIP_EVENTS_MAX     (SHIP_BITES_MAX + SHIP_COLLECTS_MAX + 3)
#define INTERACT_EVENTS_MAX (INTERACT_PIECE_SLOTS * 17) // per piece; see world.c

// Ships and drones only.
static inline int32_t interact_radius(const SlotRanges *ranges, uint32_t slot) {
    return slot < ranges->first[ENTITY_DRONE] ? SHIP_RADIUS : DRONE_RADIUS;
}

static inline bool interact_is_near(const Motion *a, const Motion *b, int32_t distance) {
    const int64_t dx = a->x - b->x;
    const int64_t dy = a->y - b->y;
    return dx * dx + dy * dy < (int64_t)distance * distance;
}

// Whether an item can be within this distance of a position, allowing for its drift since the grid
// was sorted. Items are contiguous and motions are scattered, so only the motions of the few items
// that pass are read.
static inline bool interact_may_be_near(const Motion *self, const GridItem *item,
                                        int32_t distance) {
    const int32_t reach = distance + INTERACT_DRIFT;
    return abs(item->x - self->x) < reach && abs(item->y - self->y) < reach;
}

static inline void interact_emit(WorldEventList *list, WorldEventType type, uint32_t subject,
                                 uint32_t object) {
    assert(list->count < INTERACT_EVENTS_MAX);
    list->events[list->count++] =
        (WorldEvent){.type = (uint32_t)type, .subject = subject, .object = object};
}

// The events of one ship: bites, shards, shots, respawn.
void interact_ship(const World *world, uint32_t player_index, WorldEventList *list);

#endif
