// SPDX-License-Identifier: MIT
#include "server/replication/encode.h"

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
    assert_int_equal(snapshot.entity_count, scene->view.enter_count);
    for (uint32_t i = 0; i < snapshot.entity_count; i++) {
        const SnapshotEntity *entity = &snapshot.entities[i];
        assert_int_equal(entity->slot, scene->view.enters[i]);
        assert_int_equal(entity->record.x, scene->world.records[entity->slot].x);
        assert_int_equal(entity->record.y, scene->world.records[entity->slot].y);
    }
    view_scene_destroy(scene);
}

static void no_snapshot_exceeds_its_tokens_and_the_own_ship_always_fits(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(5000, 2000, 30);
    Rng rng = test_rng();
    static Snapshot snapshot;
    for (uint32_t i = 0; i < 300; i++) {
        view_scene_tick(scene);
        const uint32_t budget = SNAPSHOT_HEADER_BYTES_MAX +
                                rng_below(&rng, PAYLOAD_BYTES_MAX - SNAPSHOT_HEADER_BYTES_MAX + 1);
        view_scene_set_budget(scene, budget);
        if (i % 20 == 0) {
            view_scene_move_ship(scene, rng_range(&rng, 20, 1980), rng_range(&rng, 20, 1980));
        }
        const uint32_t tokens = scene->replica->token_bytes;
        view_scene_say(scene, &snapshot);
        assert_true(scene->replica->snapshot_size <= tokens + budget);
        assert_true(scene->replica->snapshot_size <= PAYLOAD_BYTES_MAX);
        assert_int_equal(snapshot.header.sequence, i);
        assert_int_equal(snapshot.header.own.motion.x, scene->sim.world.ships[0].motion.x);
        assert_int_equal(snapshot.entity_count, scene->replica->snapshot_entities);
        if (rng_chance(&rng, 0.5)) {
            replica_state_acknowledge(scene->replica, snapshot.header.sequence, 0);
        }
    }
    view_scene_destroy(scene);
}

// Any n snapshots in a row have at most n budgets and what could be saved up before.
static void the_budget_holds_over_any_time(void **state) {
    (void)state;
    static const uint32_t budgets[] = {150, 300, 700, PAYLOAD_BYTES_MAX};
    static Snapshot snapshot;
    for (size_t b = 0; b < sizeof budgets / sizeof *budgets; b++) {
        ViewScene *scene = view_scene_create(5000, 2000, 30);
        view_scene_set_budget(scene, budgets[b]);
        const uint32_t twice = 2 * budgets[b];
        const uint32_t most = twice < PAYLOAD_BYTES_MAX ? twice : PAYLOAD_BYTES_MAX;
        int64_t spare = most - budgets[b];
        for (uint32_t i = 0; i < 200; i++) {
            view_scene_tick(scene);
            view_scene_move_ship(scene, i / 50 % 2 == 0 ? 100 : 1000, 1000);
            view_scene_send(scene, &snapshot);
            spare += (int64_t)budgets[b] - (int64_t)scene->replica->snapshot_size;
            assert_true(spare >= 0);
            spare = spare < (int64_t)(most - budgets[b]) ? spare : (int64_t)(most - budgets[b]);
        }
        view_scene_destroy(scene);
    }
}

// Encodes this tick anew, with so many bytes and nothing saved up; returns whether all was sent.
static bool sends_everything(ViewScene *scene, uint32_t budget, Snapshot *snapshot) {
    scene->replica->token_bytes = 0;
    scene->replica->has_ages = false;
    scene->frame.budget_bytes = budget;
    view_scene_say(scene, snapshot);
    assert_true(scene->replica->snapshot_size <= budget);
    return snapshot->skip_count == 0 && snapshot->enter_count == scene->view.enter_count;
}

