// SPDX-License-Identifier: MIT
#include "server/sim/session.h"

#include "support.h"

static SessionTable fresh_table(uint32_t capacity, uint32_t loops) {
    SessionTable table;
    assert_true(session_table_create(&table, capacity, loops));
    return table;
}

static const char NAME[PLAYER_NAME_BYTES + 1] = "Ada";

static void the_lowest_free_index_is_used(void **state) {
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

static void a_full_table_opens_nothing_until_a_session_closes(void **state) {
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

static void a_peer_is_found_by_loop_and_full_handle(void **state) {
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

static void a_reused_index_remembers_nothing(void **state) {
    (void)state;
    SessionTable table = fresh_table(2, 1);
    Session *session = session_open(&table, 0, 0x10001, NAME, 1);
    name_sync_mark_sent(&session->replica.names, 1);
    session->replica.token_bytes = 77;
    replica_state_note_sent(&session->replica);
    session_close(&table, session);
    session = session_open(&table, 0, 0x20001, NAME, 50);
    assert_false(name_sync_is_sent(&session->replica.names, 1));
    assert_int_equal(session->replica.token_bytes, 0);
    assert_int_equal(session->replica.next_sequence, 0);
    assert_int_equal(session->inputs.next_tick, 50);
    session_table_destroy(&table);
}

static void a_session_gets_snapshots_from_its_welcome_until_it_is_closed(void **state) {
    (void)state;
    SessionTable table = fresh_table(2, 1);
    session_open(&table, 0, 0x10001, NAME, 1);
    Session *session = session_open(&table, 0, 0x10002, NAME, 1);
    const ReplicaState *replica = table.replicas[1];
    assert_ptr_equal(replica, &session->replica);
    assert_int_equal(replica->index, 1);
    assert_false(replica->is_active);
    session_welcome(&table, session);
    assert_true(replica->is_active);
    session_close(&table, session);
    assert_false(replica->is_active);
    session_table_destroy(&table);
}

static void the_echo_of_inputs_follows_the_queue(void **state) {
    (void)state;
    SessionTable table = fresh_table(1, 1);
    Session *session = session_open(&table, 0, 0x10001, NAME, 10);
    const InputEcho *echo = &session->replica.input_echo;
    session_pop_input(session);
    assert_false(echo->has_input);
    const InputMessage message = {.newest_tick = 12, .send_time_ms = 4321, .count = 1};
    const InputArrival arrival = {.received_ns = 1000000, .due_ns = 3000000, .tick_ns = 16000000};
    session_push_input(session, &message, &arrival);
    assert_true(echo->has_input);
    assert_int_equal(echo->newest_tick, 12);
    assert_int_equal(echo->send_time_ms, 4321);
    assert_int_equal(echo->received_ns, 1000000);
    assert_int_equal(echo->margin_q4, 16 + 2);
    assert_int_equal(echo->starved_count, 0);
    session_pop_input(session); // of tick 11, which never arrived
    assert_int_equal(echo->starved_count, 1);
    session_pop_input(session);
    assert_int_equal(echo->starved_count, 1);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lowest_free_index_is_used),
        cmocka_unit_test(a_full_table_opens_nothing_until_a_session_closes),
        cmocka_unit_test(a_peer_is_found_by_loop_and_full_handle),
        cmocka_unit_test(a_reused_index_remembers_nothing),
        cmocka_unit_test(a_session_joins_until_it_is_welcomed_or_closed),
        cmocka_unit_test(a_session_gets_snapshots_from_its_welcome_until_it_is_closed),
        cmocka_unit_test(the_echo_of_inputs_follows_the_queue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
