// SPDX-License-Identifier: MIT
// arena.h -- the playing field: its size, asteroids and nests, all derived from a short spec.
//
// Flow:    text file -> ArenaSpec -> Arena (server); ArenaSpec off the wire -> Arena (client)
// Threads: an Arena is immutable once created.
// Memory:  arena_create allocates, arena_destroy frees; nothing in between.
// Units:   the spec is in whole units, the Arena in world units (1/256).
#ifndef TICKSTORM_GAME_ARENA_H
#define TICKSTORM_GAME_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARENA_SIDE_MIN_UNITS         2000
#define ARENA_SIDE_MAX_UNITS         60000
#define ARENA_ASTEROIDS_MAX          20000
#define ARENA_NESTS_MAX              1024
#define ARENA_DRONES_MAX             500000
#define ARENA_NAME_BYTES             32
#define ARENA_SPAWN_RADIUS_MIN_UNITS 200
#define ARENA_CELL_SHIFT             16 // side of a look-up cell: 256 units

// All that a client needs to build the same arena as the server.
typedef struct ArenaSpec {
    uint64_t seed;
    uint32_t side_units; // the world is the square [0, side) x [0, side)
    uint32_t asteroid_count;
    uint32_t nest_count;
    uint32_t spawn_radius_units; // ships and nests lie within this of the centre; 0: anywhere
    char name[ARENA_NAME_BYTES]; // NUL-terminated, printable ASCII
} ArenaSpec;

typedef struct Asteroid {
    int32_t x, y;
    int32_t radius;
} Asteroid;

typedef struct Nest {
    int32_t x, y;
} Nest;

typedef struct Arena {
    ArenaSpec spec;
    int32_t side; // world units
    Asteroid *asteroids;
    uint32_t asteroid_count; // may be less than the spec's where the centre is kept free
    Nest *nests;
    uint32_t nest_count;
    // Look-up grid of asteroids: those that a body in cell c may touch are
    // cell_asteroids[cell_first[c]] .. cell_asteroids[cell_first[c + 1] - 1].
    uint32_t cells_per_side;
    uint32_t *cell_first;
    uint32_t *cell_asteroids;
} Arena;

// NULL, or the fault of the spec (from a file or from the wire) in a few words.
const char *arena_spec_check(const ArenaSpec *spec);

// Places asteroids and nests from the spec's seed; the same on every machine. False when memory is
// short. The spec must pass arena_spec_check().
bool arena_create(Arena *arena, const ArenaSpec *spec);
void arena_destroy(Arena *arena);

// The look-up cell of a position inside the arena.
static inline uint32_t arena_cell_at(const Arena *arena, int32_t x, int32_t y) {
    return ((uint32_t)y >> ARENA_CELL_SHIFT) * arena->cells_per_side +
           ((uint32_t)x >> ARENA_CELL_SHIFT);
}

// The asteroid that a body of this radius (<= BODY_RADIUS) overlaps at (x, y), the first in the
// arena's order, or NULL. The place must lie inside the arena.
const Asteroid *arena_asteroid_at(const Arena *arena, int32_t x, int32_t y, int32_t radius);

typedef struct Place {
    int32_t x, y;
} Place;

// The arguments of rng_hash() that a position is drawn with.
typedef struct PlaceDraw {
    uint64_t seed, tick, id, purpose;
} PlaceDraw;

// A position without an asteroid, within radius of the centre and clearance away from the walls;
// the arena's centre when many draws found none. The position is on the published grid.
Place arena_free_place(const Arena *arena, Place center, int32_t radius, PlaceDraw draw);

// A spawn position for a ship: within the spec's spawn radius, or anywhere.
Place arena_spawn_place(const Arena *arena, PlaceDraw draw);

// How far a shot from (x, y) along the angle flies before an asteroid or a wall stops it; at most
// range.
int32_t arena_shot_length(const Arena *arena, int32_t x, int32_t y, uint16_t angle, int32_t range);

// Reads the text of an arena file (base/ini_text.h: [arena] name, seed, side, asteroids, nests,
// drones, spawn-radius, each once). side = 0 or absent: grows with the drones, so that a screen
// shows about a hundred entities; asteroids and nests absent: in proportion to the area.
typedef struct ArenaFile {
    ArenaSpec spec;
    uint32_t drone_count;
    bool has_drones;
    bool has_seed;
    bool has_asteroids;
    bool has_nests;
} ArenaFile;

// False when the text is no arena file: then *error has the reason and *line the line.
bool arena_file_parse(const char *text, size_t size, ArenaFile *file, char *error,
                      size_t error_size, int *line);

// Fills in what the file left open (side, asteroids, nests) for this many drones and ships.
void arena_file_resolve(ArenaFile *file, uint32_t drone_count, uint32_t ship_capacity);

#endif