// Around the byte with which the known entities end, and around the one with which all ends.
// Behind the known ones must be room for the number of entering ones, and for the checksum.
static void every_budget_near_the_needed_size_is_met_to_the_byte(void **state) {
    (void)state;
    static Snapshot snapshot;
    for (int wants_verify = 0; wants_verify < 2; wants_verify++) {
        ViewScene *scene = view_scene_create(1500, 3000, 1);
        view_scene_move_ship(scene, 1500, 1500);
        scene->replica->wants_verify = wants_verify != 0;
        for (int i = 0; i < 10; i++) {
            view_scene_send(scene, &snapshot);
            view_scene_tick(scene);
        }
        uint32_t enters = 0;
        for (uint32_t round = 0; round < 60; round++) {
            for (int i = 0; i < 6; i++) {
                view_scene_tick(scene);
            }
            const uint64_t before = scene->worker.section_bits[ENCODE_ENTERS];
            assert_true(sends_everything(scene, PAYLOAD_BYTES_MAX, &snapshot));
            const uint64_t behind = scene->worker.section_bits[ENCODE_ENTERS] - before;
            const uint32_t all = (uint32_t)scene->replica->snapshot_size;
            const uint32_t known = all - (uint32_t)(behind / 8) - (wants_verify ? 4 : 0);
            enters += snapshot.enter_count;
            // No further back than a baseline can lie.
            const uint32_t middle = round % 2 == 0 ? known : all;
            for (uint32_t budget = middle - 8; budget < middle + 12; budget++) {
                assert_int_equal(sends_everything(scene, budget, &snapshot), budget >= all);
            }
            assert_int_equal(snapshot.header.baseline, 21);
            scene->frame.budget_bytes = PAYLOAD_BYTES_MAX;
            view_scene_send(scene, &snapshot);
        }
        assert_true(enters > 20);
        view_scene_destroy(scene);
    }
}

static void most_of_the_budget_is_used_when_there_is_more_to_send(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(5000, 2000, 1);
    static Snapshot snapshot;
    view_scene_move_ship(scene, 1000, 1000);
    const uint32_t budget = 500;
    view_scene_set_budget(scene, budget);
    size_t used = 0;
    const uint32_t snapshots = 50;
    for (uint32_t i = 0; i < snapshots; i++) { // nothing is acknowledged: all enter
        view_scene_tick(scene);
        view_scene_say(scene, &snapshot);
        used += scene->replica->snapshot_size;
    }
    assert_true(used > snapshots * budget * 95 / 100);
    assert_true(scene->worker.limited >= snapshots - 1);
    assert_int_equal(scene->worker.without_baseline, snapshots);
    view_scene_destroy(scene);
}

// A crowd, snapshots of every third tick, acknowledged late; every tenth is lost.
static void in_a_crowd_all_but_one_in_a_hundred_are_sent_within_half_a_second(void **state) {
    (void)state;
    static const uint32_t budgets[] = {PAYLOAD_BYTES_MAX, 500, 250};
    static Snapshot snapshot;
    for (size_t b = 0; b < sizeof budgets / sizeof *budgets; b++) {
        ViewScene *scene = view_scene_create(5000, 2000, 60);
        view_scene_set_budget(scene, budgets[b]);
        uint32_t sent_ticks[8192] = {0};
        uint32_t sent_generations[8192] = {0};
        uint32_t seen = 0;
        uint32_t waited_long = 0; // more than half a second
        uint32_t waited_most = 0;
        for (uint32_t i = 0; i < 900; i++) {
            view_scene_tick(scene);
            view_scene_move_ship(scene, 1000, 1000);
            if (i % 3 != 0) {
                continue;
            }
            const uint16_t sequence = view_scene_say(scene, &snapshot);
            const uint16_t arrived = (uint16_t)(sequence - 3);
            if (sequence > 3 && arrived % 10 != 0) {
                replica_state_acknowledge(scene->replica, arrived, 0);
            }
            const uint32_t tick = snapshot.header.tick;
            for (uint32_t j = 0; j < snapshot.entity_count; j++) {
                sent_ticks[snapshot.entities[j].slot] = tick;
                sent_generations[snapshot.entities[j].slot] =
                    snapshot.entities[j].record.generation;
            }
            const BaselineSet *baseline_set = &scene->baseline_sets[sequence % BASELINE_SETS_MAX];
            for (uint32_t j = 0; i > 100 && j < baseline_set->count; j++) {
                const uint32_t slot = baseline_set->entries[j].slot;
                assert_int_equal(sent_generations[slot], baseline_set->entries[j].generation);
                const uint32_t waited = tick - sent_ticks[slot];
                seen++;
                waited_long += waited > 30;
                waited_most = waited > waited_most ? waited : waited_most;
            }
        }
        assert_true(waited_long < seen / 100);
        assert_true(waited_most <= 60);
        view_scene_destroy(scene);
    }
}

