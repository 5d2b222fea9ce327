// SPDX-License-Identifier: MIT
#include "server/encode.h"

#include <string.h>

#include "base/clock.h"
#include "server/view_scene.h"
#include "support.h"
#include "wire/snapshot.h"

static void a_snapshot_carries_the_own_ship_and_the_view_in_order(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(600, 6000, 4);
    Snapshot snapshot;
    view_scene_interest(scene);
    view_scene_encode(scene);
    view_scene_decode(scene, &snapshot);
    const Ship *own = &scene->sim.world.ships[0];
    assert_int_equal(snapshot.header.tick, scene->sim.world.tick);
    assert_int_equal(snapshot.header.own.motion.x, own->motion.x);
    assert_int_equal(snapshot.header.own.generation, own->generation);
    assert_int_equal(snapshot.entity_count, scene->session->view.entry_count);
    for (uint32_t i = 0; i < snapshot.entity_count; i++) {
        const SnapshotEntity *entity = &snapshot.entities[i];
        assert_int_equal(entity->slot, scene->session->view.entries[i].slot);
        assert_int_equal(entity->record.x, scene->world.records[entity->slot].x);
        assert_int_equal(entity->record.y, scene->world.records[entity->slot].y);
    }
    view_scene_destroy(scene);
}

static void the_budget_is_never_exceeded_and_the_own_ship_always_fits(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(5000, 2000, 30);
    Rng rng = test_rng();
    Snapshot snapshot;
    for (uint32_t i = 0; i < 300; i++) {
        view_scene_tick(scene);
        scene->frame.budget_bytes =
            SNAPSHOT_HEADER_BYTES_MAX +
            rng_below(&rng, PAYLOAD_BYTES_MAX - SNAPSHOT_HEADER_BYTES_MAX + 1);
        if (i % 20 == 0) {
            view_scene_move_ship(scene, rng_range(&rng, 20, 1980), rng_range(&rng, 20, 1980));
        }
        view_scene_interest(scene);
        view_scene_encode(scene);
        assert_true(scene->session->snapshot_size <= scene->frame.budget_bytes);
        view_scene_decode(scene, &snapshot);
        assert_int_equal(snapshot.header.sequence, i);
        assert_int_equal(snapshot.header.own.motion.x, scene->sim.world.ships[0].motion.x);
        assert_int_equal(snapshot.entity_count, scene->session->snapshot_entities);
    }
    view_scene_destroy(scene);
}

static void most_of_the_budget_is_used_when_there_is_more_to_say(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(5000, 2000, 1);
    view_scene_move_ship(scene, 1000, 1000);
    size_t used = 0;
    const uint32_t snapshots = 50;
    for (uint32_t i = 0; i < snapshots + 10; i++) {
        view_scene_tick(scene);
        view_scene_interest(scene);
        view_scene_encode(scene);
        used += i >= 10 ? scene->session->snapshot_size : 0;
    }
    assert_true(used > snapshots * PAYLOAD_BYTES_MAX * 95 / 100);
    view_scene_destroy(scene);
}

// The bound that clients rely on: they drop what they have not heard of for a second.
static void nothing_in_view_waits_longer_than_a_second(void **state) {
    (void)state;
    static const uint32_t budgets[] = {PAYLOAD_BYTES_MAX, 500, 250};
    static const uint32_t limits[] = {VIEW_ENTRIES_MAX, 448, 190};
    for (size_t b = 0; b < sizeof budgets / sizeof *budgets; b++) {
        ViewScene *scene = view_scene_create(5000, 2000, 60);
        scene->frame.budget_bytes = budgets[b];
        scene->world.entry_limit = limits[b];
        view_scene_move_ship(scene, 1000, 1000);
        for (uint32_t i = 0; i < 600; i++) {
            view_scene_tick(scene);
            view_scene_move_ship(scene, 1000, 1000);
            if (i % 3 != 0) {
                continue;
            }
            view_scene_interest(scene);
            view_scene_encode(scene);
            // Everything acknowledged: removals do not pile up in front of the entities.
            session_acknowledge(scene->session, (uint16_t)(scene->session->next_sequence - 1), 0);
            const View *view = &scene->session->view;
            for (uint32_t j = 0; i > 100 && j < view->entry_count; j++) {
                const ViewEntry *entry = &view->entries[j];
                assert_true(!entry->is_known || scene->sim.world.tick - entry->since_tick <= 60);
            }
        }
        view_scene_destroy(scene);
    }
}

