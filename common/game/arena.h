// SPDX-License-Identifier: MIT
// arena.h -- the place: its size, its asteroids and its nests, all derived from a short
// description.
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

#define ARENA_SIDE_MIN_UNITS 2000
#define ARENA_SIDE_MAX_UNITS 60000
#define ARENA_ASTEROIDS_MAX  20000
#define ARENA_NESTS_MAX      1024
#define ARENA_NAME_BYTES     32

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
    uint32_t asteroid_count;
    Nest *nests;
    uint32_t nest_count;
    // Look-up grid of asteroids: those that touch cell c are
    // cell_asteroids[cell_first[c]] .. cell_asteroids[cell_first[c + 1] - 1].
    uint32_t cells_per_side;
    uint32_t *cell_first;
    uint32_t *cell_asteroids;
} Arena;

// NULL, or what is wrong with the spec (from a file or from the wire) in a few words.
const char *arena_spec_check(const ArenaSpec *spec);

// Places asteroids and nests from the spec's seed; the same on every machine. False when memory is
// short. The spec must pass arena_spec_check().
bool arena_create(Arena *arena, const ArenaSpec *spec);
void arena_destroy(Arena *arena);

// Reads the text of an arena file (INI: [arena] name, seed, side, asteroids, nests, drones,
// spawn-radius). side = 0 or absent: grows with the drones, so that a screen shows about a hundred
// entities; asteroids and nests absent: in proportion to the area.
typedef struct ArenaFile {
    ArenaSpec spec;
    uint32_t drone_count;
    bool has_seed;
} ArenaFile;

// False when the text is no arena file: *error then says why, *line where (0: the whole file).
bool arena_file_parse(const char *text, ArenaFile *file, char *error, size_t error_size, int *line);

// Fills in what the file left open (side, asteroids, nests) for this many drones and ships.
void arena_file_resolve(ArenaFile *file, uint32_t drone_count, uint32_t ship_capacity);

#endif
