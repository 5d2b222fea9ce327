// SPDX-License-Identifier: MIT
// test_port_claim.c -- ports among transports and among processes; connections over the kernel's
// loopback interface.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h needs the four above.
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/hostile.h"
#include "net/net_resolve.h"
#include "net/transport.h"
#include "wire/reason.h"

// Loopback is fast; the bound only ends a test that fails.
#define ROUNDS_MAX 20000

static Transport *listen_on(uint16_t port, bool is_shared, TransportError expected) {
    Transport *transport = NULL;
    const TransportListenConfig config = {
        .bind_address = "127.0.0.1", .port = port, .peer_capacity = 64, .shares_port = is_shared};
    assert_int_equal(transport_listen(&transport, &config), expected);
    return transport;
}

static Transport *connect_to(uint16_t port) {
    Transport *transport = NULL;
    assert_int_equal(transport_connect(&transport, "127.0.0.1", port), TRANSPORT_OK);
    return transport;
}

// The arguments that make this program listen once and exit with its error.
#define LISTEN_ARGUMENT "--listen"

// The error of another process that listens on the port. It is a new program, since a mere fork
// would own the claims of this process.
static TransportError listen_elsewhere(uint16_t port, bool is_shared) {
    char port_text[8];
    (void)snprintf(port_text, sizeof port_text, "%u", port);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)execl("/proc/self/exe", "test_port_claim", LISTEN_ARGUMENT, port_text,
                    is_shared ? "shared" : "exclusive", (char *)NULL);
        _exit(127);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return (TransportError)WEXITSTATUS(status);
}

static int listen_and_exit(const char *port, bool is_shared) {
    Transport *transport = NULL;
    const TransportListenConfig config = {.bind_address = "127.0.0.1",
                                          .port = (uint16_t)strtoul(port, NULL, 10),
                                          .peer_capacity = 4,
                                          .shares_port = is_shared};
    const TransportError error = transport_listen(&transport, &config);
    transport_close(transport);
    return (int)error;
}

static void a_port_in_use_is_refused(void **state) {
    (void)state;
    Transport *first = listen_on(0, false, TRANSPORT_OK);
    assert_int_not_equal(transport_port(first), 0);
    (void)listen_on(transport_port(first), false, TRANSPORT_ERROR_IN_USE);
    (void)listen_on(transport_port(first), true, TRANSPORT_ERROR_IN_USE);
    const uint16_t port = transport_port(first);
    transport_close(first);
    transport_close(listen_on(port, false, TRANSPORT_OK));
}

static void transports_of_this_process_share_a_port(void **state) {
    (void)state;
    Transport *first = listen_on(0, true, TRANSPORT_OK);
    Transport *second = listen_on(transport_port(first), true, TRANSPORT_OK);
    Transport *third = listen_on(transport_port(first), true, TRANSPORT_OK);
    assert_int_equal(transport_port(second), transport_port(first));
    assert_int_not_equal(transport_descriptor(second), transport_descriptor(third));
    const uint16_t port = transport_port(first);
    transport_close(first);
    assert_int_equal(listen_elsewhere(port, true), TRANSPORT_ERROR_IN_USE); // two still listen
    transport_close(second);
    transport_close(third);
    assert_int_equal(listen_elsewhere(port, true), TRANSPORT_OK);
}

static void another_process_is_refused_whether_it_shares_or_not(void **state) {
    (void)state;
    for (int is_shared = 0; is_shared < 2; is_shared++) {
        Transport *ours = listen_on(0, is_shared, TRANSPORT_OK);
        const uint16_t port = transport_port(ours);
        assert_int_equal(listen_elsewhere(port, false), TRANSPORT_ERROR_IN_USE);
        assert_int_equal(listen_elsewhere(port, true), TRANSPORT_ERROR_IN_USE);
        transport_close(ours);
        assert_int_equal(listen_elsewhere(port, is_shared), TRANSPORT_OK);
    }
}

static Transport *listen_on_all(uint16_t port, bool is_ipv6_only, TransportError expected) {
    Transport *transport = NULL;
    const TransportListenConfig config = {.bind_address = "::",
                                          .is_ipv6_only = is_ipv6_only,
                                          .port = port,
                                          .peer_capacity = 4,
                                          .shares_port = true};
    assert_int_equal(transport_listen(&transport, &config), expected);
    return transport;
}

