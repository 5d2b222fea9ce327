// SPDX-License-Identifier: MIT
// test_priority.c -- which updates are sent when not all fit: by hand-made priorities, and in a
//                    crowd.
#include "server/replication/priority.h"

#include <string.h>

#include "server/view_scene.h"
#include "support.h"

#define MARK_BITS       3
#define KNOWN_BITS      40 // of a delta, in hand-made priorities
#define STATE_BITS      60 // of an entering entity
#define GENERATION_BITS 5
#define GAP_BITS        10 // that is not long

typedef struct Desk {
    Priority priority;
    InterestView view;
} Desk;

// So many known entities that stay, of equal level, and entering ones of equal precedence in slots
// next to each other.
static Desk *create_desk(uint32_t known_count, uint32_t enter_count) {
    Desk *desk = calloc(1, sizeof *desk);
    assert_non_null(desk);
    desk->view.baseline.count = (uint16_t)known_count;
    desk->view.staying_count = known_count;
    desk->view.enter_count = enter_count;
    for (uint32_t i = 0; i < known_count; i++) {
        desk->view.stays[i] = 1;
        desk->priority.known[i] =
            (PriorityKnown){.sent = {.count = KNOWN_BITS}, .mark_bits = MARK_BITS, .level = 10};
        desk->priority.mark_bits += MARK_BITS;
    }
    for (uint32_t i = 0; i < enter_count; i++) {
        desk->priority.enters[i] = (PriorityEnter){.state = {.count = STATE_BITS},
                                                   .slot = i,
                                                   .generation_bits = GENERATION_BITS,
                                                   .precedence = 20};
    }
    return desk;
}

static uint32_t count_known_sent(const Desk *desk) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < desk->view.baseline.count; i++) {
        count += desk->priority.known[i].is_sent;
    }
    return count;
}

static uint32_t count_enters_sent(const Desk *desk) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < desk->view.enter_count; i++) {
        count += desk->priority.enters[i].is_sent;
    }
    return count;
}

static const uint32_t ENTER_COST = STATE_BITS + GENERATION_BITS + GAP_BITS;
static const uint32_t KNOWN_COST = KNOWN_BITS - MARK_BITS;

static void everything_that_fits_is_sent_to_the_last_bit(void **state) {
    (void)state;
    Desk *desk = create_desk(20, 10);
    const size_t room = desk->priority.mark_bits + 20 * KNOWN_COST + 10 * ENTER_COST;
    assert_true(priority_choose(&desk->priority, &desk->view, room));
    assert_int_equal(count_known_sent(desk), 20);
    assert_int_equal(count_enters_sent(desk), 10);
    free(desk);
    desk = create_desk(20, 10);
    assert_false(priority_choose(&desk->priority, &desk->view, room - 1));
    assert_int_equal(count_known_sent(desk) + count_enters_sent(desk), 29);
    free(desk);
}

static void an_update_as_cheap_as_a_skip_is_sent_without_room(void **state) {
    (void)state;
    Desk *desk = create_desk(10, 5);
    desk->priority.known[3].sent.count = MARK_BITS - 1;
    desk->priority.known[7].sent.count = MARK_BITS;
    assert_false(priority_choose(&desk->priority, &desk->view, desk->priority.mark_bits));
    assert_int_equal(count_known_sent(desk), 2);
    assert_true(desk->priority.known[3].is_sent && desk->priority.known[7].is_sent);
    assert_int_equal(count_enters_sent(desk), 0);
    free(desk);
}

static void an_update_cheaper_than_a_skip_makes_room(void **state) {
    (void)state;
    Desk *desk = create_desk(KNOWN_COST + 1, 0);
    for (uint32_t i = 1; i <= KNOWN_COST; i++) {
        desk->priority.known[i].sent.count = MARK_BITS - 1;
    }
    assert_true(priority_choose(&desk->priority, &desk->view, desk->priority.mark_bits));
    assert_true(desk->priority.known[0].is_sent);
    assert_int_equal(desk->priority.left_bits, 0);
    free(desk);
}

