// SPDX-License-Identifier: MIT
// test_tick_wrap.c -- rules that count ticks, across the wrap of the tick.
#include <string.h>

#include "game/drone.h"
#include "game/population.h"
#include "game/rewind.h"
#include "stage_world.h"

// Start ticks before the wrap and before 2^31, where a difference would turn negative, and the same
// ticks without a wrap. The low bits agree, since some rules depend on them.
#define LOW_BITS 0xffffu

static const uint32_t starts[] = {
    UINT32_MAX,
    UINT32_MAX - 5,
    UINT32_MAX - DRONE_BITE_TICKS / 2,
    UINT32_MAX - DRONE_BITE_TICKS,
    UINT32_MAX - MISSILE_LIFE_TICKS + 1,
    UINT32_MAX - SHARD_LIFE_TICKS / 2,
    (UINT32_MAX >> 1) - 5,
    (UINT32_MAX >> 1) - SHARD_LIFE_TICKS / 2,
};

static uint32_t ordinary(uint32_t start) {
    return (start & LOW_BITS) + LOW_BITS + 1;
}

static World *create(uint32_t start, uint32_t drones) {
    World *world = calloc(1, sizeof *world);
    assert_non_null(world);
    stage_create(world, drones, 1, 0);
    world->tick = start;
    return world;
}

static void destroy(World *world) {
    world_destroy(world);
    free(world);
}

static void check_like_an_ordinary_tick(uint32_t (*measure)(uint32_t start), uint32_t least) {
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        const uint32_t usual = measure(ordinary(starts[i]));
        assert_true(usual >= least);
        assert_int_equal(measure(starts[i]), usual);
    }
}

// Ticks that a missile flies.
static uint32_t measure_missile(uint32_t start) {
    World *world = create(start, 0);
    stage_join(world, 0, STAGE_CENTER, STAGE_CENTER);
    const ShipInput launch = {.buttons = INPUT_MISSILE};
    stage_advance(world, &launch, 1);
    uint32_t ticks = 0;
    for (; world_count_living(world, ENTITY_MISSILE) == 1 && ticks < 1000; ticks++) {
        stage_advance(world, NULL, 1);
    }
    assert_int_equal(world->counters.missiles_launched, 1);
    destroy(world);
    return ticks;
}

static void a_missile_flies_as_long_across_the_wrap(void **state) {
    (void)state;
    check_like_an_ordinary_tick(measure_missile, MISSILE_LIFE_TICKS / 2);
}

// Ticks that a shard lives.
static uint32_t measure_shard(uint32_t start) {
    World *world = create(start, 0);
    population_drop_shard(world, STAGE_CENTER, STAGE_CENTER);
    uint32_t ticks = 0;
    for (; world_count_living(world, ENTITY_SHARD) == 1 && ticks < 2000; ticks++) {
        stage_advance(world, NULL, 1);
    }
    destroy(world);
    return ticks;
}

static void a_shard_lies_there_as_long_across_the_wrap(void **state) {
    (void)state;
    check_like_an_ordinary_tick(measure_shard, SHARD_LIFE_TICKS);
}

// Bites of a drone that stays at a ship.
static uint32_t measure_bites(uint32_t start) {
    World *world = create(start, 1);
    Ship *ship = stage_join(world, 0, STAGE_CENTER, STAGE_CENTER);
    for (uint32_t i = 0; i < 10 * DRONE_BITE_TICKS; i++) {
        stage_put(world, 0, STAGE_CENTER, STAGE_CENTER);
        stage_put(world, stage_drone(world, 0), STAGE_CENTER + UNIT, STAGE_CENTER);
        ship->health = SHIP_HEALTH_MAX;
        stage_advance(world, NULL, 1);
    }
    const uint32_t bites = (uint32_t)world->counters.bites;
    destroy(world);
    return bites;
}

static void a_drone_bites_as_often_across_the_wrap(void **state) {
    (void)state;
    check_like_an_ordinary_tick(measure_bites, 10);
}

static void a_drone_that_never_bit_can_at_any_tick(void **state) {
    (void)state;
    const Drone drone = {0};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        for (uint32_t k = 0; k < 2 * DRONE_BITE_TICKS; k++) {
            assert_true(drone_can_bite(&drone, starts[i] + k));
        }
    }
}

static void a_bite_is_followed_by_none_for_a_while_whatever_the_tick(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        Drone drone = {0};
        drone_note_bite(&drone, starts[i]);
        for (uint32_t k = 0; k < DRONE_BITE_TICKS; k++) {
            assert_false(drone_can_bite(&drone, starts[i] + k));
        }
        assert_true(drone_can_bite(&drone, starts[i] + DRONE_BITE_TICKS + 1));
    }
}

