// SPDX-License-Identifier: MIT
#include "game/arena.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "game/fixed.h"
#include "game/tuning.h"

#define FREE_PLACE_DRAWS 32

// The purposes of the random numbers that build the arena.
enum { PURPOSE_TILE = 0x100, PURPOSE_ASTEROID, PURPOSE_NEST };

const char *arena_spec_check(const ArenaSpec *spec) {
    if (spec->side_units < ARENA_SIDE_MIN_UNITS || spec->side_units > ARENA_SIDE_MAX_UNITS) {
        return "side must be 2000 to 60000 units";
    }
    if (spec->asteroid_count > ARENA_ASTEROIDS_MAX) {
        return "asteroids must be 20000 at most";
    }
    if (spec->nest_count < 1 || spec->nest_count > ARENA_NESTS_MAX) {
        return "nests must be 1 to 1024";
    }
    if (spec->spawn_radius_units != 0 && (spec->spawn_radius_units < ARENA_SPAWN_RADIUS_MIN_UNITS ||
                                          spec->spawn_radius_units > spec->side_units / 2)) {
        return "spawn-radius must be 0, or 200 units to half the side";
    }
    size_t length = 0;
    while (length < ARENA_NAME_BYTES && spec->name[length] != '\0') {
        if (spec->name[length] < 0x20 || spec->name[length] > 0x7e) {
            return "name must be printable ASCII";
        }
        length++;
    }
    if (length == ARENA_NAME_BYTES) {
        return "name must be 31 characters at most";
    }
    // Each asteroid has a tile of its own; the smallest must fit with its gap.
    const uint32_t tiles_per_side = fixed_isqrt(spec->asteroid_count) + 1;
    if (spec->side_units / tiles_per_side < 2 * (ASTEROID_RADIUS_MIN + ASTEROID_GAP) / UNIT) {
        return "too many asteroids for the side";
    }
    return NULL;
}

// ------------------------------------------------------------------ asteroids

static int64_t distance_squared(int32_t ax, int32_t ay, int32_t bx, int32_t by) {
    const int64_t dx = ax - bx;
    const int64_t dy = ay - by;
    return dx * dx + dy * dy;
}

static bool is_within(int32_t ax, int32_t ay, int32_t bx, int32_t by, int32_t distance) {
    return distance_squared(ax, ay, bx, by) < (int64_t)distance * distance;
}

// A random asteroid that keeps its gap to the borders of its tile, hence to every other one.
static Asteroid draw_asteroid(uint64_t seed, uint32_t tile, uint32_t tiles_per_side,
                              int32_t tile_side) {
    const uint64_t size_bits = rng_hash(seed, 0, tile, PURPOSE_ASTEROID);
    const uint64_t place_bits = rng_hash(seed, 1, tile, PURPOSE_ASTEROID);
    const int32_t largest = fixed_clamp(tile_side / 2 - ASTEROID_GAP, 0, ASTEROID_RADIUS_MAX);
    const int32_t radius =
        ASTEROID_RADIUS_MIN +
        (int32_t)rng_scale((uint32_t)size_bits, (uint32_t)(largest - ASTEROID_RADIUS_MIN) + 1);
    const int32_t border = radius + ASTEROID_GAP;
    const uint32_t room = (uint32_t)(tile_side - 2 * border) + 1;
    const int32_t left = (int32_t)(tile % tiles_per_side) * tile_side;
    const int32_t top = (int32_t)(tile / tiles_per_side) * tile_side;
    return (Asteroid){.x = left + border + (int32_t)rng_scale((uint32_t)place_bits, room),
                      .y = top + border + (int32_t)rng_scale((uint32_t)(place_bits >> 32), room),
                      .radius = radius};
}

// Selection sampling (Knuth, TAOCP 2, 3.4.2, algorithm S): every set of tiles is equally likely,
// in one pass and without memory.
static void place_asteroids(Arena *arena) {
    const uint32_t wanted = arena->spec.asteroid_count;
    const uint32_t tiles_per_side = fixed_isqrt(wanted) + 1;
    const uint32_t tile_count = tiles_per_side * tiles_per_side;
    const int32_t tile_side = arena->side / (int32_t)tiles_per_side;
    const int32_t center = arena->side / 2;
    uint32_t selected = 0;
    for (uint32_t tile = 0; tile < tile_count && selected < wanted; tile++) {
        const uint32_t bits = (uint32_t)rng_hash(arena->spec.seed, 0, tile, PURPOSE_TILE);
        if (rng_scale(bits, tile_count - tile) >= wanted - selected) {
            continue;
        }
        selected++;
        const Asteroid asteroid = draw_asteroid(arena->spec.seed, tile, tiles_per_side, tile_side);
        if (!is_within(asteroid.x, asteroid.y, center, center,
                       asteroid.radius + ARENA_CENTRE_RADIUS)) {
            arena->asteroids[arena->asteroid_count++] = asteroid;
        }
    }
}

typedef struct CellRange {
    uint32_t left, right, top, bottom; // both ends included
} CellRange;

