// SPDX-License-Identifier: MIT
// drone.h -- how drones fly, flock, hunt and hatch.
//
// Flow:    drone_steer: grid around the drone + target -> new velocity; every few ticks
//          drone_fly: one tick straight on, turned back by walls and asteroids
// Threads: drone_steer reads motions and grid and writes its own drone, status and next motion.
// Source:  the three rules of a flock are Craig Reynolds's ("Flocks, Herds, and Schools",
//          SIGGRAPH 1987); a bounded window of neighbours keeps a crowd as cheap as a flock.
#ifndef TICKSTORM_GAME_DRONE_H
#define TICKSTORM_GAME_DRONE_H

#include "base/serial.h"
#include "game/tuning.h"
#include "game/world.h"

// Whether a drone steers in the tick after `tick`; in the other ticks it flies straight. Clients
// use the same rule to determine the tick in which a drone got the velocity that they received.
// Slots whose motions share a cache line steer in the same tick, because steering drones and other
// drones are moved by different workers.
static inline bool drone_thinks(uint32_t slot, uint32_t tick) {
    return ((slot >> DRONE_THINK_GROUP_SHIFT ^ tick) & (DRONE_THINK_INTERVAL_TICKS - 1)) == 0;
}

// Returns the motion one tick later. The body bounces off walls and asteroids.
Motion drone_fly(const Arena *arena, Motion motion);

// Steers the drone that is items[item_index], and flies it one tick.
void drone_steer(World *world, uint32_t item_index);

// A new drone in a free slot at a nest, or anywhere where drones may start.
void drone_hatch(World *world, uint32_t index, bool at_nest);

// A bite_tick of 0 means that the drone has never bitten; a real tick is never stored as 0.
static inline bool drone_can_bite(const Drone *drone, uint32_t tick) {
    return drone->bite_tick == 0 || !serial_is_within(drone->bite_tick, tick, DRONE_BITE_TICKS);
}

// Records a bite.
static inline void drone_note_bite(Drone *drone, uint32_t tick) {
    const uint32_t bite_tick = tick + DRONE_BITE_TICKS;
    drone->bite_tick = bite_tick != 0 ? bite_tick : 1;
}

// Makes the drone chase a ship for this many ticks.
void drone_enrage(World *world, uint32_t slot, EntityId target, uint32_t ticks);

#endif
