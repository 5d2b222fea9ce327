// SPDX-License-Identifier: MIT
#include "game/drone.h"

#include <assert.h>

#include "base/rng.h"
#include "base/serial.h"
#include "game/fixed.h"
#include "game/population.h"
#include "game/tuning.h"

// Distances among neighbours are computed on the published grid, so that squares fit in 32 bits.
#define SIGHT_SQUARED ((DRONE_SIGHT_RADIUS >> RECORD_SHIFT) * (DRONE_SIGHT_RADIUS >> RECORD_SHIFT))
#define SPACE_SQUARED ((DRONE_SPACE_RADIUS >> RECORD_SHIFT) * (DRONE_SPACE_RADIUS >> RECORD_SHIFT))
#define PUSH_SHIFT    13 // a mate's push is offset * (SPACE_SQUARED - distance^2) >> PUSH_SHIFT

// How strongly each wish turns into a change of velocity; found by looking at flocks.
#define ALIGN_DIVISOR    2
#define COHESION_DIVISOR 16
#define PUSH_DIVISOR     96
#define SHARD_PULL       110
#define MISSILE_FEAR     150
#define CHASE_PULL       220
#define WANDER_PULL      24
#define WALL_PUSH        120
#define ASTEROID_PUSH    140
// In a flock a wish weaker than this is ignored. The flock looks the same, and many more drones are
// at the position that the client predicts from their last snapshot.
#define WISH_MIN 40

typedef struct Vector {
    int32_t x, y;
} Vector;

// A drone's surroundings: sums over the neighbours in sight.
typedef struct Neighbours {
    int32_t mates;
    Vector offset;   // of mates, published units
    Vector velocity; // of mates, world units per tick
    Vector push;     // away from mates that are too near
    Vector shard;    // offset of the shards, published units
    Vector missile;  // away from missiles, published units
} Neighbours;

// ------------------------------------------------------------------ flying

static int32_t to_step(int32_t velocity) {
    return (velocity + DRONE_VELOCITY_STEP / 2) & ~(DRONE_VELOCITY_STEP - 1);
}

// Reflects the velocity at the asteroid's rim unless the body is already on its way out.
static bool bounce_off(const Asteroid *asteroid, Motion *motion, int32_t x, int32_t y) {
    const int32_t dx = x - asteroid->x;
    const int32_t dy = y - asteroid->y;
    const int64_t inward = (int64_t)motion->vx * dx + (int64_t)motion->vy * dy;
    if (inward >= 0) {
        return false;
    }
    const int64_t distance_squared = (int64_t)dx * dx + (int64_t)dy * dy;
    const int32_t vx = motion->vx - (int32_t)(2 * inward * dx / distance_squared);
    const int32_t vy = motion->vy - (int32_t)(2 * inward * dy / distance_squared);
    motion->vx = (int16_t)to_step(vx);
    motion->vy = (int16_t)to_step(vy);
    return true;
}

Motion drone_fly(const Arena *arena, Motion motion) {
    const int32_t high = arena->side - DRONE_RADIUS;
    int32_t x = motion.x + motion.vx;
    int32_t y = motion.y + motion.vy;
    if (x < DRONE_RADIUS || x > high) {
        motion.vx = (int16_t)-motion.vx;
        x = motion.x;
    }
    if (y < DRONE_RADIUS || y > high) {
        motion.vy = (int16_t)-motion.vy;
        y = motion.y;
    }
    const Asteroid *asteroid = arena_asteroid_at(arena, x, y, DRONE_RADIUS);
    if (asteroid != NULL && bounce_off(asteroid, &motion, x, y)) {
        return motion;
    }
    motion.x = x;
    motion.y = y;
    return motion;
}

// ------------------------------------------------------------------ looking around

// Shards attract and missiles repel; only hunters and angry drones react to ships.
static void look_at_other(const SlotRanges *ranges, const GridItem *item, int32_t dx, int32_t dy,
                          Neighbours *seen) {
    if (item->slot >= ranges->first[ENTITY_SHARD]) {
        seen->shard.x += dx;
        seen->shard.y += dy;
    } else if (item->slot >= ranges->first[ENTITY_MISSILE]) {
        seen->missile.x -= dx;
        seen->missile.y -= dy;
    }
}

