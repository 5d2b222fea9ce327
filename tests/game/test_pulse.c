// SPDX-License-Identifier: MIT
#include "game/pulse.h"

#include <math.h>

#include "game/fixed.h"
#include "game/interact.h"
#include "stage_world.h"

static uint32_t trace(const World *world, uint32_t shooter, int32_t x, int32_t y, uint16_t angle) {
    const PulseScene scene = {&world->arena, &world->grid, &world->ranges, world->motions,
                              INTERACT_DRIFT};
    return pulse_trace(&scene, shooter, x, y, angle);
}

// The entry along the ray of whom it enters first, in floating point.
static uint32_t slow_trace(const World *world, uint32_t shooter, int32_t x, int32_t y,
                           uint16_t angle, double *entry) {
    const double radians = angle * 6.283185307179586 / 65536.0;
    uint32_t hit = SLOT_NONE;
    *entry = arena_shot_length(&world->arena, x, y, angle, PULSE_RANGE);
    for (uint32_t slot = 0; slot < world->ranges.first[ENTITY_MISSILE]; slot++) {
        if (slot == shooter || world->generations[slot] == 0) {
            continue;
        }
        const double dx = world->motions[slot].x - x;
        const double dy = world->motions[slot].y - y;
        const double along = dx * cos(radians) + dy * sin(radians);
        const double across = dx * sin(radians) - dy * cos(radians);
        const double radius = interact_radius(&world->ranges, slot) + PULSE_HALF_WIDTH;
        if (along < 0 || fabs(across) >= radius) {
            continue;
        }
        const double at = fmax(along - sqrt(radius * radius - across * across), 0);
        if (at < *entry) {
            *entry = at;
            hit = slot;
        }
    }
    return hit;
}

static void it_hits_whom_an_exhaustive_search_finds(void **state) {
    (void)state;
    Rng rng = test_rng();
    World world;
    stage_create(&world, 1200, 8, 40);
    for (uint32_t i = 0; i < 8; i++) {
        world_join(&world, i);
    }
    stage_advance(&world, NULL, 60);
    uint32_t hits = 0;
    uint32_t differences = 0;
    for (int i = 0; i < 20000; i++) {
        const uint32_t shooter = rng_below(&rng, 8);
        const int32_t x = rng_range(&rng, SHIP_RADIUS, world.arena.side - SHIP_RADIUS);
        const int32_t y = rng_range(&rng, SHIP_RADIUS, world.arena.side - SHIP_RADIUS);
        const uint16_t angle = (uint16_t)rng_next(&rng);
        double entry = 0;
        const uint32_t expected = slow_trace(&world, shooter, x, y, angle, &entry);
        const uint32_t actual = trace(&world, shooter, x, y, angle);
        hits += expected != SLOT_NONE;
        differences += actual != expected; // grazes, where the last digit decides
    }
    assert_true(hits > 4000);
    assert_true(differences < 20000 / 500);
    world_destroy(&world);
}

static void straight_rays_along_the_axes_hit(void **state) {
    (void)state;
    World world;
    stage_create(&world, 4, 1, 0);
    const int32_t away = 300 * UNIT;
    stage_put(&world, stage_drone(&world, 0), STAGE_CENTER + away, STAGE_CENTER);
    stage_put(&world, stage_drone(&world, 1), STAGE_CENTER, STAGE_CENTER + away);
    stage_put(&world, stage_drone(&world, 2), STAGE_CENTER - away, STAGE_CENTER);
    stage_put(&world, stage_drone(&world, 3), STAGE_CENTER, STAGE_CENTER - away);
    stage_advance(&world, NULL, 1);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(trace(&world, 0, STAGE_CENTER, STAGE_CENTER, (uint16_t)(i * 0x4000)),
                         stage_drone(&world, i));
        assert_int_equal(
            trace(&world, 0, STAGE_CENTER, STAGE_CENTER, (uint16_t)(i * 0x4000 + 0x2000)),
            SLOT_NONE);
    }
    world_destroy(&world);
}

static void an_asteroid_in_between_and_distance_protect(void **state) {
    (void)state;
    World world;
    stage_create(&world, 1, 1, 30);
    const Asteroid *asteroid = &world.arena.asteroids[0];
    const uint32_t drone = stage_drone(&world, 0);
    const int32_t reach = asteroid->radius + 30 * UNIT;
    // Both on the line through its centre, on opposite sides; then from a little above it.
    stage_put(&world, drone, (asteroid->x + reach) & ~15, asteroid->y & ~15);
    world_index_begin(&world);
    stage_advance(&world, NULL, 1);
    assert_int_equal(trace(&world, 0, asteroid->x - reach, asteroid->y, 0), SLOT_NONE);
    assert_int_equal(
        trace(&world, 0, world.motions[drone].x, world.motions[drone].y + 20 * UNIT, 0xc000),
        drone);
    stage_put(&world, drone, STAGE_CENTER, STAGE_CENTER);
    stage_advance(&world, NULL, 1);
    const int32_t x = world.motions[drone].x;
    const int32_t y = world.motions[drone].y;
    assert_int_equal(trace(&world, 0, x - PULSE_RANGE + 2 * UNIT, y, 0), drone);
    assert_int_equal(trace(&world, 0, x - PULSE_RANGE - 14 * UNIT, y, 0), SLOT_NONE);
    world_destroy(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_hits_whom_an_exhaustive_search_finds),
        cmocka_unit_test(straight_rays_along_the_axes_hit),
        cmocka_unit_test(an_asteroid_in_between_and_distance_protect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
