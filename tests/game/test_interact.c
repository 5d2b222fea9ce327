// SPDX-License-Identifier: MIT
#include "game/interact.h"

#include "game/population.h"
#include "stage_world.h"

// Aim along +x.
static const ShipInput fire_pulse[2] = {{.buttons = INPUT_PULSE}, {0}};
static const ShipInput fire_missile[2] = {{.buttons = INPUT_MISSILE}, {0}};
static const ShipInput hold[2] = {{0}, {0}};

static uint32_t calm_drone(World *world, uint32_t index, int32_t x, int32_t y) {
    const uint32_t slot = stage_drone(world, index);
    world->drones[index].is_hunter = 0;
    world->status[slot] = ENTITY_HEALTH_MAX;
    stage_put(world, slot, x, y);
    return slot;
}

static void a_pulse_hurts_a_drone_and_enrages_it_and_its_mates(void **state) {
    (void)state;
    World world;
    stage_create(&world, 3, 2, 0);
    stage_join(&world, 0, STAGE_CENTER, STAGE_CENTER);
    const uint32_t target = calm_drone(&world, 0, STAGE_CENTER + 200 * UNIT, STAGE_CENTER);
    const uint32_t mate =
        calm_drone(&world, 1, STAGE_CENTER + 200 * UNIT, STAGE_CENTER + 35 * UNIT);
    const uint32_t stranger = calm_drone(&world, 2, 300 * UNIT, 300 * UNIT);
    stage_advance(&world, fire_pulse, 1);
    assert_int_equal(world.counters.pulses_hit, 1);
    assert_int_equal(world.drones[0].health, DRONE_HEALTH_MAX - PULSE_DAMAGE);
    assert_int_equal(world.drones[0].target, entity_id(0, world.generations[0]));
    assert_true((world.status[target] & ENTITY_STATUS_ANGRY) != 0);
    assert_true((world.status[mate] & ENTITY_STATUS_ANGRY) != 0);
    assert_true((world.status[stranger] & ENTITY_STATUS_ANGRY) == 0);
    assert_int_equal(world.status[target] & ENTITY_STATUS_HEALTH, ENTITY_HEALTH_MAX * 2 / 3);
    world_destroy(&world);
}

static void a_killed_drone_drops_a_shard_and_scores(void **state) {
    (void)state;
    World world;
    stage_create(&world, 1, 2, 0);
    Ship *ship = stage_join(&world, 0, STAGE_CENTER, STAGE_CENTER);
    const uint32_t drone = calm_drone(&world, 0, STAGE_CENTER + 200 * UNIT, STAGE_CENTER);
    const uint16_t generation = world.generations[drone];
    world.drones[0].health = 1;
    stage_advance(&world, fire_pulse, 1);
    assert_int_equal(world.counters.drones_killed, 1);
    assert_int_equal(ship->score, SCORE_DRONE);
    assert_int_equal(ship->kills, 1);
    assert_int_equal(world_count_living(&world, ENTITY_SHARD), 1);
    const Motion *shard = &world.motions[world.ranges.first[ENTITY_SHARD]];
    assert_in_range(shard->x, STAGE_CENTER + 190 * UNIT, STAGE_CENTER + 210 * UNIT);
    assert_true(shard->vx == 0 && shard->vy == 0);
    assert_int_equal(world.generations[drone], generation + 1); // a nest hatched the next one
    world_destroy(&world);
}

static void a_shard_is_collected_by_one_of_two_ships(void **state) {
    (void)state;
    World world;
    stage_create(&world, 0, 2, 0);
    Ship *first = stage_join(&world, 0, STAGE_CENTER, STAGE_CENTER);
    Ship *second = stage_join(&world, 1, STAGE_CENTER + 20 * UNIT, STAGE_CENTER);
    first->energy = 100;
    first->health = 50;
    population_drop_shard(&world, STAGE_CENTER + 16 * UNIT, STAGE_CENTER);
    stage_advance(&world, hold, 1);
    assert_int_equal(world_count_living(&world, ENTITY_SHARD), 0);
    assert_int_equal(first->score, SCORE_SHARD);
    assert_int_equal(first->energy, 100 + SHIP_ENERGY_PER_TICK + SHARD_ENERGY);
    assert_int_equal(first->health, 50 + SHARD_HEALTH);
    assert_int_equal(second->score, 0);
    assert_int_equal(world.counters.shards_collected, 1);
    world_destroy(&world);
}

