// SPDX-License-Identifier: MIT
#include "server/interest.h"

#include <string.h>

#include "server/view_scene.h"
#include "support.h"
#include "wire/snapshot.h"

#define ENTER_X ((VIEW_HALF_WIDTH_UNITS + VIEW_MARGIN_UNITS) * RECORD_UNIT)
#define ENTER_Y ((VIEW_HALF_HEIGHT_UNITS + VIEW_MARGIN_UNITS) * RECORD_UNIT)
#define LEAVE_X (ENTER_X + VIEW_LEAVE_UNITS * RECORD_UNIT)
#define LEAVE_Y (ENTER_Y + VIEW_LEAVE_UNITS * RECORD_UNIT)

static bool is_within(const ViewScene *scene, uint32_t slot, int32_t half_x, int32_t half_y) {
    const EntityRecord *record = &scene->world.records[slot];
    const Motion *own = &scene->sim.world.ships[0].motion;
    return record->generation != 0 && abs(record->x - (own->x >> RECORD_SHIFT)) <= half_x &&
           abs(record->y - (own->y >> RECORD_SHIFT)) <= half_y;
}

static const ViewEntry *find_entry(const View *view, uint32_t slot) {
    for (uint32_t i = 0; i < view->entry_count; i++) {
        if (view->entries[i].slot == slot) {
            return &view->entries[i];
        }
    }
    return NULL;
}

static bool has_removal(const View *view, EntityId id) {
    for (uint32_t i = 0; i < view->removal_count; i++) {
        if (view->removals[i].id == id) {
            return true;
        }
    }
    return false;
}

// All that must be in view is, nothing else, in ascending order of slots.
static void check_view(const ViewScene *scene) {
    const View *view = &scene->session->view;
    const uint32_t slots = world_slot_count(&scene->sim.world);
    for (uint32_t i = 1; i < view->entry_count; i++) {
        assert_true(view->entries[i].slot > view->entries[i - 1].slot);
    }
    for (uint32_t i = 0; i < view->entry_count; i++) {
        const ViewEntry *entry = &view->entries[i];
        assert_true(is_within(scene, entry->slot, LEAVE_X, LEAVE_Y));
        assert_int_equal(entry->generation, scene->world.records[entry->slot].generation);
        assert_int_not_equal(entry->slot, 0); // the own ship travels in the header
    }
    for (uint32_t slot = 1; slot < slots; slot++) {
        if (is_within(scene, slot, ENTER_X, ENTER_Y)) {
            assert_non_null(find_entry(view, slot));
        }
    }
}

static void the_view_holds_what_is_near_and_nothing_else(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(1500, 6000, 40);
    Rng rng = test_rng();
    for (int i = 0; i < 120; i++) {
        view_scene_tick(scene);
        if (i % 10 == 0) { // anywhere, walls and corners included
            view_scene_move_ship(scene, rng_range(&rng, 20, 5980), rng_range(&rng, 20, 5980));
        }
        if (i % 3 == 0) {
            view_scene_interest(scene);
            check_view(scene);
        }
    }
    view_scene_destroy(scene);
}

static void an_entity_enters_at_the_margin_and_leaves_further_out(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(0, 6000, 2);
    view_scene_tick(scene);
    const Motion *other = &scene->sim.world.ships[1].motion;
    const int32_t x = other->x / UNIT;
    const int32_t y = other->y / UNIT;
    // Step by step away from the other ship, to whichever side there is room, and back again.
    const int32_t side = x > 3000 ? -1 : 1;
    const int32_t enter = VIEW_HALF_WIDTH_UNITS + VIEW_MARGIN_UNITS;
    const int32_t leave = enter + VIEW_LEAVE_UNITS;
    for (int32_t step = 0; step < 2 * leave + 100; step++) {
        const bool is_back = step > leave + 50;
        const int32_t distance = is_back ? 2 * (leave + 50) - step : step;
        view_scene_move_ship(scene, x + side * distance, y);
        view_scene_interest(scene);
        const bool is_followed = find_entry(&scene->session->view, 1) != NULL;
        if (distance < enter - 2 || (!is_back && distance < leave - 2)) {
            assert_true(is_followed);
        } else if (distance > leave + 2 || (is_back && distance > enter + 2)) {
            assert_false(is_followed);
        }
    }
    view_scene_destroy(scene);
}

