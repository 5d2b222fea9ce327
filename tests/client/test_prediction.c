// SPDX-License-Identifier: MIT
// A server that is a loop over ship_step(), and a client that is ahead of it.
#include "client/core/prediction.h"

#include <math.h>
#include <string.h>

#include "game/tuning.h"
#include "support.h"

#define AHEAD 8 // ticks that the client is ahead of the server states it receives

typedef struct Scene {
    Arena arena;
    Ship server;
    uint32_t server_tick;
    ShipInput inputs[4096]; // by tick, as sent by the client
    Prediction prediction;
} Scene;

static int start(void **state) {
    Scene *scene = calloc(1, sizeof *scene);
    const ArenaSpec spec = {
        .seed = 1, .side_units = 6000, .asteroid_count = 20, .nest_count = 1, .name = "test"};
    assert_true(arena_create(&scene->arena, &spec));
    scene->server = (Ship){.motion = {.x = 3000 * UNIT, .y = 3000 * UNIT},
                           .health = SHIP_HEALTH_MAX,
                           .energy = SHIP_ENERGY_MAX,
                           .generation = 1};
    scene->server_tick = 100;
    prediction_reconcile(&scene->prediction, &scene->arena, 100, &scene->server);
    prediction_start_inputs(&scene->prediction, &scene->arena, 101);
    *state = scene;
    return 0;
}

static int stop(void **state) {
    Scene *scene = *state;
    arena_destroy(&scene->arena);
    free(scene);
    return 0;
}

static void client_step_to(Scene *scene, uint32_t tick, ShipInput input) {
    while (scene->prediction.newest_tick < tick) {
        prediction_step(&scene->prediction, &scene->arena, input);
        scene->inputs[scene->prediction.newest_tick] = input;
    }
}

static void server_step(Scene *scene) {
    scene->server_tick++;
    ship_step(&scene->server, scene->inputs[scene->server_tick], &scene->arena);
}

static Reconciliation reconcile(Scene *scene) {
    return prediction_reconcile(&scene->prediction, &scene->arena, scene->server_tick,
                                &scene->server);
}

static ShipInput random_input(Rng *rng) {
    return (ShipInput){.aim = (uint16_t)rng_next(rng),
                       .buttons = (uint8_t)(rng_next(rng) & INPUT_BUTTONS_MASK)};
}

static void the_same_inputs_land_on_the_same_bits(void **state) {
    Scene *scene = *state;
    Rng rng = test_rng();
    for (int i = 0; i < 2000; i++) {
        client_step_to(scene, scene->server_tick + 1 + AHEAD, random_input(&rng));
        server_step(scene);
        if (i % 3 == 0) {
            const Reconciliation result = reconcile(scene);
            assert_true(result.is_check);
            assert_true(result.distance_units == 0);
        }
    }
    assert_int_equal(scene->prediction.checks, 667);
    assert_int_equal(scene->prediction.corrections, 0);
    assert_int_equal(scene->prediction.replays, 0);
}

static void a_lost_input_is_corrected_by_replaying_the_others(void **state) {
    Scene *scene = *state;
    const ShipInput right = {.buttons = INPUT_RIGHT};
    client_step_to(scene, 130, right);
    scene->inputs[110] = (ShipInput){0}; // never arrived
    while (scene->server_tick < 120) {
        server_step(scene);
    }
    const double shown_x = (double)prediction_ship(&scene->prediction)->motion.x / UNIT;
    const Reconciliation result = reconcile(scene);
    assert_true(result.is_check);
    assert_true(result.distance_units > 0.1 && result.distance_units < 10);
    const double now_x = (double)prediction_ship(&scene->prediction)->motion.x / UNIT;
    assert_true(fabs(result.moved_x - (now_x - shown_x)) < 1e-9);
    assert_true(result.moved_x < 0 && result.moved_y == 0);
    assert_int_equal(scene->prediction.corrections, 1);
    while (scene->server_tick < 130) {
        server_step(scene);
    }
    assert_memory_equal(&scene->server, prediction_ship(&scene->prediction), sizeof(Ship));
    assert_true(reconcile(scene).distance_units == 0);
    assert_int_equal(scene->prediction.corrections, 1);
}

