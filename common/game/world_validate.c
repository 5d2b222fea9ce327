// SPDX-License-Identifier: MIT
#include <string.h>

#include "game/tuning.h"
#include "game/world.h"

static bool is_zero(const void *data, size_t size) {
    const uint8_t *bytes = data;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

static bool is_on_grid(const Motion *motion) {
    const int32_t mask = (1 << RECORD_SHIFT) - 1;
    return ((motion->x | motion->y | motion->vx | motion->vy) & mask) == 0;
}

static const char *check_motion(const World *world, uint32_t slot, EntityKind kind) {
    const Motion *motion = &world->motions[slot];
    if (motion->x < 0 || motion->y < 0 || motion->x >= world->arena.side ||
        motion->y >= world->arena.side) {
        return "an entity is outside of the arena";
    }
    if (motion->vx * motion->vx + motion->vy * motion->vy > BODY_SPEED_MAX * BODY_SPEED_MAX) {
        return "an entity is faster than anything may be";
    }
    if (kind != ENTITY_SHIP && !is_on_grid(motion)) {
        return "a drone, missile or shard is off the published grid";
    }
    if (kind == ENTITY_DRONE && ((motion->vx | motion->vy) & (DRONE_VELOCITY_STEP - 1)) != 0) {
        return "a drone's velocity is between two steps";
    }
    if (arena_asteroid_at(&world->arena, motion->x, motion->y, 0) != NULL) {
        return "an entity is inside an asteroid";
    }
    return motion->unused != 0 ? "unused bytes are not zero" : NULL;
}

static const char *check_slot(const World *world, uint32_t slot) {
    const EntityKind kind = entity_kind_of_slot(&world->ranges, slot);
    const uint16_t generation = world->generations[slot];
    const bool is_used = slot_set_has(&world->slots[kind], slot - world->ranges.first[kind]);
    if (generation == 0) {
        if (is_used && kind != ENTITY_SHIP) {
            return "a slot is used but nothing lives in it";
        }
        return is_zero(&world->motions[slot], sizeof(Motion)) &&
                       is_zero(&world->next_motions[slot], sizeof(Motion)) &&
                       world->status[slot] == 0
                   ? NULL
                   : "a slot without life is not zero";
    }
    if (!is_used) {
        return "something lives in a free slot";
    }
    if (generation != world->last_generations[slot] || generation >= 1u << ENTITY_GENERATION_BITS) {
        return "a generation is out of step";
    }
    return check_motion(world, slot, kind);
}

static const char *check_ship(const World *world, uint32_t i) {
    const Ship *ship = &world->ships[i];
    if (!world->has_joined[i]) {
        return is_zero(ship, sizeof *ship) && world->generations[i] == 0
                   ? NULL
                   : "a ship without a player is not zero";
    }
    if (ship->health < 0 || ship->health > SHIP_HEALTH_MAX || ship->energy < 0 ||
        ship->energy > SHIP_ENERGY_MAX) {
        return "a ship's health or energy is out of range";
    }
    if (ship_is_alive(ship) != (world->generations[i] != 0)) {
        return "a ship is neither alive nor dead";
    }
    if (ship_is_alive(ship) && (ship->generation != world->generations[i] ||
                                memcmp(&ship->motion, &world->motions[i], sizeof(Motion)) != 0)) {
        return "a ship and its entity differ";
    }
    return NULL;
}

static const char *check_drone(const World *world, uint32_t i) {
    const Drone *drone = &world->drones[i];
    const uint32_t slot = world->ranges.first[ENTITY_DRONE] + i;
    if (world->generations[slot] == 0) {
        return is_zero(drone, sizeof *drone) ? NULL : "a dead drone is not zero";
    }
    if (drone->health == 0 || drone->health > DRONE_HEALTH_MAX) {
        return "a drone's health is out of range";
    }
    const bool is_angry = (world->status[slot] & ENTITY_STATUS_ANGRY) != 0;
    const bool is_hunter = (world->status[slot] & ENTITY_STATUS_HUNTER) != 0;
    if (is_angry != (drone->target != ENTITY_ID_NONE) || is_hunter != drone->is_hunter) {
        return "a drone's status is not what it shows";
    }
    return entity_slot(drone->target) >= world->ranges.first[ENTITY_DRONE]
               ? "a drone is after something that is no ship"
               : NULL;
}

static Fault check_missiles(const World *world) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < world->slots[ENTITY_SHIP].capacity * MISSILES_PER_SHIP; i++) {
        const uint32_t slot = world->ship_missiles[i];
        if (slot == SLOT_NONE) {
            continue;
        }
        const uint32_t player_index = i / MISSILES_PER_SHIP;
        const Missile *missile = &world->missiles[slot - world->ranges.first[ENTITY_MISSILE]];
        if (world->generations[slot] == 0 || entity_slot(missile->owner) != player_index ||
            !world->has_joined[player_index]) {
            return (Fault){"a missile is not its owner's", "slot", slot};
        }
        kept++;
    }
    return kept == world->slots[ENTITY_MISSILE].count ? (Fault){0}
                                                      : (Fault){.what = "a missile has no owner"};
}