// In any crowd, a death or a departure is in the very next snapshot.
static void a_crowd_cannot_hide_a_death(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(5000, 2000, 60);
    static Snapshot snapshot;
    Rng rng = test_rng();
    uint32_t deaths = 0;
    view_scene_set_budget(scene, 300);
    scene->world.entry_limit = 250; // more than it suffices for
    for (uint32_t i = 0; i < 400; i++) {
        view_scene_tick(scene);
        view_scene_move_ship(scene, 1000, 1000);
        EntityRecord *records = history_begin(&scene->sim.history, scene->sim.world.tick);
        history_commit(&scene->sim.history, scene->sim.world.tick);
        BaselineSet baseline;
        replica_state_find_baseline(scene->replica, scene->world.entry_limit, &baseline);
        uint32_t dead = 0;
        for (uint32_t j = 0; j < baseline.count; j++) {
            EntityRecord *record = &records[baseline.entries[j].slot];
            if (rng_chance(&rng, 0.01)) {
                record->generation = 0;
            }
            dead += record->generation != baseline.entries[j].generation;
        }
        const uint16_t sequence = view_scene_say(scene, &snapshot);
        assert_true(snapshot.removal_count >= dead);
        deaths += dead;
        if (i % 10 == 0) { // seldom, so that deltas are long
            replica_state_acknowledge(scene->replica, sequence, 0);
        }
    }
    assert_true(deaths > 200);
    assert_true(scene->worker.limited > 100);
    view_scene_destroy(scene);
}

static uint32_t count_removal(const Snapshot *snapshot, uint32_t slot) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < snapshot->removal_count; i++) {
        count += entity_slot(snapshot->removals[i]) == slot;
    }
    return count;
}

static void send_and_read(ViewScene *scene, Snapshot *snapshot) {
    view_scene_tick(scene);
    view_scene_say(scene, snapshot);
}

static void a_removal_is_repeated_until_a_snapshot_with_it_is_acknowledged(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(600, 6000, 1);
    static Snapshot snapshot;
    view_scene_move_ship(scene, 1000, 1000);
    send_and_read(scene, &snapshot); // sequence 0
    replica_state_acknowledge(scene->replica, 0, 0);
    assert_true(snapshot.entity_count > 0);
    const uint32_t slot = snapshot.entities[0].slot;
    view_scene_move_ship(scene, 5000, 5000); // everything is left behind
    for (int i = 1; i <= 3; i++) {
        send_and_read(scene, &snapshot);
        assert_int_equal(snapshot.header.baseline, i);
        assert_int_equal(count_removal(&snapshot, slot), 1);
    }
    replica_state_acknowledge(scene->replica, 2, 0);
    send_and_read(scene, &snapshot);
    assert_int_equal(snapshot.header.baseline, 2);
    assert_int_equal(count_removal(&snapshot, slot), 0);
    view_scene_destroy(scene);
}

