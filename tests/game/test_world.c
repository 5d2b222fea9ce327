// SPDX-License-Identifier: MIT
#include "game/world.h"

#include <string.h>

#include "game/population.h"
#include "stage_world.h"
#include "tools/scenes/world_scene.h"

static void play(const char *name, uint64_t seed, uint32_t ticks, World *world) {
    const WorldScene *scene = world_scene_find(name);
    const WorldConfig config = world_scene_config(scene, seed);
    static ShipInput inputs[256];
    assert_true(world_create(world, &config));
    stage_check(world);
    for (uint32_t i = 0; i < ticks; i++) {
        if (i < scene->ship_count) {
            world_join(world, i);
        }
        world_scene_inputs(scene, seed, world->tick, inputs);
        stage_advance(world, inputs, 1);
    }
}

static void every_invariant_holds_while_every_rule_is_at_work(void **state) {
    (void)state;
    World world;
    play("skirmish", 1, 700, &world);
    const WorldCounters *counters = &world.counters;
    assert_true(counters->pulses_hit > 0 && counters->bites > 0);
    assert_true(counters->drones_killed > 0 && counters->ships_killed > 0);
    assert_true(counters->missiles_launched > 0 && counters->missiles_refused == 0);
    assert_true(counters->shards_collected > 0);
    assert_int_equal(counters->shards_dropped + counters->shards_refused, counters->drones_killed);
    world_destroy(&world);
}

static void a_crowd_keeps_the_invariants(void **state) {
    (void)state;
    World world;
    play("crowd", 2, 300, &world);
    assert_true(world.counters.ships_killed > 0);
    world_destroy(&world);
}

static void equal_worlds_have_equal_hashes_and_others_do_not(void **state) {
    (void)state;
    World a;
    World b;
    World c;
    play("skirmish", 5, 60, &a);
    play("skirmish", 5, 60, &b);
    play("skirmish", 6, 60, &c);
    assert_true(world_hash(&a) == world_hash(&b));
    assert_true(world_hash(&a) != world_hash(&c));
    b.shards[b.slots[ENTITY_SHARD].capacity - 1].end_tick++;
    assert_true(world_hash(&a) != world_hash(&b));
    world_destroy(&a);
    world_destroy(&b);
    world_destroy(&c);
}

static void validation_notices_damage(void **state) {
    (void)state;
    World world;
    stage_create(&world, 20, 2, 0);
    stage_join(&world, 0, STAGE_CENTER, STAGE_CENTER);
    stage_advance(&world, NULL, 3);
    const uint32_t drone = stage_drone(&world, 4);
    world.motions[drone].x += 1;
    assert_non_null(strstr(world_validate(&world).what, "published grid"));
    assert_string_equal(world_validate(&world).place, "slot");
    assert_int_equal(world_validate(&world).index, drone);
    world.motions[drone].x -= 1;
    world.status[drone] ^= ENTITY_STATUS_HUNTER;
    assert_non_null(world_validate(&world).what);
    world.status[drone] ^= ENTITY_STATUS_HUNTER;
    world.ships[0].motion.vx++;
    assert_non_null(strstr(world_validate(&world).what, "differ"));
    world.ships[0].motion.vx--;
    world.motions[world_slot_count(&world) - 1].y = 16;
    assert_non_null(strstr(world_validate(&world).what, "not zero"));
    world.motions[world_slot_count(&world) - 1].y = 0;
    world.slots[ENTITY_SHARD].count++;
    assert_non_null(strstr(world_validate(&world).what, "used slots"));
    world.slots[ENTITY_SHARD].count--;
    assert_null(world_validate(&world).what);
    world_destroy(&world);
}

static void a_leave_removes_everything_of_the_player(void **state) {
    (void)state;
    World world;
    stage_create(&world, 0, 4, 0);
    world_join(&world, 2);
    const uint16_t generation = world.ships[2].generation;
    assert_int_equal(world_count_living(&world, ENTITY_SHIP), 1);
    stage_advance(&world, NULL, 2);
    world_leave(&world, 2);
    stage_check(&world);
    assert_int_equal(world_count_living(&world, ENTITY_SHIP), 0);
    assert_int_equal(world.ships[2].generation, 0);
    world_join(&world, 2);
    assert_int_equal(world.ships[2].generation, generation + 1);
    assert_int_equal(world.ships[2].shield_ticks, SHIP_SHIELD_TICKS);
    stage_advance(&world, NULL, 2);
    world_destroy(&world);
}

