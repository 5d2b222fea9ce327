// SPDX-License-Identifier: MIT
#include "game/drone.h"

#include "game/fixed.h"
#include "game/population.h"
#include "stage_world.h"

static int32_t distance_between(const World *world, uint32_t a, uint32_t b) {
    return fixed_length_rough(world->motions[a].x - world->motions[b].x,
                              world->motions[a].y - world->motions[b].y);
}

static void between_two_thoughts_a_drone_flies_straight(void **state) {
    (void)state;
    World world;
    stage_create(&world, 300, 1, 0);
    uint32_t straight = 0;
    uint32_t turned = 0;
    for (int i = 0; i < 100; i++) {
        Motion before[300];
        for (uint32_t k = 0; k < 300; k++) {
            before[k] = world.motions[stage_drone(&world, k)];
        }
        const uint32_t tick = world.tick;
        stage_advance(&world, NULL, 1);
        for (uint32_t k = 0; k < 300; k++) {
            const uint32_t slot = stage_drone(&world, k);
            const Motion *now = &world.motions[slot];
            if (drone_thinks(slot, tick)) {
                turned += now->vx != before[k].vx || now->vy != before[k].vy;
            } else {
                straight += now->x == before[k].x + before[k].vx &&
                            now->y == before[k].y + before[k].vy && now->vx == before[k].vx;
            }
        }
    }
    // All drones except those that meet a wall in that tick.
    const uint32_t thoughts = 300 * 100 / DRONE_THINK_INTERVAL_TICKS;
    assert_true(straight > (300 * 100 - thoughts) * 98 / 100);
    assert_true(turned > thoughts / 4);
    world_destroy(&world);
}

static void walls_and_asteroids_turn_a_drone_back(void **state) {
    (void)state;
    World world;
    stage_create(&world, 0, 1, 30);
    const Arena *arena = &world.arena;
    Motion motion = {.x = DRONE_RADIUS, .y = STAGE_CENTER, .vx = -320, .vy = 160};
    Motion next = drone_fly(arena, motion);
    assert_int_equal(next.x, DRONE_RADIUS);
    assert_int_equal(next.vx, 320);
    assert_int_equal(next.y, STAGE_CENTER + 160);
    const Asteroid *asteroid = &arena->asteroids[0];
    const int32_t start = (asteroid->x - asteroid->radius - DRONE_RADIUS) & ~15;
    motion = (Motion){.x = start, .y = asteroid->y & ~15, .vx = 640};
    next = drone_fly(arena, motion);
    assert_int_equal(next.x, start);
    assert_int_equal(next.vx, -640);
    world_destroy(&world);
}

static void drones_that_are_too_close_move_apart(void **state) {
    (void)state;
    World world;
    stage_create(&world, 2, 1, 0);
    const uint32_t a = stage_drone(&world, 0);
    const uint32_t b = stage_drone(&world, 1);
    stage_put(&world, a, STAGE_CENTER, STAGE_CENTER);
    stage_put(&world, b, STAGE_CENTER + 8 * UNIT, STAGE_CENTER);
    stage_advance(&world, NULL, 40);
    assert_true(distance_between(&world, a, b) > 20 * UNIT);
    world_destroy(&world);
}

static void mates_in_sight_end_up_flying_together(void **state) {
    (void)state;
    World world;
    stage_create(&world, 5, 1, 0);
    for (uint32_t i = 0; i < 5; i++) {
        stage_put(&world, stage_drone(&world, i), STAGE_CENTER + (int32_t)i * 60 * UNIT,
                  STAGE_CENTER);
    }
    stage_advance(&world, NULL, 240);
    uint32_t close = 0;
    for (uint32_t i = 1; i < 5; i++) {
        close +=
            distance_between(&world, stage_drone(&world, 0), stage_drone(&world, i)) < 400 * UNIT;
    }
    assert_true(close >= 3);
    world_destroy(&world);
}