static void an_entering_entity_is_repeated_until_a_snapshot_with_it_is_acknowledged(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(600, 6000, 1);
    static Snapshot snapshot;
    view_scene_move_ship(scene, 3000, 3000);
    send_and_read(scene, &snapshot);
    const uint32_t count = snapshot.enter_count;
    assert_true(count > 0 && count == snapshot.entity_count);
    send_and_read(scene, &snapshot);
    assert_int_equal(snapshot.header.baseline, 0);
    assert_true(snapshot.enter_count > count / 2);
    replica_state_acknowledge(scene->replica, 1, 1);
    send_and_read(scene, &snapshot);
    assert_int_equal(snapshot.header.baseline, 1);
    assert_true(snapshot.enter_count < count / 2);
    assert_true(snapshot.entity_count > count / 2);
    view_scene_destroy(scene);
}

// Snapshots are lost and acknowledged at random; every one that is read fits the server's set.
static void checksums_hold_under_any_loss(void **state) {
    (void)state;
    Rng rng = test_rng();
    ViewScene *scene = view_scene_create(3000, 3000, 30);
    static Snapshot snapshot;
    scene->replica->wants_verify = true;
    uint32_t acked = 0;
    for (uint32_t i = 0; i < 600; i++) {
        view_scene_move_ship(scene, 1000 + (int32_t)(i * 8 % 1500), 1500);
        view_scene_tick(scene);
        if (i % 3 == 0) {
            if (i % 60 == 0) {
                view_scene_set_budget(scene, 300 + rng_below(&rng, 800));
            }
            send_and_read(scene, &snapshot);
            if (rng_chance(&rng, 0.5)) {
                replica_state_acknowledge(scene->replica, snapshot.header.sequence, 0);
            }
            acked += snapshot.header.baseline != 0;
        }
    }
    assert_true(acked > 150);
    view_scene_destroy(scene);
}

static uint32_t count_checksums(ViewScene *scene, uint32_t snapshots) {
    static Snapshot snapshot;
    uint32_t count = 0;
    for (uint32_t i = 0; i < snapshots; i++) {
        view_scene_tick(scene);
        send_and_read(scene, &snapshot);
        replica_state_acknowledge(scene->replica, snapshot.header.sequence, 0);
        count += snapshot.header.has_checksum;
    }
    return count;
}

static void one_in_so_many_snapshots_has_a_checksum(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(500, 2000, 4);
    scene->frame.verify_interval = 8;
    assert_int_equal(count_checksums(scene, 80), 0); // no client wants them
    scene->replica->wants_verify = true;
    assert_int_equal(count_checksums(scene, 80), 10);
    scene->frame.verify_interval = 1;
    assert_int_equal(count_checksums(scene, 80), 80);
    scene->frame.verify_interval = 0;
    assert_int_equal(count_checksums(scene, 80), 80);
    view_scene_destroy(scene);
}

static void the_first_snapshot_has_a_checksum_for_every_client_that_wants_them(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(500, 2000, 4);
    scene->frame.verify_interval = 8;
    scene->replica->wants_verify = true;
    assert_int_equal(count_checksums(scene, 1), 1);
    assert_int_equal(count_checksums(scene, 7), 0);
    assert_int_equal(count_checksums(scene, 1), 1);
    view_scene_destroy(scene);
    scene = view_scene_create(500, 2000, 4);
    scene->frame.verify_interval = 1000;
    scene->replica->wants_verify = true;
    assert_int_equal(count_checksums(scene, 100), 1);
    view_scene_destroy(scene);
}

static void a_budget_too_small_for_the_set_starts_over(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(5000, 2000, 1);
    static Snapshot snapshot;
    view_scene_move_ship(scene, 1000, 1000);
    for (int i = 0; i < 12; i++) {
        send_and_read(scene, &snapshot);
        replica_state_acknowledge(scene->replica, snapshot.header.sequence, 0);
    }
    assert_int_equal(snapshot.header.baseline, 1);
    assert_true(snapshot.entity_count > 50);
    view_scene_set_budget(scene, SNAPSHOT_HEADER_BYTES_MAX + 30);
    send_and_read(scene, &snapshot);
    assert_int_equal(snapshot.header.baseline, 0);
    assert_true(snapshot.entity_count <= encode_entry_limit(SNAPSHOT_HEADER_BYTES_MAX + 30));
    view_scene_destroy(scene);
}

