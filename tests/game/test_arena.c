// SPDX-License-Identifier: MIT
#include "game/arena.h"

#include <string.h>

#include "game/fixed.h"
#include "game/tuning.h"
#include "support.h"

static ArenaSpec good_spec(void) {
    return (ArenaSpec){
        .seed = 5, .side_units = 6000, .asteroid_count = 60, .nest_count = 8, .name = "good"};
}

static void a_good_spec_passes_and_each_bad_field_is_named(void **state) {
    (void)state;
    ArenaSpec spec = good_spec();
    assert_null(arena_spec_check(&spec));
    spec.side_units = ARENA_SIDE_MIN_UNITS - 1;
    assert_non_null(strstr(arena_spec_check(&spec), "side"));
    spec.side_units = ARENA_SIDE_MAX_UNITS + 1;
    assert_non_null(strstr(arena_spec_check(&spec), "side"));
    spec = good_spec();
    spec.asteroid_count = ARENA_ASTEROIDS_MAX + 1;
    assert_non_null(strstr(arena_spec_check(&spec), "asteroids"));
    spec.asteroid_count = ARENA_ASTEROIDS_MAX;
    assert_non_null(strstr(arena_spec_check(&spec), "too many asteroids"));
    spec = good_spec();
    spec.nest_count = 0;
    assert_non_null(strstr(arena_spec_check(&spec), "nests"));
    spec.nest_count = ARENA_NESTS_MAX + 1;
    assert_non_null(strstr(arena_spec_check(&spec), "nests"));
    spec = good_spec();
    spec.spawn_radius_units = ARENA_SPAWN_RADIUS_MIN_UNITS - 1;
    assert_non_null(strstr(arena_spec_check(&spec), "spawn-radius"));
    spec.spawn_radius_units = spec.side_units / 2 + 1;
    assert_non_null(strstr(arena_spec_check(&spec), "spawn-radius"));
    spec = good_spec();
    spec.name[1] = '\n';
    assert_non_null(strstr(arena_spec_check(&spec), "name"));
    memset(spec.name, 'x', sizeof spec.name);
    assert_non_null(strstr(arena_spec_check(&spec), "name"));
}

// Any spec that passes the check can be built: it may come off the wire.
static void every_spec_that_passes_can_be_built(void **state) {
    (void)state;
    Rng rng = test_rng();
    uint32_t built = 0;
    for (int i = 0; i < 300; i++) {
        ArenaSpec spec = {.seed = rng_next(&rng),
                          .side_units = (uint32_t)rng_range(&rng, 1900, 12000),
                          .asteroid_count = rng_below(&rng, 3000),
                          .nest_count = rng_below(&rng, 40),
                          .spawn_radius_units = rng_below(&rng, 2) * rng_below(&rng, 7000)};
        if (arena_spec_check(&spec) != NULL) {
            continue;
        }
        Arena arena;
        assert_true(arena_create(&arena, &spec));
        assert_true(arena.asteroid_count <= spec.asteroid_count);
        arena_destroy(&arena);
        built++;
    }
    assert_true(built > 50);
}

static void equal_specs_make_equal_arenas(void **state) {
    (void)state;
    const ArenaSpec spec = good_spec();
    ArenaSpec other_spec = spec;
    other_spec.seed++;
    Arena a;
    Arena b;
    Arena c;
    assert_true(arena_create(&a, &spec) && arena_create(&b, &spec) &&
                arena_create(&c, &other_spec));
    assert_int_equal(a.asteroid_count, b.asteroid_count);
    assert_memory_equal(a.asteroids, b.asteroids, a.asteroid_count * sizeof(Asteroid));
    assert_memory_equal(a.nests, b.nests, a.nest_count * sizeof(Nest));
    assert_memory_not_equal(a.nests, c.nests, a.nest_count * sizeof(Nest));
    arena_destroy(&a);
    arena_destroy(&b);
    arena_destroy(&c);
}

static void asteroids_keep_apart_and_away_from_walls_and_centre(void **state) {
    (void)state;
    const ArenaSpec spec = good_spec();
    Arena arena;
    assert_true(arena_create(&arena, &spec));
    assert_true(arena.asteroid_count > 50);
    const double center = arena.side / 2.0;
    for (uint32_t i = 0; i < arena.asteroid_count; i++) {
        const Asteroid a = arena.asteroids[i];
        assert_true(a.radius >= ASTEROID_RADIUS_MIN && a.radius <= ASTEROID_RADIUS_MAX);
        assert_true(a.x - a.radius >= ASTEROID_GAP && a.x + a.radius <= arena.side - ASTEROID_GAP);
        assert_true(a.y - a.radius >= ASTEROID_GAP && a.y + a.radius <= arena.side - ASTEROID_GAP);
        const double from_center =
            (a.x - center) * (a.x - center) + (a.y - center) * (a.y - center);
        const double least = (double)a.radius + ARENA_CENTRE_RADIUS;
        assert_true(from_center >= least * least);
        for (uint32_t k = 0; k < i; k++) {
            const Asteroid b = arena.asteroids[k];
            const double apart = (double)a.radius + b.radius + 2 * SHIP_RADIUS;
            const double dx = a.x - b.x;
            const double dy = a.y - b.y;
            assert_true(dx * dx + dy * dy >= apart * apart);
        }
    }
    arena_destroy(&arena);
}

