// SPDX-License-Identifier: MIT
#include "game/pulse.h"

#include "game/fixed.h"
#include "game/interact.h"
#include "game/past.h"
#include "game/tuning.h"

typedef struct Ray {
    int32_t x, y;
    int32_t cos, sin;
    int32_t length;
} Ray;

static int32_t smaller(int32_t a, int32_t b) {
    return a < b ? a : b;
}

static int32_t larger(int32_t a, int32_t b) {
    return a > b ? a : b;
}

// Whether the ray passes within reach of (x, y); without a root.
static bool passes(const Ray *ray, int32_t x, int32_t y, int32_t reach) {
    const int64_t dx = x - ray->x;
    const int64_t dy = y - ray->y;
    const int64_t along = (dx * ray->cos + dy * ray->sin) >> FIXED_SHIFT;
    const int64_t across = (dx * ray->sin - dy * ray->cos) >> FIXED_SHIFT;
    return along >= -reach && along - reach < ray->length && across <= reach && across >= -reach;
}

// How far along the ray it enters the circle around (x, y); the ray's length when it does not.
static int32_t enter(const Ray *ray, int32_t x, int32_t y, int32_t radius) {
    const int64_t dx = x - ray->x;
    const int64_t dy = y - ray->y;
    const int64_t along = (dx * ray->cos + dy * ray->sin) >> FIXED_SHIFT;
    const int64_t across = (dx * ray->sin - dy * ray->cos) >> FIXED_SHIFT;
    if (along < 0 || across > radius || across < -radius || along - radius >= ray->length) {
        return ray->length;
    }
    const int32_t half_chord =
        (int32_t)fixed_isqrt((uint64_t)((int64_t)radius * radius - across * across));
    const int32_t entry = larger((int32_t)along - half_chord, 0);
    return smaller(entry, ray->length);
}

// The part of the x axis, widened by reach, that the ray covers while its y is within [top,
// bottom].
static GridInterval columns_between(const Grid *grid, const Ray *ray, int32_t top, int32_t bottom,
                                    int32_t reach) {
    int32_t from = 0; // along the ray
    int32_t to = ray->length;
    if (ray->sin != 0) {
        const int64_t a = (int64_t)(top - ray->y) * FIXED_ONE / ray->sin;
        const int64_t b = (int64_t)(bottom - ray->y) * FIXED_ONE / ray->sin;
        const int64_t near = a < b ? a : b;
        const int64_t far = a < b ? b : a;
        from = near < 0 ? 0 : near > ray->length ? ray->length : (int32_t)near;
        to = far < 0 ? 0 : far > ray->length ? ray->length : (int32_t)far;
    }
    const int32_t x_from = ray->x + fixed_scale(from, ray->cos, FIXED_ONE);
    const int32_t x_to = ray->x + fixed_scale(to, ray->cos, FIXED_ONE);
    return (GridInterval){grid_interval(grid, smaller(x_from, x_to), reach).low,
                          grid_interval(grid, larger(x_from, x_to), reach).high};
}

// How far a body may be from where the grid, or the end of its life, has it.
static int32_t drift_of(const PulseScene *scene, EntityKind kind) {
    const int32_t ticks = larger(scene->moment.age_ticks, 1);
    return ticks * (kind == ENTITY_SHIP ? BODY_SPEED_MAX : DRONE_SPEED_BOUND);
}

static int32_t radius_of(const World *world, uint32_t slot) {
    return interact_radius(&world->ranges, slot) + PULSE_HALF_WIDTH;
}

// False when it was not there at the scene's moment.
static bool find_place(const PulseScene *scene, uint32_t slot, PastPlace *place) {
    const Motion *now = &scene->world->motions[slot];
    if (scene->moment.before != NULL) {
        const EntityId id = entity_id(slot, scene->world->generations[slot]);
        return past_place(&scene->moment, id, now, place);
    }
    *place = (PastPlace){now->x, now->y};
    return true;
}

// Shortens the ray to the nearest of the living; returns its slot.
static uint32_t trace_living(const PulseScene *scene, uint32_t shooter, Ray *ray) {
    const World *world = scene->world;
    const Grid *grid = &world->grid;
    const uint32_t first_drone = world->ranges.first[ENTITY_DRONE];
    const int32_t reaches[] = {
        [ENTITY_SHIP] = SHIP_RADIUS + PULSE_HALF_WIDTH + drift_of(scene, ENTITY_SHIP),
        [ENTITY_DRONE] = DRONE_RADIUS + PULSE_HALF_WIDTH + drift_of(scene, ENTITY_DRONE)};
    const int32_t reach = larger(reaches[ENTITY_SHIP], reaches[ENTITY_DRONE]);
    const int32_t end_y = ray->y + fixed_scale(ray->length, ray->sin, FIXED_ONE);
    const uint32_t top = grid_interval(grid, smaller(ray->y, end_y), reach).low;
    const uint32_t bottom = grid_interval(grid, larger(ray->y, end_y), reach).high;
    uint32_t hit = SLOT_NONE;
    for (uint32_t row = top; row <= bottom; row++) {
        const int32_t row_top = (int32_t)(row << GRID_CELL_SHIFT);
        const int32_t row_bottom = row_top + (1 << GRID_CELL_SHIFT);
        const GridInterval columns =
            columns_between(grid, ray, row_top - reach, row_bottom + reach, reach);
        const uint32_t *cells = &grid->cell_first[row * grid->cells_per_side];
        for (uint32_t i = cells[columns.low]; i < cells[columns.high + 1]; i++) {
            const GridItem *item = &grid->items[i];
            const EntityKind kind = item->slot < first_drone ? ENTITY_SHIP : ENTITY_DRONE;
            PastPlace place;
            if (item->slot >= world->ranges.first[ENTITY_MISSILE] || item->slot == shooter ||
                !passes(ray, item->x, item->y, reaches[kind]) ||
                !find_place(scene, item->slot, &place)) {
                continue;
            }
            // A hit shortens the ray, so that only nearer ones follow.
            const int32_t entry = enter(ray, place.x, place.y, radius_of(world, item->slot));
            if (entry < ray->length) {
                ray->length = entry;
                hit = item->slot;
            }
        }
    }
    return hit;
}

// Whether something stood in the ray's way at the scene's moment that has died since.
static bool is_stopped_by_dead(const PulseScene *scene, uint32_t shooter, const Ray *ray) {
    const World *world = scene->world;
    const LifeEnd *end;
    for (uint32_t i = 0; (end = past_ended(&world->past, &scene->moment, i)) != NULL; i++) {
        const uint32_t slot = entity_slot(end->id);
        const int32_t radius = radius_of(world, slot);
        const EntityKind kind = entity_kind_of_slot(&world->ranges, slot);
        PastPlace place;
        if (slot != shooter && passes(ray, end->x, end->y, radius + drift_of(scene, kind)) &&
            past_place(&scene->moment, end->id, NULL, &place) &&
            enter(ray, place.x, place.y, radius) < ray->length) {
            return true;
        }
    }
    return false;
}

uint32_t pulse_trace(const PulseScene *scene, uint32_t shooter, int32_t x, int32_t y,
                     uint16_t angle) {
    Ray ray = {x, y, fixed_cos(angle), fixed_sin(angle), 0};
    ray.length = arena_shot_length(&scene->world->arena, x, y, angle, PULSE_RANGE);
    const uint32_t hit = trace_living(scene, shooter, &ray);
    const bool is_past = scene->moment.before != NULL;
    return is_past && is_stopped_by_dead(scene, shooter, &ray) ? SLOT_NONE : hit;
}
