// SPDX-License-Identifier: MIT
#include <xxhash.h>

#include "game/world.h"

// The hash covers memory as it lies: the structs must have no padding, and the order of bytes is
// that of the machine (little-endian wherever this runs).
static_assert(sizeof(Ship) == 40, "no padding in what is hashed");
static_assert(sizeof(Drone) == 16, "no padding in what is hashed");
static_assert(sizeof(Missile) == 8, "no padding in what is hashed");
static_assert(sizeof(Shard) == 4, "no padding in what is hashed");
static_assert(sizeof(SlotRanges) == 20, "no padding in what is hashed");

// Each array's hash is the seed of the next one's.
static uint64_t chain(uint64_t hash, const void *data, size_t count, size_t size) {
    return XXH3_64bits_withSeed(data, count * size, hash);
}

uint64_t world_hash(const World *world) {
    const size_t slots = world_slot_count(world);
    const size_t ships = world->slots[ENTITY_SHIP].capacity;
    uint64_t hash = chain(world->seed, &world->tick, 1, sizeof world->tick);
    hash = chain(hash, &world->ranges, 1, sizeof world->ranges);
    hash = chain(hash, world->motions, slots, sizeof *world->motions);
    hash = chain(hash, world->generations, slots, sizeof *world->generations);
    hash = chain(hash, world->last_generations, slots, sizeof *world->last_generations);
    hash = chain(hash, world->status, slots, sizeof *world->status);
    hash = chain(hash, world->ships, ships, sizeof *world->ships);
    hash = chain(hash, world->has_joined, ships, sizeof *world->has_joined);
    hash = chain(hash, world->drones, world->slots[ENTITY_DRONE].capacity, sizeof *world->drones);
    hash = chain(hash, world->missiles, world->slots[ENTITY_MISSILE].capacity,
                 sizeof *world->missiles);
    return chain(hash, world->shards, world->slots[ENTITY_SHARD].capacity, sizeof *world->shards);
}
