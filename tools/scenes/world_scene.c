// SPDX-License-Identifier: MIT
#include "tools/scenes/world_scene.h"

#include <stdio.h>
#include <string.h>

#include "base/rng.h"

// A player keeps a course for this many ticks.
#define COURSE_TICKS 32

static const WorldScene world_scenes[] = {
    // Small and dense, so that a few hundred ticks see every rule at work.
    {"skirmish", 600, 24, 2400, 0},
    // All players in one place: reaches the bounds on candidates.
    {"crowd", 1200, 96, 6000, 300},
    // Drones only.
    {"drones_5k", 5000, 1, 0, 0},
    {"drones_20k", 20000, 1, 0, 0},
    {"drones_100k", 100000, 1, 0, 0},
    // The server under load: 1,000 players among 20,000 drones.
    {"battle", 20000, 1000, 0, 0},
};

const WorldScene *world_scene_find(const char *name) {
    for (size_t i = 0; i < sizeof world_scenes / sizeof world_scenes[0]; i++) {
        if (strcmp(world_scenes[i].name, name) == 0) {
            return &world_scenes[i];
        }
    }
    return NULL;
}

WorldConfig world_scene_config(const WorldScene *scene, uint64_t seed) {
    ArenaFile file = {.spec = {.seed = seed,
                               .side_units = scene->side_units,
                               .spawn_radius_units = scene->spawn_radius_units}};
    snprintf(file.spec.name, sizeof file.spec.name, "%s", scene->name);
    arena_file_resolve(&file, scene->drone_count, scene->ship_count);
    return (WorldConfig){.arena = file.spec,
                         .seed = seed,
                         .drone_count = scene->drone_count,
                         .ship_capacity = scene->ship_count};
}

void world_scene_inputs(const WorldScene *scene, uint64_t seed, uint32_t tick, ShipInput *inputs) {
    enum { PURPOSE_COURSE = 0x400, PURPOSE_TRIGGER };
    for (uint32_t i = 0; i < scene->ship_count; i++) {
        const uint64_t course = rng_hash(seed, (tick + i) / COURSE_TICKS, i, PURPOSE_COURSE);
        const uint64_t trigger = rng_hash(seed, tick, i, PURPOSE_TRIGGER);
        uint8_t buttons = (uint8_t)(course & (INPUT_UP | INPUT_DOWN | INPUT_LEFT | INPUT_RIGHT));
        buttons |= (course >> 8 & 1) != 0 ? INPUT_PULSE : 0;
        buttons |= (trigger & 31) == 0 ? INPUT_MISSILE : 0;
        inputs[i] =
            (ShipInput){.aim = (uint16_t)((course >> 16) + (tick + i) * 300), .buttons = buttons};
    }
}