static Fault check_grid(const World *world) {
    const Grid *grid = &world->grid;
    const uint32_t cell_count = grid->cells_per_side * grid->cells_per_side;
    if (world->tick == 0) {
        return (Fault){0}; // not built yet
    }
    if (grid->cell_first[0] != 0 || grid->cell_first[cell_count] != grid->item_count) {
        return (Fault){.what = "the grid's cells do not cover its items"};
    }
    for (uint32_t cell = 0; cell < cell_count; cell++) {
        for (uint32_t i = grid->cell_first[cell]; i < grid->cell_first[cell + 1]; i++) {
            const GridItem *item = &grid->items[i];
            if (grid_cell_at(grid, item->x, item->y) != cell) {
                return (Fault){"a grid item is in the wrong cell", "slot", item->slot};
            }
            if (i > grid->cell_first[cell] && item[-1].slot >= item->slot) {
                return (Fault){"a cell's items are out of order", "slot", item->slot};
            }
        }
    }
    return (Fault){0};
}

static Fault check_slot_sets(const World *world) {
    uint32_t living = 0;
    uint32_t used = 0;
    for (int kind = 0; kind < ENTITY_KIND_COUNT; kind++) {
        const Fault fault = slot_set_validate(&world->slots[kind]);
        if (fault.what != NULL) {
            return fault;
        }
        used += kind != ENTITY_SHIP ? world->slots[kind].count : 0;
    }
    for (uint32_t slot = world->ranges.first[ENTITY_DRONE]; slot < world_slot_count(world);
         slot++) {
        living += world->generations[slot] != 0;
    }
    return living == used ? (Fault){0} : (Fault){.what = "the counts of the living are wrong"};
}

// Checks the part of the state with this index.
typedef const char *Check(const World *world, uint32_t index);

static Fault check_all(const World *world, Check *check, uint32_t count, const char *place) {
    for (uint32_t i = 0; i < count; i++) {
        const char *what = check(world, i);
        if (what != NULL) {
            return (Fault){what, place, i};
        }
    }
    return (Fault){0};
}

Fault world_validate(const World *world) {
    if (world->phase != WORLD_BETWEEN_TICKS) {
        return (Fault){.what = "the tick is not over"};
    }
    const uint32_t ships = world->slots[ENTITY_SHIP].capacity;
    const uint32_t drones = world->slots[ENTITY_DRONE].capacity;
    Fault fault = check_slot_sets(world);
    fault =
        fault.what != NULL ? fault : check_all(world, check_slot, world_slot_count(world), "slot");
    fault = fault.what != NULL ? fault : check_all(world, check_ship, ships, "player");
    fault = fault.what != NULL ? fault : check_all(world, check_drone, drones, "drone");
    fault = fault.what != NULL ? fault : check_missiles(world);
    return fault.what != NULL ? fault : check_grid(world);
}
