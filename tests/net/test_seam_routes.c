// SPDX-License-Identifier: MIT
// test_seam_routes.c -- peers of every address and each of the server's own, in virtual time.
#include "net/enet_seam.h"

#include <string.h>

#include "base/clock.h"
#include "net/lab.h"
#include "support.h"

static const ImpairConfig bad_network = {.latency_ns = 40 * NS_PER_MS,
                                         .jitter_ns = 30 * NS_PER_MS,
                                         .loss = 0.05,
                                         .duplicate = 0.05,
                                         .reorder = 0.05};

static void every_slot_has_a_handle_that_is_no_address(void **state) {
    (void)state;
    for (uint32_t slot = 0; slot < ENET_PROTOCOL_MAXIMUM_PEER_ID; slot++) {
        const ENetAddress handle = seam_handle(slot);
        const ENetAddress next = seam_handle(slot + 1);
        assert_int_not_equal(handle.host, ENET_HOST_ANY);
        assert_int_not_equal(handle.host, ENET_HOST_BROADCAST);
        assert_int_not_equal(handle.host, next.host);
        const NetAddress address = net_address_from_ipv4(handle.host, handle.port);
        assert_false(net_address_is_unicast(&address));
    }
}

static void an_answer_leaves_from_the_requested_address(void **state) {
    (void)state;
    static const char *const hosts[] = {"127.0.0.1", "127.0.0.2", "127.1.2.3", "::1"};
    Lab *lab = lab_create(1, NULL, 16);
    for (size_t i = 0; i < 4; i++) {
        lab_add_clients_at(lab, hosts[i], 2);
    }
    lab_run(lab, 5000);
    lab_assert_all_well(lab);
    assert_int_equal(lab->connected, 8);
    assert_int_equal(memnet_stats(lab->net).unreachable, 0);
    lab_destroy(lab);
}

static void both_families_play_on_a_bad_network(void **state) {
    (void)state;
    Lab *lab = lab_create(3, &bad_network, 64);
    lab_add_clients_at(lab, "127.0.0.1", 8);
    lab_add_clients_at(lab, "::1", 8);
    lab_add_clients_at(lab, "127.0.0.2", 8);
    lab_run(lab, 30000);
    lab_assert_all_well(lab);
    assert_int_equal(lab->disconnected, 0);
    assert_int_equal(lab_rejected(lab->server), 0);
    for (uint32_t i = 0; i < lab->client_count; i++) {
        NetAddress address;
        assert_true(transport_peer_address(lab->server, lab->clients[i].at_server, &address));
        assert_int_equal(net_address_is_ipv4(&address), i < 8 || i >= 16);
        assert_int_equal(address.port, transport_port(lab->clients[i].transport));
    }
    lab_destroy(lab);
}

static void delayed_datagrams_of_the_server_keep_their_route(void **state) {
    (void)state;
    Lab *lab = lab_create(4, NULL, 16);
    assert_true(transport_set_impairment(lab->server, &bad_network, 4));
    lab_add_clients_at(lab, "::1", 4);
    lab_add_clients_at(lab, "127.0.0.2", 4);
    lab_run(lab, 20000);
    lab_assert_all_well(lab);
    assert_int_equal(memnet_stats(lab->net).unreachable, 0);
    lab_destroy(lab);
}

// The first datagram of a client: its request, as the network carried it.
typedef struct FirstDatagram {
    ImpairRoute route;
    size_t size;
    uint8_t bytes[64];
} FirstDatagram;

static void keep_first(void *context, const ImpairRoute *route, const uint8_t *bytes, size_t size) {
    FirstDatagram *first = context;
    if (first->size == 0 && size <= sizeof first->bytes) {
        first->route = *route;
        first->size = size;
        memcpy(first->bytes, bytes, size);
    }
}

static void a_late_copy_of_a_request_opens_no_second_connection(void **state) {
    (void)state;
    static const char *const hosts[] = {"127.0.0.1", "::1"};
    for (size_t i = 0; i < 2; i++) {
        Lab *lab = lab_create(6, NULL, 16);
        FirstDatagram request = {0};
        memnet_set_tap(lab->net, keep_first, &request);
        lab_add_clients_at(lab, hosts[i], 1);
        lab_run(lab, 1000);
        assert_int_not_equal(request.size, 0);
        memnet_inject(lab->net, &request.route, request.bytes, request.size);
        lab_run(lab, 100);
        assert_int_equal(lab_server_stats(lab).handshakes_repeated, 1);
        assert_int_equal(lab_server_stats(lab).half_open, 0);
        assert_int_equal(lab_server_stats(lab).peers, 1);
        // The same port of another machine is another peer.
        request.route.from.bytes[15] = 77;
        memnet_inject(lab->net, &request.route, request.bytes, request.size);
        lab_run(lab, 100);
        assert_int_equal(lab_server_stats(lab).half_open, 1);
        lab_assert_all_well(lab);
        lab_destroy(lab);
    }
}

static void a_slot_that_is_used_again_has_the_new_peers_way(void **state) {
    (void)state;
    Lab *lab = lab_create(7, NULL, 1);
    for (uint32_t i = 0; i < 20; i++) {
        lab_add_clients_at(lab, i % 2 == 0 ? "::1" : "127.0.0.2", 1);
        LabClient *client = &lab->clients[i];
        lab_run(lab, 200);
        assert_true(client->is_connected);
        assert_true(client->unsequenced_in > 0);
        transport_disconnect(client->transport, transport_server_peer(client->transport), 0);
        lab_run(lab, 100);
        assert_true(client->is_gone);
    }
    assert_int_equal(lab->connected, 20);
    lab_destroy(lab);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_slot_has_a_handle_that_is_no_address),
        cmocka_unit_test(an_answer_leaves_from_the_requested_address),
        cmocka_unit_test(both_families_play_on_a_bad_network),
        cmocka_unit_test(delayed_datagrams_of_the_server_keep_their_route),
        cmocka_unit_test(a_late_copy_of_a_request_opens_no_second_connection),
        cmocka_unit_test(a_slot_that_is_used_again_has_the_new_peers_way),
    };
    return cmocka_run_group_tests(tests, lab_set_up, lab_tear_down);
}
