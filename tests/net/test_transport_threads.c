// SPDX-License-Identifier: MIT
// test_transport_threads.c -- transports on different threads are independent, and each belongs to
//                             the thread that polls it.
#include "thread_rules.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "net/transport_peers.h"
#include "wire/reason.h"

#define SERVERS 2
#define SWARMS  2
#define CLIENTS 16 // per swarm
#define ECHOES  20 // per client

static atomic_bool swarms_are_done;

static void *serve(void *context) {
    Transport *server = context;
    TransportEvent event;
    while (!atomic_load(&swarms_are_done)) { // sequentially consistent: the test's end, no data
        transport_poll(server, clock_now_ns());
        while (transport_next_event(server, &event)) {
            if (event.type == TRANSPORT_MESSAGE) {
                (void)transport_send(server, event.peer, event.channel, event.data, event.size);
            }
        }
        transport_flush(server);
    }
    transport_hand_over(server);
    return NULL;
}

typedef struct Swarm {
    uint16_t port;
    uint32_t echoes[CLIENTS];
    uint32_t gone;
} Swarm;

static bool is_done(const Swarm *swarm) {
    for (int i = 0; i < CLIENTS; i++) {
        if (swarm->echoes[i] < ECHOES) {
            return false;
        }
    }
    return true;
}

static void step_client(Swarm *swarm, Transport *client, int index) {
    TransportEvent event;
    transport_poll(client, clock_now_ns());
    while (transport_next_event(client, &event)) {
        swarm->gone += event.type == TRANSPORT_DISCONNECTED;
        swarm->echoes[index] += event.type == TRANSPORT_MESSAGE;
        if (event.type != TRANSPORT_DISCONNECTED && swarm->echoes[index] < ECHOES) {
            (void)transport_send(client, event.peer, TRANSPORT_RELIABLE, "again", 5);
        }
    }
    transport_flush(client);
}

static void *swarm_run(void *context) {
    Swarm *swarm = context;
    Transport *clients[CLIENTS] = {0};
    for (int i = 0; i < CLIENTS; i++) {
        if (transport_connect(&clients[i], "127.0.0.1", swarm->port) != TRANSPORT_OK) {
            swarm->gone++;
            return NULL;
        }
    }
    for (int round = 0; round < 100000 && swarm->gone == 0 && !is_done(swarm); round++) {
        for (int i = 0; i < CLIENTS; i++) {
            step_client(swarm, clients[i], i);
        }
    }
    for (int i = 0; i < CLIENTS; i++) {
        transport_close(clients[i]);
    }
    return NULL;
}

static void servers_and_swarms_on_their_own_threads_all_get_through(void **state) {
    (void)state;
    Transport *servers[SERVERS] = {0};
    pthread_t server_threads[SERVERS], swarm_threads[SWARMS];
    Swarm swarms[SWARMS] = {0};
    atomic_store(&swarms_are_done, false);
    uint16_t port = 0;
    for (int i = 0; i < SERVERS; i++) {
        const TransportListenConfig config = {
            .bind_address = "127.0.0.1", .port = port, .peer_capacity = 64, .shares_port = true};
        assert_int_equal(transport_listen(&servers[i], &config), TRANSPORT_OK);
        port = transport_port(servers[i]);
    }
    for (int i = 0; i < SERVERS; i++) {
        assert_int_equal(pthread_create(&server_threads[i], NULL, serve, servers[i]), 0);
    }
    for (int i = 0; i < SWARMS; i++) {
        swarms[i].port = port;
        assert_int_equal(pthread_create(&swarm_threads[i], NULL, swarm_run, &swarms[i]), 0);
    }
    for (int i = 0; i < SWARMS; i++) {
        assert_int_equal(pthread_join(swarm_threads[i], NULL), 0);
    }
    atomic_store(&swarms_are_done, true);
    for (int i = 0; i < SERVERS; i++) {
        assert_int_equal(pthread_join(server_threads[i], NULL), 0);
        transport_close(servers[i]);
    }
    for (int i = 0; i < SWARMS; i++) {
        assert_int_equal(swarms[i].gone, 0);
        assert_true(is_done(&swarms[i]));
    }
}

// ------------------------------------------------------------------ one owner

static Transport *g_transport;

#define OWNER_RULES(X)                                                                             \
    X(THREAD_ANY, transport_close, (g_transport))                                                  \
    X(THREAD_ANY, transport_hand_over, (g_transport))                                              \
    X(THREAD_ANY, transport_set_carrier, (g_transport, NULL, NULL))                                \
    X(THREAD_ANY, transport_offer, (g_transport, NULL, 0))                                         \
    X(THREAD_ANY, transport_note_send_error, (g_transport, 0))                                     \
    X(THREAD_ANY, transport_note_receive_error, (g_transport, 0))                                  \
    X(THREAD_ANY, transport_set_impairment, (g_transport, NULL, 0))                                \
    X(THREAD_ANY, transport_next_due_ns, (g_transport))                                            \
    X(THREAD_ANY, transport_poll, (g_transport, 0))                                                \
    X(THREAD_ANY, transport_flush, (g_transport))                                                  \
    X(THREAD_ANY, transport_next_event, (g_transport, nothing()))                                  \
    X(THREAD_ANY, transport_send, (g_transport, 0, TRANSPORT_RELIABLE, NULL, 0))                   \
    X(THREAD_ANY, transport_disconnect, (g_transport, 0, 0))                                       \
    X(THREAD_ANY, transport_welcome, (g_transport, 0))                                             \
    X(THREAD_ANY, transport_drop, (g_transport, 0))                                                \
    X(THREAD_ANY, transport_peer_address, (g_transport, 0, nothing()))                             \
    X(THREAD_ANY, transport_round_trip_ms, (g_transport, 0))                                       \
    X(THREAD_ANY, transport_receive_statistics, (g_transport, 0))                                  \
    X(THREAD_ANY, transport_stats, (g_transport, nothing()))                                       \
    X(THREAD_ANY, transport_duplicate_count, (g_transport))                                        \
    X(THREAD_ANY, transport_set_connect_timeout, (g_transport, 0))                                 \
    X(THREAD_ANY, transport_connect_again, (g_transport, 0))

OWNER_RULES(THREAD_RULE_CALL)

static void a_transport_refuses_all_threads_but_the_one_that_polls_it(void **state) {
    (void)state;
    static const ThreadRule rules[] = {OWNER_RULES(THREAD_RULE_ROW)};
    const TransportListenConfig config = {.bind_address = "127.0.0.1", .peer_capacity = 4};
    assert_int_equal(transport_listen(&g_transport, &config), TRANSPORT_OK);
    transport_poll(g_transport, clock_now_ns());
    transport_flush(g_transport);
    const ThreadOwner own = g_transport->owner;
    g_transport->owner.thread = &own; // no thread's address
    thread_rules_check_owners(rules, sizeof rules / sizeof rules[0]);
    g_transport->owner = own;
    transport_close(g_transport);
}

static int set_up(void **state) {
    (void)state;
    return transport_initialize() == TRANSPORT_OK ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    transport_deinitialize();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(servers_and_swarms_on_their_own_threads_all_get_through),
        cmocka_unit_test(a_transport_refuses_all_threads_but_the_one_that_polls_it),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
