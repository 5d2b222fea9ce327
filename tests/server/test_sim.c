// SPDX-License-Identifier: MIT
#include "server/sim/sim.h"

#include "server/allocation_count.h"
#include "support.h"
#include "tools/scenes/world_scene.h"

static ShipInput inputs[1000];

static SimConfig config_of(const WorldScene *scene, uint64_t seed, uint32_t worker_count) {
    const WorldConfig world = world_scene_config(scene, seed);
    return (SimConfig){.arena = world.arena,
                       .seed = world.seed,
                       .drone_count = world.drone_count,
                       .ship_capacity = world.ship_capacity,
                       .worker_count = worker_count};
}

static void play(Sim *sim, const WorldScene *scene, uint64_t seed, uint32_t ticks) {
    for (uint32_t i = 0; i < ticks; i++) {
        const uint32_t tick = sim->world.tick;
        const SimCommand join = {SIM_JOIN, tick, 0};
        world_scene_inputs(scene, seed, tick, inputs);
        const SimInputs sim_inputs = {
            .commands = &join, .command_count = tick < scene->ship_count, .ship_inputs = inputs};
        sim_tick(sim, &sim_inputs);
    }
}

static void a_steady_tick_allocates_nothing(void **state) {
    (void)state;
    const WorldScene *scene = world_scene_find("skirmish");
    const SimConfig config = config_of(scene, 4, 2);
    Sim sim;
    uint64_t before = allocation_count();
    assert_true(sim_create(&sim, &config));
    if (allocation_count_works()) {
        assert_true(allocation_count() > before);
    } else {
        print_message("a sanitizer has its own allocator: not counted\n");
    }
    play(&sim, scene, 4, 20);
    before = allocation_count();
    play(&sim, scene, 4, 300);
    assert_int_equal(allocation_count() - before, 0);
    sim_destroy(&sim);
}

static void the_parallel_stages_equal_one_thread(void **state) {
    (void)state;
    const WorldScene *scene = world_scene_find("skirmish");
    const SimConfig config = config_of(scene, 3, 3);
    const WorldConfig world_config = world_scene_config(scene, 3);
    Sim sim;
    World world;
    assert_true(sim_create(&sim, &config) && world_create(&world, &world_config));
    for (uint32_t i = 0; i < 120; i++) {
        if (i < scene->ship_count) {
            world_join(&world, i);
        }
        world_scene_inputs(scene, 3, world.tick, inputs);
        world_advance(&world, inputs);
        play(&sim, scene, 3, 1);
        assert_true(sim_hash(&sim) == world_hash(&world));
    }
    sim_destroy(&sim);
    world_destroy(&world);
}

// Missiles end when their owners leave, between two ticks; the bands made for the grid before that
// must not show them. The recorded commands, with their waits, are the complete input.
static void the_parallel_stages_equal_one_thread_while_players_join_and_leave(void **state) {
    (void)state;
    const WorldScene *scene = world_scene_find("skirmish");
    const SimConfig config = config_of(scene, 3, 3);
    const WorldConfig world_config = world_scene_config(scene, 3);
    Sim sim;
    World world;
    uint32_t ended = 0;
    assert_true(sim_create(&sim, &config) && world_create(&world, &world_config));
    for (uint32_t tick = 0; tick < 400; tick++) {
        SimCommand commands[2] = {{SIM_JOIN, tick, 0}};
        uint32_t count = tick < scene->ship_count;
        if (tick >= scene->ship_count && tick % 3 == 0) {
            const uint32_t player = tick / 3 * 7 % scene->ship_count;
            commands[0] = (SimCommand){SIM_LEAVE, player, 0};
            commands[1] = (SimCommand){SIM_JOIN, player, tick % 5 * 20};
            count = 2;
        }
        const uint32_t missiles = world_count_living(&world, ENTITY_MISSILE);
        for (uint32_t i = 0; i < count; i++) {
            if (commands[i].type == SIM_JOIN) {
                world_join_waiting(&world, commands[i].player_index, commands[i].wait_ticks);
            } else {
                world_leave(&world, commands[i].player_index);
            }
        }
        ended += missiles - world_count_living(&world, ENTITY_MISSILE);
        world_scene_inputs(scene, 3, tick, inputs);
        sim_tick(&sim,
                 &(SimInputs){.commands = commands, .command_count = count, .ship_inputs = inputs});
        world_advance(&world, inputs);
        assert_true(sim_hash(&sim) == world_hash(&world));
        assert_int_equal(sim.grid->item_count, world.grid.item_count);
        assert_null(world_validate(&world).what);
    }
    assert_true(ended > 10);
    sim_destroy(&sim);
    world_destroy(&world);
}

static void each_tick_is_published_and_the_first_one_at_creation(void **state) {
    (void)state;
    const WorldScene *scene = world_scene_find("skirmish");
    const SimConfig config = config_of(scene, 3, 2);
    Sim sim;
    assert_true(sim_create(&sim, &config));
    assert_non_null(history_at(&sim.history, 0));
    for (uint32_t tick = 1; tick < 100; tick++) {
        play(&sim, scene, 3, 1);
        const EntityRecord *records = history_at(&sim.history, tick);
        assert_non_null(records);
        for (uint32_t slot = 0; slot < world_slot_count(&sim.world); slot++) {
            assert_int_equal(records[slot].generation, sim.world.generations[slot]);
            assert_int_equal(records[slot].x, sim.world.motions[slot].x >> RECORD_SHIFT);
        }
    }
    assert_int_equal(sim.grid->item_count, sim.world.grid.item_count);
    sim_destroy(&sim);
}

static void commands_are_carried_out_in_order(void **state) {
    (void)state;
    const WorldScene *scene = world_scene_find("skirmish");
    const SimConfig config = config_of(scene, 3, 1);
    Sim sim;
    assert_true(sim_create(&sim, &config));
    const SimCommand commands[] = {
        {SIM_JOIN, 4, 0}, {SIM_LEAVE, 4, 0}, {SIM_JOIN, 4, 0}, {SIM_JOIN, 0, 0}};
    const SimInputs sim_inputs = {.commands = commands, .command_count = 4};
    sim_tick(&sim, &sim_inputs);
    assert_true(sim.world.has_joined[4] && sim.world.has_joined[0]);
    assert_int_equal(sim.world.ships[4].generation, 2);
    assert_int_equal(sim.world.tick, 1);
    sim_tick(&sim, NULL);
    assert_int_equal(sim.world.tick, 2);
    assert_null(world_validate(&sim.world).what);
    sim_destroy(&sim);
}

static void phases_have_durations(void **state) {
    (void)state;
    const WorldScene *scene = world_scene_find("skirmish");
    const SimConfig config = config_of(scene, 3, 1);
    Sim sim;
    assert_true(sim_create(&sim, &config));
    play(&sim, scene, 3, 30);
    assert_true(sim.phase_ns[SIM_PHASE_THINK] > 0 && sim.phase_ns[SIM_PHASE_INDEX] > 0);
    sim_destroy(&sim);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_steady_tick_allocates_nothing),
        cmocka_unit_test(the_parallel_stages_equal_one_thread),
        cmocka_unit_test(the_parallel_stages_equal_one_thread_while_players_join_and_leave),
        cmocka_unit_test(each_tick_is_published_and_the_first_one_at_creation),
        cmocka_unit_test(commands_are_carried_out_in_order),
        cmocka_unit_test(phases_have_durations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
