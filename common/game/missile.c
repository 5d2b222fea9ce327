// SPDX-License-Identifier: MIT
#include "game/missile.h"

#include "base/serial.h"
#include "game/fixed.h"
#include "game/interact.h"
#include "game/tuning.h"

static bool is_blocked(const Arena *arena, const Motion *motion) {
    const int32_t x = motion->x + motion->vx;
    const int32_t y = motion->y + motion->vy;
    return x < MISSILE_RADIUS || y < MISSILE_RADIUS || x > arena->side - MISSILE_RADIUS ||
           y > arena->side - MISSILE_RADIUS ||
           arena_asteroid_at(arena, x, y, MISSILE_RADIUS) != NULL;
}

Motion missile_fly(const Arena *arena, Motion motion) {
    if (!is_blocked(arena, &motion)) {
        motion.x += motion.vx;
        motion.y += motion.vy;
    }
    return motion;
}

// Appends a hit for every ship and drone within reach except the owner; returns their number. With
// max_hits 0 it only finds out whether there is one.
static uint32_t hit_around(const World *world, uint32_t slot, int32_t reach, uint32_t max_hits,
                           WorldEventList *list) {
    const Grid *grid = &world->grid;
    const Motion *self = &world->motions[slot];
    const uint32_t owner =
        entity_slot(world->missiles[slot - world->ranges.first[ENTITY_MISSILE]].owner);
    const int32_t search = reach + SHIP_RADIUS + INTERACT_DRIFT;
    const GridInterval columns = grid_interval(grid, self->x, search);
    const GridInterval rows = grid_interval(grid, self->y, search);
    uint32_t hits = 0;
    for (uint32_t row = rows.low; row <= rows.high; row++) {
        const uint32_t first = grid->cell_first[row * grid->cells_per_side + columns.low];
        const uint32_t end = grid->cell_first[row * grid->cells_per_side + columns.high + 1];
        for (uint32_t i = first; i < end && i - first < INTERACT_CANDIDATES_PER_ROW; i++) {
            const uint32_t other = grid->items[i].slot;
            if (!interact_may_be_near(self, &grid->items[i], reach + SHIP_RADIUS)) {
                continue;
            }
            if (other >= world->ranges.first[ENTITY_MISSILE] || other == owner) {
                continue;
            }
            const int32_t radius = interact_radius(&world->ranges, other);
            if (!interact_is_near(self, &world->motions[other], reach + radius)) {
                continue;
            }
            if (max_hits == 0) {
                return 1;
            }
            interact_emit(list, WORLD_EVENT_BLAST_HIT, slot, other);
            if (++hits == max_hits) {
                return hits;
            }
        }
    }
    return hits;
}

void missile_interact(const World *world, uint32_t slot, WorldEventList *list) {
    const Missile *missile = &world->missiles[slot - world->ranges.first[ENTITY_MISSILE]];
    const Motion *self = &world->motions[slot];
    if (serial_difference(world->tick, missile->end_tick) < 0 && !is_blocked(&world->arena, self) &&
        hit_around(world, slot, MISSILE_RADIUS, 0, list) == 0) {
        return;
    }
    hit_around(world, slot, MISSILE_BLAST_RADIUS, MISSILE_HITS_MAX, list);
    interact_emit(list, WORLD_EVENT_BURST, slot, slot);
}
