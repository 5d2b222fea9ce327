// SPDX-License-Identifier: MIT
#include "server/replication/replica_state.h"

#include "support.h"

typedef struct Fixture {
    NameTable names;
    ReplicaState *replica;
} Fixture;

// In place, since the replica points to the names.
static void create_fixture(Fixture *fixture) {
    assert_true(name_table_create(&fixture->names, 2));
    fixture->replica = aligned_alloc(CACHE_LINE_BYTES, sizeof *fixture->replica);
    assert_non_null(fixture->replica);
    replica_state_reset(fixture->replica, 0, &fixture->names);
}

static void destroy_fixture(Fixture *fixture) {
    free(fixture->replica);
    name_table_destroy(&fixture->names);
}

// Sends a snapshot with a baseline set of so many entries.
static void send_baseline_set(ReplicaState *replica, uint32_t count) {
    BaselineSet baseline;
    const uint32_t back = replica_state_find_baseline(replica, BASELINE_ENTRIES_MAX, &baseline);
    BaselineSet baseline_set = {.entries =
                                    baseline_ring_begin(&replica->baselines, replica->next_sequence,
                                                        count, back > 0 ? &baseline : NULL)};
    baseline_set_begin(&baseline_set, replica->next_sequence, replica->next_sequence * 3u);
    for (uint32_t i = 0; i < count; i++) {
        baseline_set_carry(&baseline_set, replica->next_sequence * 1000u + i, 1);
    }
    baseline_ring_commit(&replica->baselines, &baseline_set);
    replica_state_note_sent(replica);
}

static uint32_t find_back(ReplicaState *replica, BaselineSet *baseline) {
    return replica_state_find_baseline(replica, BASELINE_ENTRIES_MAX, baseline);
}

static void the_newest_acknowledged_set_that_is_held_is_the_baseline(void **state) {
    (void)state;
    Fixture fixture;
    create_fixture(&fixture);
    ReplicaState *replica = fixture.replica;
    BaselineSet baseline;
    for (int i = 0; i < 5; i++) {
        send_baseline_set(replica, 10);
        assert_int_equal(find_back(replica, &baseline), 0);
        assert_int_equal(baseline.count, 0);
    }
    replica_state_acknowledge(replica, 2, 0);
    assert_int_equal(find_back(replica, &baseline), 3);
    assert_int_equal(baseline.sequence, 2);
    assert_int_equal(baseline.tick, 6);
    assert_int_equal(baseline.count, 10);
    assert_int_equal(baseline.entries[9].slot, 2009);
    assert_int_equal(replica_state_find_baseline(replica, 9, &baseline), 0); // too long
    replica_state_acknowledge(replica, 1, 0);                                // late, and of no use
    assert_int_equal(find_back(replica, &baseline), 3);
    replica_state_acknowledge(replica, 4, 0);
    assert_int_equal(find_back(replica, &baseline), 1);
    assert_int_equal(baseline.sequence, 4);
    destroy_fixture(&fixture);
}

static void a_set_too_far_back_is_no_baseline(void **state) {
    (void)state;
    Fixture fixture;
    create_fixture(&fixture);
    ReplicaState *replica = fixture.replica;
    BaselineSet baseline;
    send_baseline_set(replica, 10);
    replica_state_acknowledge(replica, 0, 0);
    for (uint32_t i = 1; i < SNAPSHOT_BASELINE_MAX; i++) {
        send_baseline_set(replica, 10);
        assert_int_equal(find_back(replica, &baseline), i + 1);
    }
    send_baseline_set(replica, 10);
    assert_int_equal(find_back(replica, &baseline), 0);
    destroy_fixture(&fixture);
}

