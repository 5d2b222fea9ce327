// SPDX-License-Identifier: MIT
// stage_world.h -- a small world without asteroids, in which a test places all entities.
#ifndef TICKSTORM_TESTS_GAME_STAGE_WORLD_H
#define TICKSTORM_TESTS_GAME_STAGE_WORLD_H

#include "game/tuning.h"
#include "game/world.h"
#include "support.h"

#define STAGE_SIDE_UNITS 4000
#define STAGE_CENTER     (STAGE_SIDE_UNITS / 2 * UNIT)

static inline void stage_create(World *world, uint32_t drones, uint32_t ships, uint32_t asteroids) {
    const WorldConfig config = {.arena = {.seed = 1,
                                          .side_units = STAGE_SIDE_UNITS,
                                          .asteroid_count = asteroids,
                                          .nest_count = 1},
                                .seed = 1,
                                .drone_count = drones,
                                .ship_capacity = ships};
    assert_true(world_create(world, &config));
}

static inline void stage_put(World *world, uint32_t slot, int32_t x, int32_t y) {
    world->motions[slot].x = x;
    world->motions[slot].y = y;
    world->motions[slot].vx = 0;
    world->motions[slot].vy = 0;
    if (slot < world->ranges.first[ENTITY_DRONE]) {
        world->ships[slot].motion = world->motions[slot];
    }
    world->has_bands = false; // whatever was published before
    world->has_ship_bands = false;
}

// Lets a player join and puts its ship, without a shield, at this place.
static inline Ship *stage_join(World *world, uint32_t index, int32_t x, int32_t y) {
    world_join(world, index);
    world->ships[index].shield_ticks = 0;
    stage_put(world, index, x, y);
    return &world->ships[index];
}

static inline uint32_t stage_drone(const World *world, uint32_t index) {
    return world->ranges.first[ENTITY_DRONE] + index;
}

static inline void stage_check(const World *world) {
    const Fault fault = world_validate(world);
    if (fault.what != NULL) {
        fail_msg("tick %u, %s %u: %s", world->tick, fault.place != NULL ? fault.place : "world",
                 fault.index, fault.what);
    }
}

static inline void stage_advance(World *world, const ShipInput *inputs, uint32_t ticks) {
    for (uint32_t i = 0; i < ticks; i++) {
        world_advance(world, inputs);
        stage_check(world);
    }
}

#endif
