// SPDX-License-Identifier: MIT
// The view of a client over some seconds of snapshots, frame by frame in virtual time.
#include <math.h>

#include "base/clock.h"
#include "client/client_scene.h"
#include "client/view/view.h"
#include "game/tuning.h"
#include "support.h"

static void entities_move_smoothly_and_a_new_one_appears_in_place(void **state) {
    (void)state;
    const ImpairConfig network = {.latency_ns = 30 * NS_PER_MS, .jitter_ns = 20 * NS_PER_MS};
    Scene *scene = scene_start(SCRIPT_PLAY, &network);
    scene_run_ms(scene, 1500);
    static View view;
    uint32_t shown_frames = 0;
    for (int frame = 0; frame < 600; frame++) {
        scene_run_ms(scene, 16);
        view_build(&scene->view, memnet_now_ns(scene->net), &view);
        assert_true(view.has_own && view.own_is_alive);
        assert_true(view.entity_count <= 1);
        if (view.entity_count == 1) {
            shown_frames++;
            // The drone's true position at the shown tick; exact, since its path is straight.
            const uint32_t tick = (uint32_t)view.tick;
            const EntityRecord before = drone_at(&scene->server, tick);
            const double x = (before.x + (view.tick - tick) * DRONE_SPEED) / RECORD_UNIT;
            const bool is_old_one = tick % 200 > 185; // extrapolated beyond its end, or so
            if (!is_old_one) {
                assert_float_equal(view.entities[0].x, x, 0.1);
            }
            assert_int_equal(view.entities[0].kind, ENTITY_DRONE);
        }
    }
    assert_true(shown_frames > 500);
    scene_stop(scene);
}

static void the_longest_delay_still_has_samples_on_both_sides(void **state) {
    (void)state;
    // Jitter of two snapshot intervals: the delay grows to six.
    const ImpairConfig network = {.latency_ns = 20 * NS_PER_MS, .jitter_ns = 100 * NS_PER_MS};
    Scene *scene = scene_start(SCRIPT_PLAY, &network);
    scene_run_ms(scene, 8000);
    static View view;
    uint32_t shown_frames = 0;
    uint32_t extrapolated = 0;
    float last_x = 0;
    for (int frame = 0; frame < 600; frame++) {
        scene_run_ms(scene, 16);
        view_build(&scene->view, memnet_now_ns(scene->net), &view);
        if (view.entity_count == 1) {
            shown_frames++;
            extrapolated += view.entities[0].is_extrapolated;
            const float step = view.entities[0].x - last_x;
            // It flies 2.4 units in 16 ms.
            const bool is_new_one = fabsf(step) > 100;
            assert_true(is_new_one || (step > 0 && step < 4));
            last_x = view.entities[0].x;
        }
    }
    print_message("delay %.1f ticks, %u of %u frames extrapolated\n",
                  scene->client.clock.delay_ticks, extrapolated, shown_frames);
    assert_true(scene->client.clock.delay_ticks > 6);
    assert_true(shown_frames > 500);
    assert_true(extrapolated < shown_frames / 4);
    scene_stop(scene);
}

// The largest step of the drone from one frame of 16 ms to the next, in which it flies 2.4 units.
static float largest_step(Scene *scene, uint32_t frames) {
    static View view;
    float largest = 0;
    float last_x = 0;
    for (uint32_t frame = 0; frame < frames; frame++) {
        scene_run_ms(scene, 16);
        view_build(&scene->view, memnet_now_ns(scene->net), &view);
        if (view.entity_count == 0) {
            last_x = 0;
            continue;
        }
        const float step = fabsf(view.entities[0].x - last_x);
        const bool is_new_one = last_x == 0 || step > 400;
        largest = is_new_one ? largest : fmaxf(largest, step);
        last_x = view.entities[0].x;
    }
    return largest;
}

static void after_a_gap_longer_than_the_extrapolation_nothing_jumps(void **state) {
    (void)state;
    const ImpairConfig network = {.latency_ns = 30 * NS_PER_MS};
    Scene *scene = scene_start(SCRIPT_PLAY, &network);
    scene_run_ms(scene, 1500);
    float largest = 0;
    for (int gap = 0; gap < 10; gap++) {
        scene->server.is_mute = true;
        largest = fmaxf(largest, largest_step(scene, 30)); // 480 ms
        scene->server.is_mute = false;
        largest = fmaxf(largest, largest_step(scene, 60));
    }
    print_message("the largest step in a frame: %.1f units\n", largest);
    assert_true(largest < 11); // the extrapolation was some 50 units behind
    scene_stop(scene);
}