static uint32_t count_removal(const Snapshot *snapshot, EntityId id) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < snapshot->removal_count; i++) {
        count += snapshot->removals[i] == id;
    }
    return count;
}

static EntityId give_up_one(ViewScene *scene) {
    View *view = &scene->session->view;
    const EntityId id = entity_id(3, 1);
    view->removals[view->removal_count++] = (ViewRemoval){.id = id};
    return id;
}

static void a_removal_is_repeated_until_a_snapshot_with_it_is_acknowledged(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(10, 6000, 1);
    Snapshot snapshot;
    view_scene_encode(scene); // sequence 0: before the removal
    const EntityId id = give_up_one(scene);
    for (int i = 1; i <= 3; i++) {
        view_scene_encode(scene);
        view_scene_decode(scene, &snapshot);
        assert_int_equal(count_removal(&snapshot, id), 1);
    }
    session_acknowledge(scene->session, 0, 0); // arrived, but did not carry it
    view_scene_encode(scene);
    view_scene_decode(scene, &snapshot);
    assert_int_equal(count_removal(&snapshot, id), 1);
    session_acknowledge(scene->session, 2, 0);
    view_scene_encode(scene);
    view_scene_decode(scene, &snapshot);
    assert_int_equal(count_removal(&snapshot, id), 0);
    assert_int_equal(scene->session->view.removal_count, 0);
    view_scene_destroy(scene);
}

static void a_client_that_acknowledges_nothing_does_not_hold_removals_forever(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(10, 6000, 1);
    give_up_one(scene);
    for (int i = 0; i <= REMOVAL_SENDS_MAX; i++) {
        assert_int_equal(scene->session->view.removal_count, 1);
        view_scene_encode(scene);
    }
    assert_int_equal(scene->session->view.removal_count, 0);
    view_scene_destroy(scene);
}

static void many_removals_leave_half_of_the_room_to_entities(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(5000, 2000, 1);
    Snapshot snapshot;
    scene->frame.budget_bytes = 300;
    view_scene_move_ship(scene, 1000, 1000);
    view_scene_interest(scene);
    for (uint32_t i = 0; i < VIEW_REMOVALS_MAX; i++) {
        scene->session->view.removals[i] = (ViewRemoval){.id = entity_id(100 + i, 1)};
    }
    scene->session->view.removal_count = VIEW_REMOVALS_MAX;
    view_scene_encode(scene);
    view_scene_decode(scene, &snapshot);
    assert_true(snapshot.removal_count > 10);
    assert_true(snapshot.entity_count > 5);
    view_scene_destroy(scene);
}

static void the_answers_to_inputs_are_in_the_header(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(10, 6000, 1);
    Snapshot snapshot;
    view_scene_encode(scene);
    view_scene_decode(scene, &snapshot);
    assert_false(snapshot.header.has_input);
    InputQueue *inputs = &scene->session->inputs;
    inputs->has_input = true;
    inputs->newest_tick = 77;
    inputs->margin_q4 = -21;
    inputs->send_time_ms = 4321;
    inputs->received_ns = 5 * NS_PER_MS;
    inputs->starved_count = 12;
    scene->frame.now_ns = 9 * NS_PER_MS;
    scene->frame.last_tick_ns = 3200 * NS_PER_US;
    view_scene_encode(scene);
    view_scene_decode(scene, &snapshot);
    assert_true(snapshot.header.has_input);
    assert_int_equal(snapshot.header.input_tick, 77);
    assert_int_equal(snapshot.header.input_margin_q4, -21);
    assert_int_equal(snapshot.header.echo_time_ms, 4321);
    assert_int_equal(snapshot.header.echo_hold_us_q4, 4000 / 16);
    assert_int_equal(snapshot.header.starved_count, 12);
    assert_int_equal(snapshot.header.tick_us_q4, 3200 / 16);
    view_scene_destroy(scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_snapshot_carries_the_own_ship_and_the_view_in_order),
        cmocka_unit_test(the_budget_is_never_exceeded_and_the_own_ship_always_fits),
        cmocka_unit_test(most_of_the_budget_is_used_when_there_is_more_to_say),
        cmocka_unit_test(nothing_in_view_waits_longer_than_a_second),
        cmocka_unit_test(a_removal_is_repeated_until_a_snapshot_with_it_is_acknowledged),
        cmocka_unit_test(a_client_that_acknowledges_nothing_does_not_hold_removals_forever),
        cmocka_unit_test(many_removals_leave_half_of_the_room_to_entities),
        cmocka_unit_test(the_answers_to_inputs_are_in_the_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