// The inner loop of the simulation: it branches only for the few items that are not drones.
static void look_along(const SlotRanges *ranges, const GridItem *items, uint32_t count, int32_t x,
                       int32_t y, Neighbours *seen) {
    const uint32_t first_drone = ranges->first[ENTITY_DRONE];
    const uint32_t drone_count = ranges->first[ENTITY_MISSILE] - first_drone;
    for (uint32_t i = 0; i < count; i++) {
        const GridItem *item = &items[i];
        const int32_t dx = (item->x - x) >> RECORD_SHIFT;
        const int32_t dy = (item->y - y) >> RECORD_SHIFT;
        const int32_t distance_squared = dx * dx + dy * dy;
        const int32_t in_sight = -(distance_squared < SIGHT_SQUARED);
        if (item->slot - first_drone >= drone_count) {
            look_at_other(ranges, item, dx & in_sight, dy & in_sight, seen);
            continue;
        }
        const int32_t nearness = SPACE_SQUARED - distance_squared;
        const int32_t weight = (nearness > 0 ? nearness : 0) >> PUSH_SHIFT;
        seen->mates -= in_sight;
        seen->offset.x += dx & in_sight;
        seen->offset.y += dy & in_sight;
        seen->velocity.x += item->vx & in_sight;
        seen->velocity.y += item->vy & in_sight;
        seen->push.x -= dx * weight;
        seen->push.y -= dy * weight;
    }
}

// Sums over a window of each of the three surrounding rows of cells: around the drone in its own
// row, around the middle in the others. The drone itself is included and subtracted afterwards.
static Neighbours look_around(const World *world, uint32_t item_index) {
    const Grid *grid = &world->grid;
    const GridItem *self = &grid->items[item_index];
    const uint32_t column = grid_column_at(self->x);
    const uint32_t row = grid_column_at(self->y);
    const uint32_t left = column > 0 ? column - 1 : 0;
    const uint32_t right = column + 1 < grid->cells_per_side ? column + 1 : column;
    const uint32_t bottom = row + 1 < grid->cells_per_side ? row + 1 : row;
    Neighbours seen = {0};
    for (uint32_t r = row > 0 ? row - 1 : 0; r <= bottom; r++) {
        uint32_t first = grid->cell_first[r * grid->cells_per_side + left];
        uint32_t count = grid->cell_first[r * grid->cells_per_side + right + 1] - first;
        if (count > DRONE_CANDIDATES_PER_ROW) {
            const uint32_t excess = count - DRONE_CANDIDATES_PER_ROW;
            const uint32_t middle = r == row ? item_index - first : count / 2;
            const uint32_t skipped =
                middle > DRONE_CANDIDATES_PER_ROW / 2 ? middle - DRONE_CANDIDATES_PER_ROW / 2 : 0;
            first += skipped < excess ? skipped : excess;
            count = DRONE_CANDIDATES_PER_ROW;
        }
        look_along(&world->ranges, &grid->items[first], count, self->x, self->y, &seen);
    }
    seen.mates -= 1;
    seen.velocity.x -= self->vx;
    seen.velocity.y -= self->vy;
    return seen;
}

// ------------------------------------------------------------------ hunting

// The nearest ship within a few cells. Ships come first in their cells, so each cell's first items
// are enough.
static EntityId find_ship(const World *world, const GridItem *self) {
    const Grid *grid = &world->grid;
    const int32_t reach = HUNTER_RANGE_CELLS << GRID_CELL_SHIFT;
    const GridInterval columns = grid_interval(grid, self->x, reach);
    const GridInterval rows = grid_interval(grid, self->y, reach);
    const uint32_t first_drone = world->ranges.first[ENTITY_DRONE];
    int32_t best_distance = INT32_MAX;
    uint32_t best_slot = 0;
    for (uint32_t row = rows.low; row <= rows.high; row++) {
        const uint32_t *cells = &grid->cell_first[row * grid->cells_per_side];
        for (uint32_t column = columns.low; column <= columns.high; column++) {
            const uint32_t end = cells[column] + DRONE_CANDIDATES_PER_ROW < cells[column + 1]
                                     ? cells[column] + DRONE_CANDIDATES_PER_ROW
                                     : cells[column + 1];
            for (uint32_t i = cells[column]; i < end && grid->items[i].slot < first_drone; i++) {
                const int32_t distance =
                    fixed_length_rough(grid->items[i].x - self->x, grid->items[i].y - self->y);
                if (distance < best_distance) {
                    best_distance = distance;
                    best_slot = grid->items[i].slot;
                }
            }
        }
    }
    return best_distance == INT32_MAX ? ENTITY_ID_NONE
                                      : entity_id(best_slot, world->generations[best_slot]);
}

static void set_target(World *world, uint32_t slot, EntityId target, uint32_t end_tick) {
    Drone *drone = &world->drones[slot - world->ranges.first[ENTITY_DRONE]];
    drone->target = target;
    drone->target_end_tick = end_tick;
    const uint8_t calm = world->status[slot] & (uint8_t)~ENTITY_STATUS_ANGRY;
    world->status[slot] = target != ENTITY_ID_NONE ? calm | ENTITY_STATUS_ANGRY : calm;
}