static void a_delta_made_for_one_client_is_copied_for_the_next(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(600, 3000, 2);
    const char name[PLAYER_NAME_BYTES + 1] = "Other";
    ReplicaState *other = &session_open(&scene->sessions, 0, 0x10002, name, 1)->replica;
    static Snapshot snapshot;
    static InterestView view;
    for (int i = 0; i < 10; i++) {
        view_scene_tick(scene);
        view_scene_move_ship(scene, 1500, 1500);
        view_scene_send(scene, &snapshot);
        delta_cache_collect_use(&scene->deltas, &scene->worker.cache);
        scene->worker.cache = (DeltaCacheUse){0};
        interest_update(other, &scene->world, 1500 * RECORD_UNIT, 1500 * RECORD_UNIT,
                        &scene->scratch, &view);
        encode_snapshot(other, &view, &scene->frame, &scene->sim.world.ships[1], &scene->worker);
        replica_state_acknowledge(other, (uint16_t)i, 0);
    }
    // Each sees the other's ship, whose delta no other client needs.
    assert_in_range(scene->worker.cache.copied, 51, BASELINE_ENTRIES_MAX);
    assert_true(scene->worker.cache.produced + scene->worker.cache.unshared <= 2);
    view_scene_destroy(scene);
}

// Plays a client with a doubtful set: compares it with the details of the server's.
static VerifyDifference verify(ViewScene *scene, uint16_t sequence,
                               const BaselineSet *baseline_set) {
    uint32_t first = 0;
    uint32_t next = 0;
    static VerifyDetail detail;
    static VerifyDetail received;
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    VerifyDifference difference = {VERIFY_SAME, 0};
    while (encode_verify_detail(scene->replica, sequence, &scene->frame, &first, &detail)) {
        const size_t size = verify_detail_write(buffer, &detail);
        assert_true(verify_detail_read(buffer, size, &received));
        if (difference.kind == VERIFY_SAME) {
            difference = verify_compare(baseline_set, &received, &next);
        }
    }
    return difference;
}

static void a_verify_request_finds_the_entity_that_differs(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(4000, 2000, 10);
    static Snapshot snapshot;
    scene->replica->wants_verify = true;
    view_scene_move_ship(scene, 1000, 1000);
    for (int i = 0; i < 12; i++) {
        send_and_read(scene, &snapshot);
        replica_state_acknowledge(scene->replica, snapshot.header.sequence, 0);
    }
    const uint16_t sequence = snapshot.header.sequence;
    const BaselineSet *baseline_set = &scene->baseline_sets[sequence % BASELINE_SETS_MAX];
    assert_true(baseline_set->count > VERIFY_ENTRIES_MAX); // takes two messages
    assert_int_equal(verify(scene, sequence, baseline_set).kind, VERIFY_SAME);
    const uint32_t at = baseline_set->count - 3;
    baseline_set->records[at].vx++;
    const VerifyDifference difference = verify(scene, sequence, baseline_set);
    assert_int_equal(difference.kind, VERIFY_OTHER);
    assert_int_equal(difference.slot, baseline_set->entries[at].slot);
    // A snapshot that is not remembered: there is an answer all the same.
    uint32_t first = 0;
    VerifyDetail detail;
    assert_true(encode_verify_detail(scene->replica, 9999, &scene->frame, &first, &detail));
    assert_int_equal(detail.baseline_set_count, 0);
    assert_false(encode_verify_detail(scene->replica, 9999, &scene->frame, &first, &detail));
    view_scene_destroy(scene);
}

