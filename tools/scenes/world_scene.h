// SPDX-License-Identifier: MIT
// world_scene.h -- worlds with scripted players, for tests and benchmarks: a name always gives the
//                  same world and the same match.
//
// Flow:    world_scene_find -> world_scene_config -> a world; world_scene_inputs before
//          every tick
// Threads: pure functions.
#ifndef TICKSTORM_SCENES_WORLD_SCENE_H
#define TICKSTORM_SCENES_WORLD_SCENE_H

#include "game/world.h"

typedef struct WorldScene {
    const char *name;
    uint32_t drone_count;
    uint32_t ship_count;         // join one a tick, from the first tick on
    uint32_t side_units;         // 0: grows with the entities, as the server's default
    uint32_t spawn_radius_units; // as in ArenaSpec
} WorldScene;

// The scene world of this name, or NULL.
const WorldScene *world_scene_find(const char *name);

WorldConfig world_scene_config(const WorldScene *scene, uint64_t seed);

// Writes the players' inputs for the tick after `tick`: each flies, turns, and sometimes fires, by
// the hash of seed, tick and index. inputs is [ship_count].
void world_scene_inputs(const WorldScene *scene, uint64_t seed, uint32_t tick, ShipInput *inputs);

#endif
