// SPDX-License-Identifier: MIT
#include "game/pulse.h"

#include "game/fixed.h"
#include "game/interact.h"
#include "game/rewind.h"
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

// Whether the ray passes within reach of (x, y), before the given length; without a root.
static bool passes(const Ray *ray, int32_t length, int32_t x, int32_t y, int32_t reach) {
    const int64_t dx = x - ray->x;
    const int64_t dy = y - ray->y;
    const int64_t along = (dx * ray->cos + dy * ray->sin) >> FIXED_SHIFT;
    const int64_t across = (dx * ray->sin - dy * ray->cos) >> FIXED_SHIFT;
    return along >= -reach && along - reach < length && across <= reach && across >= -reach;
}

// The distance along the ray at which it enters the circle around (x, y); length when it does not
// before that.
static int32_t enter(const Ray *ray, int32_t length, int32_t x, int32_t y, int32_t radius) {
    const int64_t dx = x - ray->x;
    const int64_t dy = y - ray->y;
    const int64_t along = (dx * ray->cos + dy * ray->sin) >> FIXED_SHIFT;
    const int64_t across = (dx * ray->sin - dy * ray->cos) >> FIXED_SHIFT;
    if (along < 0 || across > radius || across < -radius || along - radius >= length) {
        return length;
    }
    const int32_t half_chord =
        (int32_t)fixed_isqrt((uint64_t)((int64_t)radius * radius - across * across));
    const int32_t entry = larger((int32_t)along - half_chord, 0);
    return smaller(entry, length);
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

// The largest distance of a body from its position in the grid, or in the record of its end.
static int32_t drift_of(const PulseScene *scene, EntityKind kind) {
    const int32_t ticks = larger(scene->moment.age_ticks, 1);
    return ticks * (kind == ENTITY_SHIP ? BODY_SPEED_MAX : DRONE_SPEED_BOUND);
}

static int32_t radius_of(const World *world, uint32_t slot) {
    return interact_radius(&world->ranges, slot) + PULSE_HALF_WIDTH;
}

// False when the body was not alive at the scene's moment.
static bool find_place(const PulseScene *scene, uint32_t slot, RewindPlace *place) {
    const Motion *now = &scene->world->motions[slot];
    if (scene->moment.before != NULL) {
        const EntityId id = entity_id(slot, scene->world->generations[slot]);
        return rewind_place(&scene->moment, id, now, place);
    }
    *place = (RewindPlace){now->x, now->y};
    return true;
}

// The search for the nearest living target.
typedef struct Search {
    const PulseScene *scene;
    uint32_t shooter;
    int32_t
        reaches[ENTITY_DRONE + 1]; // from a body's place in the grid to the ray's entry, at most
    Ray ray;                       // up to the nearest so far
    uint32_t hit;                  // its slot
    uint32_t hit_item;             // and its place in the grid's order
} Search;

// A hit shortens the ray, so that only nearer hits follow. Of two equally near targets the first in
// the grid's order is hit; the order of the tests does not matter.
static void try_item(Search *search, uint32_t index) {
    const PulseScene *scene = search->scene;
    const World *world = scene->world;
    const GridItem *item = &world->grid.items[index];
    const EntityKind kind =
        item->slot < world->ranges.first[ENTITY_DRONE] ? ENTITY_SHIP : ENTITY_DRONE;
    const int32_t length = search->ray.length + (index < search->hit_item ? 1 : 0);
    RewindPlace place;
    if (item->slot >= world->ranges.first[ENTITY_MISSILE] || item->slot == search->shooter ||
        !passes(&search->ray, length, item->x, item->y, search->reaches[kind]) ||
        !find_place(scene, item->slot, &place)) {
        return;
    }
    const int32_t entry =
        enter(&search->ray, length, place.x, place.y, radius_of(world, item->slot));
    if (entry < length) {
        search->ray.length = entry;
        search->hit = item->slot;
        search->hit_item = index;
    }
}

// A row's items in the direction of the ray.
static void search_row(Search *search, uint32_t row, GridInterval columns) {
    const Grid *grid = &search->scene->world->grid;
    const uint32_t *cells = &grid->cell_first[row * grid->cells_per_side];
    const uint32_t first = cells[columns.low];
    const uint32_t count = cells[columns.high + 1] - first;
    for (uint32_t i = 0; i < count; i++) {
        try_item(search, search->ray.cos >= 0 ? first + i : first + count - 1 - i);
    }
}

// Shortens the ray to the nearest living target. Rows are visited from the ray's start, and those
// behind the nearest hit are skipped: in a crowd most rays end in the first cells.
static void search_living(Search *search) {
    const Grid *grid = &search->scene->world->grid;
    const Ray *ray = &search->ray;
    const int32_t reach = larger(search->reaches[ENTITY_SHIP], search->reaches[ENTITY_DRONE]);
    const int32_t end_y = ray->y + fixed_scale(ray->length, ray->sin, FIXED_ONE);
    const uint32_t top = grid_interval(grid, smaller(ray->y, end_y), reach).low;
    const uint32_t bottom = grid_interval(grid, larger(ray->y, end_y), reach).high;
    for (uint32_t i = 0; top + i <= bottom; i++) {
        const uint32_t row = ray->sin >= 0 ? top + i : bottom - i;
        const int32_t low = (int32_t)(row << GRID_CELL_SHIFT) - reach;
        const int32_t high = (int32_t)((row + 1) << GRID_CELL_SHIFT) + reach;
        const int32_t last_y = ray->y + fixed_scale(ray->length, ray->sin, FIXED_ONE);
        if (ray->sin >= 0 ? last_y < low : last_y > high) {
            break;
        }
        search_row(search, row, columns_between(grid, ray, low, high, reach));
    }
}

// Whether an entity that has died since blocked the ray at the scene's moment.
static bool is_stopped_by_dead(const PulseScene *scene, uint32_t shooter, const Ray *ray) {
    const World *world = scene->world;
    const LifeEnd *end;
    for (uint32_t i = 0; (end = rewind_ended(&world->rewind, &scene->moment, i)) != NULL; i++) {
        const uint32_t slot = entity_slot(end->id);
        const int32_t radius = radius_of(world, slot);
        const EntityKind kind = entity_kind_of_slot(&world->ranges, slot);
        RewindPlace place;
        if (slot != shooter &&
            passes(ray, ray->length, end->x, end->y, radius + drift_of(scene, kind)) &&
            rewind_place(&scene->moment, end->id, NULL, &place) &&
            enter(ray, ray->length, place.x, place.y, radius) < ray->length) {
            return true;
        }
    }
    return false;
}

uint32_t pulse_trace(const PulseScene *scene, uint32_t shooter, int32_t x, int32_t y,
                     uint16_t angle) {
    Search search = {
        .scene = scene,
        .shooter = shooter,
        .reaches = {[ENTITY_SHIP] = SHIP_RADIUS + PULSE_HALF_WIDTH + drift_of(scene, ENTITY_SHIP),
                    [ENTITY_DRONE] =
                        DRONE_RADIUS + PULSE_HALF_WIDTH + drift_of(scene, ENTITY_DRONE)},
        .ray = {x, y, fixed_cos(angle), fixed_sin(angle), 0},
        .hit = SLOT_NONE,
    };
    search.ray.length = arena_shot_length(&scene->world->arena, x, y, angle, PULSE_RANGE);
    search_living(&search);
    const bool is_past = scene->moment.before != NULL;
    return is_past && is_stopped_by_dead(scene, shooter, &search.ray) ? SLOT_NONE : search.hit;
}