static void a_full_state_is_charged_with_its_mark(void **state) {
    (void)state;
    Desk *desk = create_desk(1, 0);
    desk->priority.known[0].is_full = true;
    desk->priority.known[0].full_mark_bits = 7;
    assert_false(priority_choose(&desk->priority, &desk->view, KNOWN_BITS + 6));
    assert_true(priority_choose(&desk->priority, &desk->view, KNOWN_BITS + 7));
    assert_int_equal(desk->priority.left_bits, 0);
    free(desk);
}

// ------------------------------------------------------------------ gaps

#define SLOTS 60000

// Bits of the chosen entering entities, as they are written.
static size_t write_enters(const Desk *desk, const uint16_t *generations) {
    static const SlotRanges ranges = {.first = {0, SLOTS, SLOTS, SLOTS, SLOTS}};
    const SnapshotHeader header = {.tick = 1};
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    BaselineEntry entries[BASELINE_ENTRIES_MAX];
    const SnapshotSpace space = {buffer, sizeof buffer, entries};
    SnapshotWriter writer;
    snapshot_begin(&writer, &space, &ranges, &header, &(BaselineSet){0});
    snapshot_begin_enters(&writer);
    const size_t before = writer.bits.bit_count;
    for (uint32_t i = 0; i < desk->view.enter_count; i++) {
        const PriorityEnter *enter = &desk->priority.enters[i];
        if (enter->is_sent) {
            assert_true(snapshot_add_enter(&writer, enter->slot, generations[i], &enter->state));
        }
    }
    return writer.bits.bit_count - before;
}

static void entering_entities_are_charged_to_the_bit_at_any_gap(void **state) {
    (void)state;
    Rng rng = test_rng();
    uint16_t generations[100];
    for (int round = 0; round < 200; round++) {
        const uint32_t count = 1 + rng_below(&rng, 100);
        Desk *desk = create_desk(0, count);
        uint32_t slot = 0;
        for (uint32_t i = 0; i < count; i++) {
            PriorityEnter *enter = &desk->priority.enters[i];
            slot += rng_below(&rng, rng_below(&rng, 4) == 0 ? 20000 : 600);
            slot = slot < SLOTS - count + i ? slot : SLOTS - count + i;
            generations[i] = (uint16_t)(1 + rng_below(&rng, 30));
            enter->slot = slot++;
            enter->generation_bits = (uint8_t)snapshot_generation_bits(generations[i]);
            enter->state.count = 40 + rng_below(&rng, 40);
            enter->precedence = (uint8_t)rng_below(&rng, 128);
        }
        const size_t room = rng_below(&rng, count * 75);
        const bool is_everything = priority_choose(&desk->priority, &desk->view, room);
        assert_int_equal(write_enters(desk, generations), room - desk->priority.left_bits);
        assert_int_equal(is_everything, count_enters_sent(desk) == count);
        free(desk);
    }
}

// ------------------------------------------------------------------ precedence

static void entering_entities_get_a_quarter_and_the_remaining_room(void **state) {
    (void)state;
    // More of both than there is room for.
    Desk *desk = create_desk(200, 100);
    const size_t room = 4000;
    assert_false(priority_choose(&desk->priority, &desk->view, desk->priority.mark_bits + room));
    const uint32_t enters = count_enters_sent(desk);
    assert_int_equal(enters, room / 4 / ENTER_COST);
    assert_int_equal(count_known_sent(desk), (room - enters * ENTER_COST) / KNOWN_COST);
    free(desk);
    // Few known entities: the entering ones get their room.
    desk = create_desk(5, 100);
    assert_false(priority_choose(&desk->priority, &desk->view, desk->priority.mark_bits + room));
    assert_int_equal(count_known_sent(desk), 5);
    // Neither the quarter nor the remaining room is used to the last bit.
    assert_in_range(count_enters_sent(desk), (room - 5 * KNOWN_COST) / ENTER_COST - 1,
                    (room - 5 * KNOWN_COST) / ENTER_COST);
    free(desk);
}

