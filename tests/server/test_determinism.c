// SPDX-License-Identifier: MIT The same match must give the same bits in every environment: with
// each number of workers here; with each compiler, build type and sanitizer when this test runs
// there against the same constants.
#include <inttypes.h>

#include "server/sim/sim.h"
#include "support.h"
#include "tools/scenes/world_scene.h"

// The world after TICKS ticks. A change of the rules changes these: the test prints the new values,
// and the commit says what changed.
enum { TICKS = 400 };
#define WRAPPING (UINT32_MAX - TICKS / 2) // the tick passes 2^32 in the middle
typedef struct Golden {
    const char *scene;
    uint64_t seed;
    bool is_rewound; // players saw their targets some time before
    uint32_t first_tick;
    uint64_t hash;
} Golden;

static const Golden goldens[] = {
    {"skirmish", 1, false, 0, 0xeca9d914d2c84f26},
    {"skirmish", 2, false, 0, 0x0ba076210de55d8c},
    {"crowd", 1, false, 0, 0xa429804543fce620},
    {"skirmish", 1, true, 0, 0x22b7edfca0140aaa},
    {"crowd", 1, true, 0, 0xddd5a563eaf015f0},
    {"skirmish", 1, true, WRAPPING, 0x9568f586dc2c0494},
    {"crowd", 1, true, WRAPPING, 0xfb09820d60104f3b},
};

// From none to more than the history holds.
static void draw_rewinds(uint64_t seed, uint32_t tick, uint16_t *rewinds, uint32_t count) {
    enum { PURPOSE_REWIND = 0x500 };
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t bits = rng_hash(seed, tick / 16, i, PURPOSE_REWIND);
        rewinds[i] = (uint16_t)((bits >> 8 & 0x7fff) >> (bits & 7));
    }
}

static uint64_t play(const char *name, uint64_t seed, bool is_rewound, uint32_t first_tick,
                     uint32_t worker_count) {
    static ShipInput inputs[256];
    static uint16_t rewinds[256];
    const WorldScene *scene = world_scene_find(name);
    const WorldConfig world = world_scene_config(scene, seed);
    const SimConfig config = {.arena = world.arena,
                              .seed = world.seed,
                              .drone_count = world.drone_count,
                              .ship_capacity = world.ship_capacity,
                              .worker_count = worker_count,
                              .first_tick = first_tick};
    Sim sim;
    assert_true(sim_create(&sim, &config));
    for (uint32_t tick = 0; tick < TICKS; tick++) {
        // Players join one after another; in the end one leaves, and joins again.
        const SimCommand join = {SIM_JOIN, tick, 0};
        const SimCommand leave = {SIM_LEAVE, 3, 0};
        const SimCommand rejoin = {SIM_JOIN, 3, 0};
        const SimCommand *command = tick < scene->ship_count ? &join
                                    : tick == TICKS - 60     ? &leave
                                    : tick == TICKS - 40     ? &rejoin
                                                             : NULL;
        world_scene_inputs(scene, seed, tick, inputs);
        draw_rewinds(seed, tick, rewinds, scene->ship_count);
        const SimInputs sim_inputs = {.commands = command,
                                      .command_count = command != NULL,
                                      .ship_inputs = inputs,
                                      .rewinds = is_rewound ? rewinds : NULL};
        sim_tick(&sim, &sim_inputs);
    }
    assert_null(world_validate(&sim.world).what);
    assert_true(sim.world.counters.drones_killed > 0 && sim.world.counters.bites > 0);
    const uint64_t hash = sim_hash(&sim);
    sim_destroy(&sim);
    return hash;
}

static void check_goldens(uint32_t worker_count) {
    uint32_t wrong = 0;
    for (size_t i = 0; i < sizeof goldens / sizeof goldens[0]; i++) {
        const Golden *golden = &goldens[i];
        const uint64_t hash =
            play(golden->scene, golden->seed, golden->is_rewound, golden->first_tick, worker_count);
        if (hash != golden->hash) {
            print_message("%s, seed %" PRIu64 "%s, from tick %u: 0x%016" PRIx64
                          ", not 0x%016" PRIx64 "\n",
                          golden->scene, golden->seed, golden->is_rewound ? ", rewound" : "",
                          golden->first_tick, hash, golden->hash);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

static void one_worker_gives_the_golden_worlds(void **state) {
    (void)state;
    check_goldens(1);
}

static void two_workers_give_the_golden_worlds(void **state) {
    (void)state;
    check_goldens(2);
}

static void three_workers_give_the_golden_worlds(void **state) {
    (void)state;
    check_goldens(3);
}

static void eight_workers_give_the_golden_worlds(void **state) {
    (void)state;
    check_goldens(8);
}

static void another_seed_gives_another_world(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof goldens / sizeof goldens[0]; i++) {
        for (size_t k = 0; k < i; k++) {
            assert_true(goldens[i].hash != goldens[k].hash);
        }
    }
    assert_true(play("skirmish", 3, false, 0, 2) != goldens[0].hash);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_worker_gives_the_golden_worlds),
        cmocka_unit_test(two_workers_give_the_golden_worlds),
        cmocka_unit_test(three_workers_give_the_golden_worlds),
        cmocka_unit_test(eight_workers_give_the_golden_worlds),
        cmocka_unit_test(another_seed_gives_another_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
