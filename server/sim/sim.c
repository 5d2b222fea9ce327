// SPDX-License-Identifier: MIT
#include "server/sim/sim.h"

#include <string.h>

#include "base/clock.h"
#include "base/page_memory.h"
#include "base/thread_role.h"

// ------------------------------------------------------------------ tasks of the workers

static void sort_task(void *context, uint32_t piece, uint32_t worker) {
    (void)worker;
    World *world = context;
    grid_sort_task(&world->grid, piece);
}

static void think_task(void *context, uint32_t piece, uint32_t worker) {
    (void)worker;
    world_think_task(context, piece);
}

static void interact_task(void *context, uint32_t piece, uint32_t worker) {
    (void)worker;
    world_interact_task(context, piece);
}

typedef struct PublishJob {
    World *world;
    EntityRecord *records;
} PublishJob;

static void publish_task(void *context, uint32_t piece, uint32_t worker) {
    (void)worker;
    const PublishJob *job = context;
    world_publish_task(job->world, piece, job->records);
}

// ------------------------------------------------------------------ the stages

static void pop_inputs(Sim *sim, const SimInputs *inputs) {
    for (size_t i = 0; inputs != NULL && i < inputs->command_count; i++) {
        const SimCommand *command = &inputs->commands[i];
        if (command->type == SIM_JOIN) {
            world_join_waiting(&sim->world, command->player_index, command->wait_ticks);
        } else {
            world_leave(&sim->world, command->player_index);
        }
    }
    world_set_inputs(&sim->world, inputs != NULL ? inputs->ship_inputs : NULL);
    world_set_rewinds(&sim->world, inputs != NULL ? inputs->rewinds : NULL);
}

static void index_world(Sim *sim) {
    World *world = &sim->world;
    world_index_begin(world);
    pool_run(sim->pool, sort_task, world, world->grid.band_count);
}

static void think(Sim *sim) {
    pool_run(sim->pool, think_task, &sim->world, world_think_pieces(&sim->world));
    world_think_end(&sim->world);
}

static void interact(Sim *sim) {
    pool_run(sim->pool, interact_task, &sim->world, world_interact_begin(&sim->world));
}

static void commit(Sim *sim) {
    world_commit(&sim->world);
}

static void publish(Sim *sim) {
    const uint32_t tick = sim->world.tick;
    PublishJob job = {&sim->world, history_begin(&sim->history, tick)};
    pool_run(sim->pool, publish_task, &job, world_publish_begin(&sim->world));
    history_commit(&sim->history, tick);
}

// ------------------------------------------------------------------ the tick

// Records the duration of the phase that began at *since_ns, and starts the next one.
static void end_phase(Sim *sim, SimPhase phase, uint64_t *since_ns) {
    const uint64_t now_ns = clock_now_ns();
    sim->phase_ns[phase] = now_ns - *since_ns;
    *since_ns = now_ns;
}

void sim_tick(Sim *sim, const SimInputs *inputs) {
    ASSERT_SIM_THREAD();
    uint64_t since_ns = clock_now_ns();

    pop_inputs(sim, inputs); // serial: joins and leaves in order, one input per ship
    end_phase(sim, SIM_PHASE_POP_INPUTS, &since_ns);

    index_world(sim); // parallel-for: the bands of the last tick sorted into the grid's cells
    end_phase(sim, SIM_PHASE_INDEX, &since_ns);

    think(sim); // parallel-for: every body moves; reads the last motions, writes the next
    end_phase(sim, SIM_PHASE_THINK, &since_ns);

    interact(sim); // parallel-for: hits, bites, pick-ups; each piece into its own event list
    end_phase(sim, SIM_PHASE_INTERACT, &since_ns);

    commit(sim); // serial: the events in piece order; births and deaths
    end_phase(sim, SIM_PHASE_COMMIT, &since_ns);

    publish(sim); // parallel-for: the world into history[tick]
    end_phase(sim, SIM_PHASE_PUBLISH, &since_ns);
    if (VALIDATES) {
        fault_check(sim->world.tick, sim_validate(sim));
    }
}

Fault sim_validate(const Sim *sim) {
    ASSERT_SIM_THREAD();
    const Fault fault = world_validate(&sim->world);
    return fault.what != NULL ? fault : history_validate(&sim->history, sim->world.tick);
}

// ------------------------------------------------------------------ life

static bool create_history(Sim *sim) {
    const uint32_t slot_count = world_slot_count(&sim->world);
    EntityRecord *records = page_memory_allocate(history_bytes(slot_count));
    if (records == NULL) {
        return false;
    }
    // The page faults of 25 MB, left to the first 64 ticks, once cost one of them 18 ms.
    page_memory_touch(records, history_bytes(slot_count));
    history_init(&sim->history, records, slot_count);
    world_set_history(&sim->world, &sim->history);
    return true;
}

bool sim_create(Sim *sim, const SimConfig *config) {
    ASSERT_SIM_THREAD();
    memset(sim, 0, sizeof *sim);
    const WorldConfig world_config = {.arena = config->arena,
                                      .seed = config->seed,
                                      .drone_count = config->drone_count,
                                      .ship_capacity = config->ship_capacity,
                                      .first_tick = config->first_tick};
    sim->pool = pool_create(config->worker_count);
    if (sim->pool == NULL || !world_create(&sim->world, &world_config) || !create_history(sim)) {
        sim_destroy(sim);
        return false;
    }
    sim->grid = &sim->world.grid;
    publish(sim);
    return true;
}

void sim_destroy(Sim *sim) {
    ASSERT_SIM_THREAD();
    pool_destroy(sim->pool);
    world_destroy(&sim->world);
    page_memory_free(sim->history.records, history_bytes(sim->history.slot_capacity));
    memset(sim, 0, sizeof *sim);
}

uint64_t sim_hash(const Sim *sim) {
    ASSERT_SIM_THREAD();
    return world_hash(&sim->world);
}