static void a_bite_hurts_once_in_a_while_and_not_through_a_shield(void **state) {
    (void)state;
    World world;
    stage_create(&world, 1, 2, 0);
    Ship *ship = stage_join(&world, 0, STAGE_CENTER, STAGE_CENTER);
    const uint32_t drone = calm_drone(&world, 0, STAGE_CENTER + 10 * UNIT, STAGE_CENTER);
    ship->shield_ticks = 3;
    stage_advance(&world, hold, 2);
    assert_int_equal(ship->health, SHIP_HEALTH_MAX);
    ship->shield_ticks = 0;
    for (int i = 0; i < 10; i++) {
        stage_put(&world, drone, STAGE_CENTER + 10 * UNIT, STAGE_CENTER);
        stage_advance(&world, hold, 1);
    }
    assert_int_equal(ship->health, SHIP_HEALTH_MAX - DRONE_BITE_DAMAGE);
    assert_int_equal(world.counters.bites, 1);
    for (int i = 0; i < DRONE_BITE_TICKS; i++) {
        stage_put(&world, drone, STAGE_CENTER + 10 * UNIT, STAGE_CENTER);
        stage_advance(&world, hold, 1);
    }
    assert_int_equal(world.counters.bites, 2);
    world_destroy(&world);
}

static void a_ship_shot_to_death_scores_for_the_shooter(void **state) {
    (void)state;
    World world;
    stage_create(&world, 0, 2, 0);
    Ship *shooter = stage_join(&world, 0, STAGE_CENTER, STAGE_CENTER);
    Ship *victim = stage_join(&world, 1, STAGE_CENTER + 100 * UNIT, STAGE_CENTER);
    victim->health = PULSE_DAMAGE;
    stage_advance(&world, fire_pulse, 1);
    assert_false(ship_is_alive(victim));
    assert_int_equal(victim->deaths, 1);
    assert_int_equal(victim->respawn_ticks, SHIP_RESPAWN_TICKS);
    assert_int_equal(shooter->kills, 1);
    assert_int_equal(shooter->score, SCORE_SHIP);
    assert_int_equal(world.generations[1], 0);
    stage_advance(&world, hold, SHIP_RESPAWN_TICKS + 1);
    assert_true(ship_is_alive(victim));
    world_destroy(&world);
}

static void a_missile_bursts_at_the_first_body_and_hurts_those_around(void **state) {
    (void)state;
    World world;
    stage_create(&world, 3, 2, 0);
    stage_join(&world, 0, STAGE_CENTER, STAGE_CENTER);
    calm_drone(&world, 0, STAGE_CENTER + 60 * UNIT, STAGE_CENTER);
    calm_drone(&world, 1, STAGE_CENTER + 90 * UNIT, STAGE_CENTER + 40 * UNIT);
    calm_drone(&world, 2, STAGE_CENTER + 600 * UNIT, STAGE_CENTER);
    stage_advance(&world, fire_missile, 1);
    assert_int_equal(world_count_living(&world, ENTITY_MISSILE), 1);
    stage_advance(&world, hold, 10);
    assert_int_equal(world_count_living(&world, ENTITY_MISSILE), 0);
    assert_int_equal(world.counters.drones_killed, 2);
    assert_int_equal(world.ships[0].kills, 2);
    assert_int_equal(world.ships[0].health, SHIP_HEALTH_MAX);
    world_destroy(&world);
}

static void a_missile_ends_with_its_time_and_at_a_wall(void **state) {
    (void)state;
    World world;
    stage_create(&world, 0, 2, 0);
    stage_join(&world, 0, STAGE_CENTER, STAGE_CENTER);
    stage_join(&world, 1, world.arena.side - 100 * UNIT, 500 * UNIT);
    const ShipInput both[2] = {{.buttons = INPUT_MISSILE}, {.buttons = INPUT_MISSILE}};
    stage_advance(&world, both, 1);
    assert_int_equal(world_count_living(&world, ENTITY_MISSILE), 2);
    stage_advance(&world, hold, 12);
    assert_int_equal(world_count_living(&world, ENTITY_MISSILE), 1);
    stage_advance(&world, hold, MISSILE_LIFE_TICKS);
    assert_int_equal(world_count_living(&world, ENTITY_MISSILE), 0);
    world_destroy(&world);
}

static void missiles_end_with_the_player_who_leaves(void **state) {
    (void)state;
    World world;
    stage_create(&world, 1, 2, 0);
    stage_join(&world, 0, STAGE_CENTER, STAGE_CENTER);
    stage_join(&world, 1, STAGE_CENTER, STAGE_CENTER + 900 * UNIT);
    calm_drone(&world, 0, STAGE_CENTER + 60 * UNIT, STAGE_CENTER);
    static const ShipInput both_fire[2] = {{.buttons = INPUT_MISSILE}, {.buttons = INPUT_MISSILE}};
    stage_advance(&world, both_fire, 1);
    assert_int_equal(world_count_living(&world, ENTITY_MISSILE), 2);
    world_leave(&world, 0);
    assert_int_equal(world_count_living(&world, ENTITY_MISSILE), 1); // the other's flies on
    assert_null(world_validate(&world).what);
    world_join(&world, 0);
    stage_put(&world, 0, 400 * UNIT, 400 * UNIT);
    stage_advance(&world, hold, 10);
    assert_int_equal(world.counters.drones_killed, 0);
    assert_null(world_validate(&world).what);
    world_destroy(&world);
}