static void a_shared_port_of_both_families_is_exclusive(void **state) {
    (void)state;
    if (!net_has_ipv6()) {
        skip();
    }
    Transport *first = listen_on_all(0, false, TRANSPORT_OK);
    const uint16_t port = transport_port(first);
    Transport *second = listen_on_all(port, false, TRANSPORT_OK);
    assert_int_equal(listen_elsewhere(port, true), TRANSPORT_ERROR_IN_USE); // 127.0.0.1
    assert_int_equal(listen_elsewhere(port, false), TRANSPORT_ERROR_IN_USE);
    transport_close(first);
    assert_int_equal(listen_elsewhere(port, true), TRANSPORT_ERROR_IN_USE);
    transport_close(second);
    Transport *alone = listen_on_all(port, true, TRANSPORT_OK);
    Transport *sharing = listen_on_all(port, true, TRANSPORT_OK);
    assert_int_equal(listen_elsewhere(port, true), TRANSPORT_OK);
    transport_close(alone);
    transport_close(sharing);
}

// Starts children that claim the port at the same moment, each at the next of the addresses, and
// counts those that succeeded.
static uint32_t race_for(uint16_t port, const char *const *addresses, uint32_t address_count,
                         uint32_t children) {
    int start[2], tried[2], done[2];
    assert_int_equal(pipe(start), 0);
    assert_int_equal(pipe(tried), 0);
    assert_int_equal(pipe(done), 0);
    for (uint32_t i = 0; i < children; i++) {
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            (void)close(start[1]);
            (void)close(done[1]);
            char byte = 0;
            Transport *transport = NULL;
            const TransportListenConfig config = {.bind_address = addresses[i % address_count],
                                                  .port = port,
                                                  .peer_capacity = 4,
                                                  .shares_port = true};
            (void)!read(start[0], &byte, 1);
            const TransportError error = transport_listen(&transport, &config);
            (void)!write(tried[1], &byte, 1);
            (void)!read(done[0], &byte, 1); // holds the port until all have tried
            _exit((int)error);
        }
    }
    (void)close(start[0]);
    (void)close(done[0]);
    (void)close(tried[1]);
    (void)close(start[1]); // all of them read the end of the pipe at once
    for (uint32_t i = 0; i < children; i++) {
        char byte = 0;
        assert_int_equal(read(tried[0], &byte, 1), 1);
    }
    (void)close(tried[0]);
    (void)close(done[1]);
    uint32_t winners = 0;
    for (uint32_t i = 0; i < children; i++) {
        int status = 0;
        assert_true(wait(&status) > 0);
        winners += WIFEXITED(status) && WEXITSTATUS(status) == TRANSPORT_OK;
    }
    return winners;
}

static void of_processes_that_start_at_the_same_moment_one_gets_the_port(void **state) {
    (void)state;
    for (uint32_t i = 0; i < 5; i++) {
        Transport *finder = listen_on(0, false, TRANSPORT_OK);
        const uint16_t port = transport_port(finder);
        transport_close(finder);
        static const char *const address = "127.0.0.1";
        assert_int_equal(race_for(port, &address, 1, 6), 1);
    }
}

// Different addresses are not different ports when one of them stands for all.
static void of_processes_with_addresses_that_overlap_one_gets_the_port(void **state) {
    (void)state;
    static const char *const addresses[] = {"0.0.0.0", "127.0.0.1", "::"};
    for (uint32_t i = 0; i < 20; i++) {
        Transport *finder = listen_on(0, false, TRANSPORT_OK);
        const uint16_t port = transport_port(finder);
        transport_close(finder);
        assert_int_equal(race_for(port, addresses, net_has_ipv6() ? 3 : 2, 6), 1);
    }
}

static void a_bad_address_is_refused(void **state) {
    (void)state;
    Transport *transport = NULL;
    const TransportListenConfig nonsense = {.bind_address = "no address", .peer_capacity = 4};
    assert_int_equal(transport_listen(&transport, &nonsense), TRANSPORT_ERROR_NAME);
    const TransportListenConfig foreign = {.bind_address = "192.0.2.1", .peer_capacity = 4};
    assert_int_equal(transport_listen(&transport, &foreign), TRANSPORT_ERROR_ADDRESS);
    assert_int_equal(transport_connect(&transport, "no address", 7777), TRANSPORT_ERROR_NAME);
    assert_int_equal(transport_connect(&transport, "127.0.0.1", 0), TRANSPORT_ERROR_NAME);
    assert_null(transport);
}

// Polls both until the condition on the last events holds.
typedef struct Talk {
    Transport *server, *client;
    uint64_t at_server, at_client; // messages
    bool is_connected, is_gone;
    uint32_t reason;
} Talk;

