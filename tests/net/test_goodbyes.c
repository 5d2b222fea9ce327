// SPDX-License-Identifier: MIT
// test_goodbyes.c -- the end of connections, and new connections after it, in virtual time.
#include <math.h>

#include "base/clock.h"
#include "net/lab.h"
#include "support.h"
#include "wire/reason.h"

static const ImpairConfig bad_network = {.latency_ns = 40 * NS_PER_MS,
                                         .jitter_ns = 30 * NS_PER_MS,
                                         .loss = 0.10,
                                         .duplicate = 0.05,
                                         .reorder = 0.05};

static void a_goodbye_carries_its_reason_to_the_other_side(void **state) {
    (void)state;
    Lab *lab = lab_create(3, NULL, 8);
    lab_add_clients(lab, 2);
    lab_run(lab, 500);
    LabClient *kicked = &lab->clients[0], *leaver = &lab->clients[1];
    transport_disconnect(lab->server, kicked->at_server, REASON_KICKED);
    lab_run(lab, 100);
    assert_true(kicked->is_gone);
    assert_int_equal(kicked->reason, REASON_KICKED);
    assert_int_equal(lab->last_reason, REASON_KICKED);
    transport_disconnect(leaver->transport, transport_server_peer(leaver->transport),
                         REASON_CLIENT_LEFT);
    lab_run(lab, 100);
    assert_int_equal(lab->disconnected, 2);
    assert_int_equal(lab->last_reason, REASON_CLIENT_LEFT);
    assert_true(leaver->is_gone);
    assert_int_equal(leaver->reason, REASON_CLIENT_LEFT);
    assert_int_equal(lab_server_stats(lab).peers, 0);
    lab_destroy(lab);
}

// Three standard deviations above the expected count of that many tries.
static uint32_t most_by_chance(uint32_t tries, double chance) {
    const double expected = tries * chance;
    return (uint32_t)(expected + 3 * sqrt(expected) + 1);
}

// A handshake is given up after 3 s: at least 3 attempts, each with a datagram there and one back.
// The server sends no goodbye to a peer that it has given up. To all others it repeats the goodbye
// for 5 s, at least 3 times: of two thousand clients hardly any misses it.
static void a_goodbye_reaches_every_client_over_a_bad_network(void **state) {
    (void)state;
    enum { NETWORKS = 50, CLIENTS = 40 };
    uint32_t informed = 0, unsent = 0, given_up = 0;
    for (uint64_t seed = 1; seed <= NETWORKS; seed++) {
        Lab *lab = lab_create(seed, &bad_network, 64);
        lab_add_clients(lab, CLIENTS);
        lab_run(lab, 5000);
        const uint64_t gone_before = lab->disconnected;
        const uint32_t peers = lab_server_stats(lab).peers;
        for (uint32_t i = 0; i < CLIENTS; i++) {
            transport_disconnect(lab->server, lab->clients[i].at_server, REASON_SERVER_SHUTDOWN);
        }
        lab_run(lab, TRANSPORT_GOODBYE_TIMEOUT_MS + 500);
        for (uint32_t i = 0; i < CLIENTS; i++) {
            const LabClient *client = &lab->clients[i];
            informed += client->is_gone && client->reason == REASON_SERVER_SHUTDOWN;
            unsent += client->at_server != 0 && !client->is_gone;
            given_up += client->at_server == 0;
            assert_true(!client->is_gone || client->reason == REASON_SERVER_SHUTDOWN);
        }
        // The server has no peers left, whether clients received the goodbye or not.
        assert_int_equal(lab->disconnected - gone_before, peers);
        assert_int_equal(lab_server_stats(lab).peers, 0);
        lab_destroy(lab);
    }
    const double both_ways = (1 - bad_network.loss) * (1 - bad_network.loss);
    assert_int_equal(informed + unsent + given_up, NETWORKS * CLIENTS);
    assert_in_range(given_up, 0, most_by_chance(NETWORKS * CLIENTS, pow(1 - both_ways, 3)));
    assert_in_range(unsent, 0, most_by_chance(NETWORKS * CLIENTS, pow(bad_network.loss, 3)));
}

// Polls the server without reading its events.
static void poll_server_ms(Lab *lab, uint32_t ms) {
    for (uint32_t at = 0; at < ms; at += LAB_STEP_MS) {
        memnet_advance(lab->net, LAB_STEP_MS * NS_PER_MS);
        transport_poll(lab->server, memnet_now_ns(lab->net));
    }
}

// The only DISCONNECTED event of the server.
static TransportEvent pop_only_end(Lab *lab) {
    TransportEvent end = {0};
    TransportEvent event;
    uint32_t count = 0;
    while (transport_next_event(lab->server, &event)) {
        if (event.type == TRANSPORT_DISCONNECTED) {
            end = event;
            count++;
        }
    }
    assert_int_equal(count, 1);
    return end;
}

