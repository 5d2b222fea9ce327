// SPDX-License-Identifier: MIT
// population.h -- births and deaths: what has to change together when a slot comes to life or ends.
//
// Threads: serial stages only (take inputs, commit).
#ifndef TICKSTORM_GAME_POPULATION_H
#define TICKSTORM_GAME_POPULATION_H

#include "game/world.h"

// The slot, which must be without life, gets the next generation and this motion.
void population_begin_life(World *world, uint32_t slot, Motion motion);

// The slot is zero again, but for its last generation.
void population_end_life(World *world, uint32_t slot);

// A ship at a random free place with full health, shielded; its score stays.
void population_spawn_ship(World *world, uint32_t player_index);

// The player has no ship for so many ticks, 1 or more; its view is at a random free place.
void population_await_ship(World *world, uint32_t player_index, uint32_t wait_ticks);

// A missile from the ship's place along its aim. When there is no room, which is counted, the ship
// gets back what it has paid for the shot.
void population_launch_missile(World *world, uint32_t player_index);
void population_end_missile(World *world, uint32_t slot);

// A shard at rest; counted when there is no room.
void population_drop_shard(World *world, int32_t x, int32_t y);
void population_end_shard(World *world, uint32_t slot);

void population_end_drone(World *world, uint32_t slot);

#endif
