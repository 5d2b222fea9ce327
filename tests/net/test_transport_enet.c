// SPDX-License-Identifier: MIT
// test_transport_enet.c -- connections from request to goodbye, in virtual time.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h needs the four above.
#include <cmocka.h>

#include <arpa/inet.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "net/lab.h"
#include "wire/reason.h"

static const ImpairConfig bad_network = {.latency_ns = 40 * NS_PER_MS,
                                         .jitter_ns = 30 * NS_PER_MS,
                                         .loss = 0.10,
                                         .duplicate = 0.05,
                                         .reorder = 0.05};

static void clients_connect_and_talk_on_a_perfect_network(void **state) {
    (void)state;
    Lab *lab = lab_create(1, NULL, 64);
    lab_add_clients(lab, 20);
    lab_run(lab, 5000);
    lab_assert_all_well(lab);
    assert_int_equal(lab->connected, 20);
    assert_int_equal(lab_rejected(lab->server), 0);
    const TransportStats stats = lab_server_stats(lab);
    assert_int_equal(stats.peers, 20);
    assert_int_equal(stats.half_open, 0);
    assert_true(stats.bytes_in > 0 && stats.bytes_out > stats.bytes_in);
    assert_int_equal(stats.packets_in + stats.packets_out, memnet_stats(lab->net).delivered);
    lab_destroy(lab);
}

static void a_first_message_arrives_with_the_connection_not_half_a_second_later(void **state) {
    (void)state;
    Lab *lab = lab_create(2, NULL, 64);
    lab_add_clients(lab, 20);
    // Request, answer, acknowledgement together with the first message: three steps.
    lab_run(lab, 20);
    for (uint32_t i = 0; i < lab->client_count; i++) {
        assert_int_not_equal(lab->clients[i].at_server, 0);
    }
    lab_destroy(lab);
}

static void the_guard_never_loses_an_honest_datagram(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        Lab *lab = lab_create(seed, &bad_network, 64);
        lab_add_clients(lab, 16);
        lab_run(lab, 60000);
        lab_assert_all_well(lab);
        assert_int_equal(lab_rejected(lab->server), 0);
        for (uint32_t i = 0; i < lab->client_count; i++) {
            assert_int_equal(lab_rejected(lab->clients[i].transport), 0);
        }
        const TransportStats stats = lab_server_stats(lab);
        assert_true(stats.packets_in > 10000 && stats.packets_out > 10000);
        assert_int_equal(stats.service_errors + stats.send_errors + stats.receive_errors, 0);
        assert_int_equal(stats.unexpected_reliable, 0);
        assert_int_equal(lab->disconnected, 0);
        lab_destroy(lab);
    }
}

static void duplicated_messages_are_counted_and_delivered_once(void **state) {
    (void)state;
    const ImpairConfig doubling = {.duplicate = 0.25};
    Lab *lab = lab_create(6, NULL, 64);
    lab_add_clients(lab, 16);
    lab_run(lab, 5000);
    assert_int_equal(lab_server_stats(lab).duplicates_in, 0);
    memnet_set_impairment(lab->net, &doubling);
    const uint64_t before = lab->unsequenced_in;
    lab_run(lab, 120000); // each client sends 2,400, more than ENet's window holds
    const uint64_t messages = lab->unsequenced_in - before;
    assert_in_range(messages, 16 * 2390, 16 * 2410);
    assert_in_range(lab_server_stats(lab).duplicates_in, messages * 24 / 100, messages * 26 / 100);
    for (uint32_t i = 0; i < lab->client_count; i++) {
        assert_in_range(transport_duplicate_count(lab->clients[i].transport), 2400 * 20 / 100,
                        2400 * 30 / 100);
    }
    lab_destroy(lab);
}

// The share is within three standard deviations of the expected one.
static void is_share(const char *what, uint64_t part, uint64_t whole, double probability) {
    const double expected = (double)whole * probability;
    if (fabs((double)part - expected) > 3 * sqrt(expected)) {
        fail_msg("%s: %llu of %llu", what, (unsigned long long)part, (unsigned long long)whole);
    }
}