static void entering_entities_of_lower_precedence_number_come_first(void **state) {
    (void)state;
    Desk *desk = create_desk(0, 30);
    for (uint32_t i = 0; i < 30; i++) {
        desk->priority.enters[i].precedence = (uint8_t)(30 - i);
    }
    assert_false(priority_choose(&desk->priority, &desk->view, 10 * ENTER_COST));
    assert_int_equal(count_enters_sent(desk), 10);
    for (uint32_t i = 20; i < 30; i++) {
        assert_true(desk->priority.enters[i].is_sent);
    }
    free(desk);
}

static void the_highest_levels_come_first(void **state) {
    (void)state;
    Rng rng = test_rng();
    for (int round = 0; round < 50; round++) {
        Desk *desk = create_desk(100, 0);
        for (uint32_t i = 0; i < 100; i++) {
            desk->priority.known[i].level = (uint8_t)rng_below(&rng, 256);
        }
        const uint32_t fitting = rng_below(&rng, 100);
        priority_choose(&desk->priority, &desk->view,
                        desk->priority.mark_bits + fitting * KNOWN_COST);
        assert_int_equal(count_known_sent(desk), fitting);
        uint32_t least_sent = 255;
        uint32_t most_unsent = 0;
        for (uint32_t i = 0; i < 100; i++) {
            const PriorityKnown *known = &desk->priority.known[i];
            if (known->is_sent && known->level < least_sent) {
                least_sent = known->level;
            }
            if (!known->is_sent && known->level > most_unsent) {
                most_unsent = known->level;
            }
        }
        assert_true(least_sent >= most_unsent);
        free(desk);
    }
}

// An entity that leaves gets its mark in any crowd; it is never among those sent.
static void an_entity_that_leaves_needs_only_its_mark(void **state) {
    (void)state;
    Desk *desk = create_desk(50, 50);
    for (uint32_t i = 0; i < 50; i += 2) {
        desk->view.stays[i] = 0;
    }
    assert_false(priority_choose(&desk->priority, &desk->view, desk->priority.mark_bits));
    assert_int_equal(count_known_sent(desk), 0);
    assert_true(priority_choose(&desk->priority, &desk->view, desk->priority.mark_bits + 100000));
    assert_int_equal(count_known_sent(desk), 25);
    for (uint32_t i = 0; i < 50; i += 2) {
        assert_false(desk->priority.known[i].is_sent);
    }
    free(desk);
}

// ------------------------------------------------------------------ in a crowd

// The writer of a snapshot of the scene's view, as priority_fill() wants it.
static SnapshotWriter begin_writer(const ViewScene *scene, uint8_t buffer[PAYLOAD_BYTES_MAX]) {
    const SnapshotHeader header = {.tick = scene->frame.tick,
                                   .center_x = scene->view.center_x,
                                   .center_y = scene->view.center_y,
                                   .own = scene->sim.world.ships[0]};
    const SnapshotSpace space = {.bytes = buffer, .capacity = PAYLOAD_BYTES_MAX};
    SnapshotWriter writer;
    snapshot_begin(&writer, &space, scene->frame.ranges, &header, &(BaselineSet){0});
    return writer;
}

// As at 20 snapshots a second; few acknowledgements arrive, so that deltas are long.
static void next_snapshot(ViewScene *scene, Snapshot *snapshot) {
    for (int i = 0; i < 3; i++) {
        view_scene_tick(scene);
        view_scene_move_ship(scene, 1000, 1000);
    }
    const uint16_t sequence = view_scene_say(scene, snapshot);
    if (sequence % 8 == 0) {
        replica_state_acknowledge(scene->replica, sequence, 0);
    }
}

