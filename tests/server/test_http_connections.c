// SPDX-License-Identifier: MIT
// test_http_connections.c -- which connections to the HTTP port stay and which end.
#include "server/operate/http_connections.h"

#include "support.h"

#define ATTACKER 0x0100007f
#define PROBE    0x0200007f

static HttpConnections with_capacity(uint32_t capacity) {
    return (HttpConnections){.capacity = capacity};
}

static void fill(HttpConnections *table, uint64_t address, uint32_t count, uint64_t from_ns) {
    for (uint32_t i = 0; i < count; i++) {
        assert_non_null(
            http_connections_add(table, address, (int)(100 + from_ns + i), from_ns + i));
    }
}

static void a_full_table_refuses_until_a_connection_is_removed(void **state) {
    (void)state;
    HttpConnections table = with_capacity(3);
    fill(&table, ATTACKER, 3, 0);
    assert_null(http_connections_add(&table, PROBE, 9, 10));
    http_connections_remove(&table, http_connections_find(&table, 101));
    HttpConnection *connection = http_connections_add(&table, PROBE, 9, 10);
    assert_non_null(connection);
    assert_ptr_equal(http_connections_find(&table, 9), connection);
    assert_null(http_connections_find(&table, 101));
    assert_int_equal(table.count, 3);
}

static void the_oldest_of_the_address_with_most_connections_ends_first(void **state) {
    (void)state;
    HttpConnections table = with_capacity(8);
    fill(&table, PROBE, 3, 0); // older than all others, and fewer
    fill(&table, ATTACKER, 5, 10);
    for (int left = 5; left > 3; left--) {
        HttpConnection *connection = http_connections_crowded(&table);
        assert_int_equal(connection->descriptor, 110 + 5 - left);
        assert_int_equal(connection->address, ATTACKER);
        http_connections_remove(&table, connection);
    }
    // With equal shares the oldest of all ends.
    assert_int_equal(http_connections_crowded(&table)->descriptor, 100);
}

static void a_closing_connection_is_not_ended_twice_and_does_not_count(void **state) {
    (void)state;
    HttpConnections table = with_capacity(4);
    fill(&table, ATTACKER, 2, 0);
    fill(&table, PROBE, 2, 10);
    for (int i = 0; i < 4; i++) {
        http_connections_crowded(&table)->is_closing = true;
    }
    assert_null(http_connections_crowded(&table));
    assert_null(http_connections_overdue(&table, UINT64_MAX));
    assert_int_equal(http_connections_next_deadline_ns(&table), UINT64_MAX);
    assert_int_equal(table.count, 4); // until MHD has closed them
}

static void the_deadline_of_a_request_counts_from_the_connection(void **state) {
    (void)state;
    HttpConnections table = with_capacity(4);
    fill(&table, PROBE, 2, 1000);
    assert_int_equal(http_connections_next_deadline_ns(&table), 1000 + HTTP_REQUEST_TIMEOUT_NS);
    assert_null(http_connections_overdue(&table, 999 + HTTP_REQUEST_TIMEOUT_NS));
    assert_int_equal(http_connections_overdue(&table, 1000 + HTTP_REQUEST_TIMEOUT_NS)->descriptor,
                     1100);
}

static void an_overdue_connection_is_found_behind_others(void **state) {
    (void)state;
    HttpConnections table = with_capacity(4);
    fill(&table, PROBE, 3, 0);
    http_connection_renew(http_connections_find(&table, 100), 500);
    http_connections_find(&table, 101)->is_closing = true;
    assert_int_equal(http_connections_overdue(&table, 2 + HTTP_REQUEST_TIMEOUT_NS)->descriptor,
                     102);
    assert_int_equal(http_connections_next_deadline_ns(&table), 2 + HTTP_REQUEST_TIMEOUT_NS);
}

static void a_response_renews_the_age_and_the_deadline(void **state) {
    (void)state;
    HttpConnections table = with_capacity(4);
    fill(&table, PROBE, 2, 0);
    http_connection_renew(http_connections_find(&table, 100), 500);
    assert_int_equal(http_connections_crowded(&table)->descriptor, 101);
    http_connections_remove(&table, http_connections_find(&table, 101));
    assert_int_equal(http_connections_next_deadline_ns(&table), 500 + HTTP_IDLE_TIMEOUT_NS);
    assert_null(http_connections_overdue(&table, HTTP_REQUEST_TIMEOUT_NS));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_table_refuses_until_a_connection_is_removed),
        cmocka_unit_test(the_oldest_of_the_address_with_most_connections_ends_first),
        cmocka_unit_test(a_closing_connection_is_not_ended_twice_and_does_not_count),
        cmocka_unit_test(the_deadline_of_a_request_counts_from_the_connection),
        cmocka_unit_test(an_overdue_connection_is_found_behind_others),
        cmocka_unit_test(a_response_renews_the_age_and_the_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