static void losses_and_duplicates_of_each_peer_are_counted(void **state) {
    (void)state;
    const ImpairConfig bad = {.latency_ns = 40 * NS_PER_MS,
                              .jitter_ns = 20 * NS_PER_MS,
                              .loss = 0.05,
                              .duplicate = 0.01,
                              .reorder = 0.02};
    ReceiveStatistics sum = {0};
    uint64_t judged = 0;
    Lab *lab = lab_create(7, &bad, 64);
    lab_add_clients(lab, 16);
    lab_run(lab, 240000);
    memnet_set_impairment(lab->net, NULL);
    lab_run(lab, (SEQUENCE_WINDOW + 2) * 50); // until all that were sent before are judged
    for (uint32_t i = 0; i < lab->client_count; i++) {
        const ReceiveStatistics one =
            transport_receive_statistics(lab->server, lab->clients[i].at_server);
        assert_in_range(one.sent, 4700, 4840); // one each 50 ms
        assert_int_equal(one.sent, one.received + one.window.lost);
        sum.received += one.received;
        sum.duplicated += one.duplicated;
        sum.window.lost += one.window.lost;
        sum.window.overtaken += one.window.overtaken;
        judged += receive_statistics_judged(&one);
    }
    is_share("lost", sum.window.lost, judged, 0.05);
    is_share("twice", sum.duplicated, sum.received, 0.01);
    is_share("overtaken", sum.window.overtaken, sum.received, 0.02);
    assert_int_equal(lab_server_stats(lab).duplicates_in, sum.duplicated);
    lab_destroy(lab);
}

static void a_new_peer_starts_with_zero_statistics_and_a_gone_one_has_none(void **state) {
    (void)state;
    Lab *lab = lab_create(8, NULL, 8);
    lab_add_clients(lab, 1);
    lab_run(lab, 1000);
    LabClient *client = &lab->clients[0];
    const PeerHandle first = client->at_server;
    assert_in_range(transport_receive_statistics(lab->server, first).received, 15, 25);
    transport_disconnect(client->transport, transport_server_peer(client->transport),
                         REASON_CLIENT_LEFT);
    lab_run(lab, 200);
    assert_int_equal(transport_receive_statistics(lab->server, first).sent, 0);
    lab_add_clients(lab, 1); // takes the same slot
    lab_run(lab, 200);
    const PeerHandle second = lab->clients[1].at_server;
    assert_int_equal(second & 0xffff, first & 0xffff);
    assert_in_range(transport_receive_statistics(lab->server, second).sent, 1, 5);
    assert_int_equal(transport_receive_statistics(lab->server, first).sent, 0);
    lab_destroy(lab);
}

static void a_silent_client_times_out_after_ten_seconds(void **state) {
    (void)state;
    Lab *lab = lab_create(5, NULL, 8);
    lab_add_clients(lab, 2);
    lab_run(lab, 1000);
    lab->clients[0].is_stopped = true;
    lab_run(lab, TRANSPORT_SILENCE_TIMEOUT_MS - 500);
    assert_int_equal(lab->disconnected, 0);
    lab_run(lab, 1000);
    assert_int_equal(lab->disconnected, 1);
    assert_int_equal(lab->last_reason, REASON_TIMED_OUT);
    assert_true(lab->clients[1].is_connected);
    lab_destroy(lab);
}

static void a_client_notices_a_silent_server_after_ten_seconds(void **state) {
    (void)state;
    Lab *lab = lab_create(6, NULL, 8);
    lab_add_clients(lab, 1);
    lab_run(lab, 1000);
    memnet_set_impairment(lab->net, &(ImpairConfig){.loss = 1.0});
    lab_run(lab, TRANSPORT_SILENCE_TIMEOUT_MS - 500);
    assert_false(lab->clients[0].is_gone);
    lab_run(lab, 1000);
    assert_true(lab->clients[0].is_gone);
    assert_int_equal(lab->clients[0].reason, REASON_TIMED_OUT);
    lab_destroy(lab);
}

static void a_quiet_connection_stays_alive_by_pings(void **state) {
    (void)state;
    Lab *lab = lab_create(7, &bad_network, 8);
    lab_add_clients(lab, 4);
    for (uint32_t i = 0; i < 4; i++) {
        lab->clients[i].is_quiet = true;
    }
    lab_run(lab, 600000);
    assert_int_equal(lab->disconnected, 0);
    assert_int_equal(lab_server_stats(lab).peers, 4);
    lab_destroy(lab);
}