// 12 joins and leaves in 12 ticks once filled all eight slots, and an honest shot was refused.
static void joins_and_leaves_do_not_change_the_slots_of_others(void **state) {
    (void)state;
    World world;
    stage_create(&world, 0, 4, 0);
    stage_join(&world, 0, STAGE_CENTER, STAGE_CENTER);
    static const ShipInput both_fire[4] = {{.buttons = INPUT_MISSILE}, {.buttons = INPUT_MISSILE}};
    static const ShipInput other_fires[4] = {{0}, {.buttons = INPUT_MISSILE}};
    for (int visit = 0; visit < 40; visit++) {
        stage_join(&world, 1, STAGE_CENTER, STAGE_CENTER + 900 * UNIT);
        stage_advance(&world, visit == 39 ? both_fire : other_fires, 1);
        assert_int_equal(world_count_living(&world, ENTITY_MISSILE), visit == 39 ? 2 : 1);
        world_leave(&world, 1);
    }
    assert_int_equal(world_count_living(&world, ENTITY_MISSILE), 1);
    assert_int_equal(world.counters.missiles_refused, 0);
    assert_null(world_validate(&world).what);
    world_destroy(&world);
}

static void a_refused_missile_costs_neither_energy_nor_cooldown(void **state) {
    (void)state;
    World world;
    stage_create(&world, 0, 2, 0);
    stage_join(&world, 0, STAGE_CENTER, STAGE_CENTER);
    Ship *ship = &world.ships[0];
    for (int i = 0; i < MISSILES_PER_SHIP; i++) {
        stage_advance(&world, fire_missile, 1);
        assert_int_equal(ship->missile_cooldown_ticks, MISSILE_COOLDOWN_TICKS);
        ship->missile_cooldown_ticks = 0; // no player can have that
    }
    const int16_t energy = ship->energy;
    stage_advance(&world, fire_missile, 1);
    assert_int_equal(world.counters.missiles_refused, 1);
    assert_int_equal(ship->energy, energy + SHIP_ENERGY_PER_TICK);
    assert_int_equal(ship->missile_cooldown_ticks, 0);
    // With one of them gone it is its turn.
    stage_advance(&world, hold, MISSILE_LIFE_TICKS + 1);
    stage_advance(&world, fire_missile, 1);
    assert_int_equal(world.counters.missiles_refused, 1);
    assert_int_equal(ship->missile_cooldown_ticks, MISSILE_COOLDOWN_TICKS);
    assert_null(world_validate(&world).what);
    world_destroy(&world);
}

static void a_waiting_player_gets_its_ship_in_time(void **state) {
    (void)state;
    World world;
    stage_create(&world, 0, 2, 0);
    world_join_waiting(&world, 0, 30);
    assert_false(ship_is_alive(&world.ships[0]));
    assert_true(world.ships[0].motion.x > 0 && world.ships[0].motion.y > 0);
    static const ShipInput all[2] = {{.buttons = INPUT_BUTTONS_MASK}};
    for (int i = 0; i < 30; i++) {
        assert_int_equal(world_count_living(&world, ENTITY_SHIP), 0);
        assert_null(world_validate(&world).what);
        stage_advance(&world, all, 1);
    }
    assert_true(ship_is_alive(&world.ships[0]));
    assert_int_equal(world.ships[0].deaths, 0);
    assert_int_equal(world_count_living(&world, ENTITY_MISSILE), 0);
    world_join_waiting(&world, 1, 0);
    assert_true(ship_is_alive(&world.ships[1]));
    assert_null(world_validate(&world).what);
    world_destroy(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pulse_hurts_a_drone_and_enrages_it_and_its_mates),
        cmocka_unit_test(a_killed_drone_drops_a_shard_and_scores),
        cmocka_unit_test(a_shard_is_collected_by_one_of_two_ships),
        cmocka_unit_test(a_bite_hurts_once_in_a_while_and_not_through_a_shield),
        cmocka_unit_test(a_ship_shot_to_death_scores_for_the_shooter),
        cmocka_unit_test(a_missile_bursts_at_the_first_body_and_hurts_those_around),
        cmocka_unit_test(a_missile_ends_with_its_time_and_at_a_wall),
        cmocka_unit_test(missiles_end_with_the_player_who_leaves),
        cmocka_unit_test(joins_and_leaves_do_not_change_the_slots_of_others),
        cmocka_unit_test(a_refused_missile_costs_neither_energy_nor_cooldown),
        cmocka_unit_test(a_waiting_player_gets_its_ship_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