static void what_was_never_sent_leaves_without_a_removal(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(1500, 6000, 1);
    view_scene_move_ship(scene, 1000, 1000);
    view_scene_interest(scene);
    assert_true(scene->session->view.entry_count > 50);
    view_scene_move_ship(scene, 5000, 5000);
    view_scene_interest(scene);
    assert_int_equal(scene->session->view.removal_count, 0);
    view_scene_destroy(scene);
}

static void what_was_sent_leaves_with_a_removal_that_a_return_takes_back(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(0, 6000, 2);
    view_scene_tick(scene);
    View *view = &scene->session->view;
    const Motion *other = &scene->sim.world.ships[1].motion;
    const int32_t x = other->x / UNIT;
    const int32_t y = other->y / UNIT;
    const EntityId id = entity_id(1, scene->world.records[1].generation);
    view_scene_move_ship(scene, x, y);
    view_scene_interest(scene);
    assert_int_equal(view->entry_count, 1);
    view->entries[0].is_known = true;
    view_scene_move_ship(scene, x > 3000 ? x - 2000 : x + 2000, y);
    view_scene_interest(scene);
    assert_int_equal(view->entry_count, 0);
    assert_true(has_removal(view, id));
    view_scene_move_ship(scene, x, y);
    view_scene_interest(scene);
    assert_false(has_removal(view, id));
    assert_false(find_entry(view, 1)->is_known);
    view_scene_destroy(scene);
}

static void a_slot_with_a_new_tenant_is_a_removal_and_a_newcomer(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(200, 2000, 1);
    view_scene_move_ship(scene, 1000, 1000);
    view_scene_interest(scene);
    View *view = &scene->session->view;
    for (uint32_t i = 0; i < view->entry_count; i++) {
        view->entries[i].is_known = true;
    }
    const uint32_t slot = view->entries[view->entry_count / 2].slot;
    const uint16_t old = view->entries[view->entry_count / 2].generation;
    EntityRecord *records = history_begin(&scene->sim.history, scene->sim.world.tick);
    records[slot].generation = entity_next_generation(old);
    view_scene_interest(scene);
    assert_true(has_removal(view, entity_id(slot, old)));
    const ViewEntry *entry = find_entry(view, slot);
    assert_non_null(entry);
    assert_int_equal(entry->generation, entity_next_generation(old));
    assert_false(entry->is_known);
    view_scene_destroy(scene);
}

static uint32_t chebyshev(const ViewScene *scene, uint32_t slot) {
    const EntityRecord *record = &scene->world.records[slot];
    const Motion *own = &scene->sim.world.ships[0].motion;
    const uint32_t ring_x =
        (uint32_t)abs(record->x - (own->x >> RECORD_SHIFT)) * 16 / (LEAVE_X + 1);
    const uint32_t ring_y =
        (uint32_t)abs(record->y - (own->y >> RECORD_SHIFT)) * 16 / (LEAVE_Y + 1);
    return ring_x > ring_y ? ring_x : ring_y;
}

static void in_a_crowd_the_nearest_are_followed(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(5000, 2000, 1);
    const View *view = &scene->session->view;
    for (int i = 0; i < 60; i++) {
        view_scene_tick(scene);
        view_scene_move_ship(scene, 1000 + 5 * i, 1000);
        view_scene_interest(scene);
        assert_true(view->entry_count <= scene->world.entry_limit);
        assert_true(view->entry_count > scene->world.entry_limit / 3);
        uint32_t furthest = 0;
        for (uint32_t j = 0; j < view->entry_count; j++) {
            const uint32_t ring = chebyshev(scene, view->entries[j].slot);
            furthest = ring > furthest ? ring : furthest;
        }
        // Whole rings are followed: whoever is nearer than the furthest ring is in.
        for (uint32_t slot = 1; slot < world_slot_count(&scene->sim.world); slot++) {
            if (scene->world.records[slot].generation != 0 && furthest > 0 &&
                chebyshev(scene, slot) + 1 < furthest) {
                assert_non_null(find_entry(view, slot));
            }
        }
    }
    view_scene_destroy(scene);
}

