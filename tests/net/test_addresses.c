// SPDX-License-Identifier: MIT
// test_addresses.c -- servers with several addresses and of both families, through the kernel.
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/net_resolve.h"
#include "net/transport.h"
#include "support.h"

// Loopback is fast; the bound only ends a test that fails.
#define ROUNDS_MAX  20000
#define CLIENTS_MAX 80

static Transport *listen_at(const char *address, uint16_t port, TransportError expected) {
    Transport *transport = NULL;
    const TransportListenConfig config = {
        .bind_address = address, .port = port, .peer_capacity = CLIENTS_MAX};
    assert_int_equal(transport_listen(&transport, &config), expected);
    return transport;
}

static bool has_ipv6_loopback(void) {
    Transport *transport = NULL;
    const TransportListenConfig config = {.bind_address = "::1", .peer_capacity = 1};
    const bool has_it = transport_listen(&transport, &config) == TRANSPORT_OK;
    transport_close(transport);
    return has_it;
}

static Transport *connect_to(const char *host, uint16_t port) {
    Transport *transport = NULL;
    assert_int_equal(transport_connect(&transport, host, port), TRANSPORT_OK);
    return transport;
}

typedef struct Crowd {
    Transport *server;
    Transport *clients[CLIENTS_MAX];
    uint32_t count;
    uint32_t connected, gone, answers;
} Crowd;

static void step(Crowd *crowd) {
    TransportEvent event;
    transport_poll(crowd->server, clock_now_ns());
    while (transport_next_event(crowd->server, &event)) {
        if (event.type == TRANSPORT_MESSAGE) {
            assert_true(transport_send(crowd->server, event.peer, event.channel, "answer", 6));
        }
    }
    transport_flush(crowd->server);
    for (uint32_t i = 0; i < crowd->count; i++) {
        transport_poll(crowd->clients[i], clock_now_ns());
        while (transport_next_event(crowd->clients[i], &event)) {
            crowd->connected += event.type == TRANSPORT_CONNECTED;
            crowd->gone += event.type == TRANSPORT_DISCONNECTED;
            crowd->answers += event.type == TRANSPORT_MESSAGE;
        }
        transport_flush(crowd->clients[i]);
    }
}

// Clients connect to the hosts in turn, and each of their messages is answered.
static void assert_all_are_served(const char *bound_to, const char *const *hosts,
                                  uint32_t hosts_count, uint32_t clients) {
    Crowd crowd = {.server = listen_at(bound_to, 0, TRANSPORT_OK), .count = clients};
    for (uint32_t i = 0; i < clients; i++) {
        crowd.clients[i] = connect_to(hosts[i % hosts_count], transport_port(crowd.server));
    }
    for (int round = 0; round < ROUNDS_MAX && crowd.connected < clients; round++) {
        step(&crowd);
    }
    assert_int_equal(crowd.connected, clients);
    for (uint32_t i = 0; i < clients; i++) {
        const PeerHandle peer = transport_server_peer(crowd.clients[i]);
        NetAddress server, asked;
        assert_true(transport_peer_address(crowd.clients[i], peer, &server));
        assert_true(
            net_address_parse(hosts[i % hosts_count], transport_port(crowd.server), &asked));
        assert_true(net_address_is_equal(&server, &asked));
        assert_true(transport_send(crowd.clients[i], peer, TRANSPORT_UNSEQUENCED, "ask", 3));
        assert_true(transport_send(crowd.clients[i], peer, TRANSPORT_RELIABLE, "ask", 3));
    }
    for (int round = 0; round < ROUNDS_MAX && crowd.answers < 2 * clients; round++) {
        step(&crowd);
    }
    assert_int_equal(crowd.answers, 2 * clients);
    assert_int_equal(crowd.gone, 0);
    TransportStats stats;
    transport_stats(crowd.server, &stats);
    assert_int_equal(stats.send_errors, 0);
    for (size_t i = 0; i < TRANSPORT_REJECT_COUNT; i++) {
        assert_int_equal(stats.rejected[i], 0);
    }
    for (uint32_t i = 0; i < clients; i++) {
        transport_close(crowd.clients[i]);
    }
    transport_close(crowd.server);
}

static const char *const ipv4_hosts[] = {"127.0.0.1", "127.0.0.2", "127.0.0.3"};
static const char *const all_hosts[] = {"127.0.0.1", "::1", "127.0.0.2"};

static void answers_on_all_of_ipv4_leave_from_the_requested_address(void **state) {
    (void)state;
    assert_all_are_served(NULL, ipv4_hosts, 3, 3);
    assert_all_are_served("0.0.0.0", ipv4_hosts, 3, CLIENTS_MAX); // in batches of answers
}

// Linux routes the unspecified addresses to this machine.
static void a_client_may_name_no_address_at_all(void **state) {
    (void)state;
    Crowd crowd = {.server = listen_at("127.0.0.1", 0, TRANSPORT_OK), .count = 1};
    crowd.clients[0] = connect_to("0.0.0.0", transport_port(crowd.server));
    for (int round = 0; round < ROUNDS_MAX && crowd.connected < 1; round++) {
        step(&crowd);
    }
    assert_int_equal(crowd.connected, 1);
    transport_close(crowd.clients[0]);
    transport_close(crowd.server);
}

