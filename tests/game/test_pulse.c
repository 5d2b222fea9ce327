// SPDX-License-Identifier: MIT
#include "game/pulse.h"

#include <math.h>

#include "game/fixed.h"
#include "game/interact.h"
#include "stage_world.h"

static uint32_t trace(const World *world, uint32_t shooter, int32_t x, int32_t y, uint16_t angle) {
    const PulseScene scene = {.world = world};
    return pulse_trace(&scene, shooter, x, y, angle);
}

// Where a ray enters the body in a slot, in floating point; infinite when it does not.
static double slow_entry(const World *world, uint32_t slot, int32_t x, int32_t y, uint16_t angle) {
    const double radians = angle * 6.283185307179586 / 65536.0;
    const double dx = world->motions[slot].x - x;
    const double dy = world->motions[slot].y - y;
    const double along = dx * cos(radians) + dy * sin(radians);
    const double across = dx * sin(radians) - dy * cos(radians);
    const double radius = interact_radius(&world->ranges, slot) + PULSE_HALF_WIDTH;
    if (world->generations[slot] == 0 || along < 0 || fabs(across) >= radius) {
        return INFINITY;
    }
    return fmax(along - sqrt(radius * radius - across * across), 0);
}

// The body that the ray enters first.
static uint32_t slow_trace(const World *world, uint32_t shooter, int32_t x, int32_t y,
                           uint16_t angle, double *entry) {
    uint32_t hit = SLOT_NONE;
    *entry = arena_shot_length(&world->arena, x, y, angle, PULSE_RANGE);
    for (uint32_t slot = 0; slot < world->ranges.first[ENTITY_MISSILE]; slot++) {
        const double at = slow_entry(world, slot, x, y, angle);
        if (slot != shooter && at < *entry) {
            *entry = at;
            hit = slot;
        }
    }
    return hit;
}

// Whether another body is as near as the one that is hit, up to rounding. The one of them that is
// hit depends on the grid's order, which a rewind changes.
static bool is_tied(const World *world, uint32_t hit, int32_t x, int32_t y, uint16_t angle) {
    uint32_t count = 0;
    for (uint32_t slot = 1; hit != SLOT_NONE && slot < world->ranges.first[ENTITY_MISSILE];
         slot++) {
        count += slow_entry(world, slot, x, y, angle) <= slow_entry(world, hit, x, y, angle) + 2;
    }
    return count > 1;
}