void drone_enrage(World *world, uint32_t slot, EntityId target, uint32_t ticks) {
    set_target(world, slot, target, world->tick + ticks);
}

// Drops a target that is dead, too far away or has been chased for long enough; a hunter then looks
// for a new one every HUNTER_LOOK_TICKS.
static void choose_target(World *world, const GridItem *self) {
    const Drone *drone = &world->drones[self->slot - world->ranges.first[ENTITY_DRONE]];
    if (drone->target != ENTITY_ID_NONE) {
        const uint32_t ship = entity_slot(drone->target);
        const Motion *motion = &world->motions[ship];
        if (serial_difference(world->tick, drone->target_end_tick) >= 0 ||
            world->generations[ship] != entity_generation(drone->target) ||
            fixed_length_rough(motion->x - self->x, motion->y - self->y) > CHASE_RANGE) {
            set_target(world, self->slot, ENTITY_ID_NONE, 0);
        }
    }
    const uint32_t turn =
        (world->tick ^ self->slot >> DRONE_THINK_GROUP_SHIFT) & (HUNTER_LOOK_TICKS - 1);
    if (drone->is_hunter && drone->target == ENTITY_ID_NONE && turn == 0) {
        const EntityId ship = find_ship(world, self);
        if (ship != ENTITY_ID_NONE) {
            set_target(world, self->slot, ship, world->tick + HUNTER_HUNT_TICKS);
        }
    }
}

// ------------------------------------------------------------------ steering

// Adds a vector of this direction and, roughly, this length. A direction is at most the distance of
// a chase (2^18), a length at most a wish (2^8). So products fit in 32 bits, and a 32-bit division
// is faster than a 64-bit one.
static void pull(Vector *sum, Vector direction, int32_t length) {
    const int32_t actual = fixed_length_rough(direction.x, direction.y);
    if (actual > 0) {
        sum->x += direction.x * length / actual;
        sum->y += direction.y * length / actual;
    }
}

static void wish_flock(const GridItem *self, const Neighbours *seen, Vector *wish) {
    if (seen->mates > 0) {
        wish->x += (seen->velocity.x / seen->mates - self->vx) / ALIGN_DIVISOR;
        wish->y += (seen->velocity.y / seen->mates - self->vy) / ALIGN_DIVISOR;
        // In a crowd the drone moves away from the middle, so that flocks stay loose and do not
        // merge.
        const int32_t divisor =
            seen->mates * (seen->mates <= DRONE_FLOCK_MAX ? COHESION_DIVISOR : -COHESION_DIVISOR);
        wish->x += seen->offset.x / divisor;
        wish->y += seen->offset.y / divisor;
    }
    wish->x += seen->push.x / PUSH_DIVISOR;
    wish->y += seen->push.y / PUSH_DIVISOR;
    pull(wish, seen->shard, SHARD_PULL);
    pull(wish, seen->missile, MISSILE_FEAR);
}

// A direction that changes every DRONE_WANDER_TICKS, so that a lone drone roams.
static void wish_wander(const World *world, uint32_t slot, Vector *wish) {
    enum { PURPOSE_WANDER = 0x200 };
    const uint64_t bits =
        rng_hash(world->seed, world->tick / DRONE_WANDER_TICKS, slot, PURPOSE_WANDER);
    wish->x += (fixed_cos((uint16_t)bits) * WANDER_PULL) >> FIXED_SHIFT;
    wish->y += (fixed_sin((uint16_t)bits) * WANDER_PULL) >> FIXED_SHIFT;
}

// Steers away from walls, and around the asteroid ahead.
static void wish_clear_way(const Arena *arena, const GridItem *self, Vector *wish) {
    const int32_t high = arena->side - DRONE_WALL_MARGIN;
    wish->x += self->x < DRONE_WALL_MARGIN ? WALL_PUSH : self->x > high ? -WALL_PUSH : 0;
    wish->y += self->y < DRONE_WALL_MARGIN ? WALL_PUSH : self->y > high ? -WALL_PUSH : 0;
    const int32_t last = arena->side - 1;
    const int32_t x = fixed_clamp(self->x + self->vx * DRONE_LOOK_AHEAD_TICKS, 0, last);
    const int32_t y = fixed_clamp(self->y + self->vy * DRONE_LOOK_AHEAD_TICKS, 0, last);
    const Asteroid *asteroid = arena_asteroid_at(arena, x, y, BODY_RADIUS);
    if (asteroid != NULL) {
        pull(wish, (Vector){x - asteroid->x, y - asteroid->y}, ASTEROID_PUSH);
    }
}

