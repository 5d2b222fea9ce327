// SPDX-License-Identifier: MIT
// tuning.h -- all numbers that tune the game, with their units.
//
// Units: world units are 1/256 unit (UNIT); a tick is 1/60 s at the default rate. Client and server
//        must be built from the same numbers: a change here is a change of protocol.
#ifndef TICKSTORM_GAME_TUNING_H
#define TICKSTORM_GAME_TUNING_H

#include "game/entity.h"

// ---- Sizes, world units.
#define SHIP_RADIUS    (12 * UNIT)
#define DRONE_RADIUS   (10 * UNIT) // a multiple of the published grid, as are drone positions
#define MISSILE_RADIUS (6 * UNIT)
#define BODY_RADIUS    SHIP_RADIUS // of the largest body: the reach of the asteroid look-up

// ---- Ship: movement, world units per tick.
#define SHIP_SPEED_MAX        (8 * UNIT)
#define SHIP_THRUST           96          // per tick: full speed after about half a second
#define SHIP_THRUST_DIAGONAL  68          // the same length split over two axes: 96 / sqrt(2)
#define SHIP_DRAG_DIVISOR     28          // the speed loses 1/28 per tick
#define SHIP_BOUNCE_NUMERATOR 5           // an asteroid takes the speed into it and gives 1/4 back:
#define SHIP_BOUNCE_DIVISOR   4           // 5/4 of it is removed
#define BODY_SPEED_MAX        (12 * UNIT) // limit of all speeds: bounds the distance of one tick

// ---- Ship: life, weapons and energy.
#define SHIP_HEALTH_MAX        100
#define SHIP_ENERGY_MAX        1000
#define SHIP_ENERGY_PER_TICK   4
#define SHIP_RESPAWN_TICKS     120
#define SHIP_SHIELD_TICKS      120
#define PULSE_ENERGY           50
#define PULSE_COOLDOWN_TICKS   10
#define PULSE_FLASH_TICKS      (TICK_RATE_DEFAULT_HZ / SNAPSHOT_RATE_DEFAULT_HZ) // shown
#define PULSE_RANGE            (700 * UNIT)
#define PULSE_HALF_WIDTH       (2 * UNIT) // added to the target's radius
#define PULSE_DAMAGE           10
#define MISSILE_ENERGY         250
#define MISSILE_COOLDOWN_TICKS 45
#define MISSILE_SPEED          (12 * UNIT)
#define MISSILE_LIFE_TICKS     80
#define MISSILE_DAMAGE         40
#define MISSILE_BLAST_RADIUS   (80 * UNIT)
#define MISSILES_PER_SHIP      2 // slots; cooldown and life allow no more in the air at once

// ---- Drone: movement, world units per tick.
#define DRONE_THINK_INTERVAL_TICKS 8  // a power of two; flies straight in between
#define DRONE_THINK_GROUP_SHIFT    2  // so many slots think in the same tick: 1 << 2
#define DRONE_VELOCITY_STEP        32 // velocities are multiples: the coarser, the fewer bits
#define DRONE_SPEED_CRUISE         (5 * UNIT / 2)
#define DRONE_SPEED_CHASE          (9 * UNIT / 2)
#define DRONE_SPEED_BOUND          (5 * UNIT) // the limit after rounding and bouncing
#define DRONE_SPEED_MIN            (3 * UNIT / 2)
#define DRONE_ACCELERATION_CRUISE  160 // change of velocity per thought
#define DRONE_ACCELERATION_CHASE   224
#define DRONE_SIGHT_RADIUS         (120 * UNIT) // of flock mates, shards and missiles
#define DRONE_SPACE_RADIUS         (44 * UNIT)  // closer mates are kept away
#define DRONE_WALL_MARGIN          (160 * UNIT) // turns back from the wall here
#define DRONE_FLOCK_MAX            8   // seeks company up to so many in sight, beyond that distance
#define DRONE_CANDIDATES_PER_ROW   16  // looked at per row of cells, of three
#define DRONE_LOOK_AHEAD_TICKS     24  // for asteroids
#define DRONE_WANDER_TICKS         128 // a wander direction lasts this long; a power of two

// ---- Drone: life.
#define DRONE_HEALTH_MAX    30
#define DRONE_HUNTER_ONE_IN 16
#define DRONE_ANGER_TICKS   360           // after a shot
#define DRONE_ALERTED_MAX   8             // mates that a shot alerts
#define HUNTER_RANGE_CELLS  4             // looks for ships within so many cells (512 units)
#define HUNTER_HUNT_TICKS   180           // until it looks around again
#define HUNTER_LOOK_TICKS   16            // between looks; multiple of the think interval
#define CHASE_RANGE         (1000 * UNIT) // gives up beyond
#define DRONE_BITE_DAMAGE   4
#define HUNTER_BITE_DAMAGE  8
#define DRONE_BITE_TICKS    40           // between two bites of a drone
#define DRONES_PER_RESPAWN  256          // nests hatch one per tick for so many drones of the world
#define NEST_RADIUS         (240 * UNIT) // drones hatch within

// ---- Shards and score.
#define SHARD_LIFE_TICKS  600
#define SHARD_REACH       (40 * UNIT) // from a ship's centre
#define SHARD_ENERGY      150
#define SHARD_HEALTH      5
#define SHARDS_MIN        256 // slots, whatever the number of drones
#define SHARDS_PER_DRONES 4   // one slot per so many drones
#define SCORE_SHARD       10
#define SCORE_DRONE       5
#define SCORE_SHIP        100

// ---- Arena.
#define SCREEN_AREA_UNITS    (1600u * 900u)
#define SCREEN_ENTITIES      100u // entities on a screen when the spec leaves the side open
#define ASTEROIDS_PER_SCREEN 2u
#define SCREENS_PER_NEST     2u
#define ASTEROID_RADIUS_MIN  (36 * UNIT)
#define ASTEROID_RADIUS_MAX  (150 * UNIT)
#define ASTEROID_GAP         (40 * UNIT)  // kept free around it, within its tile
#define ARENA_CENTRE_RADIUS  (300 * UNIT) // kept free: spawn position when draws find none

static_assert(DRONE_RADIUS % (UNIT / RECORD_UNIT) == 0, "walls lie on the published grid");
static_assert(DRONE_VELOCITY_STEP % (UNIT / RECORD_UNIT) == 0, "drones stay on the published grid");
static_assert(SHIP_SPEED_MAX <= BODY_SPEED_MAX && MISSILE_SPEED <= BODY_SPEED_MAX, "speed bound");
static_assert(BODY_SPEED_MAX < INT16_MAX, "velocities are 16 bits");
static_assert(HUNTER_LOOK_TICKS % DRONE_THINK_INTERVAL_TICKS == 0, "hunters look when they think");
static_assert(MISSILE_LIFE_TICKS <= MISSILES_PER_SHIP * MISSILE_COOLDOWN_TICKS,
              "a ship never has more missiles in the air than slots");

#endif