// Follows more than its budget suffices for: a server would look less far, and few would wait.
static ViewScene *create_crowd(uint32_t budget_bytes, uint32_t entry_limit) {
    ViewScene *scene = view_scene_create(5000, 2000, 30);
    static Snapshot snapshot;
    view_scene_set_budget(scene, budget_bytes);
    scene->world.entry_limit = entry_limit;
    for (int i = 0; i < 30; i++) {
        next_snapshot(scene, &snapshot);
    }
    return scene;
}

// The first two entries of a set that were skipped in its snapshot. False: there are none.
static bool find_skipped(const BaselineSet *baseline_set, uint32_t chosen[2]) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < baseline_set->count && count < 2; i++) {
        if (baseline_set->entries[i].age > 0) {
            chosen[count++] = i;
        }
    }
    return count == 2;
}

static void overdue_entities_precede_all_others_the_oldest_first(void **state) {
    (void)state;
    ViewScene *scene = create_crowd(500, 440);
    ReplicaState *replica = scene->replica;
    static Snapshot snapshot;
    BaselineSet last;
    // Two that were known before, so that they are entries of the baseline as well.
    uint32_t chosen[2];
    do {
        next_snapshot(scene, &snapshot);
        assert_true(baseline_ring_find(&replica->baselines, snapshot.header.sequence, &last));
        assert_true(snapshot.header.sequence < 100);
    } while (snapshot.header.sequence % 8 == 0 || !find_skipped(&last, chosen));
    assert_true(replica->has_ages);
    memset(replica->ages, 0, sizeof replica->ages);
    const uint32_t longest = last.entries[chosen[1]].slot;
    const uint32_t long_one = last.entries[chosen[0]].slot;
    replica->ages[chosen[1]] = PRIORITY_OVERDUE_SNAPSHOTS + 30;
    replica->ages[chosen[0]] = PRIORITY_OVERDUE_SNAPSHOTS + 7;
    view_scene_tick(scene);
    view_scene_interest(scene);
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    const SnapshotWriter writer = begin_writer(scene, buffer);
    static Priority priority;
    const KnownUpdateSource source = {&scene->deltas, &writer, &scene->worker.cache};
    priority_fill(&priority, replica, &scene->view, &source);
    const BaselineSet *baseline = &scene->view.baseline;
    uint8_t most = 0;
    uint8_t most_but_for_longest = 0;
    uint32_t found = 0;
    for (uint32_t i = 0; i < baseline->count; i++) {
        const uint32_t slot = baseline->entries[i].slot;
        const uint8_t level = scene->view.stays[i] != 0 ? priority.known[i].level : 0;
        if (slot == longest) {
            assert_int_equal(priority.known[i].age, PRIORITY_OVERDUE_SNAPSHOTS + 31);
            most = level;
            found++;
        } else if (slot == long_one) {
            assert_int_equal(priority.known[i].age, PRIORITY_OVERDUE_SNAPSHOTS + 8);
            most_but_for_longest = level;
            found++;
        }
    }
    assert_int_equal(found, 2);
    assert_true(most > most_but_for_longest);
    for (uint32_t i = 0; i < baseline->count; i++) {
        const uint32_t slot = baseline->entries[i].slot;
        if (scene->view.stays[i] != 0 && slot != longest && slot != long_one &&
            priority.known[i].age < PRIORITY_OVERDUE_SNAPSHOTS) {
            assert_true(priority.known[i].level < most_but_for_longest);
        }
    }
    view_scene_destroy(scene);
}

// No skipped entity would have found room. Encoding asserts that exactly what was chosen is
// written.
static void no_room_is_left_that_an_unsent_entity_could_use(void **state) {
    (void)state;
    ViewScene *scene = create_crowd(500, 440);
    const Priority *priority = &scene->worker.priority;
    static Snapshot snapshot;
    uint32_t limited = 0;
    for (int i = 0; i < 60; i++) {
        next_snapshot(scene, &snapshot);
        if (!scene->replica->has_ages) {
            continue;
        }
        limited++;
        assert_true(scene->replica->token_bytes <= priority->left_bits / 8);
        for (uint32_t k = 0; k < scene->view.baseline.count; k++) {
            const PriorityKnown *known = &priority->known[k];
            const uint32_t bits = known->sent.count + known->full_mark_bits;
            assert_true(scene->view.stays[k] == 0 || known->is_sent ||
                        bits - known->mark_bits > priority->left_bits);
        }
    }
    assert_true(limited > 30);
    view_scene_destroy(scene);
}