static void a_stopped_program_does_not_time_its_peers_out(void **state) {
    (void)state;
    Lab *lab = lab_create(8, NULL, 8);
    lab_add_clients(lab, 4);
    lab_run(lab, 1000);
    // As by SIGSTOP, or a laptop's lid: no transport is polled for an hour.
    memnet_advance(lab->net, 3600 * NS_PER_S);
    lab_run(lab, 2000);
    lab_assert_all_well(lab);
    assert_int_equal(lab->disconnected, 0);
    lab_destroy(lab);
}

// Polls a client without an answer; returns the time until it gives up.
static uint64_t wait_in_vain(Memnet *net, Transport *client, TransportEvent *event) {
    uint64_t waited_ms = 0;
    while (!transport_next_event(client, event)) {
        assert_true(waited_ms < 100000);
        memnet_advance(net, 5 * NS_PER_MS);
        transport_poll(client, memnet_now_ns(net));
        waited_ms += 5;
    }
    return waited_ms;
}

static void a_connecting_client_waits_for_its_timeout(void **state) {
    (void)state;
    static const uint32_t timeouts_ms[] = {300, 10000, 45000};
    Memnet *net = memnet_create(9, NULL);
    memnet_install(net);
    for (size_t i = 0; i < sizeof timeouts_ms / sizeof *timeouts_ms; i++) {
        Transport *client = NULL;
        TransportEvent event;
        assert_int_equal(transport_connect(&client, "127.0.0.1", 9), TRANSPORT_OK);
        transport_set_connect_timeout(client, timeouts_ms[i]);
        const uint64_t waited_ms = wait_in_vain(net, client, &event);
        assert_in_range(waited_ms, timeouts_ms[i], timeouts_ms[i] + 20);
        assert_int_equal(event.reason, REASON_NO_ANSWER);
        transport_close(client);
    }
    memnet_uninstall(net);
    memnet_destroy(net);
}

static void a_closed_port_gives_no_answer(void **state) {
    (void)state;
    Memnet *net = memnet_create(9, NULL);
    memnet_install(net);
    Transport *client = NULL;
    assert_int_equal(transport_connect(&client, "127.0.0.1", 9), TRANSPORT_OK);
    TransportEvent event;
    const uint64_t waited_ms = wait_in_vain(net, client, &event);
    assert_int_equal(event.type, TRANSPORT_DISCONNECTED);
    assert_int_equal(event.reason, REASON_NO_ANSWER);
    assert_in_range(waited_ms, TRANSPORT_CONNECT_TIMEOUT_MS, TRANSPORT_CONNECT_TIMEOUT_MS + 20);
    assert_true(memnet_stats(net).unreachable >= 4);
    assert_false(transport_next_event(client, &event));
    assert_int_equal(transport_server_peer(client), 0);
    transport_close(client);
    memnet_uninstall(net);
    memnet_destroy(net);
}

static void a_client_that_gives_up_connecting_gets_its_own_reason(void **state) {
    (void)state;
    Lab *lab = lab_create(10, &(ImpairConfig){.loss = 1.0}, 8);
    lab_add_clients(lab, 1);
    Transport *transport = lab->clients[0].transport;
    assert_int_not_equal(transport_server_peer(transport), 0);
    assert_false(transport_send(transport, transport_server_peer(transport), TRANSPORT_RELIABLE,
                                "early", 5));
    transport_disconnect(transport, transport_server_peer(transport), REASON_CLIENT_LEFT);
    lab_run(lab, 10);
    assert_true(lab->clients[0].is_gone);
    assert_int_equal(lab->clients[0].reason, REASON_CLIENT_LEFT);
    lab_destroy(lab);
}

static void a_full_host_admits_a_peer_after_another_left(void **state) {
    (void)state;
    Lab *lab = lab_create(11, NULL, 3);
    lab_add_clients(lab, 3);
    lab_run(lab, 500);
    lab_add_clients(lab, 1);
    lab_run(lab, 1000);
    assert_false(lab->clients[3].is_connected);
    assert_true(lab_server_stats(lab).rejected[TRANSPORT_REJECT_HANDSHAKES] > 0);
    transport_disconnect(lab->server, lab->clients[1].at_server, REASON_KICKED);
    lab_run(lab, 2500);
    assert_true(lab->clients[3].is_connected);
    assert_int_equal(lab_server_stats(lab).peers, 3);
    lab_destroy(lab);
}