static void talk(Talk *both, const char *answer) {
    TransportEvent event;
    transport_poll(both->client, clock_now_ns());
    while (transport_next_event(both->client, &event)) {
        both->is_connected |= event.type == TRANSPORT_CONNECTED;
        both->at_client += event.type == TRANSPORT_MESSAGE;
        if (event.type == TRANSPORT_DISCONNECTED) {
            both->is_gone = true;
            both->reason = event.reason;
        }
    }
    transport_flush(both->client);
    if (both->server == NULL) {
        return;
    }
    transport_poll(both->server, clock_now_ns());
    while (transport_next_event(both->server, &event)) {
        both->at_server += event.type == TRANSPORT_MESSAGE;
        if (event.type == TRANSPORT_MESSAGE && answer != NULL) {
            assert_true(
                transport_send(both->server, event.peer, event.channel, answer, strlen(answer)));
        }
    }
    transport_flush(both->server);
}

static void messages_travel_both_ways_through_the_kernel(void **state) {
    (void)state;
    Talk both = {.server = listen_on(0, false, TRANSPORT_OK)};
    both.client = connect_to(transport_port(both.server));
    for (int i = 0; i < ROUNDS_MAX && !both.is_connected; i++) {
        talk(&both, NULL);
    }
    assert_true(both.is_connected);
    const PeerHandle peer = transport_server_peer(both.client);
    for (int i = 0; i < 50; i++) {
        assert_true(transport_send(both.client, peer, TRANSPORT_RELIABLE, "hello", 5));
        assert_true(transport_send(both.client, peer, TRANSPORT_UNSEQUENCED, "input", 5));
    }
    for (int i = 0; i < ROUNDS_MAX && both.at_client < 100; i++) {
        talk(&both, "answer");
    }
    assert_int_equal(both.at_server, 100);
    assert_int_equal(both.at_client, 100);
    TransportStats stats;
    transport_stats(both.server, &stats);
    for (size_t i = 0; i < TRANSPORT_REJECT_COUNT; i++) {
        assert_int_equal(stats.rejected[i], 0);
    }
    assert_true(stats.receive_buffer_bytes > 0 && stats.send_buffer_bytes > 0);
    transport_close(both.client);
    transport_close(both.server);
}

static void a_closed_port_ends_the_attempt_soon(void **state) {
    (void)state;
    Transport *finder = listen_on(0, false, TRANSPORT_OK);
    const uint16_t port = transport_port(finder);
    transport_close(finder);
    Talk alone = {.client = connect_to(port)};
    // Virtual seconds: the kernel's refusals come at once, ENet's attempts by the clock.
    uint64_t now_ns = clock_now_ns();
    const uint64_t start_ns = now_ns;
    TransportEvent event = {0};
    while (!transport_next_event(alone.client, &event) && now_ns < start_ns + 20 * NS_PER_S) {
        now_ns += 10 * NS_PER_MS;
        transport_poll(alone.client, now_ns);
    }
    assert_int_equal(event.type, TRANSPORT_DISCONNECTED);
    assert_int_equal(event.reason, REASON_NO_ANSWER);
    assert_in_range((now_ns - start_ns) / NS_PER_MS, 100, 2000);
    transport_close(alone.client);
}

static void a_server_that_is_gone_is_known_by_refusals(void **state) {
    (void)state;
    Talk both = {.server = listen_on(0, false, TRANSPORT_OK)};
    both.client = connect_to(transport_port(both.server));
    for (int i = 0; i < ROUNDS_MAX && !both.is_connected; i++) {
        talk(&both, NULL);
    }
    const PeerHandle peer = transport_server_peer(both.client);
    assert_true(transport_send(both.client, peer, TRANSPORT_RELIABLE, "hello", 5));
    for (int i = 0; i < ROUNDS_MAX && both.at_client == 0; i++) {
        talk(&both, "answer");
    }
    assert_false(transport_is_refused(both.client));
    transport_close(both.server);
    both.server = NULL;
    for (int i = 0; i < ROUNDS_MAX && !transport_is_refused(both.client); i++) {
        assert_true(transport_send(both.client, peer, TRANSPORT_UNSEQUENCED, "input", 5));
        talk(&both, NULL);
    }
    assert_true(transport_is_refused(both.client));
    assert_false(both.is_gone);
    transport_close(both.client);
}

static void a_connection_without_a_descriptor_says_so(void **state) {
    (void)state;
    Transport *transport = NULL;
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    const TransportError error = transport_connect(&transport, "127.0.0.1", 7777);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(error, TRANSPORT_ERROR_DESCRIPTORS);
    assert_null(transport);
}

