// SPDX-License-Identifier: MIT
#include "game/ship.h"

#include <string.h>

#include "game/fixed.h"
#include "game/tuning.h"
#include "support.h"

static Arena arena;

static int create_arena(void **state) {
    (void)state;
    const ArenaSpec spec = {.seed = 3, .side_units = 4000, .asteroid_count = 60, .nest_count = 1};
    return arena_create(&arena, &spec) ? 0 : 1;
}

static int destroy_arena(void **state) {
    (void)state;
    arena_destroy(&arena);
    return 0;
}

static Ship ship_at(int32_t x, int32_t y) {
    return (Ship){.motion = {.x = x, .y = y}, .health = SHIP_HEALTH_MAX, .energy = SHIP_ENERGY_MAX};
}

static Ship ship_at_center(void) {
    return ship_at(arena.side / 2, arena.side / 2);
}

static ShipInput pressing(uint8_t buttons) {
    return (ShipInput){.buttons = buttons};
}

static int32_t speed_squared(const Ship *ship) {
    return ship->motion.vx * ship->motion.vx + ship->motion.vy * ship->motion.vy;
}

static void thrust_directions_are_those_of_the_world(void **state) {
    (void)state;
    const struct {
        uint8_t button;
        int dx, dy;
    } rows[] = {{INPUT_UP, 0, -1}, {INPUT_DOWN, 0, 1}, {INPUT_LEFT, -1, 0}, {INPUT_RIGHT, 1, 0}};
    for (size_t i = 0; i < 4; i++) {
        Ship ship = ship_at_center();
        ShipInput input = pressing(rows[i].button);
        input.aim = 12345; // where it aims changes nothing
        ship_step(&ship, input, &arena);
        assert_int_equal(ship.motion.vx, rows[i].dx * SHIP_THRUST);
        assert_int_equal(ship.motion.vy, rows[i].dy * SHIP_THRUST);
        assert_int_equal(ship.motion.angle, 12345);
    }
}

static void the_speed_never_exceeds_its_maximum_and_comes_close(void **state) {
    (void)state;
    for (uint8_t buttons = 0; buttons < 16; buttons++) {
        Ship ship = ship_at_center();
        int32_t fastest = 0;
        for (int i = 0; i < 100; i++) {
            ship_step(&ship, pressing(buttons), &arena);
            ship.motion.x = arena.side / 2; // keep it away from obstacles
            ship.motion.y = arena.side / 2;
            fastest = speed_squared(&ship) > fastest ? speed_squared(&ship) : fastest;
        }
        assert_true(fastest <= SHIP_SPEED_MAX * SHIP_SPEED_MAX);
        const bool cancels = ((buttons & 3) == 0 || (buttons & 3) == 3) &&
                             ((buttons & 12) == 0 || (buttons & 12) == 12);
        const int32_t most = SHIP_SPEED_MAX - 16;
        assert_true(cancels ? fastest == 0 : fastest > most * most);
    }
}

static void a_ship_without_thrust_comes_to_rest(void **state) {
    (void)state;
    Ship ship = ship_at_center();
    ship.motion.vx = 1500;
    ship.motion.vy = -777;
    for (int i = 0; i < 400; i++) {
        ship_step(&ship, pressing(0), &arena);
    }
    assert_int_equal(speed_squared(&ship), 0);
}

static void walls_stop_a_ship(void **state) {
    (void)state;
    Ship ship = ship_at(SHIP_RADIUS + 10 * UNIT, arena.side / 2);
    for (int i = 0; i < 60; i++) {
        ship_step(&ship, pressing(INPUT_LEFT), &arena);
        assert_true(ship.motion.x >= SHIP_RADIUS);
    }
    assert_int_equal(ship.motion.x, SHIP_RADIUS);
    assert_int_equal(ship.motion.vx, 0);
}

static void asteroids_keep_a_ship_out_and_let_it_slide(void **state) {
    (void)state;
    const Asteroid *asteroid = &arena.asteroids[0];
    const int32_t reach = asteroid->radius + SHIP_RADIUS;
    Ship ship = ship_at(asteroid->x - reach - 20 * UNIT, asteroid->y - asteroid->radius / 2);
    ship.motion.vx = SHIP_SPEED_MAX;
    bool has_slid = false;
    for (int i = 0; i < 120; i++) {
        ship_step(&ship, pressing(INPUT_RIGHT), &arena);
        assert_null(arena_asteroid_at(&arena, ship.motion.x, ship.motion.y, SHIP_RADIUS - UNIT));
        has_slid |= ship.motion.vy < -UNIT / 2; // it hit above the middle: upwards along the rim
    }
    assert_true(has_slid);
}

static void a_pulse_costs_energy_and_cools_down(void **state) {
    (void)state;
    Ship ship = ship_at_center();
    assert_int_equal(ship_step(&ship, pressing(INPUT_PULSE), &arena), SHIP_ACTION_PULSE);
    assert_int_equal(ship.energy, SHIP_ENERGY_MAX - PULSE_ENERGY);
    for (int i = 1; i < PULSE_COOLDOWN_TICKS; i++) {
        assert_int_equal(ship_step(&ship, pressing(INPUT_PULSE), &arena), SHIP_ACTION_NONE);
    }
    assert_int_equal(ship_step(&ship, pressing(INPUT_PULSE), &arena), SHIP_ACTION_PULSE);
}

