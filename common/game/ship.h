// SPDX-License-Identifier: MIT
// ship.h -- how one tick moves a ship. The server and the predicting client compile the same code
//           and compute the same bits.
//
// Flow:    ShipInput + Ship + Arena -> ship_step() -> Ship, and the shots that it fired
// Threads: pure functions.
// Units:   world units (entity.h), ticks.
#ifndef TICKSTORM_GAME_SHIP_H
#define TICKSTORM_GAME_SHIP_H

#include <stdbool.h>
#include <stdint.h>

#include "game/arena.h"
#include "game/entity.h"

// A player's input for one tick. The thrust directions are the world's, not the ship's.
#define INPUT_UP           0x01
#define INPUT_DOWN         0x02
#define INPUT_LEFT         0x04
#define INPUT_RIGHT        0x08
#define INPUT_PULSE        0x10
#define INPUT_MISSILE      0x20
#define INPUT_BUTTONS_MASK 0x3f
typedef struct ShipInput {
    uint16_t aim;    // 1/65,536 turn
    uint8_t buttons; // INPUT_*
    uint8_t unused;  // zero
} ShipInput;

// A player's ship: the state that the owner's prediction needs; sent to the owner in full.
typedef struct Ship {
    Motion motion;
    int16_t health; // 0: dead, waiting for respawn_ticks to run out
    int16_t energy;
    uint16_t respawn_ticks;
    uint16_t shield_ticks;
    uint8_t pulse_cooldown_ticks;
    uint8_t missile_cooldown_ticks;
    uint16_t generation; // of its entity; changes with every respawn
    uint32_t score;
    uint32_t kills;
    uint32_t deaths;
} Ship;

typedef enum ShipAction {
    SHIP_ACTION_NONE = 0,
    SHIP_ACTION_PULSE = 1,
    SHIP_ACTION_MISSILE = 2,
} ShipAction;

// Advances a living ship by one tick: cooldowns, thrust, drag, walls and asteroids, weapons'
// energy. A dead ship only counts down respawn_ticks. Returns ShipAction flags for the shots fired.
uint32_t ship_step(Ship *ship, ShipInput input, const Arena *arena);

// Ticks that a player who leaves with this ship and rejoins waits for a new one: as long as after a
// death, and until the missing energy would have been recharged. So a player gains no cooldown,
// energy, health or shield by leaving.
uint32_t ship_return_ticks(const Ship *ship);

static inline bool ship_is_alive(const Ship *ship) {
    return ship->health > 0;
}

static inline bool input_equals(ShipInput a, ShipInput b) {
    return a.aim == b.aim && a.buttons == b.buttons;
}

#endif
