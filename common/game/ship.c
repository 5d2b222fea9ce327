// SPDX-License-Identifier: MIT
#include "game/ship.h"

#include "game/fixed.h"
#include "game/tuning.h"

static void count_down(Ship *ship) {
    ship->shield_ticks = (uint16_t)(ship->shield_ticks - (ship->shield_ticks > 0));
    ship->pulse_cooldown_ticks =
        (uint8_t)(ship->pulse_cooldown_ticks - (ship->pulse_cooldown_ticks > 0));
    ship->missile_cooldown_ticks =
        (uint8_t)(ship->missile_cooldown_ticks - (ship->missile_cooldown_ticks > 0));
    ship->energy = (int16_t)fixed_clamp(ship->energy + SHIP_ENERGY_PER_TICK, 0, SHIP_ENERGY_MAX);
}

static int32_t button(uint8_t buttons, uint8_t mask) {
    return (buttons & mask) != 0;
}

// Drag rounds away from zero, so that a ship without thrust comes to rest.
static int32_t drag(int32_t speed) {
    const int32_t towards = speed < 0 ? 1 - SHIP_DRAG_DIVISOR : SHIP_DRAG_DIVISOR - 1;
    return (speed + towards) / SHIP_DRAG_DIVISOR;
}

static void accelerate(Motion *motion, uint8_t buttons) {
    const int32_t right = button(buttons, INPUT_RIGHT) - button(buttons, INPUT_LEFT);
    const int32_t down = button(buttons, INPUT_DOWN) - button(buttons, INPUT_UP);
    const int32_t thrust = right != 0 && down != 0 ? SHIP_THRUST_DIAGONAL : SHIP_THRUST;
    int32_t vx = motion->vx - drag(motion->vx) + right * thrust;
    int32_t vy = motion->vy - drag(motion->vy) + down * thrust;
    const int32_t speed_squared = vx * vx + vy * vy;
    if (speed_squared > SHIP_SPEED_MAX * SHIP_SPEED_MAX) {
        // Divides by one more than the root, so that the result never exceeds the maximum.
        const int32_t speed = (int32_t)fixed_isqrt((uint64_t)speed_squared) + 1;
        vx = vx * SHIP_SPEED_MAX / speed;
        vy = vy * SHIP_SPEED_MAX / speed;
    }
    motion->vx = (int16_t)vx;
    motion->vy = (int16_t)vy;
}

// Moves the ship back to the asteroid's rim and removes the speed into it, with a little bounce;
// the remaining speed slides along the rim.
static void collide_with_asteroid(Motion *motion, const Asteroid *asteroid) {
    const int32_t reach = asteroid->radius + SHIP_RADIUS;
    int32_t dx = motion->x - asteroid->x;
    int32_t dy = motion->y - asteroid->y;
    int32_t distance = (int32_t)fixed_isqrt((uint64_t)((int64_t)dx * dx + (int64_t)dy * dy));
    if (distance == 0) {
        dx = 1;
        distance = 1;
    }
    motion->x = asteroid->x + fixed_scale(dx, reach + 1, distance);
    motion->y = asteroid->y + fixed_scale(dy, reach + 1, distance);
    const int64_t inward = ((int64_t)motion->vx * dx + (int64_t)motion->vy * dy) / distance;
    if (inward < 0) {
        const int32_t push = (int32_t)(-inward * SHIP_BOUNCE_NUMERATOR / SHIP_BOUNCE_DIVISOR);
        motion->vx = (int16_t)(motion->vx + fixed_scale(dx, push, distance));
        motion->vy = (int16_t)(motion->vy + fixed_scale(dy, push, distance));
    }
}

static void stay_inside(Motion *motion, int32_t side) {
    const int32_t x = fixed_clamp(motion->x, SHIP_RADIUS, side - SHIP_RADIUS);
    const int32_t y = fixed_clamp(motion->y, SHIP_RADIUS, side - SHIP_RADIUS);
    motion->vx = x == motion->x ? motion->vx : 0;
    motion->vy = y == motion->y ? motion->vy : 0;
    motion->x = x;
    motion->y = y;
}

static void move(Motion *motion, const Arena *arena) {
    motion->x += motion->vx;
    motion->y += motion->vy;
    stay_inside(motion, arena->side);
    // Asteroids are a ship's width apart: a ship moved out of one is never moved into another.
    const Asteroid *asteroid = arena_asteroid_at(arena, motion->x, motion->y, SHIP_RADIUS);
    if (asteroid != NULL) {
        collide_with_asteroid(motion, asteroid);
        stay_inside(motion, arena->side);
    }
}

static uint32_t fire(Ship *ship, uint8_t buttons) {
    uint32_t actions = SHIP_ACTION_NONE;
    if ((buttons & INPUT_PULSE) != 0 && ship->pulse_cooldown_ticks == 0 &&
        ship->energy >= PULSE_ENERGY) {
        ship->energy = (int16_t)(ship->energy - PULSE_ENERGY);
        ship->pulse_cooldown_ticks = PULSE_COOLDOWN_TICKS;
        actions |= SHIP_ACTION_PULSE;
    }
    if ((buttons & INPUT_MISSILE) != 0 && ship->missile_cooldown_ticks == 0 &&
        ship->energy >= MISSILE_ENERGY) {
        ship->energy = (int16_t)(ship->energy - MISSILE_ENERGY);
        ship->missile_cooldown_ticks = MISSILE_COOLDOWN_TICKS;
        actions |= SHIP_ACTION_MISSILE;
    }
    return actions;
}

uint32_t ship_step(Ship *ship, ShipInput input, const Arena *arena) {
    if (!ship_is_alive(ship)) {
        ship->respawn_ticks = (uint16_t)(ship->respawn_ticks - (ship->respawn_ticks > 0));
        return SHIP_ACTION_NONE;
    }
    count_down(ship);
    ship->motion.angle = input.aim;
    accelerate(&ship->motion, input.buttons);
    move(&ship->motion, arena);
    return fire(ship, input.buttons);
}

uint32_t ship_return_ticks(const Ship *ship) {
    if (!ship_is_alive(ship)) {
        return ship->respawn_ticks; // a new ship has full energy anyway
    }
    const uint32_t lacking = (uint32_t)(SHIP_ENERGY_MAX - ship->energy);
    const uint32_t energy_ticks = (lacking + SHIP_ENERGY_PER_TICK - 1) / SHIP_ENERGY_PER_TICK;
    return energy_ticks > SHIP_RESPAWN_TICKS ? energy_ticks : SHIP_RESPAWN_TICKS;
}
