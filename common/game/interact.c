// SPDX-License-Identifier: MIT
#include "game/interact.h"

#include "game/drone.h"
#include "game/pulse.h"

// Bites and shards within reach of a living ship.
static void meet_neighbours(const World *world, uint32_t ship_slot, WorldEventList *list) {
    const Grid *grid = &world->grid;
    const Motion *self = &world->motions[ship_slot];
    const SlotRanges *ranges = &world->ranges;
    const bool is_shielded = world->ships[ship_slot].shield_ticks > 0;
    const int32_t bite_reach = SHIP_RADIUS + DRONE_RADIUS;
    const int32_t farthest = bite_reach > SHARD_REACH ? bite_reach : SHARD_REACH;
    const int32_t search = farthest + INTERACT_DRIFT;
    const GridInterval columns = grid_interval(grid, self->x, search);
    const GridInterval rows = grid_interval(grid, self->y, search);
    uint32_t bites = is_shielded ? SHIP_BITES_MAX : 0;
    uint32_t collects = 0;
    for (uint32_t row = rows.low; row <= rows.high; row++) {
        const uint32_t first = grid->cell_first[row * grid->cells_per_side + columns.low];
        const uint32_t end = grid->cell_first[row * grid->cells_per_side + columns.high + 1];
        for (uint32_t i = first; i < end && i - first < INTERACT_CANDIDATES_PER_ROW; i++) {
            if (!interact_may_be_near(self, &grid->items[i], farthest)) {
                continue;
            }
            const uint32_t slot = grid->items[i].slot;
            const EntityKind kind = entity_kind_of_slot(ranges, slot);
            if (kind == ENTITY_SHARD && collects < SHIP_COLLECTS_MAX &&
                interact_is_near(self, &world->motions[slot], SHARD_REACH)) {
                interact_emit(list, WORLD_EVENT_COLLECT, ship_slot, slot);
                collects++;
            } else if (kind == ENTITY_DRONE && bites < SHIP_BITES_MAX &&
                       interact_is_near(self, &world->motions[slot], bite_reach) &&
                       drone_can_bite(&world->drones[slot - ranges->first[ENTITY_DRONE]],
                                      world->tick)) {
                interact_emit(list, WORLD_EVENT_BITE, slot, ship_slot);
                bites++;
            }
        }
    }
}

static void shoot(const World *world, uint32_t ship_slot, WorldEventList *list) {
    const Motion *self = &world->motions[ship_slot];
    const PulseScene scene = {
        world, rewind_moment(&world->rewind, world->tick + 1, world->rewinds[ship_slot])};
    const uint32_t target = pulse_trace(&scene, ship_slot, self->x, self->y, self->angle);
    if (target != SLOT_NONE) {
        interact_emit(list, WORLD_EVENT_PULSE_HIT, ship_slot, target);
    }
}

void interact_ship(const World *world, uint32_t player_index, WorldEventList *list) {
    const Ship *ship = &world->ships[player_index];
    if (!world->has_joined[player_index]) {
        return;
    }
    if (!ship_is_alive(ship)) {
        if (ship->respawn_ticks == 0) {
            interact_emit(list, WORLD_EVENT_RESPAWN, player_index, player_index);
        }
        return;
    }
    meet_neighbours(world, player_index, list);
    if ((world->ship_actions[player_index] & SHIP_ACTION_PULSE) != 0) {
        shoot(world, player_index, list);
    }
    if ((world->ship_actions[player_index] & SHIP_ACTION_MISSILE) != 0) {
        interact_emit(list, WORLD_EVENT_LAUNCH, player_index, player_index);
    }
}