static void a_push_from_another_body_is_adopted_and_kept(void **state) {
    Scene *scene = *state;
    client_step_to(scene, 115, (ShipInput){.buttons = INPUT_UP});
    while (scene->server_tick < 105) {
        server_step(scene);
    }
    scene->server.motion.x += 40 * UNIT;
    assert_float_equal(reconcile(scene).distance_units, 40, 0.01);
    while (scene->server_tick < 115) {
        server_step(scene);
    }
    assert_memory_equal(&scene->server, prediction_ship(&scene->prediction), sizeof(Ship));
}

static void damage_and_score_are_adopted_without_being_corrections(void **state) {
    Scene *scene = *state;
    client_step_to(scene, 110, (ShipInput){0});
    server_step(scene);
    scene->server.health = 60;
    scene->server.score = 500;
    Reconciliation result = reconcile(scene);
    assert_true(result.is_check && result.distance_units == 0);
    assert_int_equal(prediction_ship(&scene->prediction)->health, 60);
    assert_int_equal(prediction_ship(&scene->prediction)->score, 500);
    assert_int_equal(scene->prediction.replays, 1);
    server_step(scene);
    scene->server.score = 501;
    result = reconcile(scene);
    assert_int_equal(prediction_ship(&scene->prediction)->score, 501);
    assert_int_equal(scene->prediction.replays, 1); // a counter alone needs no replay
    assert_int_equal(scene->prediction.corrections, 0);
}

// The server's states of the newest tick and of ticks before it: the ship is shown between two
// ticks that are both corrected.
static void the_pose_after_a_correction_lies_between_corrected_ticks(void **state) {
    for (uint32_t ahead = 0; ahead < 4; ahead++) {
        Scene *scene = *state;
        client_step_to(scene, 110 + ahead, (ShipInput){.buttons = INPUT_RIGHT});
        while (scene->server_tick < 110) {
            server_step(scene);
        }
        scene->server.motion.x -= 1000 * UNIT;
        scene->server.motion.y -= 500 * UNIT;
        reconcile(scene);
        OwnPose last = {0};
        for (int i = 0; i <= 4; i++) {
            OwnPose pose;
            const double tick = scene->prediction.newest_tick + i / 4.0;
            assert_true(prediction_pose(&scene->prediction, tick, &pose));
            assert_float_equal(pose.x, 2000, 100);
            assert_float_equal(pose.y, 2500, 1);
            // 1/4 of a tick, in which it flies 4 units at most; without a tick before it stands.
            assert_true(i == 0 || (pose.x >= last.x && pose.x - last.x < 2));
            assert_true(i == 0 || ahead == 0 || pose.x > last.x);
            last = pose;
        }
        const Motion *newest = &prediction_ship(&scene->prediction)->motion;
        assert_float_equal(last.x, (double)newest->x / UNIT, 0.001);
        stop(state);
        start(state);
    }
}

static void death_and_respawn_move_the_ship_at_once_and_are_no_checks(void **state) {
    Scene *scene = *state;
    client_step_to(scene, 110, (ShipInput){.buttons = INPUT_RIGHT});
    server_step(scene);
    scene->server.health = 0;
    scene->server.respawn_ticks = 5;
    assert_false(reconcile(scene).is_check);
    const Ship *ship = prediction_ship(&scene->prediction);
    assert_false(ship_is_alive(ship));
    assert_int_equal(ship->respawn_ticks, 0); // counted down over nine ticks
    assert_int_equal(ship->motion.x, scene->server.motion.x);
    for (int i = 0; i < 5; i++) {
        server_step(scene);
    }
    assert_true(reconcile(scene).is_check); // the count-down itself is predicted
    server_step(scene);
    scene->server.health = SHIP_HEALTH_MAX;
    scene->server.respawn_ticks = 0;
    scene->server.generation = 2;
    scene->server.motion = (Motion){.x = 1000 * UNIT, .y = 1000 * UNIT};
    assert_false(reconcile(scene).is_check);
    OwnPose pose;
    assert_true(prediction_pose(&scene->prediction, 110.5, &pose));
    assert_true(hypot(pose.x - 1000, pose.y - 1000) < 20);
    assert_int_equal(scene->prediction.corrections, 0);
}