static const Asteroid *slow_asteroid_at(const Arena *arena, int32_t x, int32_t y, int32_t radius) {
    for (uint32_t i = 0; i < arena->asteroid_count; i++) {
        const Asteroid *a = &arena->asteroids[i];
        const int64_t dx = x - a->x;
        const int64_t dy = y - a->y;
        const int64_t reach = a->radius + radius;
        if (dx * dx + dy * dy < reach * reach) {
            return a;
        }
    }
    return NULL;
}

static void the_look_up_finds_the_same_as_a_search(void **state) {
    (void)state;
    Rng rng = test_rng();
    const ArenaSpec spec = good_spec();
    Arena arena;
    assert_true(arena_create(&arena, &spec));
    for (int i = 0; i < 20000; i++) {
        const int32_t x = rng_range(&rng, 0, arena.side - 1);
        const int32_t y = rng_range(&rng, 0, arena.side - 1);
        const int32_t radius = rng_range(&rng, 0, BODY_RADIUS);
        assert_ptr_equal(arena_asteroid_at(&arena, x, y, radius),
                         slow_asteroid_at(&arena, x, y, radius));
    }
    arena_destroy(&arena);
}

static void places_are_free_and_within_the_spawn_radius(void **state) {
    (void)state;
    ArenaSpec spec = good_spec();
    spec.spawn_radius_units = 700;
    Arena arena;
    assert_true(arena_create(&arena, &spec));
    for (uint32_t i = 0; i < 2000; i++) {
        const Place place = arena_spawn_place(&arena, (PlaceDraw){1, 2, i, 3});
        const double dx = place.x - arena.side / 2.0;
        const double dy = place.y - arena.side / 2.0;
        const double reach = 700.0 * UNIT + UNIT;
        assert_true(dx * dx + dy * dy <= reach * reach);
        assert_null(arena_asteroid_at(&arena, place.x, place.y, BODY_RADIUS));
        assert_int_equal(place.x % (1 << RECORD_SHIFT), 0);
    }
    for (uint32_t i = 0; i < arena.nest_count; i++) {
        const double dx = arena.nests[i].x - arena.side / 2.0;
        const double dy = arena.nests[i].y - arena.side / 2.0;
        assert_true(dx * dx + dy * dy <= 701.0 * UNIT * 701.0 * UNIT);
    }
    arena_destroy(&arena);
}

static void places_reach_every_quarter_of_an_open_arena(void **state) {
    (void)state;
    const ArenaSpec spec = good_spec();
    Arena arena;
    assert_true(arena_create(&arena, &spec));
    uint32_t counts[4] = {0};
    for (uint32_t i = 0; i < 4000; i++) {
        const Place place = arena_spawn_place(&arena, (PlaceDraw){1, 2, i, 3});
        counts[(place.x > arena.side / 2) + 2 * (place.y > arena.side / 2)]++;
    }
    for (int i = 0; i < 4; i++) {
        assert_in_range(counts[i], 850, 1150);
    }
    arena_destroy(&arena);
}

static void a_shot_ends_at_the_first_asteroid_or_wall(void **state) {
    (void)state;
    Rng rng = test_rng();
    const ArenaSpec spec = good_spec();
    Arena arena;
    assert_true(arena_create(&arena, &spec));
    uint32_t stopped = 0;
    for (int i = 0; i < 3000; i++) {
        const int32_t x = rng_range(&rng, SHIP_RADIUS, arena.side - SHIP_RADIUS);
        const int32_t y = rng_range(&rng, SHIP_RADIUS, arena.side - SHIP_RADIUS);
        const uint16_t angle = (uint16_t)rng_next(&rng);
        const int32_t length = arena_shot_length(&arena, x, y, angle, PULSE_RANGE);
        assert_in_range(length, 0, PULSE_RANGE);
        // Walk along the ray: free before the end, and something at the end of a shortened one.
        for (int32_t at = 0; at < length; at += UNIT) {
            const int32_t px = x + fixed_scale(at, fixed_cos(angle), FIXED_ONE);
            const int32_t py = y + fixed_scale(at, fixed_sin(angle), FIXED_ONE);
            assert_true(px >= 0 && py >= 0 && px < arena.side && py < arena.side);
            const Asteroid *inside = slow_asteroid_at(&arena, px, py, -UNIT / 4);
            assert_true(inside == NULL);
        }
        if (length < PULSE_RANGE) {
            const int32_t ex = x + fixed_scale(length, fixed_cos(angle), FIXED_ONE);
            const int32_t ey = y + fixed_scale(length, fixed_sin(angle), FIXED_ONE);
            const bool at_wall =
                ex < UNIT || ey < UNIT || ex > arena.side - UNIT || ey > arena.side - UNIT;
            assert_true(at_wall || slow_asteroid_at(&arena, ex, ey, UNIT / 4) != NULL);
            stopped++;
        }
    }
    assert_true(stopped > 100);
    arena_destroy(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_spec_passes_and_each_bad_field_is_named),
        cmocka_unit_test(every_spec_that_passes_can_be_built),
        cmocka_unit_test(equal_specs_make_equal_arenas),
        cmocka_unit_test(asteroids_keep_apart_and_away_from_walls_and_centre),
        cmocka_unit_test(the_look_up_finds_the_same_as_a_search),
        cmocka_unit_test(places_are_free_and_within_the_spawn_radius),
        cmocka_unit_test(places_reach_every_quarter_of_an_open_arena),
        cmocka_unit_test(a_shot_ends_at_the_first_asteroid_or_wall),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