static void a_missile_costs_energy_and_cools_down(void **state) {
    (void)state;
    Ship ship = ship_at_center();
    assert_int_equal(ship_step(&ship, pressing(INPUT_MISSILE), &arena), SHIP_ACTION_MISSILE);
    assert_int_equal(ship.energy, SHIP_ENERGY_MAX - MISSILE_ENERGY);
    for (int i = 1; i < MISSILE_COOLDOWN_TICKS; i++) {
        assert_int_equal(ship_step(&ship, pressing(INPUT_MISSILE), &arena), SHIP_ACTION_NONE);
    }
    assert_int_equal(ship_step(&ship, pressing(INPUT_MISSILE | INPUT_PULSE), &arena),
                     SHIP_ACTION_MISSILE | SHIP_ACTION_PULSE);
}

static void without_energy_nothing_is_fired(void **state) {
    (void)state;
    Ship ship = ship_at_center();
    ship.energy = 0;
    assert_int_equal(ship_step(&ship, pressing(INPUT_PULSE | INPUT_MISSILE), &arena),
                     SHIP_ACTION_NONE);
    assert_int_equal(ship.energy, SHIP_ENERGY_PER_TICK);
    for (int i = 0; i < SHIP_ENERGY_MAX; i++) {
        ship_step(&ship, pressing(0), &arena);
    }
    assert_int_equal(ship.energy, SHIP_ENERGY_MAX);
}

static void a_dead_ship_only_waits(void **state) {
    (void)state;
    Ship ship = ship_at_center();
    ship.health = 0;
    ship.respawn_ticks = 2;
    const Motion before = ship.motion;
    assert_int_equal(ship_step(&ship, pressing(INPUT_BUTTONS_MASK), &arena), SHIP_ACTION_NONE);
    assert_int_equal(ship.respawn_ticks, 1);
    ship_step(&ship, pressing(INPUT_BUTTONS_MASK), &arena);
    ship_step(&ship, pressing(INPUT_BUTTONS_MASK), &arena);
    assert_int_equal(ship.respawn_ticks, 0);
    assert_memory_equal(&before, &ship.motion, sizeof before);
}

static void random_flight_stays_inside_and_repeats_itself(void **state) {
    (void)state;
    Rng rng = test_rng();
    Ship a = ship_at_center();
    Ship b = a;
    for (int i = 0; i < 20000; i++) {
        const ShipInput input = {.aim = (uint16_t)rng_next(&rng),
                                 .buttons = (uint8_t)(rng_next(&rng) & INPUT_BUTTONS_MASK)};
        for (int k = 0; k < 8; k++) {
            assert_int_equal(ship_step(&a, input, &arena), ship_step(&b, input, &arena));
        }
        assert_true(a.motion.x >= SHIP_RADIUS && a.motion.x <= arena.side - SHIP_RADIUS);
        assert_true(a.motion.y >= SHIP_RADIUS && a.motion.y <= arena.side - SHIP_RADIUS);
        assert_null(arena_asteroid_at(&arena, a.motion.x, a.motion.y, SHIP_RADIUS - UNIT));
    }
    assert_memory_equal(&a, &b, sizeof a);
}

static void a_player_who_leaves_waits_until_its_ship_would_be_restored(void **state) {
    (void)state;
    Ship ship = {.health = SHIP_HEALTH_MAX, .energy = SHIP_ENERGY_MAX};
    assert_int_equal(ship_return_ticks(&ship), SHIP_RESPAWN_TICKS); // or flight would be free
    ship.health = 1;
    ship.energy = SHIP_ENERGY_MAX - SHIP_RESPAWN_TICKS * SHIP_ENERGY_PER_TICK;
    assert_int_equal(ship_return_ticks(&ship), SHIP_RESPAWN_TICKS);
    ship.energy--;
    assert_int_equal(ship_return_ticks(&ship), SHIP_RESPAWN_TICKS + 1);
    ship.energy = 0;
    assert_int_equal(ship_return_ticks(&ship), SHIP_ENERGY_MAX / SHIP_ENERGY_PER_TICK);
    ship.health = 0; // dead
    ship.respawn_ticks = 17;
    assert_int_equal(ship_return_ticks(&ship), 17);
    assert_true(PULSE_COOLDOWN_TICKS <= SHIP_RESPAWN_TICKS);
    assert_true(MISSILE_COOLDOWN_TICKS <= SHIP_RESPAWN_TICKS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thrust_directions_are_those_of_the_world),
        cmocka_unit_test(the_speed_never_exceeds_its_maximum_and_comes_close),
        cmocka_unit_test(a_ship_without_thrust_comes_to_rest),
        cmocka_unit_test(walls_stop_a_ship),
        cmocka_unit_test(asteroids_keep_a_ship_out_and_let_it_slide),
        cmocka_unit_test(a_pulse_costs_energy_and_cools_down),
        cmocka_unit_test(a_missile_costs_energy_and_cools_down),
        cmocka_unit_test(a_player_who_leaves_waits_until_its_ship_would_be_restored),
        cmocka_unit_test(without_energy_nothing_is_fired),
        cmocka_unit_test(a_dead_ship_only_waits),
        cmocka_unit_test(random_flight_stays_inside_and_repeats_itself),
    };
    return cmocka_run_group_tests(tests, create_arena, destroy_arena);
}