// The cells in which a body's centre may lie when the body touches this circle.
static CellRange cells_around(const Arena *arena, int32_t x, int32_t y, int32_t reach) {
    const int32_t last = arena->side - 1;
    return (CellRange){(uint32_t)fixed_clamp(x - reach, 0, last) >> ARENA_CELL_SHIFT,
                       (uint32_t)fixed_clamp(x + reach, 0, last) >> ARENA_CELL_SHIFT,
                       (uint32_t)fixed_clamp(y - reach, 0, last) >> ARENA_CELL_SHIFT,
                       (uint32_t)fixed_clamp(y + reach, 0, last) >> ARENA_CELL_SHIFT};
}

// Calls for each (cell, asteroid) pair in asteroid order: first to count, then to fill.
static void visit_cells(Arena *arena, uint32_t *cursors, bool is_filling) {
    for (uint32_t i = 0; i < arena->asteroid_count; i++) {
        const Asteroid *a = &arena->asteroids[i];
        const CellRange range = cells_around(arena, a->x, a->y, a->radius + BODY_RADIUS);
        for (uint32_t row = range.top; row <= range.bottom; row++) {
            for (uint32_t column = range.left; column <= range.right; column++) {
                const uint32_t place = cursors[row * arena->cells_per_side + column]++;
                if (is_filling) {
                    arena->cell_asteroids[place] = i;
                }
            }
        }
    }
}

static bool index_asteroids(Arena *arena) {
    const uint32_t cell_count = arena->cells_per_side * arena->cells_per_side;
    uint32_t *cursors = calloc(cell_count, sizeof *cursors);
    if (cursors == NULL) {
        return false;
    }
    visit_cells(arena, cursors, false);
    uint32_t total = 0;
    for (uint32_t cell = 0; cell < cell_count; cell++) {
        arena->cell_first[cell] = total;
        total += cursors[cell];
        cursors[cell] = arena->cell_first[cell];
    }
    arena->cell_first[cell_count] = total;
    arena->cell_asteroids = malloc(((size_t)total + 1) * sizeof *arena->cell_asteroids);
    if (arena->cell_asteroids != NULL) {
        visit_cells(arena, cursors, true);
    }
    free(cursors);
    return arena->cell_asteroids != NULL;
}

const Asteroid *arena_asteroid_at(const Arena *arena, int32_t x, int32_t y, int32_t radius) {
    assert(radius <= BODY_RADIUS);
    const uint32_t cell = arena_cell_at(arena, x, y);
    for (uint32_t i = arena->cell_first[cell]; i < arena->cell_first[cell + 1]; i++) {
        const Asteroid *asteroid = &arena->asteroids[arena->cell_asteroids[i]];
        if (is_within(x, y, asteroid->x, asteroid->y, asteroid->radius + radius)) {
            return asteroid;
        }
    }
    return NULL;
}

// ------------------------------------------------------------------ places

static uint64_t draw_bits(PlaceDraw draw, uint64_t number) {
    return rng_hash(draw.seed, draw.tick, draw.id << 8 | number, draw.purpose);
}

Place arena_free_place(const Arena *arena, Place center, int32_t radius, PlaceDraw draw) {
    const int32_t low = BODY_RADIUS;
    const int32_t high = arena->side - BODY_RADIUS;
    const int32_t grid_mask = ~((1 << RECORD_SHIFT) - 1);
    for (uint64_t number = 0; number < FREE_PLACE_DRAWS; number++) {
        const uint64_t bits = draw_bits(draw, number);
        const uint32_t width = 2 * (uint32_t)radius + 1;
        const int32_t dx = (int32_t)rng_scale((uint32_t)bits, width) - radius;
        const int32_t dy = (int32_t)rng_scale((uint32_t)(bits >> 32), width) - radius;
        const Place place = {fixed_clamp(center.x + dx, low, high) & grid_mask,
                             fixed_clamp(center.y + dy, low, high) & grid_mask};
        if ((int64_t)dx * dx + (int64_t)dy * dy <= (int64_t)radius * radius &&
            arena_asteroid_at(arena, place.x, place.y, BODY_RADIUS) == NULL) {
            return place;
        }
    }
    return (Place){(arena->side / 2) & grid_mask, (arena->side / 2) & grid_mask};
}

// Draws from the whole square, with the same random numbers; a circle would leave out its corners.
static Place free_place_anywhere(const Arena *arena, PlaceDraw draw) {
    const uint32_t room = (uint32_t)(arena->side - 2 * BODY_RADIUS);
    const uint64_t bits = draw_bits(draw, 0xff);
    const Place center = {BODY_RADIUS + (int32_t)rng_scale((uint32_t)bits, room),
                          BODY_RADIUS + (int32_t)rng_scale((uint32_t)(bits >> 32), room)};
    return arena_free_place(arena, center, ASTEROID_RADIUS_MAX, draw);
}

