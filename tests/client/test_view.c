// SPDX-License-Identifier: MIT
#include "client/view/view.h"

#include <string.h>

#include "client/core/shared_arena.h"
#include "game/tuning.h"
#include "support.h"

#define MS 1000000ull

typedef struct Scene {
    Client client;
    ClientView view;
} Scene;

// A client and its view as they are after the first snapshot, without any network.
static Scene *playing_scene(uint32_t tick, const Ship *own) {
    Scene *scene = calloc(1, sizeof *scene);
    Client *client = &scene->client;
    assert_true(client_view_create(&scene->view, client));
    const ArenaSpec spec = {.seed = 1, .side_units = 4000, .nest_count = 1, .name = "view"};
    client->arena = shared_arena_acquire(&spec);
    assert_non_null(client->arena);
    client->welcome = (WelcomeMessage){.player_index = 2,
                                       .tick_rate_hz = 60,
                                       .snapshot_rate_hz = 20,
                                       .ranges = {{0, 10, 20, 30, 40}}};
    client_clock_init(&client->clock, 0, 60, 20);
    client_clock_seed(&client->clock, 0, tick, 0);
    client_clock_on_snapshot(&client->clock, 0, tick);
    prediction_reconcile(&client->prediction, client->arena, tick, own);
    client->latest = (SnapshotHeader){.tick = tick, .own = *own, .center_x = 160, .center_y = 320};
    client->state = CLIENT_PLAYING;
    return scene;
}

static void discard(Scene *scene) {
    client_view_destroy(&scene->view);
    shared_arena_release(scene->client.arena);
    free(scene);
}

static const Ship SHIP = {.motion = {.x = 1000 * UNIT, .y = 500 * UNIT, .angle = 0x4000},
                          .health = SHIP_HEALTH_MAX / 2,
                          .shield_ticks = 10,
                          .generation = 1};

static View view;

static void the_own_ship_is_shown_in_units_and_radians(void **state) {
    (void)state;
    Scene *scene = playing_scene(1000, &SHIP);
    view_build(&scene->view, 0, &view);
    assert_true(view.has_own && view.own_is_alive);
    assert_float_equal(view.tick_rate_hz, 60, 0);
    assert_int_equal(view.own.slot, 2);
    assert_int_equal(view.own.kind, ENTITY_SHIP);
    assert_float_equal(view.own.x, 1000, 0.001);
    assert_float_equal(view.own.y, 500, 0.001);
    assert_float_equal(view.own.angle, 1.5707963, 0.0001);
    assert_float_equal(view.own.health, 0.5, 0.001);
    assert_int_equal(view.own.status, ENTITY_STATUS_SHIELD);
    assert_float_equal(view.center_x, 1000, 0.001);
    assert_memory_equal(&view.own_ship, &SHIP, sizeof(Ship));
    discard(scene);
}

static void a_ship_that_just_fired_flashes(void **state) {
    (void)state;
    Ship ship = SHIP;
    ship.shield_ticks = 0;
    ship.pulse_cooldown_ticks = PULSE_COOLDOWN_TICKS;
    Scene *scene = playing_scene(1000, &ship);
    view_build(&scene->view, 0, &view);
    assert_int_equal(view.own.status, ENTITY_STATUS_FIRED);
    discard(scene);
    ship.pulse_cooldown_ticks = PULSE_COOLDOWN_TICKS - PULSE_FLASH_TICKS;
    scene = playing_scene(1000, &ship);
    view_build(&scene->view, 0, &view);
    assert_int_equal(view.own.status, 0);
    discard(scene);
}

static void without_a_ship_the_camera_shows_the_view_s_centre(void **state) {
    (void)state;
    Scene *scene = playing_scene(1000, &SHIP);
    prediction_reset(&scene->client.prediction);
    view_build(&scene->view, 0, &view);
    assert_false(view.has_own);
    assert_float_equal(view.center_x, 10, 0.001);
    assert_float_equal(view.center_y, 20, 0.001);
    discard(scene);
}