static void a_reset_state_remembers_nothing(void **state) {
    (void)state;
    Fixture fixture;
    create_fixture(&fixture);
    ReplicaState *replica = fixture.replica;
    name_table_set(&fixture.names, 1, (const char[PLAYER_NAME_BYTES + 1]){"Ada"});
    name_sync_mark_sent(&replica->names, 1);
    replica->is_active = true;
    replica->wants_verify = true;
    replica->has_ages = true;
    replica->token_bytes = 77;
    replica->view_tiers = 3;
    replica->snapshot_size = 99;
    replica->input_echo.has_input = true;
    send_baseline_set(replica, 3);
    replica_state_acknowledge(replica, 0, 0);
    assert_int_equal(replica_state_open_verify_request(replica, 0), VERIFY_REQUEST_OPEN);
    replica_state_reset(replica, 1, &fixture.names);
    assert_int_equal(replica->index, 1);
    assert_false(replica->is_active || replica->wants_verify || replica->has_ages);
    assert_false(replica->has_verify_request || replica->input_echo.has_input);
    assert_false(name_sync_is_sent(&replica->names, 1));
    assert_int_equal(replica->token_bytes, 0);
    assert_int_equal(replica->view_tiers, UINT8_MAX);
    assert_int_equal(replica->snapshot_size, 0);
    assert_int_equal(replica->next_sequence, 0);
    assert_int_equal(replica_state_unacked(replica), 0);
    BaselineSet baseline;
    assert_int_equal(find_back(replica, &baseline), 0);
    assert_false(baseline_ring_find(&replica->baselines, 0, &baseline));
    destroy_fixture(&fixture);
}

static bool is_acked(const ReplicaState *replica, uint16_t sequence) {
    const uint32_t age = (uint16_t)(replica->next_sequence - 1 - sequence);
    return age < 64 && (replica->acked_bits >> age & 1) != 0;
}

static void acknowledgements_name_snapshots_by_sequence_and_bits(void **state) {
    (void)state;
    Fixture fixture;
    create_fixture(&fixture);
    ReplicaState *replica = fixture.replica;
    replica->next_sequence = 65530; // the numbers wrap on the way
    for (int i = 0; i < 20; i++) {
        replica_state_note_sent(replica);
    }
    replica_state_acknowledge(replica, 10, 0x5); // 10, 9 and 7
    assert_true(is_acked(replica, 10) && is_acked(replica, 9) && is_acked(replica, 7));
    assert_false(is_acked(replica, 11) || is_acked(replica, 8) || is_acked(replica, 6));
    replica_state_note_sent(replica);
    assert_true(is_acked(replica, 10));
    assert_false(is_acked(replica, 14));
    replica_state_acknowledge(replica, 65535, 0x1); // an old packet, overtaken
    assert_true(is_acked(replica, 65535) && is_acked(replica, 65534) && is_acked(replica, 10));
    destroy_fixture(&fixture);
}

static void without_acknowledgements_lateness_is_the_same_after_sequences_wrap(void **state) {
    (void)state;
    Fixture fixture;
    create_fixture(&fixture);
    ReplicaState *replica = fixture.replica;
    assert_int_equal(replica_state_unacked(replica), 0);
    for (uint32_t sent = 1; sent < 2 * 65536 + 100; sent++) {
        replica_state_note_sent(replica);
        assert_int_equal(replica_state_unacked(replica), sent < 64 ? sent : 64);
    }
    destroy_fixture(&fixture);
}

static void numbers_never_sent_acknowledge_nothing(void **state) {
    (void)state;
    Fixture fixture;
    create_fixture(&fixture);
    ReplicaState *replica = fixture.replica;
    replica_state_acknowledge(replica, 500, UINT32_MAX);
    for (int i = 0; i < 5; i++) {
        replica_state_note_sent(replica);
    }
    replica_state_acknowledge(replica, 5, 0);
    replica_state_acknowledge(replica, 30000, UINT32_MAX);
    assert_int_equal(replica->acked_bits & 0x1f, 0);
    destroy_fixture(&fixture);
}

static void only_numbers_that_were_sent_count_as_sent(void **state) {
    (void)state;
    Fixture fixture;
    create_fixture(&fixture);
    ReplicaState *replica = fixture.replica;
    assert_false(replica_state_has_sent(replica, 0));
    assert_false(replica_state_has_sent(replica, UINT16_MAX));
    for (int i = 0; i < 5; i++) {
        replica_state_note_sent(replica);
    }
    assert_true(replica_state_has_sent(replica, 0));
    assert_true(replica_state_has_sent(replica, 4));
    assert_false(replica_state_has_sent(replica, 5));
    assert_false(replica_state_has_sent(replica, UINT16_MAX));
    destroy_fixture(&fixture);
}