Place arena_spawn_place(const Arena *arena, PlaceDraw draw) {
    if (arena->spec.spawn_radius_units == 0) {
        return free_place_anywhere(arena, draw);
    }
    const Place center = {arena->side / 2, arena->side / 2};
    return arena_free_place(arena, center, (int32_t)arena->spec.spawn_radius_units * UNIT, draw);
}

static void place_nests(Arena *arena) {
    for (uint32_t i = 0; i < arena->nest_count; i++) {
        const PlaceDraw draw = {.seed = arena->spec.seed, .id = i, .purpose = PURPOSE_NEST};
        const Place place = arena_spawn_place(arena, draw);
        arena->nests[i] = (Nest){place.x, place.y};
    }
}

// ------------------------------------------------------------------ shots

// The distance at which a ray of unit direction (FIXED_ONE) enters a circle; range when the ray
// does not enter it before that.
static int32_t ray_enters_circle(int32_t dx, int32_t dy, int32_t cos, int32_t sin, int32_t radius,
                                 int32_t range) {
    const int64_t along = ((int64_t)dx * cos + (int64_t)dy * sin) >> FIXED_SHIFT;
    const int64_t across = ((int64_t)dx * sin - (int64_t)dy * cos) >> FIXED_SHIFT;
    const int64_t half_chord_squared = (int64_t)radius * radius - across * across;
    if (half_chord_squared <= 0) {
        return range;
    }
    const int64_t entry = along - (int64_t)fixed_isqrt((uint64_t)half_chord_squared);
    const int64_t exit = along + (int64_t)fixed_isqrt((uint64_t)half_chord_squared);
    return exit < 0 || entry >= range ? range : entry < 0 ? 0 : (int32_t)entry;
}

int32_t arena_shot_length(const Arena *arena, int32_t x, int32_t y, uint16_t angle, int32_t range) {
    const int32_t cos = fixed_cos(angle);
    const int32_t sin = fixed_sin(angle);
    int32_t length = range;
    // A wall stops the shot where the ray leaves the square.
    const int32_t to_wall_x = cos > 0 ? arena->side - 1 - x : x;
    const int32_t to_wall_y = sin > 0 ? arena->side - 1 - y : y;
    const int32_t speed_x = cos < 0 ? -cos : cos;
    const int32_t speed_y = sin < 0 ? -sin : sin;
    if ((int64_t)length * speed_x > (int64_t)to_wall_x << FIXED_SHIFT) {
        length = fixed_scale(to_wall_x, FIXED_ONE, speed_x);
    }
    if ((int64_t)length * speed_y > (int64_t)to_wall_y << FIXED_SHIFT) {
        length = fixed_scale(to_wall_y, FIXED_ONE, speed_y);
    }
    // An asteroid is met once per cell that it shares with the ray's box; that changes nothing.
    const int32_t end_x = x + fixed_scale(length, cos, FIXED_ONE);
    const int32_t end_y = y + fixed_scale(length, sin, FIXED_ONE);
    const CellRange from = cells_around(arena, x, y, 0);
    const CellRange to = cells_around(arena, end_x, end_y, 0);
    const uint32_t left = from.left < to.left ? from.left : to.left;
    const uint32_t right = from.left < to.left ? to.left : from.left;
    const uint32_t top = from.top < to.top ? from.top : to.top;
    const uint32_t bottom = from.top < to.top ? to.top : from.top;
    for (uint32_t row = top; row <= bottom; row++) {
        const uint32_t first = arena->cell_first[row * arena->cells_per_side + left];
        const uint32_t end = arena->cell_first[row * arena->cells_per_side + right + 1];
        for (uint32_t i = first; i < end; i++) {
            const Asteroid *a = &arena->asteroids[arena->cell_asteroids[i]];
            length = ray_enters_circle(a->x - x, a->y - y, cos, sin, a->radius, length);
        }
    }
    return length;
}

// ------------------------------------------------------------------ life

bool arena_create(Arena *arena, const ArenaSpec *spec) {
    assert(arena_spec_check(spec) == NULL);
    *arena = (Arena){
        .spec = *spec, .side = (int32_t)spec->side_units * UNIT, .nest_count = spec->nest_count};
    arena->cells_per_side = ((uint32_t)(arena->side - 1) >> ARENA_CELL_SHIFT) + 1;
    const size_t cell_count = (size_t)arena->cells_per_side * arena->cells_per_side;
    arena->asteroids = calloc((size_t)spec->asteroid_count + 1, sizeof *arena->asteroids);
    arena->nests = calloc(spec->nest_count, sizeof *arena->nests);
    arena->cell_first = calloc(cell_count + 1, sizeof *arena->cell_first);
    if (arena->asteroids == NULL || arena->nests == NULL || arena->cell_first == NULL) {
        arena_destroy(arena);
        return false;
    }
    place_asteroids(arena);
    if (!index_asteroids(arena)) {
        arena_destroy(arena);
        return false;
    }
    place_nests(arena);
    return true;
}

void arena_destroy(Arena *arena) {
    free(arena->asteroids);
    free(arena->nests);
    free(arena->cell_first);
    free(arena->cell_asteroids);
    memset(arena, 0, sizeof *arena);
}
