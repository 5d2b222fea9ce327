// SPDX-License-Identifier: MIT
#include "game/arena.h"

#include <stdio.h>
#include <string.h>

#include "base/ini_text.h"
#include "base/option_values.h"
#include "base/spelling.h"
#include "game/fixed.h"
#include "game/tuning.h"

typedef enum ArenaKey {
    KEY_NAME,
    KEY_SEED,
    KEY_SIDE,
    KEY_ASTEROIDS,
    KEY_NESTS,
    KEY_DRONES,
    KEY_SPAWN_RADIUS,
    KEY_COUNT,
} ArenaKey;

static const char *const key_names[KEY_COUNT] = {
    [KEY_NAME] = "name",
    [KEY_SEED] = "seed",
    [KEY_SIDE] = "side",
    [KEY_ASTEROIDS] = "asteroids",
    [KEY_NESTS] = "nests",
    [KEY_DRONES] = "drones",
    [KEY_SPAWN_RADIUS] = "spawn-radius",
};

// The range of a key's number; with `or_zero`, 0 leaves the value open.
static const struct {
    uint64_t min, max;
    bool or_zero;
} key_bounds[KEY_COUNT] = {
    [KEY_SEED] = {0, UINT64_MAX, false},
    [KEY_SIDE] = {ARENA_SIDE_MIN_UNITS, ARENA_SIDE_MAX_UNITS, true},
    [KEY_ASTEROIDS] = {0, ARENA_ASTEROIDS_MAX, false},
    [KEY_NESTS] = {1, ARENA_NESTS_MAX, false},
    [KEY_DRONES] = {0, ARENA_DRONES_MAX, false},
    [KEY_SPAWN_RADIUS] = {ARENA_SPAWN_RADIUS_MIN_UNITS, ARENA_SIDE_MAX_UNITS / 2, true},
};

typedef struct ArenaReader {
    IniReader ini;
    ArenaFile *file;
    int lines[KEY_COUNT]; // the lines that have set the keys; 0: not set
    char *error;
    size_t error_size;
} ArenaReader;

static ArenaKey find_key(const char *name) {
    ArenaKey key = 0;
    while (key < KEY_COUNT && strcmp(key_names[key], name) != 0) {
        key++;
    }
    return key;
}

static bool store_name(ArenaReader *reader) {
    ArenaSpec *spec = &reader->file->spec;
    const char *name = reader->ini.value;
    const size_t length = strlen(name);
    if (length >= sizeof spec->name) {
        snprintf(reader->error, reader->error_size, "'name' is longer than %d characters",
                 ARENA_NAME_BYTES - 1);
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (name[i] < 0x20 || name[i] > 0x7e) {
            snprintf(reader->error, reader->error_size, "'name' is not printable ASCII");
            return false;
        }
    }
    memset(spec->name, 0, sizeof spec->name);
    memcpy(spec->name, name, length);
    return true;
}

static bool read_number(ArenaReader *reader, ArenaKey key, uint64_t *number) {
    const uint64_t min = key_bounds[key].min;
    const uint64_t max = key_bounds[key].max;
    const bool may_be_zero = min == 0 || key_bounds[key].or_zero;
    if (parse_count(reader->ini.value, number) &&
        ((*number >= min && *number <= max) || (*number == 0 && may_be_zero))) {
        return true;
    }
    snprintf(reader->error, reader->error_size, "'%s' must be %sa whole number from %llu to %llu",
             key_names[key], key_bounds[key].or_zero ? "0 or " : "", (unsigned long long)min,
             (unsigned long long)max);
    return false;
}

static bool store_number(ArenaReader *reader, ArenaKey key) {
    ArenaFile *file = reader->file;
    uint64_t number = 0;
    if (!read_number(reader, key, &number)) {
        return false;
    }
    const uint32_t count = (uint32_t)number;
    if (key == KEY_SEED) {
        file->spec.seed = number;
        file->has_seed = true;
    } else if (key == KEY_SIDE) {
        file->spec.side_units = count;
    } else if (key == KEY_ASTEROIDS) {
        file->spec.asteroid_count = count;
        file->has_asteroids = true;
    } else if (key == KEY_NESTS) {
        file->spec.nest_count = count;
        file->has_nests = true;
    } else if (key == KEY_DRONES) {
        file->drone_count = count;
        file->has_drones = true;
    } else {
        file->spec.spawn_radius_units = count;
    }
    return true;
}

static bool read_entry(ArenaReader *reader) {
    const ArenaKey key = find_key(reader->ini.key);
    if (reader->ini.section[0] == '\0') {
        snprintf(reader->error, reader->error_size, "'%s' is outside of [arena]", reader->ini.key);
        return false;
    }
    if (key == KEY_COUNT) {
        Spelling spelling = {.written = reader->ini.key};
        char suggestion[SPELLING_BYTES];
        for (ArenaKey known = 0; known < KEY_COUNT; known++) {
            spelling_offer(&spelling, key_names[known]);
        }
        spelling_suggest(&spelling, suggestion, sizeof suggestion);
        snprintf(reader->error, reader->error_size, "'%s' is not a key of an arena%s",
                 reader->ini.key, suggestion);
        return false;
    }
    if (reader->lines[key] != 0) {
        snprintf(reader->error, reader->error_size, "'%s' is set already in line %d",
                 key_names[key], reader->lines[key]);
        return false;
    }
    reader->lines[key] = reader->ini.lines.line;
    return key == KEY_NAME ? store_name(reader) : store_number(reader, key);
}

static bool read_item(ArenaReader *reader, IniItem item) {
    if (item == INI_BAD) {
        snprintf(reader->error, reader->error_size, "%s", reader->ini.problem);
        return false;
    }
    if (item == INI_SECTION && strcmp(reader->ini.section, "arena") != 0) {
        snprintf(reader->error, reader->error_size, "unknown section [%s]: an arena has [arena]",
                 reader->ini.section);
        return false;
    }
    return item == INI_SECTION || read_entry(reader);
}

bool arena_file_parse(const char *text, size_t size, ArenaFile *file, char *error,
                      size_t error_size, int *line) {
    ArenaReader reader = {.file = file, .error = error, .error_size = error_size};
    memset(file, 0, sizeof *file);
    snprintf(file->spec.name, sizeof file->spec.name, "arena");
    ini_reader_begin(&reader.ini, text, size);
    for (IniItem item; (item = ini_reader_next(&reader.ini)) != INI_END;) {
        if (!read_item(&reader, item)) {
            *line = reader.ini.lines.line;
            return false;
        }
    }
    return true;
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