static void one_address_serves_itself_only(void **state) {
    (void)state;
    assert_all_are_served("127.0.0.2", &ipv4_hosts[1], 1, 3);
    assert_all_are_served("::ffff:127.0.0.3", &ipv4_hosts[2], 1, 3);
    if (has_ipv6_loopback()) {
        assert_all_are_served("::1", &all_hosts[1], 1, 3);
        assert_all_are_served("[::1]", &all_hosts[1], 1, 3);
    }
}

static void all_of_ipv6_serves_ipv4_too(void **state) {
    (void)state;
    if (!has_ipv6_loopback()) {
        skip();
    }
    assert_all_are_served("::", all_hosts, 3, CLIENTS_MAX);
    assert_all_are_served("[::]", all_hosts, 3, 3);
}

static void ipv6_only_leaves_ipv4_to_others(void **state) {
    (void)state;
    if (!has_ipv6_loopback()) {
        skip();
    }
    Transport *both = listen_at("::", 0, TRANSPORT_OK);
    const uint16_t port = transport_port(both);
    (void)listen_at("0.0.0.0", port, TRANSPORT_ERROR_IN_USE);
    (void)listen_at("127.0.0.1", port, TRANSPORT_ERROR_IN_USE);
    (void)listen_at("::1", port, TRANSPORT_ERROR_IN_USE);
    transport_close(both);
    Transport *one = NULL;
    const TransportListenConfig config = {
        .bind_address = "::", .is_ipv6_only = true, .port = port, .peer_capacity = 4};
    assert_int_equal(transport_listen(&one, &config), TRANSPORT_OK);
    Transport *other = listen_at("0.0.0.0", port, TRANSPORT_OK);
    transport_close(other);
    transport_close(one);
}

// A link-local address with its interface, or NULL.
static const char *find_link_local(char text[NET_ADDRESS_TEXT_BYTES]) {
    struct ifaddrs *interfaces = NULL;
    assert_int_equal(getifaddrs(&interfaces), 0);
    const char *found = NULL;
    for (const struct ifaddrs *at = interfaces; at != NULL && found == NULL; at = at->ifa_next) {
        NetAddress address;
        if (at->ifa_addr != NULL && net_address_from_sockaddr(at->ifa_addr, &address) &&
            net_address_is_link_local(&address)) {
            found = net_address_format_host(&address, text);
        }
    }
    freeifaddrs(interfaces);
    return found;
}

static void a_link_local_address_is_served_with_its_interface(void **state) {
    (void)state;
    char text[NET_ADDRESS_TEXT_BYTES];
    const char *host = find_link_local(text);
    if (host == NULL) {
        skip();
    }
    assert_all_are_served(host, &host, 1, 3);
    assert_all_are_served("::", &host, 1, 3);
}

static void unbindable_and_unreachable_addresses_have_errors_of_their_own(void **state) {
    (void)state;
    static const char *const malformed[] = {
        "",        "[::1",  "::1]", "[::1]:7777", "127.0.0.1:1",
        "fe80::1", "1:2:3", "[]",   "::1%lo",     "no such name"};
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
        (void)listen_at(malformed[i], 0, TRANSPORT_ERROR_NAME);
    }
    (void)listen_at("192.0.2.77", 0, TRANSPORT_ERROR_ADDRESS); // another machine's address
    (void)listen_at("2001:db8::77", 0, TRANSPORT_ERROR_ADDRESS);
    Transport *transport = NULL;
    assert_int_equal(transport_connect(&transport, "fe80::1", 7777), TRANSPORT_ERROR_NAME);
    assert_int_equal(transport_connect(&transport, "[::1]", 7777), TRANSPORT_ERROR_NAME);
    assert_null(transport);
}

static void names_mean_ipv4_first_where_they_are_bound_to(void **state) {
    (void)state;
    NetAddress own[NET_RESOLVE_MAX];
    const uint32_t count = net_resolve_own("localhost", own);
    if (count == 0) {
        skip(); // a machine without that name
    }
    bool has_ipv6 = false;
    for (uint32_t i = 0; i < count; i++) {
        assert_false(has_ipv6 && net_address_is_ipv4(&own[i]));
        has_ipv6 = has_ipv6 || !net_address_is_ipv4(&own[i]);
        assert_int_equal(own[i].port, 0);
        for (uint32_t j = 0; j < i; j++) {
            assert_false(net_address_is_equal(&own[i], &own[j]));
        }
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
        cmocka_unit_test(answers_on_all_of_ipv4_leave_from_the_requested_address),
        cmocka_unit_test(a_client_may_name_no_address_at_all),
        cmocka_unit_test(one_address_serves_itself_only),
        cmocka_unit_test(all_of_ipv6_serves_ipv4_too),
        cmocka_unit_test(ipv6_only_leaves_ipv4_to_others),
        cmocka_unit_test(a_link_local_address_is_served_with_its_interface),
        cmocka_unit_test(unbindable_and_unreachable_addresses_have_errors_of_their_own),
        cmocka_unit_test(names_mean_ipv4_first_where_they_are_bound_to),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