static void messages_of_the_wrong_size_are_refused(void **state) {
    (void)state;
    Lab *lab = lab_create(12, NULL, 8);
    lab_add_clients(lab, 1);
    lab_run(lab, 100);
    const PeerHandle peer = lab->clients[0].at_server;
    static const uint8_t bytes[PAYLOAD_BYTES_MAX + 1];
    for (int channel = 0; channel < TRANSPORT_CHANNEL_COUNT; channel++) {
        const TransportChannel on = (TransportChannel)channel;
        assert_false(transport_send(lab->server, peer, on, bytes, 0));
        assert_false(transport_send(lab->server, peer, on, bytes, PAYLOAD_BYTES_MAX + 1));
    }
    assert_true(transport_send(lab->server, peer, TRANSPORT_UNSEQUENCED, bytes, PAYLOAD_BYTES_MAX));
    lab_run(lab, 100);
    assert_true(lab->clients[0].is_connected);
    assert_int_equal(lab_server_stats(lab).unexpected_reliable, 0);
    lab_destroy(lab);
}

static void a_stale_handle_is_invalid(void **state) {
    (void)state;
    Lab *lab = lab_create(13, NULL, 1);
    lab_add_clients(lab, 1);
    lab_run(lab, 100);
    const PeerHandle old = lab->clients[0].at_server;
    transport_disconnect(lab->server, old, REASON_KICKED);
    lab_run(lab, 100);
    lab_add_clients(lab, 1);
    lab_run(lab, 100);
    const PeerHandle current = lab->clients[1].at_server;
    assert_int_equal(old & 0xffff, current & 0xffff);
    assert_int_not_equal(old, current);
    assert_false(transport_send(lab->server, old, TRANSPORT_RELIABLE, "late", 4));
    assert_int_equal(transport_round_trip_ms(lab->server, old), 0);
    transport_disconnect(lab->server, old, REASON_KICKED);
    transport_drop(lab->server, old);
    assert_false(transport_send(lab->server, 0, TRANSPORT_RELIABLE, "nobody", 6));
    lab_run(lab, 100);
    assert_true(lab->clients[1].is_connected);
    lab_destroy(lab);
}

static void a_dropped_peer_is_forgotten_without_an_event(void **state) {
    (void)state;
    Lab *lab = lab_create(14, NULL, 8);
    lab_add_clients(lab, 3);
    lab_run(lab, 100);
    // A message is received but not dispatched, so that ENet has the peer in its event queue.
    LabClient *dropped = &lab->clients[1];
    assert_true(transport_send(dropped->transport, transport_server_peer(dropped->transport),
                               TRANSPORT_UNSEQUENCED, "unread", 6));
    transport_flush(dropped->transport);
    transport_poll(lab->server, memnet_now_ns(lab->net));
    transport_drop(lab->server, dropped->at_server);
    dropped->is_stopped = true;
    assert_int_equal(lab_server_stats(lab).peers, 2);
    // Its slot goes to the next peer, which connects before the program reads another event.
    lab_add_clients(lab, 1);
    for (int i = 0; i < 3; i++) {
        transport_poll(lab->clients[3].transport, memnet_now_ns(lab->net));
        transport_poll(lab->server, memnet_now_ns(lab->net));
    }
    assert_int_equal(lab_server_stats(lab).peers, 3);
    lab_run(lab, 1000);
    assert_int_equal(lab->disconnected, 0);
    assert_true(lab->clients[0].is_connected && lab->clients[2].is_connected);
    assert_true(lab->clients[3].is_connected && lab->clients[3].unsequenced_in > 0);
    assert_int_equal(lab->clients[3].at_server & 0xffff, dropped->at_server & 0xffff);
    lab_destroy(lab);
}