static void a_state_outside_the_ring_restarts_the_prediction(void **state) {
    Scene *scene = *state;
    client_step_to(scene, 110, (ShipInput){0});
    Reconciliation result =
        prediction_reconcile(&scene->prediction, &scene->arena, 500, &scene->server);
    assert_true(result.is_restart && !result.is_check);
    assert_int_equal(scene->prediction.newest_tick, 500);
    client_step_to(scene, 500 + PREDICTION_TICKS, (ShipInput){0});
    result = prediction_reconcile(&scene->prediction, &scene->arena, 500, &scene->server);
    assert_true(result.is_restart); // overwritten by the newest tick
    assert_int_equal(scene->prediction.newest_tick, 500);
}

static void inputs_can_start_ahead_and_go_back(void **state) {
    Scene *scene = *state;
    const ShipInput right = {.buttons = INPUT_RIGHT};
    client_step_to(scene, 104, right);
    prediction_start_inputs(&scene->prediction, &scene->arena, 120);
    assert_int_equal(scene->prediction.newest_tick, 119);
    assert_null(prediction_input(&scene->prediction, 119)); // never the player's
    client_step_to(scene, 125, right);
    assert_non_null(prediction_input(&scene->prediction, 120));
    assert_null(prediction_input(&scene->prediction, 126));
    prediction_start_inputs(&scene->prediction, &scene->arena, 115);
    assert_int_equal(scene->prediction.newest_tick, 114);
    client_step_to(scene, 116, right);
    assert_null(prediction_input(&scene->prediction, 114));
    assert_non_null(prediction_input(&scene->prediction, 115));
    prediction_start_inputs(&scene->prediction, &scene->arena, 1000000);
    assert_int_equal(scene->prediction.newest_tick, 999999);
    prediction_start_inputs(&scene->prediction, &scene->arena, 1);
    assert_int_equal(scene->prediction.newest_tick, scene->prediction.oldest_tick);
}

static void nothing_is_predicted_before_the_first_server_state(void **state) {
    (void)state;
    Prediction prediction;
    memset(&prediction, 0, sizeof prediction);
    OwnPose pose;
    assert_null(prediction_ship(&prediction));
    assert_null(prediction_input(&prediction, 0));
    assert_false(prediction_pose(&prediction, 0, &pose));
}

// The pose starts at the state before the newest tick, ends at the state after it, and turns the
// shorter way round in between.
static void the_pose_lies_between_the_last_two_ticks(void **state) {
    Scene *scene = *state;
    OwnPose pose;
    client_step_to(scene, 110, (ShipInput){.buttons = INPUT_RIGHT, .aim = 65000});
    const Ship before = *prediction_ship(&scene->prediction);
    client_step_to(scene, 111, (ShipInput){.buttons = INPUT_RIGHT | INPUT_DOWN, .aim = 600});
    const Ship after = *prediction_ship(&scene->prediction);
    assert_true(before.motion.x != after.motion.x && before.motion.y != after.motion.y);
    assert_int_equal(after.motion.angle, 600);
    static const double TICKS[] = {109, 110.9, 111, 111.5, 112, 112.1, 150};
    for (size_t i = 0; i < sizeof TICKS / sizeof *TICKS; i++) {
        const double t = fmin(fmax(TICKS[i] - 111, 0), 1);
        assert_true(prediction_pose(&scene->prediction, TICKS[i], &pose));
        assert_float_equal(pose.x,
                           (before.motion.x + t * (after.motion.x - before.motion.x)) / UNIT, 1e-6);
        assert_float_equal(pose.y,
                           (before.motion.y + t * (after.motion.y - before.motion.y)) / UNIT, 1e-6);
        assert_float_equal(pose.angle, (65000 + t * (65536 + 600 - 65000)) / 65536, 1e-6);
    }
}

static void inputs_that_go_back_predict_the_ticks_again(void **state) {
    Scene *scene = *state;
    client_step_to(scene, 120, (ShipInput){.buttons = INPUT_RIGHT});
    prediction_start_inputs(&scene->prediction, &scene->arena, 111);
    while (scene->server_tick < 110) {
        server_step(scene);
        assert_true(reconcile(scene).is_check); // earlier ticks are still known
    }
    assert_int_equal(scene->prediction.corrections, 0);
    assert_memory_equal(&scene->server, prediction_ship(&scene->prediction), sizeof(Ship));
    client_step_to(scene, 125, (ShipInput){.buttons = INPUT_UP});
    while (scene->server_tick < 125) {
        server_step(scene);
    }
    assert_memory_equal(&scene->server, prediction_ship(&scene->prediction), sizeof(Ship));
}

