// SPDX-License-Identifier: MIT
#include "tools/swarm/load/brain.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"

#define FIRE_RANGE_UNITS   450 // a screen shows as much above and below the ship
#define KEEP_OFF_UNITS     160 // within this a hunter circles instead of closing in
#define ARRIVED_UNITS      100
#define CROWD_RADIUS_UNITS 250
#define STUCK_UNITS        20 // a ship that moves less in a second is blocked

static const double turn = 6.283185307179586;

void brain_init(Brain *brain, Behaviour behaviour, uint64_t seed) {
    *brain = (Brain){.behaviour = behaviour, .rng = rng_seeded(seed)};
    brain->circles_left = rng_chance(&brain->rng, 0.5);
}

static int64_t distance_squared(int32_t ax, int32_t ay, int32_t bx, int32_t by) {
    const int64_t dx = (int64_t)ax - bx;
    const int64_t dy = (int64_t)ay - by;
    return dx * dx + dy * dy;
}

static bool is_within(int64_t squared, int64_t units) {
    return squared < units * UNIT * units * UNIT;
}

bool brain_consider_target(BrainSight *sight, int32_t record_x, int32_t record_y, uint8_t status) {
    if ((status & ENTITY_STATUS_SHIELD) != 0 || (status & ENTITY_STATUS_HEALTH) == 0) {
        return false;
    }
    const int32_t x = record_x * (1 << RECORD_SHIFT);
    const int32_t y = record_y * (1 << RECORD_SHIFT);
    const int64_t squared = distance_squared(sight->x, sight->y, x, y);
    if (sight->has_target && squared >= sight->target_distance_squared) {
        return false;
    }
    sight->has_target = true;
    sight->target_x = x;
    sight->target_y = y;
    sight->target_distance_squared = squared;
    return true;
}

static uint16_t angle_towards(const BrainSight *sight, int32_t x, int32_t y) {
    const double radians = atan2((double)y - sight->y, (double)x - sight->x);
    return (uint16_t)(llround(radians / turn * 65536.0) & 0xffff);
}

// Thrust has eight directions; the nearest one to the angle.
static uint8_t buttons_towards(uint16_t angle) {
    static const uint8_t octants[8] = {
        INPUT_RIGHT, INPUT_RIGHT | INPUT_DOWN, INPUT_DOWN, INPUT_LEFT | INPUT_DOWN,
        INPUT_LEFT,  INPUT_LEFT | INPUT_UP,    INPUT_UP,   INPUT_RIGHT | INPUT_UP,
    };
    return octants[((angle + 4096) & 0xffff) >> 13];
}

// ------------------------------------------------------------------ goals

static void set_goal(Brain *brain, int32_t x, int32_t y, uint64_t now_ns, uint32_t seconds_min,
                     uint32_t seconds_max) {
    const uint64_t span_ms = (seconds_max - seconds_min) * 1000;
    brain->goal_x = x;
    brain->goal_y = y;
    brain->goal_until_ns =
        now_ns + seconds_min * NS_PER_S + rng_below(&brain->rng, (uint32_t)span_ms) * NS_PER_MS;
}

// Bots do not look out for asteroids and walls: a ship that no longer moves gets another goal.
static bool is_stuck(Brain *brain, const BrainSight *sight, uint64_t now_ns) {
    if (now_ns < brain->check_ns) {
        return false;
    }
    const bool has_history = brain->check_ns != 0;
    const int64_t moved = distance_squared(sight->x, sight->y, brain->checked_x, brain->checked_y);
    brain->checked_x = sight->x;
    brain->checked_y = sight->y;
    brain->check_ns = now_ns + NS_PER_S;
    return has_history && is_within(moved, STUCK_UNITS);
}

static void choose_anywhere(Brain *brain, const BrainSight *sight, uint64_t now_ns) {
    const int64_t left = distance_squared(sight->x, sight->y, brain->goal_x, brain->goal_y);
    if (is_stuck(brain, sight, now_ns) || now_ns >= brain->goal_until_ns ||
        is_within(left, ARRIVED_UNITS)) {
        const uint32_t side = sight->side > 0 ? (uint32_t)sight->side : 1;
        const int32_t x = (int32_t)rng_below(&brain->rng, side);
        const int32_t y = (int32_t)rng_below(&brain->rng, side);
        set_goal(brain, x, y, now_ns, 8, 15);
    }
}

static void choose_near_center(Brain *brain, const BrainSight *sight, uint64_t now_ns) {
    if (now_ns >= brain->goal_until_ns) {
        const int32_t reach = CROWD_RADIUS_UNITS * UNIT;
        const int32_t x = sight->side / 2 + rng_range(&brain->rng, -reach, reach);
        const int32_t y = sight->side / 2 + rng_range(&brain->rng, -reach, reach);
        set_goal(brain, x, y, now_ns, 2, 4);
    }
}

static ShipInput fly_to_goal(const Brain *brain, const BrainSight *sight) {
    const uint16_t angle = angle_towards(sight, brain->goal_x, brain->goal_y);
    return (ShipInput){.aim = angle, .buttons = buttons_towards(angle)};
}

// ------------------------------------------------------------------ weapons

static bool has_target_in_range(const BrainSight *sight) {
    return sight->has_target && is_within(sight->target_distance_squared, FIRE_RANGE_UNITS);
}

// Aims at the target and shoots with the given probability.
static void shoot(Brain *brain, const BrainSight *sight, double probability, ShipInput *input) {
    input->aim = angle_towards(sight, sight->target_x, sight->target_y);
    if (rng_chance(&brain->rng, probability)) {
        input->buttons |= rng_chance(&brain->rng, 0.03) ? INPUT_MISSILE : INPUT_PULSE;
    }
}

static ShipInput hunt(Brain *brain, const BrainSight *sight) {
    const uint16_t angle = angle_towards(sight, sight->target_x, sight->target_y);
    const uint16_t quarter = brain->circles_left ? 16384 : 49152;
    const bool is_close = is_within(sight->target_distance_squared, KEEP_OFF_UNITS);
    const uint16_t heading = is_close ? (uint16_t)(angle + quarter) : angle;
    ShipInput input = {.aim = angle, .buttons = buttons_towards(heading)};
    if (has_target_in_range(sight)) {
        shoot(brain, sight, 0.8, &input);
    }
    return input;
}

ShipInput brain_decide(Brain *brain, const BrainSight *sight, uint64_t now_ns) {
    if (!sight->is_alive || brain->behaviour == BEHAVIOUR_IDLE) {
        return (ShipInput){0};
    }
    if (brain->behaviour == BEHAVIOUR_HUNT && sight->has_target) {
        return hunt(brain, sight);
    }
    if (brain->behaviour == BEHAVIOUR_CROWD) {
        choose_near_center(brain, sight, now_ns);
    } else {
        choose_anywhere(brain, sight, now_ns);
    }
    ShipInput input = fly_to_goal(brain, sight);
    if (has_target_in_range(sight)) {
        shoot(brain, sight, 0.2, &input);
    }
    return input;
}