static void connect_anew(LabClient *client, uint32_t reason) {
    assert_true(transport_connect_again(client->transport, reason));
    client->sent = client->received = 0; // messages are counted by connection
    client->is_connected = false;
}

static void a_reconnection_sends_a_goodbye_for_the_previous_connection(void **state) {
    (void)state;
    Lab *lab = lab_create(31, NULL, 8);
    lab_add_clients(lab, 1);
    lab_run(lab, 500);
    LabClient *client = &lab->clients[0];
    const PeerHandle before = client->at_server;
    client->is_quiet = true;
    connect_anew(client, REASON_VERSION_MISMATCH);
    lab_run(lab, 50); // far below any time-out
    assert_int_equal(lab->disconnected, 1);
    assert_int_equal(lab->last_reason, REASON_VERSION_MISMATCH);
    assert_int_equal(lab->connected, 2);
    assert_int_equal(lab_server_stats(lab).peers, 1);
    assert_false(transport_send(lab->server, before, TRANSPORT_RELIABLE, "gone", 4));
    lab_destroy(lab);
}

// Polls only this connection until it has an outcome; returns the duration.
static uint64_t wait_for_event_ms(Lab *lab, Transport *transport, TransportEvent *event) {
    const uint64_t start_ms = lab_now_ms(lab);
    do {
        assert_true(lab_now_ms(lab) - start_ms < 60000);
        memnet_advance(lab->net, LAB_STEP_MS * NS_PER_MS);
        transport_poll(transport, memnet_now_ns(lab->net));
    } while (!transport_next_event(transport, event));
    return lab_now_ms(lab) - start_ms;
}

static void a_reconnection_has_the_full_timeout(void **state) {
    (void)state;
    const uint32_t timeout_ms = 4000;
    Lab *lab = lab_create(33, NULL, 8);
    const NetAddress servers[] = {net_address_loopback(9), // without a server
                                  net_address_loopback(transport_port(lab->server))};
    Transport *transport = NULL;
    TransportEvent event;
    assert_int_equal(transport_connect_any(&transport, servers, 2), TRANSPORT_OK);
    transport_set_connect_timeout(transport, timeout_ms);
    for (uint32_t ms = 0; ms < timeout_ms / 2 + 500; ms += LAB_STEP_MS) {
        lab_run(lab, LAB_STEP_MS);
        transport_poll(transport, memnet_now_ns(lab->net));
    }
    assert_true(transport_next_event(transport, &event));
    assert_int_equal(event.type, TRANSPORT_CONNECTED);
    assert_true(transport_connect_again(transport, REASON_TIMED_OUT));
    assert_in_range(wait_for_event_ms(lab, transport, &event), timeout_ms, timeout_ms + 50);
    assert_int_equal(event.type, TRANSPORT_DISCONNECTED);
    assert_int_equal(event.reason, REASON_NO_ANSWER);
    transport_close(transport);
    lab_destroy(lab);
}

static void
a_goodbye_that_is_lost_costs_the_server_a_time_out_and_the_client_nothing(void **state) {
    (void)state;
    Lab *lab = lab_create(32, NULL, 8);
    lab_add_clients(lab, 1);
    lab_run(lab, 500);
    LabClient *client = &lab->clients[0];
    const PeerHandle before = client->at_server;
    memnet_set_impairment(lab->net, &(ImpairConfig){.loss = 1.0});
    connect_anew(client, REASON_TIMED_OUT);
    memnet_set_impairment(lab->net, NULL);
    lab_run(lab, 500);
    assert_int_equal(lab->connected, 2);
    assert_int_equal(lab->disconnected, 0);
    assert_int_not_equal(client->at_server, before);
    lab_run(lab, TRANSPORT_SILENCE_TIMEOUT_MS + 500);
    assert_int_equal(lab->disconnected, 1);
    assert_int_equal(lab->last_reason, REASON_TIMED_OUT);
    assert_int_equal(lab_server_stats(lab).peers, 1);
    assert_true(client->is_connected && !client->is_gone);
    lab_destroy(lab);
}

static void a_reconnection_works_at_any_moment_of_a_handshake(void **state) {
    (void)state;
    for (uint32_t polls = 0; polls < 8; polls++) {
        Lab *lab = lab_create(33 + polls, NULL, 8);
        lab_add_clients(lab, 1);
        Transport *client = lab->clients[0].transport;
        for (uint32_t i = 0; i < polls; i++) { // in turns
            transport_poll(i % 2 == 0 ? client : lab->server, memnet_now_ns(lab->net));
        }
        connect_anew(&lab->clients[0], REASON_TIMED_OUT);
        connect_anew(&lab->clients[0], REASON_TIMED_OUT);
        lab_run(lab, TRANSPORT_HANDSHAKE_TIMEOUT_MS + 500);
        assert_true(lab->clients[0].is_connected && !lab->clients[0].is_gone);
        assert_int_equal(lab_server_stats(lab).peers, 1);
        assert_int_equal(lab_server_stats(lab).half_open, 0);
        lab_destroy(lab);
    }
}