// No further than the oldest tick of the ring.
static void inputs_cannot_go_back_before_the_oldest_tick(void **state) {
    Scene *scene = *state;
    for (uint32_t first = 1; first < 103; first += first < 98 ? 97 : 1) { // 1, 98, 99 ... 102
        client_step_to(scene, 130, (ShipInput){.buttons = INPUT_RIGHT});
        prediction_start_inputs(&scene->prediction, &scene->arena, first);
        assert_int_equal(scene->prediction.newest_tick, first <= 101 ? 100 : first - 1);
        assert_int_equal(scene->prediction.first_input_tick, first <= 101 ? 101 : first);
    }
    // After a restart that is the server state's tick, whatever older ticks the ring holds.
    prediction_reconcile(&scene->prediction, &scene->arena, 700, &scene->server);
    prediction_start_inputs(&scene->prediction, &scene->arena, 650);
    assert_int_equal(scene->prediction.newest_tick, 700);
    assert_memory_equal(&scene->server, prediction_ship(&scene->prediction), sizeof(Ship));
    const Reconciliation result =
        prediction_reconcile(&scene->prediction, &scene->arena, 699, &scene->server);
    assert_true(result.is_restart);
}

// The last input is repeated for as many ticks as the ring holds; beyond that the ship stays.
static void a_start_far_ahead_leaves_the_ship_where_it_is(void **state) {
    for (uint32_t missing = PREDICTION_TICKS - 1; missing <= PREDICTION_TICKS + 1; missing++) {
        Scene *scene = *state;
        client_step_to(scene, 110, (ShipInput){.buttons = INPUT_RIGHT});
        const Ship before = *prediction_ship(&scene->prediction);
        prediction_start_inputs(&scene->prediction, &scene->arena, 110 + missing + 1);
        assert_int_equal(scene->prediction.newest_tick, 110 + missing);
        const Ship *after = prediction_ship(&scene->prediction);
        const bool is_same = memcmp(&before, after, sizeof before) == 0;
        assert_int_equal(is_same, missing > PREDICTION_TICKS);
        stop(state);
        start(state);
    }
}

static void the_oldest_tick_can_be_checked_and_the_one_before_cannot(void **state) {
    Scene *scene = *state;
    client_step_to(scene, 110, (ShipInput){0});
    assert_true(
        prediction_reconcile(&scene->prediction, &scene->arena, 100, &scene->server).is_check);
    client_step_to(scene, 99 + PREDICTION_TICKS, (ShipInput){0});
    assert_true(
        prediction_reconcile(&scene->prediction, &scene->arena, 100, &scene->server).is_check);
    client_step_to(scene, 100 + PREDICTION_TICKS, (ShipInput){0});
    assert_true(
        prediction_reconcile(&scene->prediction, &scene->arena, 100, &scene->server).is_restart);
}

static void the_smallest_correction_counts(void **state) {
    Scene *scene = *state;
    client_step_to(scene, 110, (ShipInput){0});
    server_step(scene);
    scene->server.motion.x += 1; // 1/256 unit
    assert_true(reconcile(scene).distance_units > 0);
    assert_int_equal(scene->prediction.corrections, 1);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(the_same_inputs_land_on_the_same_bits),
        TEST(a_lost_input_is_corrected_by_replaying_the_others),
        TEST(a_push_from_another_body_is_adopted_and_kept),
        TEST(damage_and_score_are_adopted_without_being_corrections),
        TEST(the_pose_after_a_correction_lies_between_corrected_ticks),
        TEST(death_and_respawn_move_the_ship_at_once_and_are_no_checks),
        TEST(a_state_outside_the_ring_restarts_the_prediction),
        TEST(inputs_can_start_ahead_and_go_back),
        TEST(nothing_is_predicted_before_the_first_server_state),
        TEST(the_pose_lies_between_the_last_two_ticks),
        TEST(inputs_that_go_back_predict_the_ticks_again),
        TEST(inputs_cannot_go_back_before_the_oldest_tick),
        TEST(a_start_far_ahead_leaves_the_ship_where_it_is),
        TEST(the_oldest_tick_can_be_checked_and_the_one_before_cannot),
        TEST(the_smallest_correction_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
