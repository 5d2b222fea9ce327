// SPDX-License-Identifier: MIT
#include "game/population.h"

#include <assert.h>

#include "game/fixed.h"
#include "game/tuning.h"

// Lives begin and end between ticks and in commit, never in a parallel stage.
static bool is_serial(const World *world) {
    return world->phase == WORLD_BETWEEN_TICKS || world->phase == WORLD_COMMIT;
}

void population_begin_life(World *world, uint32_t slot, Motion motion) {
    assert(is_serial(world));
    assert(world->generations[slot] == 0);
    const uint16_t generation = entity_next_generation(world->last_generations[slot]);
    world->generations[slot] = generation;
    world->last_generations[slot] = generation;
    world->motions[slot] = motion;
}

void population_end_life(World *world, uint32_t slot) {
    assert(is_serial(world));
    assert(world->generations[slot] != 0);
    if (slot < world->ranges.first[ENTITY_MISSILE]) {
        rewind_note_end(&world->rewind, entity_id(slot, world->generations[slot]),
                        &world->motions[slot], world->tick + 1);
    }
    world->generations[slot] = 0;
    world->motions[slot] = (Motion){0};
    world->next_motions[slot] = (Motion){0}; // think writes only the living
    world->status[slot] = 0;
}

static void place_ship(World *world, uint32_t player_index) {
    enum { PURPOSE_SPAWN = 0x300 };
    Ship *ship = &world->ships[player_index];
    const PlaceDraw draw = {world->seed, world->tick, player_index, PURPOSE_SPAWN};
    const Place place = arena_spawn_place(&world->arena, draw);
    ship->motion = (Motion){.x = place.x, .y = place.y, .angle = ship->motion.angle};
}

void population_await_ship(World *world, uint32_t player_index, uint32_t wait_ticks) {
    assert(is_serial(world));
    place_ship(world, player_index);
    world->ships[player_index].respawn_ticks = (uint16_t)wait_ticks;
}

void population_spawn_ship(World *world, uint32_t player_index) {
    assert(is_serial(world));
    Ship *ship = &world->ships[player_index];
    place_ship(world, player_index);
    population_begin_life(world, player_index, ship->motion);
    ship->health = SHIP_HEALTH_MAX;
    ship->energy = SHIP_ENERGY_MAX;
    ship->respawn_ticks = 0;
    ship->shield_ticks = SHIP_SHIELD_TICKS;
    ship->pulse_cooldown_ticks = 0;
    ship->missile_cooldown_ticks = 0;
    ship->generation = world->generations[player_index];
}

// Rounds towards zero, so that no direction is faster than the speed.
static int16_t speed_on_grid(int32_t part, int32_t speed) {
    const int32_t step = 1 << RECORD_SHIFT;
    return (int16_t)(fixed_scale(part, speed / step, FIXED_ONE) * step);
}

static void refuse_missile(World *world, uint32_t player_index) {
    Ship *ship = &world->ships[player_index];
    const int32_t energy = ship->energy + MISSILE_ENERGY;
    ship->energy = (int16_t)fixed_clamp(energy, 0, SHIP_ENERGY_MAX);
    ship->missile_cooldown_ticks = 0;
    world->counters.missiles_refused++;
}

// The entry of the ship's missiles that holds this slot (SLOT_NONE: a free entry), or NULL.
static uint32_t *find_missile(World *world, uint32_t player_index, uint32_t slot) {
    uint32_t *slots = &world->ship_missiles[player_index * MISSILES_PER_SHIP];
    for (uint32_t i = 0; i < MISSILES_PER_SHIP; i++) {
        if (slots[i] == slot) {
            return &slots[i];
        }
    }
    return NULL;
}

void population_launch_missile(World *world, uint32_t player_index) {
    assert(is_serial(world));
    uint32_t *own = find_missile(world, player_index, SLOT_NONE);
    const uint32_t index =
        own != NULL ? slot_set_acquire(&world->slots[ENTITY_MISSILE]) : SLOT_NONE;
    if (index == SLOT_NONE) {
        refuse_missile(world, player_index);
        return;
    }
    const uint32_t slot = world->ranges.first[ENTITY_MISSILE] + index;
    *own = slot;
    const Motion *ship = &world->ships[player_index].motion;
    const int32_t grid_mask = ~((1 << RECORD_SHIFT) - 1);
    const Motion motion = {.x = ship->x & grid_mask,
                           .y = ship->y & grid_mask,
                           .vx = speed_on_grid(fixed_cos(ship->angle), MISSILE_SPEED),
                           .vy = speed_on_grid(fixed_sin(ship->angle), MISSILE_SPEED),
                           .angle = ship->angle};
    population_begin_life(world, slot, motion);
    world->status[slot] = ENTITY_HEALTH_MAX;
    world->missiles[index] =
        (Missile){.owner = entity_id(player_index, world->ships[player_index].generation),
                  .end_tick = world->tick + MISSILE_LIFE_TICKS};
    world->counters.missiles_launched++;
}

void population_end_missile(World *world, uint32_t slot) {
    assert(is_serial(world));
    const uint32_t index = slot - world->ranges.first[ENTITY_MISSILE];
    *find_missile(world, entity_slot(world->missiles[index].owner), slot) = SLOT_NONE;
    population_end_life(world, slot);
    world->missiles[index] = (Missile){0};
    slot_set_release(&world->slots[ENTITY_MISSILE], index);
}

void population_drop_shard(World *world, int32_t x, int32_t y) {
    assert(is_serial(world));
    const uint32_t index = slot_set_acquire(&world->slots[ENTITY_SHARD]);
    if (index == SLOT_NONE) {
        world->counters.shards_refused++;
        return;
    }
    const uint32_t slot = world->ranges.first[ENTITY_SHARD] + index;
    population_begin_life(world, slot, (Motion){.x = x, .y = y});
    world->status[slot] = ENTITY_HEALTH_MAX;
    world->shards[index] = (Shard){.end_tick = world->tick + SHARD_LIFE_TICKS};
    world->counters.shards_dropped++;
}

void population_end_shard(World *world, uint32_t slot) {
    assert(is_serial(world));
    const uint32_t index = slot - world->ranges.first[ENTITY_SHARD];
    population_end_life(world, slot);
    world->shards[index] = (Shard){0};
    slot_set_release(&world->slots[ENTITY_SHARD], index);
}

void population_end_drone(World *world, uint32_t slot) {
    assert(is_serial(world));
    const uint32_t index = slot - world->ranges.first[ENTITY_DRONE];
    population_end_life(world, slot);
    world->drones[index] = (Drone){0};
    slot_set_release(&world->slots[ENTITY_DRONE], index);
}
