// SPDX-License-Identifier: MIT
// test_transport_threads.c -- transports on different threads know nothing of each other.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h needs the four above.
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "net/transport.h"
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
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