static uint64_t count_lookups(const DeltaCacheUse *use) {
    return use->copied + use->produced + use->unshared;
}

// Both when the encoder knows in advance that not everything fits, and when it finds out by trying.
static void lookups_for_a_limited_snapshot_count_once(void **state) {
    (void)state;
    ViewScene *scene = create_crowd(500, 440);
    const DeltaCacheUse *use = &scene->worker.cache;
    static Snapshot snapshot;
    uint32_t tried = 0;
    for (int i = 0; i < 60; i++) {
        const bool is_tried = i % 2 == 0;
        scene->replica->has_ages &= !is_tried;
        const uint64_t before = count_lookups(use);
        const uint64_t limited = scene->worker.limited;
        next_snapshot(scene, &snapshot);
        if (scene->worker.limited == limited) {
            continue;
        }
        tried += is_tried;
        uint32_t with_baseline = 0;
        uint32_t with_row = 0;
        for (uint32_t k = 0; k < scene->view.baseline.count; k++) {
            const uint32_t age =
                baseline_window(&scene->view.baseline, &scene->view.baseline.entries[k],
                                scene->frame.tick)
                    .age;
            const bool has_baseline = scene->view.stays[k] != 0 && age < DELTA_AGE_MAX;
            with_baseline += has_baseline;
            with_row += has_baseline && age <= DELTA_CACHE_ROWS;
        }
        assert_int_equal(count_lookups(use) - before, with_baseline);
        uint32_t requested = 0;
        for (uint32_t row = 0; row < DELTA_CACHE_ROWS; row++) {
            requested += use->requested[row];
        }
        assert_int_equal(requested, with_row);
    }
    assert_true(tried > 10);
    view_scene_destroy(scene);
}

static void all_deaths_at_once_are_all_sent(void **state) {
    (void)state;
    ViewScene *scene = create_crowd(200, 150);
    static Snapshot snapshot;
    view_scene_tick(scene);
    EntityRecord *records = history_begin(&scene->sim.history, scene->sim.world.tick);
    history_commit(&scene->sim.history, scene->sim.world.tick);
    BaselineSet baseline;
    replica_state_find_baseline(scene->replica, scene->world.entry_limit, &baseline);
    assert_true(baseline.count > 50);
    for (uint32_t i = 0; i < baseline.count; i++) {
        records[baseline.entries[i].slot].generation = 0;
    }
    view_scene_say(scene, &snapshot);
    assert_int_equal(snapshot.removal_count, baseline.count);
    view_scene_destroy(scene);
}