static void at_one_third_loss_nothing_jumps(void **state) {
    (void)state;
    const ImpairConfig network = {.latency_ns = 30 * NS_PER_MS, .loss = 0.33};
    Scene *scene = scene_start(SCRIPT_PLAY, &network);
    scene_run_ms(scene, 3000);
    const float largest = largest_step(scene, 3000);
    print_message("the largest step in a frame: %.1f units\n", largest);
    assert_true(largest < 6);
    scene_stop(scene);
}

static void a_respawn_elsewhere_is_not_smoothed(void **state) {
    (void)state;
    Scene *scene = scene_start(SCRIPT_PLAY, NULL);
    scene_run_ms(scene, 1000);
    FakeServer *server = &scene->server;
    server->ship.health = 0;
    server->ship.respawn_ticks = 60;
    scene_run_ms(scene, 500);
    static View view;
    view_build(&scene->view, memnet_now_ns(scene->net), &view);
    assert_true(view.has_own && !view.own_is_alive);
    server->ship.health = SHIP_HEALTH_MAX;
    server->ship.respawn_ticks = 0;
    server->ship.generation = 2;
    server->ship.motion = (Motion){.x = 300 * UNIT, .y = 300 * UNIT};
    const float from = view.own.x;
    for (int frame = 0; frame < 20; frame++) {
        scene_run_ms(scene, 16);
        view_build(&scene->view, memnet_now_ns(scene->net), &view);
        assert_true(fabsf(view.own.x - from) < 1 || fabsf(view.own.x - 300) < 1);
    }
    assert_true(view.own_is_alive);
    assert_float_equal(view.own.x, 300, 1);
    assert_int_equal(scene->client.stats.prediction_corrections, 0);
    scene_stop(scene);
}

// Client indices end at CLIENTS_MAX; a server may send anything.
static void a_name_for_an_impossible_index_is_ignored(void **state) {
    (void)state;
    static Client client;
    ClientView client_view;
    assert_true(client_view_create(&client_view, &client));
    static const uint32_t INDICES[] = {0, CLIENTS_MAX - 1, CLIENTS_MAX, UINT32_MAX};
    EventBatch batch = {0};
    for (size_t i = 0; i < sizeof INDICES / sizeof *INDICES; i++) {
        batch.events[batch.count++] =
            (Event){.type = EVENT_NAME, .player = {.index = INDICES[i], .name = "Ada"}};
    }
    client_view_on_events(&client_view, &batch);
    for (size_t i = 0; i < sizeof INDICES / sizeof *INDICES; i++) {
        assert_string_equal(client_view_player_name(&client_view, INDICES[i]), i < 2 ? "Ada" : "");
    }
    client_view_destroy(&client_view);
    // All zero is empty.
    assert_string_equal(client_view_player_name(&client_view, 0), "");
    assert_null(client_view_own_death(&client_view));
    assert_int_equal(client_view_scores(&client_view)->count, 0);
}

static void no_event_is_shown_before_the_first_snapshot(void **state) {
    (void)state;
    static Client client;
    client_clock_init(&client.clock, 0, 60, 20);
    client_clock_seed(&client.clock, 0, 1000, 0);
    ClientView client_view;
    assert_true(client_view_create(&client_view, &client));
    const EventBatch batch = {
        .count = 1, .events = {{.type = EVENT_JOIN, .tick = 900, .player = {.index = 1}}}};
    client_view_on_events(&client_view, &batch);
    client.state = CLIENT_WAITING;
    assert_null(client_view_next_event(&client_view, NS_PER_S));
    client.state = CLIENT_PLAYING;
    assert_non_null(client_view_next_event(&client_view, NS_PER_S));
    assert_null(client_view_next_event(&client_view, NS_PER_S));
    client_view_destroy(&client_view);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entities_move_smoothly_and_a_new_one_appears_in_place),
        cmocka_unit_test(the_longest_delay_still_has_samples_on_both_sides),
        cmocka_unit_test(after_a_gap_longer_than_the_extrapolation_nothing_jumps),
        cmocka_unit_test(at_one_third_loss_nothing_jumps),
        cmocka_unit_test(a_respawn_elsewhere_is_not_smoothed),
        cmocka_unit_test(a_name_for_an_impossible_index_is_ignored),
        cmocka_unit_test(no_event_is_shown_before_the_first_snapshot),
    };
    return cmocka_run_group_tests(tests, client_scene_initialize, client_scene_deinitialize);
}
