// SPDX-License-Identifier: MIT
#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "base/options.h"
#include "game/arena.h"
#include "game/fixed.h"
#include "game/tuning.h"

typedef struct ArenaReader {
    ArenaFile *file;
    char *error; // empty until the first one
    size_t error_size;
} ArenaReader;

static bool read_number(const char *text, uint64_t max, uint64_t *value) {
    return parse_count(text, value) && *value <= max;
}

// Stores one key; NULL, or what is wrong with it.
static const char *store_key(ArenaFile *file, const char *key, const char *value) {
    uint64_t number = 0;
    if (strcmp(key, "name") == 0) {
        if (strlen(value) >= ARENA_NAME_BYTES) {
            return "is longer than 31 characters";
        }
        memset(file->spec.name, 0, sizeof file->spec.name);
        memcpy(file->spec.name, value, strlen(value));
        return NULL;
    }
    if (strcmp(key, "seed") == 0) {
        file->has_seed = parse_count(value, &file->spec.seed);
        return file->has_seed ? NULL : "is not a number";
    }
    if (strcmp(key, "drones") != 0 && strcmp(key, "side") != 0 && strcmp(key, "asteroids") != 0 &&
        strcmp(key, "nests") != 0 && strcmp(key, "spawn-radius") != 0) {
        return "is not a key of an arena";
    }
    if (!read_number(value, ENTITY_SLOT_MAX / 2, &number)) {
        return "is not a number, or too large";
    }
    const uint32_t count = (uint32_t)number;
    if (strcmp(key, "side") == 0) {
        file->spec.side_units = count;
    } else if (strcmp(key, "asteroids") == 0) {
        file->spec.asteroid_count = count;
        file->has_asteroids = true;
    } else if (strcmp(key, "nests") == 0) {
        file->spec.nest_count = count;
        file->has_nests = true;
    } else if (strcmp(key, "spawn-radius") == 0) {
        file->spec.spawn_radius_units = count;
    } else {
        file->drone_count = count;
        file->has_drones = true;
    }
    return NULL;
}

// inih's handler: 1 to go on, 0 for an error. inih reads on after an error; the first one counts.
static int read_entry(void *user, const char *section, const char *key, const char *value) {
    ArenaReader *reader = user;
    if (strcmp(section, "arena") != 0) {
        if (reader->error[0] == '\0') {
            snprintf(reader->error, reader->error_size, "'%s' is outside of [arena]", key);
        }
        return 0;
    }
    const char *problem = store_key(reader->file, key, value);
    if (problem != NULL && reader->error[0] == '\0') {
        snprintf(reader->error, reader->error_size, "'%s' %s", key, problem);
    }
    return problem == NULL;
}

bool arena_file_parse(const char *text, ArenaFile *file, char *error, size_t error_size,
                      int *line) {
    ArenaReader reader = {file, error, error_size};
    memset(file, 0, sizeof *file);
    error[0] = '\0';
    snprintf(file->spec.name, sizeof file->spec.name, "arena");
    *line = ini_parse_string(text, read_entry, &reader);
    if (*line == 0) {
        return true;
    }
    if (*line < 0) {
        *line = 0;
        snprintf(error, error_size, "not enough memory");
    } else if (error[0] == '\0') {
        snprintf(error, error_size, "not a 'key = value' line");
    }
    return false;
}

void arena_file_resolve(ArenaFile *file, uint32_t drone_count, uint32_t ship_capacity) {
    ArenaSpec *spec = &file->spec;
    if (spec->side_units == 0) {
        const uint64_t entities = (uint64_t)drone_count + ship_capacity;
        const uint64_t area = entities * SCREEN_AREA_UNITS / SCREEN_ENTITIES;
        const uint32_t side = fixed_isqrt(area);
        spec->side_units =
            (uint32_t)fixed_clamp((int32_t)side, ARENA_SIDE_MIN_UNITS, ARENA_SIDE_MAX_UNITS);
    }
    const uint32_t screens =
        (uint32_t)((uint64_t)spec->side_units * spec->side_units / SCREEN_AREA_UNITS);
    if (!file->has_asteroids) {
        spec->asteroid_count = (uint32_t)fixed_clamp((int32_t)(screens * ASTEROIDS_PER_SCREEN), 0,
                                                     ARENA_ASTEROIDS_MAX);
    }
    if (!file->has_nests) {
        spec->nest_count =
            (uint32_t)fixed_clamp((int32_t)(screens / SCREENS_PER_NEST), 1, ARENA_NESTS_MAX);
    }
}