// Ticks that a drone hunts a ship beside it.
static uint32_t measure_anger(uint32_t start) {
    World *world = create(start, 1);
    const uint32_t slot = stage_drone(world, 0);
    Ship *ship = stage_join(world, 0, STAGE_CENTER, STAGE_CENTER);
    world->drones[0].is_hunter = 0;
    world->status[slot] = ENTITY_HEALTH_MAX;
    drone_enrage(world, slot, entity_id(0, world->generations[0]), 100);
    uint32_t ticks = 0;
    for (; world->drones[0].target != ENTITY_ID_NONE && ticks < 1000; ticks++) {
        stage_put(world, 0, STAGE_CENTER, STAGE_CENTER);
        stage_put(world, slot, STAGE_CENTER + 100 * UNIT, STAGE_CENTER);
        ship->health = SHIP_HEALTH_MAX;
        stage_advance(world, NULL, 1);
    }
    destroy(world);
    return ticks;
}

static void a_drone_is_angry_as_long_across_the_wrap(void **state) {
    (void)state;
    check_like_an_ordinary_tick(measure_anger, 90);
}

static void a_rewound_shot_meets_dead_ships_across_the_wrap(void **state) {
    (void)state;
    static EntityRecord records[HISTORY_TICKS * 4];
    const Motion motion = {.x = 4, .y = 5};
    History history;
    history_init(&history, records, 4);
    Rewind rewind;
    assert_true(rewind_create(&rewind));
    rewind.history = &history;
    const uint32_t first = UINT32_MAX - 20;
    for (uint32_t tick = first; tick != 20; tick++) {
        history_begin(&history, tick);
        history_commit(&history, tick);
    }
    rewind.end_count = UINT32_MAX; // others, long ago
    rewind_note_end(&rewind, entity_id(1, 1), &motion, UINT32_MAX - 1);
    rewind_note_end(&rewind, entity_id(2, 1), &motion, 3);
    // Ten ticks before tick 6 both lived; one tick before, neither; three before, the second.
    const RewindMoment both = rewind_moment(&rewind, 6, 10 * 256);
    assert_int_equal(rewind_ended(&rewind, &both, 0)->id, entity_id(2, 1));
    assert_int_equal(rewind_ended(&rewind, &both, 1)->id, entity_id(1, 1));
    const RewindMoment second = rewind_moment(&rewind, 6, 4 * 256);
    assert_non_null(rewind_ended(&rewind, &second, 0));
    assert_null(rewind_ended(&rewind, &second, 1));
    const RewindMoment neither = rewind_moment(&rewind, 6, 256);
    assert_null(rewind_ended(&rewind, &neither, 0));
    rewind_destroy(&rewind);
}

static void a_ship_dead_for_half_the_tick_range_is_not_hit(void **state) {
    (void)state;
    static EntityRecord records[HISTORY_TICKS * 4];
    const Motion motion = {.x = 4, .y = 5};
    static const uint32_t laps[] = {100, 1u << 30, 1u << 31, (1u << 31) + 100, 3u << 30};
    for (size_t i = 0; i < sizeof laps / sizeof *laps; i++) {
        History history;
        history_init(&history, records, 4);
        Rewind rewind;
        assert_true(rewind_create(&rewind));
        rewind.history = &history;
        rewind_note_end(&rewind, entity_id(1, 1), &motion, 1000);
        history_begin(&history, 1000 + laps[i]);
        history_commit(&history, 1000 + laps[i]);
        const RewindMoment moment = rewind_moment(&rewind, 1001 + laps[i], 256);
        assert_non_null(moment.before);
        assert_null(rewind_ended(&rewind, &moment, 0));
        rewind_destroy(&rewind);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missile_flies_as_long_across_the_wrap),
        cmocka_unit_test(a_shard_lies_there_as_long_across_the_wrap),
        cmocka_unit_test(a_drone_bites_as_often_across_the_wrap),
        cmocka_unit_test(a_drone_that_never_bit_can_at_any_tick),
        cmocka_unit_test(a_bite_is_followed_by_none_for_a_while_whatever_the_tick),
        cmocka_unit_test(a_drone_is_angry_as_long_across_the_wrap),
        cmocka_unit_test(a_rewound_shot_meets_dead_ships_across_the_wrap),
        cmocka_unit_test(a_ship_dead_for_half_the_tick_range_is_not_hit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