static void shared_ports_spread_clients_and_all_are_served(void **state) {
    (void)state;
    enum { SERVERS = 4, CLIENTS = 64 };
    Transport *servers[SERVERS], *clients[CLIENTS];
    servers[0] = listen_on(0, true, TRANSPORT_OK);
    for (int i = 1; i < SERVERS; i++) {
        servers[i] = listen_on(transport_port(servers[0]), true, TRANSPORT_OK);
    }
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = connect_to(transport_port(servers[0]));
    }
    uint32_t connected = 0;
    TransportEvent event;
    for (int round = 0; round < ROUNDS_MAX && connected < CLIENTS; round++) {
        for (int i = 0; i < CLIENTS; i++) {
            transport_poll(clients[i], clock_now_ns());
            while (transport_next_event(clients[i], &event)) {
                connected += event.type == TRANSPORT_CONNECTED;
            }
        }
        for (int i = 0; i < SERVERS; i++) {
            transport_poll(servers[i], clock_now_ns());
            while (transport_next_event(servers[i], &event)) {
            }
        }
    }
    assert_int_equal(connected, CLIENTS);
    for (int i = 0; i < SERVERS; i++) {
        TransportStats stats;
        transport_stats(servers[i], &stats);
        assert_true(stats.peers > 0);
        transport_close(servers[i]);
    }
    for (int i = 0; i < CLIENTS; i++) {
        transport_close(clients[i]);
    }
}

static void datagrams_dropped_by_the_kernel_are_counted(void **state) {
    (void)state;
    Transport *server = listen_on(0, false, TRANSPORT_OK);
    TransportStats stats;
    transport_stats(server, &stats);
    assert_int_equal(stats.receive_drops, 0);
    const int small = 4096;
    assert_int_equal(
        setsockopt(transport_descriptor(server), SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
    Hostile hostile = hostile_seeded(2);
    // No transport polls meanwhile.
    const NetAddress target = net_address_loopback(transport_port(server));
    assert_true(hostile_flood(&hostile, &target, 500, 1, NULL, NULL) > 0);
    transport_stats(server, &stats);
    assert_true(stats.receive_drops > 0);
    transport_close(server);
}

static void poll_talk(void *context) {
    talk(context, NULL);
}

static void hostile_datagrams_from_many_ports_drop_no_player(void **state) {
    (void)state;
    Talk both = {.server = listen_on(0, false, TRANSPORT_OK)};
    both.client = connect_to(transport_port(both.server));
    for (int i = 0; i < ROUNDS_MAX && !both.is_connected; i++) {
        talk(&both, NULL);
    }
    Hostile hostile = hostile_seeded(1);
    const NetAddress target = net_address_loopback(transport_port(both.server));
    const uint64_t taken = hostile_flood(&hostile, &target, 20000, 64, poll_talk, &both);
    assert_true(taken > 10000);
    const PeerHandle peer = transport_server_peer(both.client);
    assert_true(transport_send(both.client, peer, TRANSPORT_RELIABLE, "still here", 10));
    for (int i = 0; i < ROUNDS_MAX && both.at_server == 0; i++) {
        talk(&both, NULL);
    }
    assert_int_equal(both.at_server, 1);
    assert_false(both.is_gone);
    TransportStats stats;
    transport_stats(both.server, &stats);
    assert_int_equal(stats.service_errors, 0);
    assert_int_equal(stats.peers, 1);
    assert_true(stats.rejected[TRANSPORT_REJECT_OVERSIZE] > 0);
    assert_true(stats.rejected[TRANSPORT_REJECT_MALFORMED] > 0);
    assert_true(stats.rejected[TRANSPORT_REJECT_UNKNOWN_PEER] > 0);
    transport_close(both.client);
    transport_close(both.server);
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

int main(int argc, char **argv) {
    if (argc == 4 && strcmp(argv[1], LISTEN_ARGUMENT) == 0) {
        return listen_and_exit(argv[2], strcmp(argv[3], "shared") == 0);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_port_in_use_is_refused),
        cmocka_unit_test(transports_of_this_process_share_a_port),
        cmocka_unit_test(another_process_is_refused_whether_it_shares_or_not),
        cmocka_unit_test(a_shared_port_of_both_families_is_exclusive),
        cmocka_unit_test(of_processes_that_start_at_the_same_moment_one_gets_the_port),
        cmocka_unit_test(of_processes_with_addresses_that_overlap_one_gets_the_port),
        cmocka_unit_test(a_bad_address_is_refused),
        cmocka_unit_test(messages_travel_both_ways_through_the_kernel),
        cmocka_unit_test(a_closed_port_ends_the_attempt_soon),
        cmocka_unit_test(a_server_that_is_gone_is_known_by_refusals),
        cmocka_unit_test(a_connection_without_a_descriptor_says_so),
        cmocka_unit_test(shared_ports_spread_clients_and_all_are_served),
        cmocka_unit_test(datagrams_dropped_by_the_kernel_are_counted),
        cmocka_unit_test(hostile_datagrams_from_many_ports_drop_no_player),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