// n entities of which k find room are sent within n / k snapshots, once they are overdue. An entity
// that leaves and enters again meanwhile starts anew.
static void no_entity_waits_longer_than_its_turn(void **state) {
    (void)state;
    static const struct {
        uint32_t first_bytes, entry_limit; // while the set grows
        uint32_t budget_bytes;             // from then on
    } crowds[] = {{200, 150, 200}, {400, 448, 400}, {900, 300, 300}, {1100, 448, 420}};
    static Snapshot snapshot;
    for (size_t b = 0; b < sizeof crowds / sizeof *crowds; b++) {
        ViewScene *scene = create_crowd(crowds[b].first_bytes, crowds[b].entry_limit);
        scene->frame.budget_bytes = crowds[b].budget_bytes;
        uint32_t sent_at[8192] = {0};
        bool is_held[8192] = {false};
        uint32_t most_held = 0;
        uint32_t least_sent = UINT32_MAX;
        uint32_t longest_age = 0;
        for (uint32_t i = 1; i <= 200; i++) {
            next_snapshot(scene, &snapshot);
            const BaselineSet *baseline_set =
                &scene->baseline_sets[snapshot.header.sequence % BASELINE_SETS_MAX];
            bool was_held[8192];
            memcpy(was_held, is_held, sizeof was_held);
            memset(is_held, 0, sizeof is_held);
            for (uint32_t j = 0; j < baseline_set->count; j++) {
                const uint32_t slot = baseline_set->entries[j].slot;
                const bool is_sent = baseline_set->entries[j].age == 0;
                is_held[slot] = true;
                if (!was_held[slot] || is_sent) {
                    const uint32_t age = was_held[slot] ? i - sent_at[slot] : 0;
                    longest_age = age > longest_age ? age : longest_age;
                    sent_at[slot] = i;
                }
            }
            const uint32_t known_sent = snapshot.entity_count - snapshot.enter_count;
            most_held = baseline_set->count > most_held ? baseline_set->count : most_held;
            least_sent = known_sent < least_sent ? known_sent : least_sent;
        }
        assert_true(least_sent > 0);
        const uint32_t turn = (most_held + least_sent - 1) / least_sent;
        print_message("budget %u: %u entities, %u sent at least, longest wait %u snapshots\n",
                      crowds[b].budget_bytes, most_held, least_sent, longest_age);
        assert_true(longest_age <= PRIORITY_OVERDUE_SNAPSHOTS + turn);
        view_scene_destroy(scene);
    }
}

// Entering entities that the last snapshot carried are sent again before others, though it is not
// acknowledged yet: otherwise no entity of a crowd would ever become known.
static void entering_entities_in_flight_are_sent_again_before_others(void **state) {
    (void)state;
    ViewScene *scene = view_scene_create(3000, 2000, 1);
    static Snapshot snapshots[2];
    view_scene_set_budget(scene, 500);
    uint32_t seen = 0;
    for (int i = 0; i < 40; i++) {
        Snapshot *snapshot = &snapshots[i % 2];
        const Snapshot *last = &snapshots[(i + 1) % 2];
        view_scene_tick(scene);
        view_scene_move_ship(scene, 1000, 1000);
        view_scene_say(scene, snapshot);
        assert_int_equal(snapshot->header.baseline, 0);
        uint32_t sent_again = 0;
        uint32_t still_there = 0;
        for (uint32_t j = 0; i > 0 && j < last->entity_count; j++) {
            still_there += view_scene_is_enter(scene, last->entities[j].slot);
            for (uint32_t k = 0; k < snapshot->entity_count; k++) {
                sent_again += snapshot->entities[k].slot == last->entities[j].slot;
            }
        }
        seen += still_there;
        // Except for one whose state has become too long for the remaining room.
        assert_true(sent_again + 1 >= still_there);
    }
    assert_true(seen > 40 * 20);
    view_scene_destroy(scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_that_fits_is_sent_to_the_last_bit),
        cmocka_unit_test(an_update_as_cheap_as_a_skip_is_sent_without_room),
        cmocka_unit_test(an_update_cheaper_than_a_skip_makes_room),
        cmocka_unit_test(a_full_state_is_charged_with_its_mark),
        cmocka_unit_test(entering_entities_are_charged_to_the_bit_at_any_gap),
        cmocka_unit_test(entering_entities_get_a_quarter_and_the_remaining_room),
        cmocka_unit_test(entering_entities_of_lower_precedence_number_come_first),
        cmocka_unit_test(the_highest_levels_come_first),
        cmocka_unit_test(an_entity_that_leaves_needs_only_its_mark),
        cmocka_unit_test(overdue_entities_precede_all_others_the_oldest_first),
        cmocka_unit_test(no_room_is_left_that_an_unsent_entity_could_use),
        cmocka_unit_test(lookups_for_a_limited_snapshot_count_once),
        cmocka_unit_test(all_deaths_at_once_are_all_sent),
        cmocka_unit_test(no_entity_waits_longer_than_its_turn),
        cmocka_unit_test(entering_entities_in_flight_are_sent_again_before_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