static void reliable_data_of_a_peer_is_capped(void **state) {
    (void)state;
    Lab *lab = lab_create(15, NULL, 8);
    lab_add_clients(lab, 1);
    lab_run(lab, 100);
    lab->clients[0].is_stopped = true;
    const PeerHandle peer = lab->clients[0].at_server;
    static const uint8_t bytes[PAYLOAD_BYTES_MAX];
    uint32_t taken = 0;
    while (transport_send(lab->server, peer, TRANSPORT_RELIABLE, bytes, sizeof bytes)) {
        taken++;
    }
    assert_in_range(taken * sizeof bytes, TRANSPORT_RELIABLE_BYTES_MAX - 2 * sizeof bytes,
                    TRANSPORT_RELIABLE_BYTES_MAX);
    assert_true(transport_send(lab->server, peer, TRANSPORT_UNSEQUENCED, bytes, sizeof bytes));
    lab_run(lab, TRANSPORT_SILENCE_TIMEOUT_MS + 500);
    assert_int_equal(lab->disconnected, 1);
    lab_destroy(lab);
}

static void a_client_never_leaves_the_window_of_reliable_messages(void **state) {
    (void)state;
    Lab *lab = lab_create(16, NULL, 8);
    lab_add_clients(lab, 1);
    lab_run(lab, 100);
    Transport *transport = lab->clients[0].transport;
    lab->clients[0].is_stopped = true;
    uint32_t taken = 0;
    while (
        transport_send(transport, transport_server_peer(transport), TRANSPORT_RELIABLE, "x", 1)) {
        taken++;
    }
    assert_int_equal(taken, 64);
    lab_destroy(lab);
}

static void the_round_trip_is_measured(void **state) {
    (void)state;
    Lab *lab = lab_create(17, &(ImpairConfig){.latency_ns = 60 * NS_PER_MS}, 8);
    lab_add_clients(lab, 1);
    lab_run(lab, 30000);
    Transport *transport = lab->clients[0].transport;
    assert_in_range(transport_round_trip_ms(transport, transport_server_peer(transport)), 110, 150);
    assert_in_range(transport_round_trip_ms(lab->server, lab->clients[0].at_server), 110, 150);
    lab_destroy(lab);
}

static void rising_round_trips_lose_no_unsequenced_message(void **state) {
    (void)state;
    // ENet's throttle would drop 4 to 7 % of them here.
    Lab *lab = lab_create(18, &(ImpairConfig){.latency_ns = 10 * NS_PER_MS}, 8);
    lab_add_clients(lab, 4);
    for (int i = 0; i < 10; i++) {
        memnet_set_impairment(lab->net, &(ImpairConfig){.latency_ns = 10 * NS_PER_MS});
        lab_run(lab, 5000);
        memnet_set_impairment(lab->net, &(ImpairConfig){.latency_ns = 300 * NS_PER_MS});
        lab_run(lab, 5000);
    }
    for (uint32_t i = 0; i < lab->client_count; i++) {
        lab->clients[i].is_quiet = true;
    }
    lab_run(lab, 1000);
    uint64_t received = 0;
    for (uint32_t i = 0; i < lab->client_count; i++) {
        received += lab->clients[i].unsequenced_in;
    }
    assert_true(lab->unsequenced_in > 4 * 100 * 19);
    assert_int_equal(received, lab->unsequenced_in); // the server answers each with one
    lab_destroy(lab);
}

static void impairment_can_be_put_on_one_transport_alone(void **state) {
    (void)state;
    Lab *lab = lab_create(19, NULL, 8);
    lab_add_clients(lab, 2);
    const ImpairConfig config = {.latency_ns = 50 * NS_PER_MS, .loss = 0.05};
    assert_true(transport_set_impairment(lab->clients[0].transport, &config, 1));
    lab_run(lab, 20000);
    lab_assert_all_well(lab);
    assert_in_range(transport_round_trip_ms(lab->server, lab->clients[0].at_server), 90, 150);
    assert_in_range(transport_round_trip_ms(lab->server, lab->clients[1].at_server), 0, 20);
    assert_true(lab->clients[0].unsequenced_in < lab->clients[1].unsequenced_in);
    assert_int_equal(lab_rejected(lab->server), 0);
    lab_destroy(lab);
}

