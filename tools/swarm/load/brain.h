// SPDX-License-Identifier: MIT
// brain.h -- decides the inputs of a bot from its view of the world.
//
// Flow:    own ship -> BrainSight; every entity in view -> brain_consider_target;
//          BrainSight + Brain -> brain_decide -> ShipInput, once per input sent
// Threads: pure functions on the caller's Brain.
// Units:   world units (1/256), monotonic nanoseconds. Nothing else is read: the same seed, sights
//          and times give the same inputs.
#ifndef TICKSTORM_SWARM_LOAD_BRAIN_H
#define TICKSTORM_SWARM_LOAD_BRAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"
#include "game/entity.h"
#include "game/ship.h"
#include "tools/swarm/load/behaviour.h"

// The part of the world that a decision looks at.
typedef struct BrainSight {
    bool is_alive;
    int32_t x, y; // the own ship
    int32_t side; // of the arena
    bool has_target;
    int32_t target_x, target_y; // the nearest drone or ship
    int64_t target_distance_squared;
} BrainSight;

typedef struct Brain {
    // Constant after brain_init.
    Behaviour behaviour;
    // State.
    Rng rng;
    int32_t goal_x, goal_y;
    uint64_t goal_until_ns; // when the next goal is due; 0: no goal yet
    int32_t checked_x, checked_y;
    uint64_t check_ns; // when to check whether the ship still moves
    bool circles_left;
} Brain;

void brain_init(Brain *brain, Behaviour behaviour, uint64_t seed);

// Makes an entity the target, and returns true, when it is nearer than the target so far. Position
// and status are those of its EntityRecord. The caller passes drones, and ships except the own one;
// an entity that is dead or still shielded is no target.
bool brain_consider_target(BrainSight *sight, int32_t record_x, int32_t record_y, uint8_t status);

// The input until the next decision. now_ns never goes back.
ShipInput brain_decide(Brain *brain, const BrainSight *sight, uint64_t now_ns);

#endif
