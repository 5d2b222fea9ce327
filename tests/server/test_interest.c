// SPDX-License-Identifier: MIT
#include "server/replication/interest.h"

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

// Everything that must be in view is, and nothing else, in ascending order of slots.
static void check_view(const ViewScene *scene) {
    const InterestView *view = &scene->view;
    uint32_t staying = 0;
    for (uint32_t i = 0; i < view->baseline.count; i++) {
        const BaselineEntry *entry = &view->baseline.entries[i];
        staying += view->stays[i];
        if (view->stays[i] != 0) {
            assert_true(is_within(scene, entry->slot, LEAVE_X, LEAVE_Y));
            assert_int_equal(entry->generation, scene->world.records[entry->slot].generation);
        }
    }
    assert_int_equal(view->staying_count, staying);
    for (uint32_t i = 0; i < view->enter_count; i++) {
        assert_true(i == 0 || view->enters[i] > view->enters[i - 1]);
        assert_true(is_within(scene, view->enters[i], ENTER_X, ENTER_Y));
        assert_false(view_scene_is_staying(scene, view->enters[i]));
    }
    assert_false(view_scene_sees(scene, 0)); // the own ship travels in the header
    for (uint32_t slot = 1; slot < world_slot_count(&scene->sim.world); slot++) {
        assert_true(!is_within(scene, slot, ENTER_X, ENTER_Y) || view_scene_sees(scene, slot));
    }
}

static void the_view_holds_near_entities_only(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(1500, 6000, 40);
    Rng rng = test_rng();
    static Snapshot snapshot;
    for (int i = 0; i < 120; i++) {
        view_scene_tick(scene);
        if (i % 10 == 0) { // anywhere, walls and corners included
            view_scene_move_ship(scene, rng_range(&rng, 20, 5980), rng_range(&rng, 20, 5980));
        }
        if (i % 3 == 0) {
            view_scene_interest(scene);
            check_view(scene);
            view_scene_encode(scene);
            view_scene_decode(scene, &snapshot);
            if (rng_chance(&rng, 0.7)) {
                replica_state_acknowledge(scene->replica, snapshot.header.sequence, 0);
            }
        }
    }
    view_scene_destroy(scene);
}

static void an_entity_enters_at_the_margin_and_leaves_further_out(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(0, 6000, 2);
    static Snapshot snapshot;
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
        view_scene_tick(scene);
        view_scene_move_ship(scene, x + side * distance, y);
        view_scene_send(scene, &snapshot);
        const bool is_followed = view_scene_sees(scene, 1);
        if (distance < enter - 2 || (!is_back && distance < leave - 2)) {
            assert_true(is_followed);
        } else if (distance > leave + 2 || (is_back && distance > enter + 2)) {
            assert_false(is_followed);
        }
    }
    view_scene_destroy(scene);
}

#define CENTER 3000 // where the session's ship stands (units)

// A tick with the other ship exactly so far from the session's (1/16 units), as records have it.
static bool sees_other_at(ViewScene *scene, uint32_t slot, int32_t dx, int32_t dy) {
    static Snapshot snapshot;
    Motion *other = &scene->sim.world.ships[slot].motion;
    other->x = CENTER * UNIT + dx * (UNIT / RECORD_UNIT);
    other->y = CENTER * UNIT + dy * (UNIT / RECORD_UNIT);
    scene->sim.world.motions[slot] = *other;
    scene->sim.world.has_ship_bands = false;
    view_scene_move_ship(scene, CENTER, CENTER);
    view_scene_tick(scene);
    view_scene_move_ship(scene, CENTER, CENTER);
    EntityRecord *records = history_begin(&scene->sim.history, scene->sim.world.tick);
    records[slot].x = CENTER * RECORD_UNIT + dx;
    records[slot].y = CENTER * RECORD_UNIT + dy;
    history_commit(&scene->sim.history, scene->sim.world.tick);
    view_scene_send(scene, &snapshot);
    return view_scene_sees(scene, slot);
}

static void the_edges_of_entering_and_leaving_belong_to_the_view(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(0, 6000, 2);
    for (int32_t sign = -1; sign <= 1; sign += 2) {
        for (int32_t is_y = 0; is_y < 2; is_y++) {
            const int32_t x = is_y ? 0 : sign;
            const int32_t y = is_y ? sign : 0;
            const int32_t enter = is_y ? ENTER_Y : ENTER_X;
            const int32_t leave = is_y ? LEAVE_Y : LEAVE_X;
            assert_false(sees_other_at(scene, 1, 2 * x * LEAVE_X, 2 * y * LEAVE_Y));
            assert_false(sees_other_at(scene, 1, x * (enter + 1), y * (enter + 1)));
            assert_true(sees_other_at(scene, 1, x * enter, y * enter));
            assert_true(sees_other_at(scene, 1, x * leave, y * leave));
            assert_false(sees_other_at(scene, 1, x * (leave + 1), y * (leave + 1)));
            assert_false(sees_other_at(scene, 1, x * leave, y * leave)); // no longer followed
        }
    }
    view_scene_destroy(scene);
}

