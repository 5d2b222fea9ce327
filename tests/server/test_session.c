// SPDX-License-Identifier: MIT
#include "server/sim/session.h"

#include "support.h"

static SessionTable fresh_table(uint32_t capacity, uint32_t loops) {
    SessionTable table;
    assert_true(session_table_create(&table, capacity, loops));
    return table;
}

static const char NAME[PLAYER_NAME_BYTES + 1] = "Ada";

static void the_lowest_free_index_is_taken(void **state) {
    (void)state;
    SessionTable table = fresh_table(3, 1);
    Session *first = session_open(&table, 0, 0x10001, NAME, 1);
    Session *second = session_open(&table, 0, 0x10002, NAME, 1);
    assert_int_equal(first->index, 0);
    assert_int_equal(second->index, 1);
    assert_int_equal(table.high_water, 2);
    session_close(&table, first);
    assert_int_equal(table.high_water, 2);
    assert_int_equal(session_open(&table, 0, 0x10003, NAME, 1)->index, 0);
    session_table_destroy(&table);
}

static void a_full_table_opens_nothing_until_somebody_leaves(void **state) {
    (void)state;
    SessionTable table = fresh_table(2, 1);
    Session *first = session_open(&table, 0, 0x10001, NAME, 1);
    assert_non_null(session_open(&table, 0, 0x10002, NAME, 1));
    assert_null(session_open(&table, 0, 0x10003, NAME, 1));
    assert_int_equal(table.count, 2);
    session_close(&table, first);
    assert_non_null(session_open(&table, 0, 0x10003, NAME, 1));
    session_table_destroy(&table);
}

static void a_peer_is_found_by_loop_and_whole_handle(void **state) {
    (void)state;
    SessionTable table = fresh_table(4, 2);
    Session *zero = session_open(&table, 0, 0x10005, NAME, 1);
    Session *one = session_open(&table, 1, 0x10005, NAME, 1);
    assert_ptr_equal(session_find(&table, 0, 0x10005), zero);
    assert_ptr_equal(session_find(&table, 1, 0x10005), one);
    assert_null(session_find(&table, 0, 0x20005)); // another generation
    assert_null(session_find(&table, 0, 0x10006));
    session_close(&table, zero);
    assert_null(session_find(&table, 0, 0x10005));
    assert_ptr_equal(session_find(&table, 1, 0x10005), one);
    session_table_destroy(&table);
}

// A snapshot leaves, with a roster of so many entries behind it.
static void send_baseline_set(Session *session, uint32_t count) {
    BaselineSet baseline;
    BaselineSet baseline_set;
    const uint32_t back = session_find_baseline(session, BASELINE_ENTRIES_MAX, &baseline);
    baseline_ring_begin(&session->baseline_sets, session->next_sequence,
                        session->next_sequence * 3u, count, back > 0 ? &baseline : NULL,
                        &baseline_set);
    for (uint32_t i = 0; i < count; i++) {
        baseline_set_carry(&baseline_set, session->next_sequence * 1000u + i, 1);
    }
    baseline_ring_commit(&session->baseline_sets, &baseline_set);
    session_snapshot_sent(session);
}

static void the_newest_acknowledged_roster_that_is_held_is_the_reference(void **state) {
    (void)state;
    SessionTable table = fresh_table(1, 1);
    Session *session = session_open(&table, 0, 0x10001, NAME, 1);
    BaselineSet baseline;
    for (int i = 0; i < 5; i++) {
        send_baseline_set(session, 10);
        assert_int_equal(session_find_baseline(session, BASELINE_ENTRIES_MAX, &baseline), 0);
        assert_int_equal(baseline.count, 0);
    }
    session_acknowledge(session, 2, 0);
    assert_int_equal(session_find_baseline(session, BASELINE_ENTRIES_MAX, &baseline), 3);
    assert_int_equal(baseline.sequence, 2);
    assert_int_equal(baseline.tick, 6);
    assert_int_equal(baseline.count, 10);
    assert_int_equal(baseline.entries[9].slot, 2009);
    assert_int_equal(session_find_baseline(session, 9, &baseline), 0); // too long
    session_acknowledge(session, 1, 0);                                // late, and of no use
    assert_int_equal(session_find_baseline(session, BASELINE_ENTRIES_MAX, &baseline), 3);
    session_acknowledge(session, 4, 0);
    assert_int_equal(session_find_baseline(session, BASELINE_ENTRIES_MAX, &baseline), 1);
    assert_int_equal(baseline.sequence, 4);
    session_table_destroy(&table);
}

static void a_roster_too_far_back_is_no_reference(void **state) {
    (void)state;
    SessionTable table = fresh_table(1, 1);
    Session *session = session_open(&table, 0, 0x10001, NAME, 1);
    BaselineSet baseline;
    send_baseline_set(session, 10);
    session_acknowledge(session, 0, 0);
    for (uint32_t i = 1; i < SNAPSHOT_BASELINE_MAX; i++) {
        send_baseline_set(session, 10);
        assert_int_equal(session_find_baseline(session, BASELINE_ENTRIES_MAX, &baseline), i + 1);
    }
    send_baseline_set(session, 10);
    assert_int_equal(session_find_baseline(session, BASELINE_ENTRIES_MAX, &baseline), 0);
    session_table_destroy(&table);
}

