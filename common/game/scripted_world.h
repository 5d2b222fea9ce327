// SPDX-License-Identifier: MIT
// scripted_world.h -- scripted worlds with scripted players, for tests and benchmarks: a name
//                     always gives the same world and the same match.
//
// Flow:    scripted_world_find -> scripted_world_config -> a world; scripted_world_inputs before
//          every tick
// Threads: pure functions.
#ifndef TICKSTORM_GAME_SCRIPTED_WORLD_H
#define TICKSTORM_GAME_SCRIPTED_WORLD_H

#include "game/world.h"

typedef struct ScriptedWorld {
    const char *name;
    uint32_t drone_count;
    uint32_t ship_count;         // join one a tick, from the first tick on
    uint32_t side_units;         // 0: grows with the entities, as the server's default
    uint32_t spawn_radius_units; // as in ArenaSpec
} ScriptedWorld;

// The scripted world of this name, or NULL.
const ScriptedWorld *scripted_world_find(const char *name);

WorldConfig scripted_world_config(const ScriptedWorld *scripted, uint64_t seed);

// Writes the players' inputs for the tick after `tick`: each flies, turns, and sometimes fires, by
// the hash of seed, tick and index. inputs is [ship_count].
void scripted_world_inputs(const ScriptedWorld *scripted, uint64_t seed, uint32_t tick,
                           ShipInput *inputs);

#endif