static void handles_and_counters_survive_many_generations(void **state) {
    (void)state;
    Lab *lab = lab_create(20, NULL, 4);
    for (uint32_t i = 0; i < 200; i++) {
        lab_add_clients(lab, 1);
        LabClient *client = &lab->clients[i];
        lab_run(lab, 25);
        assert_true(client->is_connected);
        transport_disconnect(client->transport, transport_server_peer(client->transport),
                             REASON_CLIENT_LEFT);
        lab_run(lab, 25);
        assert_true(client->is_gone);
    }
    assert_int_equal(lab->connected, 200);
    assert_int_equal(lab->disconnected, 200);
    lab_destroy(lab);
}

static void each_side_knows_the_address_of_the_other_until_it_is_gone(void **state) {
    (void)state;
    Lab *lab = lab_create(21, NULL, 4);
    lab_add_clients(lab, 2);
    lab_run(lab, 100);
    NetAddress expected = net_address_from_ipv4(htonl(INADDR_LOOPBACK), 0);
    for (uint32_t i = 0; i < 2; i++) {
        const LabClient *client = &lab->clients[i];
        NetAddress address;
        assert_true(transport_peer_address(lab->server, client->at_server, &address));
        expected.port = transport_port(client->transport);
        assert_true(net_address_is_equal(&address, &expected));
        assert_true(transport_peer_address(client->transport,
                                           transport_server_peer(client->transport), &address));
        expected.port = transport_port(lab->server);
        assert_true(net_address_is_equal(&address, &expected));
    }
    NetAddress untouched = expected;
    transport_drop(lab->server, lab->clients[0].at_server);
    assert_false(transport_peer_address(lab->server, lab->clients[0].at_server, &untouched));
    assert_true(net_address_is_equal(&untouched, &expected));
    lab_destroy(lab);
}

static void a_network_left_by_a_failed_test_does_not_disturb_the_next_test(void **state) {
    (void)state;
    Lab *left = lab_create(1, NULL, 8); // as one that was not cleaned up leaves it
    lab_add_clients(left, 1);
    lab_run(left, 500);
    Lab *lab = lab_create(2, NULL, 8);
    lab_add_clients(lab, 2);
    lab_run(lab, 1000);
    lab_assert_all_well(lab);
    assert_int_equal(lab->connected, 2);
    lab_destroy(lab);
    memnet_install(left->net);
    lab_destroy(left);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clients_connect_and_talk_on_a_perfect_network),
        cmocka_unit_test(a_first_message_arrives_with_the_connection_not_half_a_second_later),
        cmocka_unit_test(the_guard_never_loses_an_honest_datagram),
        cmocka_unit_test(duplicated_messages_are_counted_and_delivered_once),
        cmocka_unit_test(losses_and_duplicates_of_each_peer_are_counted),
        cmocka_unit_test(a_new_peer_starts_with_zero_statistics_and_a_gone_one_has_none),
        cmocka_unit_test(a_silent_client_times_out_after_ten_seconds),
        cmocka_unit_test(a_client_notices_a_silent_server_after_ten_seconds),
        cmocka_unit_test(a_quiet_connection_stays_alive_by_pings),
        cmocka_unit_test(a_stopped_program_does_not_time_its_peers_out),
        cmocka_unit_test(a_connecting_client_waits_for_its_timeout),
        cmocka_unit_test(a_closed_port_gives_no_answer),
        cmocka_unit_test(a_client_that_gives_up_connecting_gets_its_own_reason),
        cmocka_unit_test(a_full_host_admits_a_peer_after_another_left),
        cmocka_unit_test(messages_of_the_wrong_size_are_refused),
        cmocka_unit_test(a_stale_handle_is_invalid),
        cmocka_unit_test(a_dropped_peer_is_forgotten_without_an_event),
        cmocka_unit_test(reliable_data_of_a_peer_is_capped),
        cmocka_unit_test(a_client_never_leaves_the_window_of_reliable_messages),
        cmocka_unit_test(the_round_trip_is_measured),
        cmocka_unit_test(rising_round_trips_lose_no_unsequenced_message),
        cmocka_unit_test(impairment_can_be_put_on_one_transport_alone),
        cmocka_unit_test(handles_and_counters_survive_many_generations),
        cmocka_unit_test(each_side_knows_the_address_of_the_other_until_it_is_gone),
        cmocka_unit_test(a_network_left_by_a_failed_test_does_not_disturb_the_next_test),
    };
    return cmocka_run_group_tests(tests, lab_set_up, lab_tear_down);
}