static void a_reused_index_remembers_nothing(void **state) {
    (void)state;
    SessionTable table = fresh_table(2, 1);
    Session *session = session_open(&table, 0, 0x10001, NAME, 1);
    name_sync_mark_sent(&session->names, 1);
    session->token_bytes = 77;
    session->has_ages = true;
    session->has_verify_request = true;
    session->wants_verify = true;
    send_baseline_set(session, 3);
    session_acknowledge(session, 0, 0);
    session_close(&table, session);
    session = session_open(&table, 0, 0x20001, NAME, 50);
    assert_false(name_sync_is_sent(&session->names, 1));
    assert_int_equal(session->token_bytes, 0);
    assert_false(session->has_ages);
    assert_false(session->has_verify_request);
    assert_false(session->wants_verify);
    BaselineSet baseline;
    assert_int_equal(session_find_baseline(session, BASELINE_ENTRIES_MAX, &baseline), 0);
    assert_int_equal(session->next_sequence, 0);
    assert_int_equal(session->inputs.next_tick, 50);
    session_table_destroy(&table);
}

static void a_session_joins_until_it_is_welcomed_or_closed(void **state) {
    (void)state;
    SessionTable table = fresh_table(4, 1);
    Session *first = session_open(&table, 0, 0x10001, NAME, 1);
    Session *second = session_open(&table, 0, 0x10002, NAME, 1);
    assert_int_equal(table.joining.count, 2);
    session_welcome(&table, first);
    assert_int_equal(first->state, SESSION_PLAYING);
    assert_int_equal(slot_set_next(&table.joining, 0), second->index);
    session_close(&table, second);
    assert_int_equal(table.joining.count, 0);
    session_close(&table, first);
    assert_int_equal(table.joining.count, 0);
    assert_int_equal(table.count, 0);
    assert_int_equal(table.high_water, 0);
    session_table_destroy(&table);
}

static bool is_acked(const Session *session, uint16_t sequence) {
    const uint32_t age = (uint16_t)(session->next_sequence - 1 - sequence);
    return age < 64 && (session->acked_bits >> age & 1) != 0;
}

static void acknowledgements_name_snapshots_by_sequence_and_bits(void **state) {
    (void)state;
    SessionTable table = fresh_table(1, 1);
    Session *session = session_open(&table, 0, 0x10001, NAME, 1);
    session->next_sequence = 65530; // the numbers wrap on the way
    for (int i = 0; i < 20; i++) {
        session_snapshot_sent(session);
    }
    session_acknowledge(session, 10, 0x5); // 10, 9 and 7
    assert_true(is_acked(session, 10) && is_acked(session, 9) && is_acked(session, 7));
    assert_false(is_acked(session, 11) || is_acked(session, 8) || is_acked(session, 6));
    session_snapshot_sent(session);
    assert_true(is_acked(session, 10));
    assert_false(is_acked(session, 14));
    session_acknowledge(session, 65535, 0x1); // an old packet, overtaken
    assert_true(is_acked(session, 65535) && is_acked(session, 65534) && is_acked(session, 10));
    session_table_destroy(&table);
}

static void who_never_acknowledges_is_as_late_after_the_wrap_of_sequences(void **state) {
    (void)state;
    SessionTable table;
    assert_true(session_table_create(&table, 2, 1));
    static const char name[PLAYER_NAME_BYTES + 1] = "Ada";
    Session *session = session_open(&table, 0, 1 << 16, name, 1);
    assert_int_equal(session_unacked(session), 0);
    for (uint32_t sent = 1; sent < 2 * 65536 + 100; sent++) {
        session_snapshot_sent(session);
        assert_int_equal(session_unacked(session), sent < 64 ? sent : 64);
    }
    session_table_destroy(&table);
}

static void numbers_never_sent_acknowledge_nothing(void **state) {
    (void)state;
    SessionTable table = fresh_table(1, 1);
    Session *session = session_open(&table, 0, 0x10001, NAME, 1);
    session_acknowledge(session, 500, UINT32_MAX);
    for (int i = 0; i < 5; i++) {
        session_snapshot_sent(session);
    }
    session_acknowledge(session, 5, 0);
    session_acknowledge(session, 30000, UINT32_MAX);
    assert_int_equal(session->acked_bits & 0x1f, 0);
    session_table_destroy(&table);
}

// Acknowledged are the newest one and 32 before it; what lies further back than 64 is forgotten.
static void acknowledgements_set_the_bits_of_what_they_name(void **state) {
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
        SessionTable table = fresh_table(1, 1);
        Session *session = session_open(&table, 0, 0x10001, NAME, 1);
        session->next_sequence = 2000;
        session->sent_count = 2000;
        session_acknowledge(session, (uint16_t)(1999 - CASES[i].age), UINT32_MAX);
        assert_true(session->acked_bits == CASES[i].bits);
        session_acknowledge(session, (uint16_t)(1999 - CASES[i].age), 0); // takes nothing back
        assert_true(session->acked_bits == CASES[i].bits);
        session_table_destroy(&table);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lowest_free_index_is_taken),
        cmocka_unit_test(a_full_table_opens_nothing_until_somebody_leaves),
        cmocka_unit_test(a_peer_is_found_by_loop_and_whole_handle),
        cmocka_unit_test(a_reused_index_remembers_nothing),
        cmocka_unit_test(the_newest_acknowledged_roster_that_is_held_is_the_reference),
        cmocka_unit_test(a_roster_too_far_back_is_no_reference),
        cmocka_unit_test(a_session_joins_until_it_is_welcomed_or_closed),
        cmocka_unit_test(acknowledgements_name_snapshots_by_sequence_and_bits),
        cmocka_unit_test(who_never_acknowledges_is_as_late_after_the_wrap_of_sequences),
        cmocka_unit_test(numbers_never_sent_acknowledge_nothing),
        cmocka_unit_test(acknowledgements_set_the_bits_of_what_they_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
