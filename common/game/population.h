// SPDX-License-Identifier: MIT
// population.h -- births and deaths: everything that changes together when a slot becomes alive or
//                 dead.
//
// Threads: serial stages only (pop inputs, commit).
#ifndef TICKSTORM_GAME_POPULATION_H
#define TICKSTORM_GAME_POPULATION_H

#include "game/world.h"

// The slot must be dead; it gets the next generation and this motion.
void population_begin_life(World *world, uint32_t slot, Motion motion);

// Zeroes the slot, except its last generation.
void population_end_life(World *world, uint32_t slot);

// Spawns a ship at a random free position with full health, shielded; its score stays.
void population_spawn_ship(World *world, uint32_t player_index);

// The player has no ship for so many ticks, 1 or more; its view is at a random free position.
void population_await_ship(World *world, uint32_t player_index, uint32_t wait_ticks);

// Launches a missile from the ship along its aim. Without a free slot the refusal is counted and
// the ship gets its energy back.
void population_launch_missile(World *world, uint32_t player_index);
void population_end_missile(World *world, uint32_t slot);

// Drops a motionless shard; without a free slot the refusal is counted.
void population_drop_shard(World *world, int32_t x, int32_t y);
void population_end_shard(World *world, uint32_t slot);

void population_end_drone(World *world, uint32_t slot);

#endif
