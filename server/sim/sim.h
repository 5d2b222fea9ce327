// SPDX-License-Identifier: MIT
// sim.h -- the simulation: a world, the workers that tick it, and its published history.
//
// Flow:    SimInputs -> sim_tick() -> world, grid, history; read by interest and encode
// Threads: sim_create, sim_tick and sim_destroy belong to one thread at a time, which is worker 0.
//          Between two ticks everything here may be read by tasks of the pool.
// Memory:  sim_create() allocates all. A Sim must not be moved: grid points into it.
#ifndef TICKSTORM_SERVER_SIM_SIM_H
#define TICKSTORM_SERVER_SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/pool.h"
#include "game/history.h"
#include "game/world.h"

typedef enum SimCommandType { SIM_JOIN, SIM_LEAVE } SimCommandType;

typedef struct SimCommand {
    SimCommandType type;
    uint32_t player_index;
    uint32_t wait_ticks; // of a join: how long the player waits for its ship
} SimCommand;

typedef struct SimInputs {
    const SimCommand *commands; // carried out in this order, before the inputs
    size_t command_count;
    const ShipInput *ship_inputs; // [ship_capacity] by player index, for the coming tick, which is
                                  // world.tick + 1; NULL: no ship does anything
    const uint16_t *rewinds;      // [ship_capacity] how long before that tick each player saw its
                                  // targets, in 1/256 tick; NULL: no rewinds
} SimInputs;

typedef struct SimConfig {
    ArenaSpec arena; // must pass arena_spec_check()
    uint64_t seed;
    uint32_t drone_count;
    uint32_t ship_capacity; // 1..CLIENTS_MAX
    uint32_t worker_count;  // 1..WORKERS_MAX
    uint32_t first_tick;    // as the world's
} SimConfig;

typedef enum SimPhase {
    SIM_PHASE_POP_INPUTS,
    SIM_PHASE_INDEX,
    SIM_PHASE_THINK,
    SIM_PHASE_INTERACT,
    SIM_PHASE_COMMIT,
    SIM_PHASE_PUBLISH,
    SIM_PHASE_COUNT,
} SimPhase;

typedef struct Sim {
    World world;
    const Grid *grid; // the world's; of the positions at the start of the last tick
    Pool *pool;
    History history;
    uint64_t phase_ns[SIM_PHASE_COUNT]; // of the last tick
} Sim;

// False when memory or threads are short. The first tick is published.
bool sim_create(Sim *sim, const SimConfig *config);
void sim_destroy(Sim *sim);

// Carries the world from world.tick to world.tick + 1 and publishes it. NULL inputs: none.
void sim_tick(Sim *sim, const SimInputs *inputs);

uint64_t sim_hash(const Sim *sim);

// Checks the world and its history. A build that validates does it every tick.
Fault sim_validate(const Sim *sim);

#endif
