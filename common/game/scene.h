// SPDX-License-Identifier: MIT
// scene.h -- scripted worlds with scripted players, for tests and benchmarks: the same name is the
//            same world, and the same match, everywhere.
//
// Flow:    scene_find -> scene_config -> a world; scene_inputs before every tick
// Threads: pure functions.
#ifndef TICKSTORM_GAME_SCENE_H
#define TICKSTORM_GAME_SCENE_H

#include "game/world.h"

typedef struct Scene {
    const char *name;
    uint32_t drone_count;
    uint32_t ship_count;         // join one a tick, from the first tick on
    uint32_t side_units;         // 0: grows with the entities, as the server's default
    uint32_t spawn_radius_units; // as in ArenaSpec
} Scene;

// The scene of this name, or NULL.
const Scene *scene_find(const char *name);

WorldConfig scene_config(const Scene *scene, uint64_t seed);

// What the players do in the tick after `tick`: each flies, turns, and fires now and then, by the
// hash of seed, tick and index. inputs is [ship_count].
void scene_inputs(const Scene *scene, uint64_t seed, uint32_t tick, ShipInput *inputs);

#endif