static void the_target_is_that_of_an_exhaustive_search(void **state) {
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

static uint32_t item_of(const World *world, uint32_t slot) {
    uint32_t index = 0;
    while (world->grid.items[index].slot != slot) {
        index++;
    }
    return index;
}

static void of_two_equally_near_the_first_in_the_grid_is_hit_from_any_side(void **state) {
    (void)state;
    World world;
    stage_create(&world, 2, 1, 0);
    const uint32_t drones[] = {stage_drone(&world, 0), stage_drone(&world, 1)};
    for (int32_t aside = -9; aside <= 9; aside += 3) {
        for (uint32_t side = 0; side < 4; side++) {
            const uint16_t angle = (uint16_t)(side * 0x4000);
            for (int32_t i = 0; i < 2; i++) {
                const int32_t off = (i == 0 ? aside : -aside) * UNIT;
                const int32_t away = 300 * UNIT;
                const int32_t x = side == 0 ? away : side == 2 ? -away : off;
                const int32_t y = side == 1 ? away : side == 3 ? -away : off;
                stage_put(&world, drones[i], STAGE_CENTER + x, STAGE_CENTER + y);
            }
            const Motion put[] = {world.motions[drones[0]], world.motions[drones[1]]};
            stage_advance(&world, NULL, 1);
            world.motions[drones[0]] = put[0];
            world.motions[drones[1]] = put[1];
            const uint32_t first =
                item_of(&world, drones[0]) < item_of(&world, drones[1]) ? drones[0] : drones[1];
            assert_int_equal(trace(&world, 0, STAGE_CENTER, STAGE_CENTER, angle), first);
        }
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

// ------------------------------------------------------------------ a moment ago

typedef struct Film {
    World world;
    History history;
} Film;

static void film_publish(Film *film) {
    EntityRecord *records = history_begin(&film->history, film->world.tick);
    const uint32_t pieces = world_publish_begin(&film->world);
    for (uint32_t i = 0; i < pieces; i++) {
        world_publish_task(&film->world, i, records);
    }
    history_commit(&film->history, film->world.tick);
}

static void film_advance(Film *film, uint32_t ticks) {
    for (uint32_t i = 0; i < ticks; i++) {
        stage_advance(&film->world, NULL, 1);
        film_publish(film);
    }
}

static Film *film_create(uint32_t drones, uint32_t ships, uint32_t asteroids) {
    Film *film = calloc(1, sizeof *film);
    assert_non_null(film);
    stage_create(&film->world, drones, ships, asteroids);
    EntityRecord *records = calloc(1, history_bytes(world_slot_count(&film->world)));
    assert_non_null(records);
    history_init(&film->history, records, world_slot_count(&film->world));
    world_set_history(&film->world, &film->history);
    film_publish(film);
    return film;
}

static void film_destroy(Film *film) {
    free(film->history.records);
    world_destroy(&film->world);
    free(film);
}

static uint32_t trace_back(const Film *film, uint32_t ticks, int32_t x, int32_t y, uint16_t angle) {
    const World *world = &film->world;
    const PulseScene scene = {world, rewind_moment(&world->rewind, world->tick + 1, ticks * 256)};
    return pulse_trace(&scene, 0, x, y, angle);
}

static void check_rewound_pulses(Rng rng) {
    Film *film = film_create(1200, 8, 40);
    for (uint32_t i = 0; i < 8; i++) {
        world_join(&film->world, i);
    }
    film_advance(film, 60);
    enum { RAYS = 400 };
    uint32_t ties = 0;
    static struct {
        int32_t x, y;
        uint16_t angle;
        uint32_t hit;
        EntityId id;
        bool is_tied;
    } rays[RAYS];
    for (uint32_t i = 0; i < RAYS; i++) {
        rays[i].x = rng_range(&rng, SHIP_RADIUS, film->world.arena.side - SHIP_RADIUS);
        rays[i].y = rng_range(&rng, SHIP_RADIUS, film->world.arena.side - SHIP_RADIUS);
        rays[i].angle = (uint16_t)rng_next(&rng);
        rays[i].hit = trace(&film->world, 0, rays[i].x, rays[i].y, rays[i].angle);
        rays[i].id =
            rays[i].hit == SLOT_NONE ? ENTITY_ID_NONE : film->world.generations[rays[i].hit];
        rays[i].is_tied = is_tied(&film->world, rays[i].hit, rays[i].x, rays[i].y, rays[i].angle);
        ties += rays[i].is_tied;
    }
    assert_true(ties < RAYS / 20);
    uint32_t hits = 0;
    for (uint32_t age = 1; age <= 30; age++) {
        for (uint32_t i = 0; i < RAYS; i++) {
            const uint32_t hit = trace_back(film, age, rays[i].x, rays[i].y, rays[i].angle);
            const bool lives =
                rays[i].hit != SLOT_NONE && film->world.generations[rays[i].hit] == rays[i].id;
            // Ships may lie between two published places: grazes differ, drones never do.
            if (rays[i].hit == SLOT_NONE || (rays[i].hit >= 8 && !rays[i].is_tied)) {
                assert_int_equal(hit, lives ? rays[i].hit : SLOT_NONE);
            }
            hits += hit != SLOT_NONE;
        }
        film_advance(film, 1);
    }
    assert_true(hits > 30 * RAYS / 10);
    film_destroy(film);
}

static void a_rewound_pulse_hits_the_target_of_that_moment(void **state) {
    (void)state;
    check_rewound_pulses(test_rng());
}

// One of these rays enters two drones at the same distance.
static void of_two_equally_near_either_may_be_hit_by_a_rewound_pulse(void **state) {
    (void)state;
    check_rewound_pulses(rng_seeded(20013));
}

// Leads a drone from one place to another, no faster than drones fly.
enum { FLIGHT_TICKS = 60 };
static void fly_to(Film *film, uint32_t drone, RewindPlace from, RewindPlace to) {
    for (int32_t i = 1; i <= FLIGHT_TICKS; i++) {
        stage_put(&film->world, drone, (from.x + (to.x - from.x) * i / FLIGHT_TICKS) & ~15,
                  (from.y + (to.y - from.y) * i / FLIGHT_TICKS) & ~15);
        film_advance(film, 1);
    }
}

static void a_rewound_pulse_uses_the_old_cover(void **state) {
    (void)state;
    Film *film = film_create(1, 1, 1);
    World *world = &film->world;
    const Asteroid *asteroid = &world->arena.asteroids[0];
    const uint32_t drone = stage_drone(world, 0);
    const int32_t behind = (asteroid->x + asteroid->radius + 30 * UNIT) & ~15;
    const int32_t x = asteroid->x - asteroid->radius - 30 * UNIT;
    const int32_t off = 3 * asteroid->radius + 100 * UNIT;
    const int32_t aside = (asteroid->y + (asteroid->y < STAGE_CENTER ? off : -off)) & ~15;
    const uint16_t to_aside = fixed_atan2(aside - asteroid->y, behind - x);
    fly_to(film, drone, (RewindPlace){behind, aside}, (RewindPlace){behind, asteroid->y & ~15});
    assert_int_equal(trace(world, 0, x, asteroid->y, 0), SLOT_NONE);
    assert_int_equal(trace_back(film, 1, x, asteroid->y, 0), SLOT_NONE);
    assert_int_equal(trace(world, 0, x, asteroid->y, to_aside), SLOT_NONE);
    assert_int_equal(trace_back(film, FLIGHT_TICKS, x, asteroid->y, to_aside), drone);
    // And out again.
    fly_to(film, drone, (RewindPlace){behind, asteroid->y & ~15}, (RewindPlace){behind, aside});
    assert_int_equal(trace(world, 0, x, asteroid->y, to_aside), drone);
    assert_int_equal(trace_back(film, FLIGHT_TICKS, x, asteroid->y, to_aside), SLOT_NONE);
    assert_int_equal(trace_back(film, FLIGHT_TICKS, x, asteroid->y, 0), SLOT_NONE);
    film_destroy(film);
}

static void a_ship_dead_since_stops_a_pulse_and_one_born_since_does_not(void **state) {
    (void)state;
    Film *film = film_create(0, 3, 0);
    World *world = &film->world;
    const int32_t away = 200 * UNIT;
    stage_join(world, 1, STAGE_CENTER + away, STAGE_CENTER);
    stage_join(world, 2, STAGE_CENTER + 2 * away, STAGE_CENTER);
    film_advance(film, 4);
    assert_int_equal(trace_back(film, 2, STAGE_CENTER, STAGE_CENTER, 0), 1);
    world_leave(world, 1);
    film_advance(film, 2);
    assert_int_equal(trace(world, 0, STAGE_CENTER, STAGE_CENTER, 0), 2);
    assert_int_equal(trace_back(film, 1, STAGE_CENTER, STAGE_CENTER, 0), 2);
    assert_int_equal(trace_back(film, 4, STAGE_CENTER, STAGE_CENTER, 0), SLOT_NONE);
    // A new entity in the same slot and place was not there then; the old one was.
    stage_join(world, 1, STAGE_CENTER + away, STAGE_CENTER);
    film_advance(film, 2);
    assert_int_equal(trace(world, 0, STAGE_CENTER, STAGE_CENTER, 0), 1);
    assert_int_equal(trace_back(film, 2, STAGE_CENTER, STAGE_CENTER, 0), 1);
    assert_int_equal(trace_back(film, 3, STAGE_CENTER, STAGE_CENTER, 0), 2);
    assert_int_equal(trace_back(film, 6, STAGE_CENTER, STAGE_CENTER, 0), SLOT_NONE);
    film_destroy(film);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_target_is_that_of_an_exhaustive_search),
        cmocka_unit_test(straight_rays_along_the_axes_hit),
        cmocka_unit_test(of_two_equally_near_the_first_in_the_grid_is_hit_from_any_side),
        cmocka_unit_test(an_asteroid_in_between_and_distance_protect),
        cmocka_unit_test(a_rewound_pulse_hits_the_target_of_that_moment),
        cmocka_unit_test(of_two_equally_near_either_may_be_hit_by_a_rewound_pulse),
        cmocka_unit_test(a_rewound_pulse_uses_the_old_cover),
        cmocka_unit_test(a_ship_dead_since_stops_a_pulse_and_one_born_since_does_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