// A drone's limits in its present mood.
typedef struct DroneLimits {
    int32_t acceleration;
    int32_t speed;
} DroneLimits;

static DroneLimits wish_chase(const World *world, const GridItem *self, Vector *wish) {
    const Drone *drone = &world->drones[self->slot - world->ranges.first[ENTITY_DRONE]];
    if (drone->target == ENTITY_ID_NONE) {
        return (DroneLimits){DRONE_ACCELERATION_CRUISE, DRONE_SPEED_CRUISE};
    }
    const Motion *ship = &world->motions[entity_slot(drone->target)];
    pull(wish, (Vector){ship->x - self->x, ship->y - self->y}, CHASE_PULL);
    return (DroneLimits){DRONE_ACCELERATION_CHASE, DRONE_SPEED_CHASE};
}

// The velocity after the wish is applied, within acceleration and speed, in multiples of
// DRONE_VELOCITY_STEP.
static Vector turn_towards(const GridItem *self, Vector wish, int32_t strength_min,
                           DroneLimits limits) {
    const int32_t strength = fixed_length_rough(wish.x, wish.y);
    if (strength < strength_min) {
        wish = (Vector){0, 0};
    }
    if (strength > limits.acceleration) {
        wish.x = wish.x * limits.acceleration / strength;
        wish.y = wish.y * limits.acceleration / strength;
    }
    Vector velocity = {self->vx + wish.x, self->vy + wish.y};
    const int32_t speed = fixed_length_rough(velocity.x, velocity.y);
    const int32_t allowed = fixed_clamp(speed, DRONE_SPEED_MIN, limits.speed);
    if (allowed != speed && speed > 0) {
        velocity.x = velocity.x * allowed / speed;
        velocity.y = velocity.y * allowed / speed;
    }
    return (Vector){to_step(velocity.x), to_step(velocity.y)};
}

void drone_steer(World *world, uint32_t item_index) {
    const GridItem *self = &world->grid.items[item_index];
    const Neighbours seen = look_around(world, item_index);
    choose_target(world, self);
    Vector wish = {0, 0};
    wish_flock(self, &seen, &wish);
    wish_wander(world, self->slot, &wish);
    const DroneLimits limits = wish_chase(world, self, &wish);
    wish_clear_way(&world->arena, self, &wish);
    const int32_t strength_min = seen.mates > 0 ? WISH_MIN : 0; // a lone drone follows any wish
    const Vector velocity = turn_towards(self, wish, strength_min, limits);
    Motion motion = {
        .x = self->x, .y = self->y, .vx = (int16_t)velocity.x, .vy = (int16_t)velocity.y};
    motion = drone_fly(&world->arena, motion);
    motion.angle = fixed_atan2(motion.vy, motion.vx);
    world->next_motions[self->slot] = motion;
}

// ------------------------------------------------------------------ hatching

void drone_hatch(World *world, uint32_t index, bool at_nest) {
    enum { PURPOSE_HATCH = 0x210, PURPOSE_HATCH_PLACE };
    const uint32_t slot = world->ranges.first[ENTITY_DRONE] + index;
    const uint64_t bits = rng_hash(world->seed, world->tick, slot, PURPOSE_HATCH);
    const Arena *arena = &world->arena;
    const Nest *nest = &arena->nests[rng_scale((uint32_t)bits, arena->nest_count)];
    const PlaceDraw draw = {world->seed, world->tick, slot, PURPOSE_HATCH_PLACE};
    const Place place = at_nest
                            ? arena_free_place(arena, (Place){nest->x, nest->y}, NEST_RADIUS, draw)
                            : arena_spawn_place(arena, draw);
    const uint16_t angle = (uint16_t)(bits >> 32);
    const Motion motion = {
        .x = place.x,
        .y = place.y,
        .vx = (int16_t)to_step((fixed_cos(angle) * DRONE_SPEED_CRUISE) >> FIXED_SHIFT),
        .vy = (int16_t)to_step((fixed_sin(angle) * DRONE_SPEED_CRUISE) >> FIXED_SHIFT),
        .angle = angle};
    const bool is_hunter = (bits >> 48) % DRONE_HUNTER_ONE_IN == 0;
    population_begin_life(world, slot, motion);
    world->drones[index] = (Drone){.health = DRONE_HEALTH_MAX, .is_hunter = is_hunter};
    world->status[slot] = (uint8_t)(ENTITY_HEALTH_MAX | (is_hunter ? ENTITY_STATUS_HUNTER : 0));
}