static void with_no_room_for_removals_entries_wait(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(1500, 6000, 1);
    View *view = &scene->session->view;
    view_scene_move_ship(scene, 1000, 1000);
    view_scene_interest(scene);
    const uint32_t followed = view->entry_count;
    for (uint32_t i = 0; i < followed; i++) {
        view->entries[i].is_known = true;
    }
    const uint32_t room = 10;
    view->removal_count = VIEW_REMOVALS_MAX - room;
    for (uint32_t i = 0; i < view->removal_count; i++) {
        view->removals[i] = (ViewRemoval){.id = ENTITY_ID_NONE};
    }
    view_scene_move_ship(scene, 5000, 5000);
    view_scene_interest(scene);
    assert_int_equal(view->removal_count, VIEW_REMOVALS_MAX);
    uint32_t waiting = 0;
    for (uint32_t i = 0; i < view->entry_count; i++) {
        waiting += view->entries[i].urgency == URGENCY_GONE;
    }
    assert_int_equal(waiting, followed - room);
    // Each gets its removal once there is room.
    view->removal_count = 0;
    view_scene_interest(scene);
    view->removal_count = 0;
    view_scene_interest(scene);
    check_view(scene);
    view_scene_destroy(scene);
}

static void ships_without_a_name_at_the_client_are_noted_a_few_at_a_time(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(0, 2000, 12);
    view_scene_tick(scene);
    view_scene_move_ship(scene, 1000, 1000);
    uint32_t told = 0;
    for (int i = 0; i < 6; i++) {
        view_scene_interest(scene);
        const View *view = &scene->session->view;
        assert_true(view->untold_count <= VIEW_UNTOLD_MAX);
        for (uint32_t j = 0; j < view->untold_count; j++) {
            assert_false(session_was_told(scene->session, view->untold[j]));
            session_mark_told(scene->session, view->untold[j]);
            told++;
        }
    }
    view_scene_interest(scene);
    assert_int_equal(told, scene->session->view.entry_count);
    view_scene_destroy(scene);
}

static void what_waits_longer_nearer_and_matters_more_is_more_urgent(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(800, 2000, 1);
    view_scene_tick(scene);
    view_scene_move_ship(scene, 1000, 1000);
    view_scene_interest(scene);
    View *view = &scene->session->view;
    for (uint32_t i = 0; i < view->entry_count; i++) {
        view->entries[i].since_tick = scene->sim.world.tick - (i % 2 == 0 ? 3 : 6);
    }
    view_scene_interest(scene);
    uint32_t pairs = 0;
    for (uint32_t i = 0; i + 1 < view->entry_count; i += 2) {
        const ViewEntry *a = &view->entries[i];
        const ViewEntry *b = &view->entries[i + 1];
        if (chebyshev(scene, a->slot) == chebyshev(scene, b->slot) &&
            entity_kind_of_slot(scene->world.ranges, a->slot) ==
                entity_kind_of_slot(scene->world.ranges, b->slot)) {
            assert_true(b->urgency > a->urgency);
            pairs++;
        }
    }
    assert_true(pairs > 5);
    view_scene_destroy(scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_view_holds_what_is_near_and_nothing_else),
        cmocka_unit_test(an_entity_enters_at_the_margin_and_leaves_further_out),
        cmocka_unit_test(what_was_never_sent_leaves_without_a_removal),
        cmocka_unit_test(what_was_sent_leaves_with_a_removal_that_a_return_takes_back),
        cmocka_unit_test(a_slot_with_a_new_tenant_is_a_removal_and_a_newcomer),
        cmocka_unit_test(in_a_crowd_the_nearest_are_followed),
        cmocka_unit_test(with_no_room_for_removals_entries_wait),
        cmocka_unit_test(ships_without_a_name_at_the_client_are_noted_a_few_at_a_time),
        cmocka_unit_test(what_waits_longer_nearer_and_matters_more_is_more_urgent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
