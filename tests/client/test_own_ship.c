// SPDX-License-Identifier: MIT
// A ship that stands still and is corrected by hand.
#include "client/view/own_ship.h"

#include <math.h>

#include "game/tuning.h"
#include "support.h"

#define NOW_NS 1000000000ull
#define MS     1000000ull

typedef struct Scene {
    Arena arena;
    Ship server;
    Prediction prediction;
    OwnShip own_ship;
} Scene;

// The server's state at a tick.
static void reconcile(Scene *scene, uint32_t tick, uint64_t now_ns) {
    const Reconciliation result =
        prediction_reconcile(&scene->prediction, &scene->arena, tick, &scene->server);
    own_ship_on_reconciliation(&scene->own_ship, &result, now_ns);
}

static int start(void **state) {
    Scene *scene = calloc(1, sizeof *scene);
    const ArenaSpec spec = {.seed = 1, .side_units = 6000, .nest_count = 1, .name = "test"};
    assert_true(arena_create(&scene->arena, &spec));
    scene->server = (Ship){.motion = {.x = 3000 * UNIT, .y = 3000 * UNIT},
                           .health = SHIP_HEALTH_MAX,
                           .energy = SHIP_ENERGY_MAX,
                           .generation = 1};
    reconcile(scene, 100, 0);
    prediction_start_inputs(&scene->prediction, &scene->arena, 101);
    while (scene->prediction.newest_tick < 110) {
        prediction_step(&scene->prediction, &scene->arena, (ShipInput){0});
    }
    *state = scene;
    return 0;
}

static int stop(void **state) {
    Scene *scene = *state;
    arena_destroy(&scene->arena);
    free(scene);
    return 0;
}

static OwnPose pose_at(const Scene *scene, double tick, uint64_t now_ns) {
    OwnPose pose;
    assert_true(own_ship_pose(&scene->own_ship, &scene->prediction, tick, now_ns, &pose));
    return pose;
}

static void a_correction_is_smoothed_out(void **state) {
    Scene *scene = *state;
    const OwnPose before = pose_at(scene, 110.5, NOW_NS);
    scene->server.motion.x += 10 * UNIT;
    reconcile(scene, 101, NOW_NS);
    double last = pose_at(scene, 110.5, NOW_NS).x;
    assert_float_equal(last, before.x, 0.01);
    for (uint64_t ms = 10; ms <= 2000; ms += 10) {
        const double x = pose_at(scene, 110.5, NOW_NS + ms * MS).x;
        assert_true(x >= last && x - last < 1.5);
        last = x;
    }
    assert_float_equal(last, before.x + 10, 0.05);
}

static void a_second_correction_starts_from_the_shown_position(void **state) {
    Scene *scene = *state;
    scene->server.motion.x += 10 * UNIT;
    reconcile(scene, 101, NOW_NS);
    const uint64_t later_ns = NOW_NS + 50 * MS;
    const OwnPose before = pose_at(scene, 110, later_ns);
    scene->server.motion.y -= 3 * UNIT;
    reconcile(scene, 102, later_ns);
    const OwnPose after = pose_at(scene, 110, later_ns);
    assert_float_equal(after.x, before.x, 0.01);
    assert_float_equal(after.y, before.y, 0.01);
}

static void a_change_of_health_does_not_prolong_the_smoothing(void **state) {
    Scene *scene = *state;
    scene->server.motion.x += 10 * UNIT;
    reconcile(scene, 101, NOW_NS);
    const ErrorSmoothing before = scene->own_ship.smoothing;
    scene->server.health -= 10;
    reconcile(scene, 102, NOW_NS + 50 * MS);
    assert_int_equal(scene->prediction.replays, 2);
    assert_memory_equal(&scene->own_ship.smoothing, &before, sizeof before);
}

static void a_teleport_is_shown_at_once(void **state) {
    Scene *scene = *state;
    scene->server.motion.x += 1000 * UNIT;
    reconcile(scene, 101, 0);
    assert_float_equal(pose_at(scene, 110, 0).x, 4000, 1);
}

static void a_restart_and_a_new_life_end_the_smoothing(void **state) {
    for (int is_restart = 0; is_restart < 2; is_restart++) {
        Scene *scene = *state;
        scene->server.motion.x += 10 * UNIT;
        reconcile(scene, 101, 0);
        assert_float_equal(pose_at(scene, 110, 0).x, 3000, 0.01); // smoothed still
        scene->server.generation = is_restart ? 1 : 2;
        reconcile(scene, is_restart ? 9000 : 102, 0);
        assert_float_equal(pose_at(scene, 9000, 0).x, 3010, 0.01);
        stop(state);
        start(state);
    }
}

static void without_a_server_state_there_is_no_pose(void **state) {
    (void)state;
    static const Prediction prediction;
    static const OwnShip own_ship;
    OwnPose pose;
    assert_false(own_ship_pose(&own_ship, &prediction, 0, 0, &pose));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(a_correction_is_smoothed_out),
        TEST(a_second_correction_starts_from_the_shown_position),
        TEST(a_change_of_health_does_not_prolong_the_smoothing),
        TEST(a_teleport_is_shown_at_once),
        TEST(a_restart_and_a_new_life_end_the_smoothing),
        TEST(without_a_server_state_there_is_no_pose),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
