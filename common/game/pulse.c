// SPDX-License-Identifier: MIT
#include "game/pulse.h"

#include "game/fixed.h"
#include "game/interact.h"
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

uint32_t pulse_trace(const PulseScene *scene, uint32_t shooter, int32_t x, int32_t y,
                     uint16_t angle) {
    const Grid *grid = scene->grid;
    Ray ray = {x, y, fixed_cos(angle), fixed_sin(angle), 0};
    ray.length = arena_shot_length(scene->arena, x, y, angle, PULSE_RANGE);
    const int32_t reach = SHIP_RADIUS + PULSE_HALF_WIDTH + scene->drift;
    const int32_t end_y = y + fixed_scale(ray.length, ray.sin, FIXED_ONE);
    const uint32_t top = grid_interval(grid, smaller(y, end_y), reach).low;
    const uint32_t bottom = grid_interval(grid, larger(y, end_y), reach).high;
    uint32_t hit = SLOT_NONE;
    for (uint32_t row = top; row <= bottom; row++) {
        const int32_t row_top = (int32_t)(row << GRID_CELL_SHIFT);
        const int32_t row_bottom = row_top + (1 << GRID_CELL_SHIFT);
        const GridInterval columns =
            columns_between(grid, &ray, row_top - reach, row_bottom + reach, reach);
        const uint32_t *cells = &grid->cell_first[row * grid->cells_per_side];
        for (uint32_t i = cells[columns.low]; i < cells[columns.high + 1]; i++) {
            const GridItem *item = &grid->items[i];
            if (item->slot >= scene->ranges->first[ENTITY_MISSILE] || item->slot == shooter ||
                enter(&ray, item->x, item->y, reach) == ray.length) {
                continue;
            }
            // In the scene's positions; a hit shortens the ray, so that only nearer ones follow.
            const Motion *target = &scene->motions[item->slot];
            const int32_t radius = interact_radius(scene->ranges, item->slot) + PULSE_HALF_WIDTH;
            const int32_t entry = enter(&ray, target->x, target->y, radius);
            if (entry < ray.length) {
                ray.length = entry;
                hit = item->slot;
            }
        }
    }
    return hit;
}
