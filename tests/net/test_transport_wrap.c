// SPDX-License-Identifier: MIT
// test_transport_wrap.c -- connections across the wrap of ENet's message numbers and of its clock's
//                          milliseconds.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h needs the four above.
#include <cmocka.h>

#include <string.h>

#include "base/clock.h"
#include "net/lab.h"
#include "net/transport_peers.h"

static const ImpairConfig bad_network = {.latency_ns = 20 * NS_PER_MS,
                                         .jitter_ns = 10 * NS_PER_MS,
                                         .loss = 0.05,
                                         .duplicate = 0.02,
                                         .reorder = 0.02};

static void assert_nothing_was_refused(const Lab *lab) {
    const TransportStats stats = lab_server_stats(lab);
    assert_int_equal(lab_rejected(lab->server), 0);
    for (uint32_t i = 0; i < lab->client_count; i++) {
        if (!lab->clients[i].is_gone) {
            assert_int_equal(lab_rejected(lab->clients[i].transport), 0);
        }
    }
    assert_int_equal(stats.service_errors + stats.send_errors + stats.receive_errors, 0);
    assert_int_equal(stats.unexpected_reliable, 0);
}

// Advances the numbers as if that many messages had been sent and had arrived. No message is in
// flight.
static void let_numbers_pass(Transport *from, uint16_t from_slot, Transport *to, uint16_t to_slot) {
    enum { RELIABLES = 65000, UNSEQUENCED = 63 * ENET_PEER_UNSEQUENCED_WINDOW_SIZE };
    ENetPeer *sender = &from->host->peers[from_slot];
    ENetPeer *receiver = &to->host->peers[to_slot];
    ENetChannel *out = &sender->channels[0];
    assert_int_equal(out->outgoingReliableSequenceNumber,
                     receiver->channels[0].incomingReliableSequenceNumber);
    assert_int_equal(out->usedReliableWindows, 0);
    out->outgoingReliableSequenceNumber = RELIABLES;
    receiver->channels[0].incomingReliableSequenceNumber = RELIABLES;
    sender->outgoingUnsequencedGroup = UNSEQUENCED;
    receiver->incomingUnsequencedGroup = UNSEQUENCED;
    memset(receiver->unsequencedWindow, 0, sizeof receiver->unsequencedWindow);
    to->slots[to_slot].received_stats = (ReceiveStatistics){.sent = UNSEQUENCED};
}

// The lab checks that every reliable message comes once and in order.
static void messages_arrive_across_the_wrap_of_their_numbers(void **state) {
    (void)state;
    enum { STEPS = 12000 }; // a minute
    Lab *lab = lab_create(11, NULL, 8);
    lab_add_clients(lab, 1);
    LabClient *client = &lab->clients[0];
    client->is_quiet = true;
    lab_run(lab, 3000);
    const uint16_t slot = client->at_server & 0xffff;
    let_numbers_pass(client->transport, 0, lab->server, slot);
    let_numbers_pass(lab->server, slot, client->transport, 0);
    for (uint32_t step = 0; step < STEPS; step++) {
        lab_send(lab, 0, step % 2, 1);
        lab_run(lab, LAB_STEP_MS);
    }
    lab_run(lab, 3000);
    lab_assert_all_well(lab);
    assert_nothing_was_refused(lab);
    assert_int_equal(lab->disconnected, 0);
    assert_int_equal(lab->received_from[slot], client->sent);
    assert_int_equal(client->received, lab->sent_to[slot]);
    assert_int_equal(lab->unsequenced_in, STEPS);
    assert_int_equal(client->unsequenced_in, STEPS);
    // All four have wrapped.
    const ENetPeer *peer = &lab->server->host->peers[slot];
    assert_true(peer->channels[0].incomingReliableSequenceNumber < 32768);
    assert_true(peer->channels[0].outgoingReliableSequenceNumber < 32768);
    assert_true(peer->incomingUnsequencedGroup < 32768);
    assert_true(peer->outgoingUnsequencedGroup < 32768);
    // The server's receive report to its client goes on counting.
    const ReceiveStatistics received_stats =
        transport_receive_statistics(lab->server, client->at_server);
    assert_int_equal(received_stats.duplicated + received_stats.window.lost, 0);
    assert_int_equal(received_stats.received, STEPS);
    lab_destroy(lab);
}

static void connections_live_on_across_the_wrap_of_the_clock(void **state) {
    (void)state;
    // 2^32 ms are 50 days; at 2^31 a difference turns negative.
    static const uint64_t wraps_ms[] = {1ull << 31, 1ull << 32, 3ull << 32};
    for (size_t i = 0; i < sizeof wraps_ms / sizeof *wraps_ms; i++) {
        Lab *lab = lab_create(20 + i, &bad_network, 64);
        memnet_advance(lab->net, (wraps_ms[i] - 10000) * NS_PER_MS);
        lab_add_clients(lab, 12);
        lab_run(lab, 9900);
        lab_add_clients(lab, 4); // in the middle of their handshakes
        lab_run(lab, 30000);
        lab_assert_all_well(lab);
        assert_nothing_was_refused(lab);
        assert_int_equal(lab->connected, 16);
        assert_int_equal(lab->disconnected, 0);
        lab_destroy(lab);
    }
}

static void a_peer_that_falls_silent_at_the_wrap_of_the_clock_is_noticed_in_time(void **state) {
    (void)state;
    Lab *lab = lab_create(31, NULL, 8);
    memnet_advance(lab->net, ((1ull << 32) - 10000) * NS_PER_MS);
    lab_add_clients(lab, 2);
    lab_run(lab, 9990);
    lab->clients[1].is_stopped = true;
    lab_run(lab, 3000);
    assert_int_equal(lab->disconnected, 0);
    lab_run(lab, 60000);
    assert_int_equal(lab->disconnected, 1);
    assert_false(lab->clients[0].is_gone);
    lab_destroy(lab);
}

static void a_handle_of_an_earlier_generation_is_invalid_across_the_wrap(void **state) {
    (void)state;
    Lab *lab = lab_create(41, NULL, 8);
    PeerHandle previous = 0;
    for (uint32_t slot = 0; slot < lab->server->capacity; slot++) {
        lab->server->slots[slot].generation = UINT16_MAX - 2;
    }
    for (uint32_t i = 0; i < 6; i++) {
        lab_add_clients(lab, 1);
        lab_run(lab, 500);
        LabClient *client = &lab->clients[lab->client_count - 1];
        assert_true(client->is_connected);
        assert_true(client->at_server >> 16 != 0);
        assert_int_not_equal(client->at_server, previous);
        NetAddress address;
        assert_true(transport_peer_address(lab->server, client->at_server, &address));
        assert_false(previous != 0 && transport_peer_address(lab->server, previous, &address));
        previous = client->at_server;
        transport_disconnect(client->transport, transport_server_peer(client->transport), 0);
        lab_run(lab, 500);
        assert_int_equal(lab->disconnected, i + 1);
    }
    assert_true(previous >> 16 < 10); // it has wrapped
    lab_destroy(lab);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_arrive_across_the_wrap_of_their_numbers),
        cmocka_unit_test(connections_live_on_across_the_wrap_of_the_clock),
        cmocka_unit_test(a_peer_that_falls_silent_at_the_wrap_of_the_clock_is_noticed_in_time),
        cmocka_unit_test(a_handle_of_an_earlier_generation_is_invalid_across_the_wrap),
    };
    return cmocka_run_group_tests(tests, lab_set_up, lab_tear_down);
}