static void the_echo_of_inputs_is_in_the_header(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(10, 6000, 1);
    static Snapshot snapshot;
    view_scene_say(scene, &snapshot);
    assert_false(snapshot.header.has_input);
    scene->replica->input_echo = (InputEcho){.received_ns = 5 * NS_PER_MS,
                                             .newest_tick = 77,
                                             .send_time_ms = 4321,
                                             .starved_count = 12,
                                             .margin_q4 = -21,
                                             .has_input = true};
    scene->frame.now_ns = 9 * NS_PER_MS;
    scene->frame.last_tick_ns = 3200 * NS_PER_US;
    view_scene_say(scene, &snapshot);
    assert_true(snapshot.header.has_input);
    assert_int_equal(snapshot.header.input_tick, 77);
    assert_int_equal(snapshot.header.input_margin_q4, -21);
    assert_int_equal(snapshot.header.echo_time_ms, 4321);
    assert_int_equal(snapshot.header.echo_hold_us_q4, 4000 / 16);
    assert_int_equal(snapshot.header.starved_count, 12);
    assert_int_equal(snapshot.header.tick_us_q4, 3200 / 16);
    view_scene_destroy(scene);
}

// Thirty ticks pass between two snapshots, so that after three of them no baseline is left; with
// room for everything, and without.
static void a_state_older_than_the_history_is_sent_in_full(void **state) {
    (void)state;
    static const uint32_t BUDGETS[] = {PAYLOAD_BYTES_MAX, 250};
    for (size_t b = 0; b < sizeof BUDGETS / sizeof *BUDGETS; b++) {
        ViewScene *scene = view_scene_create(200, 3000, 1);
        static Snapshot snapshot;
        scene->replica->wants_verify = true;
        view_scene_move_ship(scene, 1500, 1500);
        view_scene_send(scene, &snapshot);
        const uint32_t acked_tick = snapshot.header.tick;
        view_scene_set_budget(scene, BUDGETS[b]);
        uint32_t old = 0;
        for (int i = 0; i < 6; i++) {
            for (int j = 0; j < 30; j++) {
                view_scene_tick(scene);
            }
            view_scene_move_ship(scene, 1500, 1500);
            view_scene_say(scene, &snapshot); // checks the checksum
            assert_true(snapshot.header.baseline > 0);
            const BaselineSet *baseline_set =
                &scene->baseline_sets[snapshot.header.sequence % BASELINE_SETS_MAX];
            for (uint32_t j = 0; j < baseline_set->count; j++) {
                const EntityRecord *truth = &scene->world.records[baseline_set->entries[j].slot];
                assert_true(baseline_set->entries[j].age > 0 ||
                            baseline_set->records[j].x == truth->x);
            }
            old += snapshot.header.tick - acked_tick >= DELTA_AGE_MAX &&
                   snapshot.entity_count > snapshot.enter_count;
        }
        assert_true(old >= 3);
        view_scene_destroy(scene);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_snapshot_carries_the_own_ship_and_the_view_in_order),
        cmocka_unit_test(no_snapshot_exceeds_its_tokens_and_the_own_ship_always_fits),
        cmocka_unit_test(the_budget_holds_over_any_time),
        cmocka_unit_test(every_budget_near_the_needed_size_is_met_to_the_byte),
        cmocka_unit_test(most_of_the_budget_is_used_when_there_is_more_to_send),
        cmocka_unit_test(in_a_crowd_all_but_one_in_a_hundred_are_sent_within_half_a_second),
        cmocka_unit_test(a_crowd_cannot_hide_a_death),
        cmocka_unit_test(a_removal_is_repeated_until_a_snapshot_with_it_is_acknowledged),
        cmocka_unit_test(an_entering_entity_is_repeated_until_a_snapshot_with_it_is_acknowledged),
        cmocka_unit_test(checksums_hold_under_any_loss),
        cmocka_unit_test(one_in_so_many_snapshots_has_a_checksum),
        cmocka_unit_test(the_first_snapshot_has_a_checksum_for_every_client_that_wants_them),
        cmocka_unit_test(a_budget_too_small_for_the_set_starts_over),
        cmocka_unit_test(a_delta_made_for_one_client_is_copied_for_the_next),
        cmocka_unit_test(a_verify_request_finds_the_entity_that_differs),
        cmocka_unit_test(the_echo_of_inputs_is_in_the_header),
        cmocka_unit_test(a_state_older_than_the_history_is_sent_in_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
