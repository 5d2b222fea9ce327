// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/picture/effects.h"
#include "game/tuning.h"

#define RANGE  ((float)PULSE_RANGE / UNIT)
#define OWN    1u
#define FRAME  (1.0f / 60.0f)
#define FRAMES 600

typedef struct World {
    View view;
    Asteroid rock;
    Arena arena;
    Scene scene;
    Effects effects;
} World;

static int create(void **state) {
    World *world = calloc(1, sizeof *world);
    *state = world;
    world->arena.asteroids = &world->rock;
    world->view.has_own = true;
    world->view.tick_rate_hz = 60;
    world->view.own_is_alive = true;
    world->view.own = (ViewEntity){.slot = OWN, .kind = ENTITY_SHIP, .x = 1000, .y = 1000};
    world->view.own_ship.health = SHIP_HEALTH_MAX;
    world->scene = (Scene){.view = &world->view, .arena = &world->arena};
    effects_reset(&world->effects, 1);
    return 0;
}

static int destroy(void **state) {
    free(*state);
    return 0;
}

static void add(World *world, uint32_t slot, EntityKind kind, float x, float y, uint8_t status) {
    world->view.entities[world->view.entity_count++] =
        (ViewEntity){.slot = slot, .kind = kind, .x = x, .y = y, .status = status};
}

static uint32_t living_beams(const World *world) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < EFFECTS_BEAMS_MAX; i++) {
        const Beam *beam = &world->effects.beams[i];
        count += beam->age < beam->life ? 1 : 0;
    }
    return count;
}

static uint32_t living_particles(const World *world) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < EFFECTS_PARTICLES_MAX; i++) {
        const Particle *particle = &world->effects.particles[i];
        count += particle->age < particle->life ? 1 : 0;
    }
    return count;
}

static void a_beam_that_meets_nothing_ends_at_its_range(void **state) {
    World *world = *state;
    bool is_hit;
    assert_float_equal(effects_beam_reach(&world->scene, 1000, 1000, 0, OWN, &is_hit), RANGE, 0.01);
    assert_false(is_hit);
}

static void a_beam_ends_at_the_nearest_of_rock_drone_and_ship(void **state) {
    World *world = *state;
    bool is_hit;
    world->rock = (Asteroid){1500 * UNIT, 1000 * UNIT, 100 * UNIT};
    world->arena.asteroid_count = 1;
    assert_float_equal(effects_beam_reach(&world->scene, 1000, 1000, 0, OWN, &is_hit), 400, 0.1);
    add(world, 50, ENTITY_DRONE, 1200, 1000, 0);
    assert_float_equal(effects_beam_reach(&world->scene, 1000, 1000, 0, OWN, &is_hit), 188, 0.1);
    assert_true(is_hit);
    // Entities behind, beside and without a body do not count.
    add(world, 51, ENTITY_DRONE, 900, 1000, 0);
    add(world, 52, ENTITY_DRONE, 1100, 1040, 0);
    add(world, 53, ENTITY_SHARD, 1100, 1000, 0);
    assert_float_equal(effects_beam_reach(&world->scene, 1000, 1000, 0, OWN, &is_hit), 188, 0.1);
}

static void a_ship_does_not_hit_itself(void **state) {
    World *world = *state;
    bool is_hit;
    add(world, 7, ENTITY_SHIP, 1000, 1000, 0);
    effects_beam_reach(&world->scene, 995, 1000, 0, 7, &is_hit);
    assert_false(is_hit);
}

static void a_long_fired_status_of_another_ship_is_one_beam(void **state) {
    World *world = *state;
    add(world, 7, ENTITY_SHIP, 1200, 1000, 0);
    effects_update(&world->effects, &world->scene, FRAME);
    assert_int_equal(living_beams(world), 0);
    world->view.entities[0].status = ENTITY_STATUS_FIRED;
    for (int frame = 0; frame < 4; frame++) {
        effects_update(&world->effects, &world->scene, FRAME);
    }
    assert_int_equal(living_beams(world), 1);
}