// In any slot; 64 of them share a word of the scratch.
static void an_entity_that_left_the_view_can_enter_again(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(0, 6000, 200);
    for (uint32_t slot = 1; slot < 200; slot++) {
        assert_true(sees_other_at(scene, slot, 160, 0));
        assert_true(sees_other_at(scene, slot, 160, 0));
        assert_false(sees_other_at(scene, slot, 2 * LEAVE_X, 0));
        assert_true(sees_other_at(scene, slot, 160, 0));
        assert_false(sees_other_at(scene, slot, 2 * LEAVE_X, 0));
    }
    view_scene_destroy(scene);
}

static void an_entity_not_acknowledged_enters_again(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(1500, 6000, 1);
    static Snapshot snapshot;
    view_scene_move_ship(scene, 1000, 1000);
    view_scene_say(scene, &snapshot);
    const uint32_t count = scene->view.enter_count;
    assert_true(count > 50);
    view_scene_send(scene, &snapshot);
    assert_int_equal(scene->view.enter_count, count);
    assert_int_equal(scene->view.baseline_back, 0);
    view_scene_tick(scene);
    view_scene_interest(scene);
    assert_int_equal(scene->view.baseline_back, 1);
    assert_true(scene->view.staying_count > count - 10);
    assert_true(scene->view.enter_count < 10);
    view_scene_destroy(scene);
}

static void a_slot_with_another_generation_leaves_and_enters(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(200, 2000, 1);
    static Snapshot snapshot;
    view_scene_move_ship(scene, 1000, 1000);
    view_scene_send(scene, &snapshot);
    const SnapshotEntity *entity = &snapshot.entities[snapshot.entity_count / 2];
    const uint32_t slot = entity->slot;
    view_scene_tick(scene);
    EntityRecord *records = history_begin(&scene->sim.history, scene->sim.world.tick);
    assert_int_equal(records[slot].generation, entity->record.generation);
    records[slot].generation = entity_next_generation(entity->record.generation);
    view_scene_interest(scene);
    assert_false(view_scene_is_staying(scene, slot));
    assert_true(view_scene_is_enter(scene, slot));
    view_scene_destroy(scene);
}

static uint32_t chebyshev(const ViewScene *scene, uint32_t slot) {
    const EntityRecord *record = &scene->world.records[slot];
    const Motion *own = &scene->sim.world.ships[0].motion;
    const uint32_t tier_x =
        (uint32_t)abs(record->x - (own->x >> RECORD_SHIFT)) * 16 / (LEAVE_X + 1);
    const uint32_t tier_y =
        (uint32_t)abs(record->y - (own->y >> RECORD_SHIFT)) * 16 / (LEAVE_Y + 1);
    return tier_x > tier_y ? tier_x : tier_y;
}

static void in_a_crowd_the_nearest_are_followed(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(5000, 2000, 1);
    const InterestView *view = &scene->view;
    static Snapshot snapshot;
    for (int i = 0; i < 60; i++) {
        view_scene_tick(scene);
        view_scene_move_ship(scene, 1000 + 5 * i, 1000);
        view_scene_send(scene, &snapshot);
        assert_true(view->staying_count + view->enter_count <= scene->world.entry_limit);
        assert_true(view->staying_count + view->enter_count > scene->world.entry_limit / 2);
        uint32_t furthest = 0;
        for (uint32_t slot = 1; slot < world_slot_count(&scene->sim.world); slot++) {
            if (view_scene_sees(scene, slot)) {
                const uint32_t tier = chebyshev(scene, slot);
                furthest = tier > furthest ? tier : furthest;
            }
        }
        // Entities nearer than the furthest tiers are in; the last tier is followed in part, and
        // those followed already count as one tier nearer.
        for (uint32_t slot = 1; slot < world_slot_count(&scene->sim.world); slot++) {
            if (scene->world.records[slot].generation != 0 &&
                chebyshev(scene, slot) + 1 < furthest) {
                assert_true(view_scene_sees(scene, slot));
            }
        }
    }
    view_scene_destroy(scene);
}

static void more_than_a_set_holds_around_the_centre_leaves_no_room_further_out(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(1000, 2000, 1);
    static Snapshot snapshot;
    for (int i = 0; i < 10; i++) {
        view_scene_tick(scene);
        view_scene_move_ship(scene, 1000, 1000);
        EntityRecord *records = history_begin(&scene->sim.history, scene->sim.world.tick);
        for (uint32_t slot = 1; slot < 600; slot++) { // all in one place
            records[slot].x = 1000 * RECORD_UNIT;
            records[slot].y = 1000 * RECORD_UNIT;
        }
        history_commit(&scene->sim.history, scene->sim.world.tick);
        view_scene_send(scene, &snapshot);
        assert_true(scene->view.staying_count + scene->view.enter_count <=
                    scene->world.entry_limit);
        assert_true(snapshot.entity_count > 0);
    }
    assert_true(scene->view.staying_count > 200);
    view_scene_destroy(scene);
}