static void a_dead_ship_comes_back_as_another_entity(void **state) {
    (void)state;
    World world;
    stage_create(&world, 0, 1, 0);
    Ship *ship = stage_join(&world, 0, STAGE_CENTER, STAGE_CENTER);
    const uint16_t generation = ship->generation;
    ship->score = 77;
    ship->health = 0;
    ship->respawn_ticks = SHIP_RESPAWN_TICKS;
    population_end_life(&world, 0);
    stage_advance(&world, NULL, SHIP_RESPAWN_TICKS - 1);
    assert_false(ship_is_alive(ship));
    assert_int_equal(world.generations[0], 0);
    stage_advance(&world, NULL, 2);
    assert_true(ship_is_alive(ship));
    assert_int_equal(ship->generation, generation + 1);
    assert_int_equal(ship->score, 77);
    world_destroy(&world);
}

static void nests_make_up_for_killed_drones(void **state) {
    (void)state;
    World world;
    stage_create(&world, 50, 1, 4);
    for (uint32_t i = 10; i < 20; i++) {
        population_end_drone(&world, stage_drone(&world, i));
    }
    assert_int_equal(world_count_living(&world, ENTITY_DRONE), 40);
    stage_advance(&world, NULL, 10);
    assert_int_equal(world_count_living(&world, ENTITY_DRONE), 50);
    world_destroy(&world);
}

static void shards_expire_and_a_full_region_is_counted(void **state) {
    (void)state;
    World world;
    stage_create(&world, 0, 1, 0);
    for (int i = 0; i < SHARDS_MIN + 3; i++) {
        population_drop_shard(&world, STAGE_CENTER, STAGE_CENTER);
    }
    assert_int_equal(world.counters.shards_refused, 3);
    assert_int_equal(world_count_living(&world, ENTITY_SHARD), SHARDS_MIN);
    for (int i = 0; i < SHARD_LIFE_TICKS + 20; i++) {
        world_advance(&world, NULL);
    }
    stage_check(&world);
    assert_int_equal(world_count_living(&world, ENTITY_SHARD), 0);
    world_destroy(&world);
}

static void publishing_loses_nothing_of_drones_and_rounds_ships(void **state) {
    (void)state;
    World world;
    play("skirmish", 9, 200, &world);
    EntityRecord *records = calloc(world_slot_count(&world), sizeof *records);
    assert_non_null(records);
    const uint32_t pieces = world_publish_begin(&world);
    for (uint32_t i = 0; i < pieces; i++) {
        world_publish_task(&world, i, records);
    }
    for (uint32_t slot = 0; slot < world_slot_count(&world); slot++) {
        const EntityRecord *record = &records[slot];
        const Motion *motion = &world.motions[slot];
        assert_int_equal(record->generation, world.generations[slot]);
        if (slot >= world.ranges.first[ENTITY_DRONE]) {
            assert_int_equal(record->x * 16, motion->x);
            assert_int_equal(record->y * 16, motion->y);
            assert_int_equal(record->vx * 16, motion->vx);
            assert_int_equal(record->vy * 16, motion->vy);
        }
        if (record->generation == 0) {
            const EntityRecord nobody = {0};
            assert_memory_equal(record, &nobody, sizeof nobody);
        } else {
            assert_true((record->status & ENTITY_STATUS_HEALTH) > 0);
        }
    }
    free(records);
    world_destroy(&world);
}

static void a_ship_shows_its_shield_and_its_shots(void **state) {
    (void)state;
    World world;
    stage_create(&world, 0, 1, 0);
    world_join(&world, 0);
    EntityRecord *records = calloc(world_slot_count(&world), sizeof *records);
    assert_non_null(records);
    const ShipInput fire = {.buttons = INPUT_PULSE};
    const ShipInput hold = {0};
    stage_advance(&world, &fire, 1);
    for (int i = 0; i < PULSE_FLASH_TICKS + 2; i++) {
        world_publish_task(&world, 0, records);
        assert_true((records[0].status & ENTITY_STATUS_SHIELD) != 0);
        assert_int_equal((records[0].status & ENTITY_STATUS_FIRED) != 0, i < PULSE_FLASH_TICKS);
        stage_advance(&world, &hold, 1);
    }
    stage_advance(&world, &hold, SHIP_SHIELD_TICKS);
    world_publish_task(&world, 0, records);
    assert_int_equal(records[0].status, ENTITY_HEALTH_MAX);
    free(records);
    world_destroy(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_invariant_holds_while_every_rule_is_at_work),
        cmocka_unit_test(a_crowd_keeps_the_invariants),
        cmocka_unit_test(equal_worlds_have_equal_hashes_and_others_do_not),
        cmocka_unit_test(validation_notices_damage),
        cmocka_unit_test(a_leave_removes_everything_of_the_player),
        cmocka_unit_test(a_dead_ship_comes_back_as_another_entity),
        cmocka_unit_test(nests_make_up_for_killed_drones),
        cmocka_unit_test(shards_expire_and_a_full_region_is_counted),
        cmocka_unit_test(publishing_loses_nothing_of_drones_and_rounds_ships),
        cmocka_unit_test(a_ship_shows_its_shield_and_its_shots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