static void a_shard_attracts_and_a_missile_frightens(void **state) {
    (void)state;
    World world;
    stage_create(&world, 1, 1, 0);
    const uint32_t drone = stage_drone(&world, 0);
    stage_put(&world, drone, STAGE_CENTER, STAGE_CENTER);
    population_drop_shard(&world, STAGE_CENTER + 100 * UNIT, STAGE_CENTER);
    stage_advance(&world, NULL, 8);
    assert_true(world.motions[drone].vx > UNIT);
    population_end_shard(&world, world.ranges.first[ENTITY_SHARD]);
    stage_put(&world, drone, STAGE_CENTER, STAGE_CENTER);
    stage_join(&world, 0, STAGE_CENTER + 110 * UNIT, STAGE_CENTER);
    population_launch_missile(&world, 0);
    const uint32_t missile = world.ranges.first[ENTITY_MISSILE];
    world.motions[missile].vx = 0; // it hangs there
    stage_advance(&world, NULL, 8);
    assert_true(world.motions[drone].vx < -UNIT);
    world_destroy(&world);
}

static uint32_t make_hunter(World *world) {
    const uint32_t drone = stage_drone(world, 0);
    world->drones[0].is_hunter = 1;
    world->status[drone] |= ENTITY_STATUS_HUNTER;
    stage_put(world, drone, STAGE_CENTER, STAGE_CENTER);
    return drone;
}

static void a_hunter_chases_the_nearest_ship(void **state) {
    (void)state;
    World world;
    stage_create(&world, 1, 2, 0);
    const uint32_t hunter = make_hunter(&world);
    stage_join(&world, 0, STAGE_CENTER + 450 * UNIT, STAGE_CENTER);
    stage_join(&world, 1, STAGE_CENTER, STAGE_CENTER + 350 * UNIT);
    stage_advance(&world, NULL, 60);
    assert_int_equal(world.drones[0].target, entity_id(1, world.generations[1]));
    assert_true((world.status[hunter] & ENTITY_STATUS_ANGRY) != 0);
    assert_true(distance_between(&world, hunter, 1) < 200 * UNIT);
    world_leave(&world, 1);
    stage_advance(&world, NULL, DRONE_THINK_INTERVAL_TICKS);
    assert_true(world.drones[0].target != entity_id(1, world.last_generations[1]));
    world_destroy(&world);
}

static void a_hunter_does_not_see_beyond_its_range(void **state) {
    (void)state;
    World world;
    stage_create(&world, 1, 1, 0);
    make_hunter(&world);
    stage_join(&world, 0, STAGE_CENTER + 900 * UNIT, STAGE_CENTER);
    stage_advance(&world, NULL, 32);
    assert_int_equal(world.drones[0].target, ENTITY_ID_NONE);
    world_destroy(&world);
}

static void anger_ends_with_time_and_with_distance(void **state) {
    (void)state;
    World world;
    stage_create(&world, 1, 1, 0);
    const uint32_t drone = stage_drone(&world, 0);
    world.drones[0].is_hunter = 0;
    world.status[drone] = ENTITY_HEALTH_MAX;
    Ship *ship = stage_join(&world, 0, STAGE_CENTER, STAGE_CENTER);
    stage_put(&world, drone, STAGE_CENTER + 300 * UNIT, STAGE_CENTER);
    drone_enrage(&world, drone, entity_id(0, ship->generation), 40);
    stage_advance(&world, NULL, 8);
    assert_true(world.drones[0].target != ENTITY_ID_NONE);
    stage_advance(&world, NULL, 40);
    assert_int_equal(world.drones[0].target, ENTITY_ID_NONE);
    drone_enrage(&world, drone, entity_id(0, ship->generation), 4000);
    stage_put(&world, drone, 200 * UNIT, 200 * UNIT);
    stage_advance(&world, NULL, 8);
    assert_int_equal(world.drones[0].target, ENTITY_ID_NONE);
    world_destroy(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(between_two_thoughts_a_drone_flies_straight),
        cmocka_unit_test(walls_and_asteroids_turn_a_drone_back),
        cmocka_unit_test(drones_that_are_too_close_move_apart),
        cmocka_unit_test(mates_in_sight_end_up_flying_together),
        cmocka_unit_test(a_shard_attracts_and_a_missile_frightens),
        cmocka_unit_test(a_hunter_chases_the_nearest_ship),
        cmocka_unit_test(a_hunter_does_not_see_beyond_its_range),
        cmocka_unit_test(anger_ends_with_time_and_with_distance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
