// SPDX-License-Identifier: MIT
// trial.h -- scripted worlds with scripted players, for tests and benchmarks: the same name is the
//            same world, and the same match, everywhere.
//
// Flow:    trial_find -> trial_config -> a world; trial_inputs before every tick
// Threads: pure functions.
#ifndef TICKSTORM_GAME_TRIAL_H
#define TICKSTORM_GAME_TRIAL_H

#include "game/world.h"

typedef struct Trial {
    const char *name;
    uint32_t drone_count;
    uint32_t ship_count;         // join one a tick, from the first tick on
    uint32_t side_units;         // 0: grows with the entities, as the server's default
    uint32_t spawn_radius_units; // as in ArenaSpec
} Trial;

// The trial of this name, or NULL.
const Trial *trial_find(const char *name);

WorldConfig trial_config(const Trial *trial, uint64_t seed);

// What the players do in the tick after `tick`: each flies, turns, and fires now and then, by the
// hash of seed, tick and index. inputs is [ship_count].
void trial_inputs(const Trial *trial, uint64_t seed, uint32_t tick, ShipInput *inputs);

#endif