static void the_tick_of_a_snapshot_too_old_is_that_of_the_oldest_remembered(void **state) {
    (void)state;
    Fixture fixture;
    create_fixture(&fixture);
    ReplicaState *replica = fixture.replica;
    for (int i = 0; i < 40; i++) {
        send_baseline_set(replica, 1); // ticks 0, 3, 6 ...
    }
    assert_int_equal(replica_state_snapshot_tick(replica, 39), 117);
    assert_int_equal(replica_state_snapshot_tick(replica, 8), 24);
    assert_int_equal(replica_state_snapshot_tick(replica, 7), 24);
    assert_int_equal(replica_state_snapshot_tick(replica, 0), 24);
    destroy_fixture(&fixture);
}

// The newest one and 32 before it are acknowledged; snapshots further back than 64 are forgotten.
static void acknowledgements_set_the_bits_that_they_name(void **state) {
    (void)state;
    static const struct {
        uint16_t age;
        uint64_t bits;
    } CASES[] = {{0, 0x1ffffffffull},
                 {1, 0x3fffffffeull},
                 {31, 0x1ffffffffull << 31},
                 {32, 0x1ffffffffull << 32},
                 {61, 0x7ull << 61},
                 {62, 0x3ull << 62},
                 {63, 0x1ull << 63},
                 {64, 0},
                 {65, 0},
                 {1000, 0},
                 {UINT16_MAX, 0}}; // the last is ahead of the newest
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Fixture fixture;
        create_fixture(&fixture);
        ReplicaState *replica = fixture.replica;
        replica->next_sequence = 2000;
        replica->sent_count = 2000;
        replica_state_acknowledge(replica, (uint16_t)(1999 - CASES[i].age), UINT32_MAX);
        assert_true(replica->acked_bits == CASES[i].bits);
        replica_state_acknowledge(replica, (uint16_t)(1999 - CASES[i].age), 0); // clears nothing
        assert_true(replica->acked_bits == CASES[i].bits);
        destroy_fixture(&fixture);
    }
}

static void a_verify_request_waits_for_no_second_one(void **state) {
    (void)state;
    Fixture fixture;
    create_fixture(&fixture);
    ReplicaState *replica = fixture.replica;
    assert_int_equal(replica_state_open_verify_request(replica, 0), VERIFY_REQUEST_UNKNOWN);
    send_baseline_set(replica, 3);
    send_baseline_set(replica, 3);
    replica->verify_next_entry = 5; // of an earlier request
    assert_int_equal(replica_state_open_verify_request(replica, 1), VERIFY_REQUEST_OPEN);
    assert_int_equal(replica->verify_sequence, 1);
    assert_int_equal(replica->verify_next_entry, 0);
    assert_int_equal(replica_state_open_verify_request(replica, 0), VERIFY_REQUEST_BUSY);
    assert_int_equal(replica->verify_sequence, 1);
    assert_int_equal(replica_state_open_verify_request(replica, 2), VERIFY_REQUEST_UNKNOWN);
    destroy_fixture(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_acknowledged_set_that_is_held_is_the_baseline),
        cmocka_unit_test(a_set_too_far_back_is_no_baseline),
        cmocka_unit_test(a_reset_state_remembers_nothing),
        cmocka_unit_test(acknowledgements_name_snapshots_by_sequence_and_bits),
        cmocka_unit_test(without_acknowledgements_lateness_is_the_same_after_sequences_wrap),
        cmocka_unit_test(numbers_never_sent_acknowledge_nothing),
        cmocka_unit_test(only_numbers_that_were_sent_count_as_sent),
        cmocka_unit_test(the_tick_of_a_snapshot_too_old_is_that_of_the_oldest_remembered),
        cmocka_unit_test(acknowledgements_set_the_bits_that_they_name),
        cmocka_unit_test(a_verify_request_waits_for_no_second_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
