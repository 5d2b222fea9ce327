// SPDX-License-Identifier: MIT
#include "game/rewind.h"

#include "support.h"

#define SLOT 2
#define ID   (SLOT | 7u << ENTITY_SLOT_BITS)

typedef struct Scene {
    Rewind rewind;
    History history;
    EntityRecord records[HISTORY_TICKS][4];
} Scene;

// In tick t the entity stands at x = 100 t published units.
static Scene *create_scene(uint32_t ticks) {
    Scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    assert_true(rewind_create(&scene->rewind));
    history_init(&scene->history, scene->records[0], 4);
    scene->rewind.history = &scene->history;
    for (uint32_t tick = 0; tick < ticks; tick++) {
        EntityRecord *records = history_begin(&scene->history, tick);
        records[SLOT] = (EntityRecord){.x = (int32_t)tick * 100, .y = -7, .generation = 7};
        history_commit(&scene->history, tick);
    }
    return scene;
}

static void destroy_scene(Scene *scene) {
    rewind_destroy(&scene->rewind);
    free(scene);
}

static int32_t x_at(const Scene *scene, uint32_t tick, uint32_t rewind_q8) {
    const Motion now = {.x = (int32_t)tick * 1600, .y = -7 * 16};
    const RewindMoment moment = rewind_moment(&scene->rewind, tick, rewind_q8);
    RewindPlace place;
    assert_non_null(moment.before);
    assert_true(rewind_place(&moment, ID, &now, &place));
    assert_int_equal(place.y, -7 * 16);
    return place.x;
}

static void a_place_between_two_ticks_lies_between_their_places(void **state) {
    (void)state;
    Scene *scene = create_scene(50);
    assert_int_equal(x_at(scene, 50, 256), 49 * 1600);
    assert_int_equal(x_at(scene, 50, 5 * 256), 45 * 1600);
    assert_int_equal(x_at(scene, 50, 5 * 256 + 128), 44 * 1600 + 800);
    assert_int_equal(x_at(scene, 50, 64), 49 * 1600 + 1200); // between now and the tick before
    const RewindMoment moment = rewind_moment(&scene->rewind, 50, 5 * 256 + 128);
    assert_int_equal(moment.tick, 44);
    assert_int_equal(moment.age_ticks, 6);
    destroy_scene(scene);
}

static void without_a_rewind_or_a_history_the_moment_is_now(void **state) {
    (void)state;
    Scene *scene = create_scene(0);
    assert_null(rewind_moment(&scene->rewind, 1, 1000).before);
    destroy_scene(scene);
    scene = create_scene(10);
    assert_null(rewind_moment(&scene->rewind, 10, 0).before);
    assert_non_null(rewind_moment(&scene->rewind, 10, 256).before);
    scene->rewind.history = NULL;
    assert_null(rewind_moment(&scene->rewind, 10, 256).before);
    destroy_scene(scene);
}

static void a_rewind_reaches_as_far_as_the_history(void **state) {
    (void)state;
    Scene *scene = create_scene(10);
    assert_int_equal(x_at(scene, 10, UINT16_MAX), 0);
    destroy_scene(scene);
    scene = create_scene(300);
    assert_int_equal(x_at(scene, 300, UINT16_MAX), (300 - HISTORY_TICKS) * 1600);
    destroy_scene(scene);
}

static void an_entity_born_later_has_no_position(void **state) {
    (void)state;
    Scene *scene = create_scene(20);
    const Motion now = {0};
    RewindPlace place;
    RewindMoment moment = rewind_moment(&scene->rewind, 20, 3 * 256);
    assert_false(rewind_place(&moment, SLOT | 8u << ENTITY_SLOT_BITS, &now, &place));
    // It was born in tick 15.
    for (uint32_t tick = 0; tick < 15; tick++) {
        scene->records[tick][SLOT].generation = 6;
    }
    moment = rewind_moment(&scene->rewind, 20, 5 * 256);
    assert_true(rewind_place(&moment, ID, &now, &place));
    moment = rewind_moment(&scene->rewind, 20, 5 * 256 + 1);
    assert_false(rewind_place(&moment, ID, &now, &place));
    destroy_scene(scene);
}

static void an_entity_dead_since_has_its_last_position(void **state) {
    (void)state;
    Scene *scene = create_scene(20);
    scene->records[18][SLOT].generation = 0;
    scene->records[19][SLOT].generation = 0;
    const Motion motion = {.x = 17 * 1600};
    rewind_note_end(&scene->rewind, ID, &motion, 18);
    RewindPlace place;
    RewindMoment moment = rewind_moment(&scene->rewind, 20, 2 * 256 + 10);
    assert_non_null(rewind_ended(&scene->rewind, &moment, 0));
    assert_null(rewind_ended(&scene->rewind, &moment, 1));
    assert_true(rewind_place(&moment, ID, NULL, &place));
    assert_int_equal(place.x, 17 * 1600);
    moment = rewind_moment(&scene->rewind, 20, 2 * 256); // then it was dead
    assert_null(rewind_ended(&scene->rewind, &moment, 0));
    destroy_scene(scene);
}

static void the_oldest_ends_are_forgotten(void **state) {
    (void)state;
    Scene *scene = create_scene(60);
    const Motion motion = {0};
    for (uint32_t i = 0; i < 3 * REWIND_ENDS; i++) {
        rewind_note_end(&scene->rewind, ID, &motion, 59);
    }
    const RewindMoment moment = rewind_moment(&scene->rewind, 60, 10 * 256);
    assert_non_null(rewind_ended(&scene->rewind, &moment, REWIND_ENDS - 1));
    assert_null(rewind_ended(&scene->rewind, &moment, REWIND_ENDS));
    destroy_scene(scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_place_between_two_ticks_lies_between_their_places),
        cmocka_unit_test(without_a_rewind_or_a_history_the_moment_is_now),
        cmocka_unit_test(a_rewind_reaches_as_far_as_the_history),
        cmocka_unit_test(an_entity_born_later_has_no_position),
        cmocka_unit_test(an_entity_dead_since_has_its_last_position),
        cmocka_unit_test(the_oldest_ends_are_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