static uint32_t tier_of(const ViewScene *scene, uint32_t slot) {
    const Motion *own = &scene->sim.world.ships[0].motion;
    return interest_tier(&scene->world.records[slot], own->x >> RECORD_SHIFT,
                         own->y >> RECORD_SHIFT);
}

// Brute force: how many in view lie in each tier. Without a baseline, all tiers that fit completely
// must be followed, and as many of the next one as there is room for.
static void check_nearest(const ViewScene *scene) {
    uint32_t counts[INTEREST_TIERS] = {0};
    uint32_t in_view = 0;
    const uint32_t slot_count = world_slot_count(&scene->sim.world);
    for (uint32_t slot = 1; slot < slot_count; slot++) {
        if (is_within(scene, slot, ENTER_X, ENTER_Y)) {
            counts[tier_of(scene, slot)]++;
            in_view++;
        }
    }
    const uint32_t limit = scene->world.entry_limit;
    if (in_view <= 8192) {
        fail_msg("only %u are in view", in_view);
    }
    assert_int_equal(scene->view.staying_count, 0);
    assert_int_equal(scene->view.enter_count, limit);
    uint32_t complete = 0; // tiers that fit
    for (uint32_t total = counts[0]; total <= limit; total += counts[++complete]) {
    }
    uint32_t followed[INTEREST_TIERS] = {0};
    for (uint32_t i = 0; i < scene->view.enter_count; i++) {
        followed[tier_of(scene, scene->view.enters[i])]++;
    }
    for (uint32_t tier = 0; tier < INTEREST_TIERS; tier++) {
        if (tier < complete) {
            assert_int_equal(followed[tier], counts[tier]);
        } else if (tier > complete) {
            assert_int_equal(followed[tier], 0);
        }
    }
    assert_int_equal(scene->replica->view_tiers, complete + complete / 4 + 3);
}

// So many drones within `spread` units of a place, and the ship at another.
static void watch_crowd(uint32_t drones, int32_t spread, int32_t x, int32_t y) {
    ViewScene *scene = view_scene_create(drones, 2000, 1);
    Rng rng = test_rng();
    World *world = &scene->sim.world;
    for (uint32_t i = 0; i < drones; i++) {
        Motion *motion = &world->motions[world->ranges.first[ENTITY_DRONE] + i];
        motion->x = rng_range(&rng, 1000 - spread, 1000 + spread) * UNIT;
        motion->y = rng_range(&rng, 1000 - spread, 1000 + spread) * UNIT;
    }
    world->has_bands = false;
    view_scene_move_ship(scene, x, y);
    view_scene_tick(scene);
    view_scene_move_ship(scene, x, y);
    view_scene_interest(scene);
    check_nearest(scene);
    view_scene_destroy(scene);
}

// Also those in the last rows of the grid, when the first ones have filled the room for candidates.
static void of_more_candidates_than_fit_the_nearest_are_followed(void **state) {
    (void)state;
    watch_crowd(10000, 400, 1000, 1000);
    watch_crowd(20000, 400, 1000, 1390); // the nearest come last
    watch_crowd(20000, 400, 1390, 610);  // in a corner of the crowd
    watch_crowd(20000, 400, 1000, 1300); // room is made again and again
    watch_crowd(20000, 30, 1000, 1000);  // a few tiers hold them all
    watch_crowd(20000, 0, 1000, 1000);   // the innermost holds them all
    watch_crowd(20000, 30, 1500, 1000);  // far away, nearly all in two tiers
    watch_crowd(30000, 999, 1000, 1000); // all over the arena
}

static void a_crowd_left_behind_opens_the_view_again(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(3000, 3000, 1);
    static Snapshot snapshot;
    for (int i = 0; i < 20; i++) {
        view_scene_tick(scene);
        view_scene_move_ship(scene, 1500, 1500);
        view_scene_send(scene, &snapshot);
    }
    assert_true(scene->replica->view_tiers < INTEREST_TIERS);
    for (int i = 0; i < 10; i++) { // into the corner, where three quarters of the view are void
        view_scene_tick(scene);
        view_scene_move_ship(scene, 20, 20);
        view_scene_send(scene, &snapshot);
    }
    check_view(scene);
    view_scene_destroy(scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_view_holds_near_entities_only),
        cmocka_unit_test(an_entity_enters_at_the_margin_and_leaves_further_out),
        cmocka_unit_test(the_edges_of_entering_and_leaving_belong_to_the_view),
        cmocka_unit_test(an_entity_that_left_the_view_can_enter_again),
        cmocka_unit_test(an_entity_not_acknowledged_enters_again),
        cmocka_unit_test(a_slot_with_another_generation_leaves_and_enters),
        cmocka_unit_test(in_a_crowd_the_nearest_are_followed),
        cmocka_unit_test(more_than_a_set_holds_around_the_centre_leaves_no_room_further_out),
        cmocka_unit_test(of_more_candidates_than_fit_the_nearest_are_followed),
        cmocka_unit_test(a_crowd_left_behind_opens_the_view_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
