// SPDX-License-Identifier: MIT
// test_client_threads.c -- a client and its view refuse all threads but the one that opened them.
#include "thread_rules.h"

#include "client/view/client_view.h"

static Client g_client;
static ClientView g_view = {.client = &g_client};

#define OWNER_RULES(X)                                                                             \
    X(THREAD_ANY, client_poll, (&g_client, 0))                                                     \
    X(THREAD_ANY, client_step, (&g_client, 0, (ShipInput){0}))                                     \
    X(THREAD_ANY, client_send_inputs, (&g_client, 0))                                              \
    X(THREAD_ANY, client_send_chat, (&g_client, "", 0))                                            \
    X(THREAD_ANY, client_hang_up, (&g_client, 0))                                                  \
    X(THREAD_ANY, client_close, (&g_client, 0))                                                    \
    X(THREAD_ANY, client_view_on_snapshot, (&g_view, 0))                                           \
    X(THREAD_ANY, client_view_on_events, (&g_view, nothing()))                                     \
    X(THREAD_ANY, client_view_next_event, (&g_view, 0))

OWNER_RULES(THREAD_RULE_CALL)

static void a_client_and_its_view_refuse_all_threads_but_the_owner(void **state) {
    (void)state;
    static const ThreadRule rules[] = {OWNER_RULES(THREAD_RULE_ROW)};
    g_client.owner.thread = &g_client; // no thread's address
    thread_rules_check_owners(rules, sizeof rules / sizeof rules[0]);
}

static void a_client_that_was_opened_belongs_to_its_thread(void **state) {
    (void)state;
    Client client;
    const ClientConfig config = {.host = "127.0.0.1", .port = 9, .name = "owner"};
    TransportError error;
    assert_int_equal(transport_initialize(), TRANSPORT_OK);
    assert_true(client_open(&client, &config, 1, &error));
    assert_ptr_equal(client.owner.thread, &g_thread_role);
    client_close(&client, 1);
    assert_null(client.owner.thread);
    transport_deinitialize();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_and_its_view_refuse_all_threads_but_the_owner),
        cmocka_unit_test(a_client_that_was_opened_belongs_to_its_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