static void the_own_shot_shows_when_its_cooldown_starts(void **state) {
    World *world = *state;
    effects_update(&world->effects, &world->scene, FRAME);
    world->view.own_ship.pulse_cooldown_ticks = PULSE_COOLDOWN_TICKS;
    effects_update(&world->effects, &world->scene, FRAME);
    assert_int_equal(living_beams(world), 1);
    world->view.own_ship.pulse_cooldown_ticks--;
    effects_update(&world->effects, &world->scene, FRAME);
    assert_int_equal(living_beams(world), 1);
}

static void entities_that_vanish_or_jump_leave_sparks(void **state) {
    World *world = *state;
    add(world, 60, ENTITY_DRONE, 1300, 900, 0);
    add(world, 61, ENTITY_DRONE, 1400, 900, 0);
    effects_update(&world->effects, &world->scene, FRAME);
    effects_update(&world->effects, &world->scene, FRAME);
    assert_int_equal(living_particles(world), 0);
    world->view.entities[1].x += 800; // another drone in the same slot
    effects_update(&world->effects, &world->scene, FRAME);
    const uint32_t after_jump = living_particles(world);
    assert_true(after_jump > 5);
    world->view.entity_count = 0;
    effects_update(&world->effects, &world->scene, FRAME);
    assert_true(living_particles(world) > after_jump);
}

static void effects_end_and_a_stall_does_no_harm(void **state) {
    World *world = *state;
    for (uint32_t i = 0; i < VIEW_ENTITIES_MAX; i++) {
        add(world, 100 + i, i % 3 == 0 ? ENTITY_SHIP : ENTITY_MISSILE, 1000 + (float)i, 900,
            ENTITY_STATUS_FIRED);
    }
    for (int frame = 0; frame < 30; frame++) {
        for (uint32_t i = 0; i < world->view.entity_count; i++) {
            world->view.entities[i].x += 8;
        }
        effects_update(&world->effects, &world->scene, frame == 10 ? 25.0f : FRAME);
    }
    world->view.entity_count = 0;
    world->view.own_is_alive = false;
    for (int frame = 0; frame < FRAMES; frame++) {
        effects_update(&world->effects, &world->scene, FRAME);
    }
    assert_int_equal(living_particles(world), 0);
    assert_int_equal(living_beams(world), 0);
    assert_true(world->effects.shake == 0);
}

static void the_same_seed_shows_the_same_sparks(void **state) {
    World *world = *state;
    static Effects first;
    for (int run = 0; run < 2; run++) {
        effects_reset(&world->effects, 77);
        world->view.entity_count = 0;
        add(world, 60, ENTITY_DRONE, 1300, 900, 0);
        effects_update(&world->effects, &world->scene, FRAME);
        world->view.entity_count = 0;
        effects_update(&world->effects, &world->scene, FRAME);
        if (run == 0) {
            first = world->effects;
        }
    }
    for (uint32_t i = 0; i < EFFECTS_PARTICLES_MAX; i++) {
        assert_true(first.particles[i].vx == world->effects.particles[i].vx);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_beam_that_meets_nothing_ends_at_its_range, create,
                                        destroy),
        cmocka_unit_test_setup_teardown(a_beam_ends_at_the_nearest_of_rock_drone_and_ship, create,
                                        destroy),
        cmocka_unit_test_setup_teardown(a_ship_does_not_hit_itself, create, destroy),
        cmocka_unit_test_setup_teardown(a_long_fired_status_of_another_ship_is_one_beam, create,
                                        destroy),
        cmocka_unit_test_setup_teardown(the_own_shot_shows_when_its_cooldown_starts, create,
                                        destroy),
        cmocka_unit_test_setup_teardown(entities_that_vanish_or_jump_leave_sparks, create, destroy),
        cmocka_unit_test_setup_teardown(effects_end_and_a_stall_does_no_harm, create, destroy),
        cmocka_unit_test_setup_teardown(the_same_seed_shows_the_same_sparks, create, destroy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