static void a_goodbye_of_a_lost_peer_does_not_change_its_end_reason(void **state) {
    (void)state;
    Lab *lab = lab_create(41, NULL, 8);
    lab_add_clients(lab, 1);
    lab_run(lab, 500);
    Transport *client = lab->clients[0].transport;
    poll_server_ms(lab, TRANSPORT_SILENCE_TIMEOUT_MS + 500);
    transport_disconnect(client, transport_server_peer(client), REASON_KICKED);
    transport_flush(client);
    poll_server_ms(lab, LAB_STEP_MS);
    assert_int_equal(lab_server_stats(lab).rejected[TRANSPORT_REJECT_UNKNOWN_PEER], 1);
    const TransportEvent end = pop_only_end(lab);
    assert_int_equal(end.reason, REASON_TIMED_OUT);
    assert_false(end.is_remote);
    assert_int_equal(lab_server_stats(lab).peers, 0);
    lab_destroy(lab);
}

static void a_goodbye_to_a_lost_peer_does_not_change_its_end_reason(void **state) {
    (void)state;
    Lab *lab = lab_create(42, NULL, 8);
    lab_add_clients(lab, 1);
    lab_run(lab, 500);
    const PeerHandle peer = lab->clients[0].at_server;
    poll_server_ms(lab, TRANSPORT_SILENCE_TIMEOUT_MS + 500);
    transport_disconnect(lab->server, peer, REASON_KICKED);
    poll_server_ms(lab, LAB_STEP_MS);
    const TransportEvent end = pop_only_end(lab);
    assert_int_equal(end.reason, REASON_TIMED_OUT);
    assert_false(end.is_remote);
    lab_destroy(lab);
}

static void of_two_goodbyes_to_one_peer_the_first_counts(void **state) {
    (void)state;
    Lab *lab = lab_create(43, NULL, 8);
    lab_add_clients(lab, 1);
    lab_run(lab, 500);
    LabClient *client = &lab->clients[0];
    const PeerHandle peer = client->at_server;
    transport_disconnect(lab->server, peer, REASON_KICKED);
    transport_disconnect(lab->server, peer, REASON_SERVER_SHUTDOWN);
    lab_run(lab, 100);
    assert_true(client->is_gone);
    assert_int_equal(client->reason, REASON_KICKED);
    assert_int_equal(lab->last_reason, REASON_KICKED);
    assert_int_equal(lab->disconnected, 1);
    lab_destroy(lab);
}

static void goodbyes_that_cross_end_it_once_on_either_side_each_with_its_own_reason(void **state) {
    (void)state;
    const ImpairConfig slow = {.latency_ns = 50 * NS_PER_MS};
    Lab *lab = lab_create(44, &slow, 8);
    lab_add_clients(lab, 1);
    lab_run(lab, 1000);
    LabClient *client = &lab->clients[0];
    client->is_quiet = true;
    transport_disconnect(lab->server, client->at_server, REASON_KICKED);
    transport_disconnect(client->transport, transport_server_peer(client->transport),
                         REASON_CLIENT_LEFT);
    lab_run(lab, TRANSPORT_GOODBYE_TIMEOUT_MS + 1000);
    assert_true(client->is_gone);
    assert_int_equal(client->reason, REASON_CLIENT_LEFT);
    assert_int_equal(lab->last_reason, REASON_KICKED);
    assert_int_equal(lab->disconnected, 1);
    assert_int_equal(lab_server_stats(lab).peers, 0);
    lab_destroy(lab);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_goodbye_carries_its_reason_to_the_other_side),
        cmocka_unit_test(a_goodbye_reaches_every_client_over_a_bad_network),
        cmocka_unit_test(a_reconnection_sends_a_goodbye_for_the_previous_connection),
        cmocka_unit_test(a_reconnection_has_the_full_timeout),
        cmocka_unit_test(a_goodbye_that_is_lost_costs_the_server_a_time_out_and_the_client_nothing),
        cmocka_unit_test(a_reconnection_works_at_any_moment_of_a_handshake),
        cmocka_unit_test(a_goodbye_of_a_lost_peer_does_not_change_its_end_reason),
        cmocka_unit_test(a_goodbye_to_a_lost_peer_does_not_change_its_end_reason),
        cmocka_unit_test(of_two_goodbyes_to_one_peer_the_first_counts),
        cmocka_unit_test(goodbyes_that_cross_end_it_once_on_either_side_each_with_its_own_reason),
    };
    return cmocka_run_group_tests(tests, lab_set_up, lab_tear_down);
}