static void entities_are_shown_behind_the_server_s_time_with_their_kind(void **state) {
    (void)state;
    Scene *scene = playing_scene(1000, &SHIP);
    EntityRecord record = {.x = 1600,
                           .y = 800,
                           .vx = 16,
                           .generation = 1,
                           .status = ENTITY_HEALTH_MAX / 3 | ENTITY_STATUS_HUNTER};
    entity_table_update(&scene->view.table, 15, &record, 990, true);
    record.x += 16 * 10;
    entity_table_update(&scene->view.table, 15, &record, 1000, true);
    view_build(&scene->view, 0, &view);
    // Two snapshot intervals of delay to begin with.
    assert_float_equal(view.tick, 994, 0.001);
    assert_int_equal(view.entity_count, 1);
    assert_int_equal(view.entities[0].kind, ENTITY_DRONE);
    assert_float_equal(view.entities[0].x, 104, 0.01);
    assert_float_equal(view.entities[0].health, 1.0 / 3, 0.001);
    assert_true(view.entities[0].status & ENTITY_STATUS_HUNTER);
    assert_false(view.entities[0].is_extrapolated);
    view_build(&scene->view, 150 * MS, &view);
    assert_true(view.entities[0].is_extrapolated);
    discard(scene);
}

static void entities_are_not_shown_before_their_first_tick_or_after_their_last(void **state) {
    (void)state;
    Scene *scene = playing_scene(1000, &SHIP);
    const EntityRecord record = {.generation = 1};
    entity_table_update(&scene->view.table, 15, &record, 1000, true); // 100 ms from now
    entity_table_update(&scene->view.table, 16, &record, 990, true);
    entity_table_remove(&scene->view.table, entity_id(16, 1), 993);
    view_build(&scene->view, 0, &view);
    assert_int_equal(view.entity_count, 0);
    view_build(&scene->view, 110 * MS, &view);
    assert_int_equal(view.entity_count, 1);
    assert_int_equal(view.entities[0].slot, 15);
    discard(scene);
}

static void every_entity_of_a_full_table_is_shown(void **state) {
    (void)state;
    Scene *scene = playing_scene(1000, &SHIP);
    scene->client.welcome.ranges = (SlotRanges){{0, 10, 10000, 10000, 10000}};
    const EntityRecord record = {.generation = 1};
    for (uint32_t i = 0; i < ENTITY_TABLE_CAPACITY; i++) {
        entity_table_update(&scene->view.table, 10 + i * 3, &record, 900, true);
    }
    view_build(&scene->view, 0, &view);
    assert_int_equal(view.entity_count, ENTITY_TABLE_CAPACITY);
    discard(scene);
}

static void health_is_clamped_and_the_camera_follows_the_ship(void **state) {
    (void)state;
    static const struct {
        int16_t health;
        float share;
        bool is_alive;
    } CASES[] = {{-10, 0, false},
                 {0, 0, false},
                 {1, 1.0f / SHIP_HEALTH_MAX, true},
                 {SHIP_HEALTH_MAX, 1, true},
                 {SHIP_HEALTH_MAX + 10, 1, true}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Ship ship = SHIP;
        ship.health = CASES[i].health;
        ship.shield_ticks = (uint16_t)i;
        Scene *scene = playing_scene(1000, &ship);
        view_build(&scene->view, 0, &view);
        assert_float_equal(view.own.health, CASES[i].share, 1e-6);
        assert_int_equal(view.own_is_alive, CASES[i].is_alive);
        assert_int_equal(view.own.status, i > 0 ? ENTITY_STATUS_SHIELD : 0);
        assert_float_equal(view.center_x, 1000, 0.001); // not the view's centre, which is 10, 20
        assert_float_equal(view.center_y, 500, 0.001);
        discard(scene);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_own_ship_is_shown_in_units_and_radians),
        cmocka_unit_test(a_ship_that_just_fired_flashes),
        cmocka_unit_test(without_a_ship_the_camera_shows_the_view_s_centre),
        cmocka_unit_test(entities_are_shown_behind_the_server_s_time_with_their_kind),
        cmocka_unit_test(entities_are_not_shown_before_their_first_tick_or_after_their_last),
        cmocka_unit_test(every_entity_of_a_full_table_is_shown),
        cmocka_unit_test(health_is_clamped_and_the_camera_follows_the_ship),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
