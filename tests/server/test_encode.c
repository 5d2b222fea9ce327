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
    assert_true(used > snapshots * PAYLOAD_BYTES_MAX * 85 / 100);
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

static uint32_t count_removal(const Snapshot *snapshot, uint32_t slot) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < snapshot->removal_count; i++) {
        count += entity_slot(snapshot->removals[i]) == slot;
    }
    return count;
}

static void say_and_read(ViewScene *scene, Snapshot *snapshot) {
    view_scene_tick(scene);
    view_scene_interest(scene);
    view_scene_encode(scene);
    view_scene_decode(scene, snapshot);
}

static void a_removal_is_repeated_until_a_snapshot_with_it_is_acknowledged(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(600, 6000, 1);
    static Snapshot snapshot;
    view_scene_move_ship(scene, 1000, 1000);
    say_and_read(scene, &snapshot); // sequence 0
    session_acknowledge(scene->session, 0, 0);
    assert_true(snapshot.entity_count > 0);
    const uint32_t slot = snapshot.entities[0].slot;
    view_scene_move_ship(scene, 5000, 5000); // everything is left behind
    for (int i = 1; i <= 3; i++) {
        say_and_read(scene, &snapshot);
        assert_int_equal(snapshot.header.reference, i);
        assert_int_equal(count_removal(&snapshot, slot), 1);
    }
    session_acknowledge(scene->session, 2, 0);
    say_and_read(scene, &snapshot);
    assert_int_equal(snapshot.header.reference, 2);
    assert_int_equal(count_removal(&snapshot, slot), 0);
    view_scene_destroy(scene);
}

static void a_newcomer_is_repeated_until_a_snapshot_with_it_is_acknowledged(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(600, 6000, 1);
    static Snapshot snapshot;
    view_scene_move_ship(scene, 3000, 3000);
    say_and_read(scene, &snapshot);
    const uint32_t count = snapshot.newcomer_count;
    assert_true(count > 0 && count == snapshot.entity_count);
    say_and_read(scene, &snapshot);
    assert_int_equal(snapshot.header.reference, 0);
    assert_true(snapshot.newcomer_count > count / 2);
    session_acknowledge(scene->session, 1, 1);
    say_and_read(scene, &snapshot);
    assert_int_equal(snapshot.header.reference, 1);
    assert_true(snapshot.newcomer_count < count / 2);
    assert_true(snapshot.entity_count > count / 2);
    view_scene_destroy(scene);
}

// Snapshots are lost and acknowledged at random; whatever is read fits the server's own idea.
static void checksums_hold_under_any_loss(void **state) {
    (void)state;
    Rng rng = test_rng();
    ViewScene *scene = view_scene_create(3000, 3000, 30);
    static Snapshot snapshot;
    scene->session->wants_verify = true;
    uint32_t acked = 0;
    for (uint32_t i = 0; i < 600; i++) {
        view_scene_move_ship(scene, 1000 + (int32_t)(i * 8 % 1500), 1500);
        view_scene_tick(scene);
        if (i % 3 == 0) {
            if (i % 60 == 0) {
                scene->frame.budget_bytes = 300 + rng_below(&rng, 800);
            }
            say_and_read(scene, &snapshot);
            if (rng_chance(&rng, 0.5)) {
                session_acknowledge(scene->session, snapshot.header.sequence, 0);
            }
            acked += snapshot.header.reference != 0;
        }
    }
    assert_true(acked > 150);
    view_scene_destroy(scene);
}

static void a_budget_too_small_for_the_marks_starts_over(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(5000, 2000, 1);
    static Snapshot snapshot;
    view_scene_move_ship(scene, 1000, 1000);
    for (int i = 0; i < 12; i++) {
        say_and_read(scene, &snapshot);
        session_acknowledge(scene->session, snapshot.header.sequence, 0);
    }
    assert_int_equal(snapshot.header.reference, 1);
    assert_true(snapshot.entity_count > 50);
    scene->frame.budget_bytes = SNAPSHOT_HEADER_BYTES_MAX;
    say_and_read(scene, &snapshot);
    assert_int_equal(snapshot.header.reference, 0);
    assert_in_range(snapshot.entity_count, 1, 10);
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
        cmocka_unit_test(a_newcomer_is_repeated_until_a_snapshot_with_it_is_acknowledged),
        cmocka_unit_test(checksums_hold_under_any_loss),
        cmocka_unit_test(a_budget_too_small_for_the_marks_starts_over),
        cmocka_unit_test(the_answers_to_inputs_are_in_the_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
