// SPDX-License-Identifier: MIT
// test_net_endpoint.c -- how connections begin and end, with clients that send anything.
#include "server/net/net_endpoint.h"

#include <string.h>

#include "server/raw_client.h"
#include "server/virtual_server.h"
#include "support.h"
#include "wire/message.h"
#include "wire/reason.h"
#include "wire/verify.h"

static void request_verify(RawClient *client, uint16_t sequence) {
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    raw_client_send(client, TRANSPORT_RELIABLE, buffer,
                    verify_request_write(buffer, &(VerifyRequest){.sequence = sequence}));
}

static RawClient join_verifying(VirtualServer *server) {
    RawClient client = raw_client_open(server);
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    raw_client_advance_ms(server, &client, 50);
    raw_client_send(&client, TRANSPORT_RELIABLE, buffer, raw_client_make_hello(buffer, true));
    raw_client_advance_ms(server, &client, 500);
    assert_true(client.is_welcomed && client.snapshots > 5);
    return client;
}

static uint64_t connects(const VirtualServer *server, Reason reason) {
    return metric_get(&server->metrics->net[0].connects[reason]);
}

static uint64_t disconnects(const VirtualServer *server, Reason reason) {
    return metric_get(&server->metrics->net[0].disconnects[reason]);
}

static uint64_t rejects(const VirtualServer *server, MessageReject reject) {
    return metric_get(&server->metrics->net[0].messages_rejected[reject]);
}

static void a_valid_hello_is_welcomed_and_followed_by_snapshots(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient client = raw_client_join(server);
    assert_true(client.is_welcomed);
    raw_client_advance_ms(server, &client, 1000);
    assert_in_range(client.snapshots, 19, 23);
    assert_int_equal(connects(server, REASON_NONE), 1);
    assert_int_equal(server->match.sessions.count, 1);
    transport_close(client.transport);
    virtual_server_destroy(server);
}

static void a_check_finds_a_wrong_count_and_a_peer_in_the_wrong_slot(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient client = raw_client_join(server);
    NetEndpoint *endpoint = &server->endpoint;
    assert_null(net_endpoint_validate(endpoint).what);
    endpoint->peer_count++;
    assert_string_equal(net_endpoint_validate(endpoint).what, "the count of peers is wrong");
    endpoint->peer_count--;
    endpoint->unsent_count = 5000;
    assert_string_equal(net_endpoint_validate(endpoint).what,
                        "more leaves wait than there are peers");
    endpoint->unsent_count = 0;
    endpoint->peers[7] = (EndpointPeer){.handle = 0x10008, .state = PEER_PLAYING};
    assert_string_equal(net_endpoint_validate(endpoint).what, "a peer is not in its slot");
    assert_int_equal(net_endpoint_validate(endpoint).index, 7);
    endpoint->peers[7].state = PEER_FREE;
    transport_close(client.transport);
    virtual_server_destroy(server);
}

static void a_bad_hello_is_refused_with_its_reason(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient client = raw_client_open(server);
    raw_client_advance_ms(server, &client, 50);
    raw_client_send(&client, TRANSPORT_RELIABLE, "good day", 8);
    raw_client_advance_ms(server, &client, 100);
    assert_true(client.is_ended);
    assert_int_equal(client.reason, REASON_BAD_HELLO);
    assert_int_equal(connects(server, REASON_BAD_HELLO), 1);
    assert_int_equal(server->match.sessions.count, 0);
    transport_close(client.transport);
    virtual_server_destroy(server);
}

static void another_version_is_refused_with_its_reason(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient client = raw_client_open(server);
    raw_client_advance_ms(server, &client, 50);
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    const size_t size = raw_client_make_hello(buffer, false);
    buffer[5]++; // the version follows the type and the magic
    raw_client_send(&client, TRANSPORT_RELIABLE, buffer, size);
    raw_client_advance_ms(server, &client, 100);
    assert_true(client.is_ended);
    assert_int_equal(client.reason, REASON_VERSION_MISMATCH);
    assert_int_equal(connects(server, REASON_VERSION_MISMATCH), 1);
    transport_close(client.transport);
    virtual_server_destroy(server);
}

static void a_connection_without_a_hello_times_out(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient client = raw_client_open(server);
    raw_client_advance_ms(server, &client, ENDPOINT_HELLO_TIMEOUT_NS / NS_PER_MS - 100);
    assert_true(client.is_connected && !client.is_ended);
    raw_client_advance_ms(server, &client, 400);
    assert_true(client.is_ended);
    assert_int_equal(client.reason, REASON_HELLO_TIMEOUT);
    assert_int_equal(connects(server, REASON_HELLO_TIMEOUT), 1);
    transport_close(client.transport);
    virtual_server_destroy(server);
}

static uint64_t half_open(const VirtualServer *server) {
    return metric_get(&server->metrics->net[0].half_open);
}

static void half_open_connections_are_counted_until_their_handshake_expires(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient silent[2];
    for (int i = 0; i < 2; i++) {
        silent[i] = raw_client_open(server);
        raw_client_poll(&silent[i], virtual_server_now_ns(server)); // only the request leaves
    }
    for (int ms = 0; ms < 200; ms++) {
        virtual_server_advance(server);
    }
    assert_int_equal(half_open(server), 2);
    RawClient player = raw_client_join(server);
    raw_client_advance_ms(server, &player, 200);
    assert_int_equal(half_open(server), 2);
    raw_client_advance_ms(server, &player, TRANSPORT_HANDSHAKE_TIMEOUT_MS);
    assert_int_equal(half_open(server), 0);
    for (int i = 0; i < 2; i++) {
        transport_close(silent[i].transport);
    }
    transport_close(player.transport);
    virtual_server_destroy(server);
}

static void a_full_server_refuses_joins_until_a_player_leaves(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient first = raw_client_join(server);
    RawClient second = raw_client_join(server);
    RawClient third = raw_client_join(server);
    assert_true(first.is_welcomed && second.is_welcomed);
    assert_false(third.is_welcomed);
    assert_true(third.is_ended);
    assert_int_equal(third.reason, REASON_SERVER_FULL);
    assert_int_equal(connects(server, REASON_SERVER_FULL), 1);
    transport_disconnect(second.transport, transport_server_peer(second.transport),
                         REASON_CLIENT_LEFT);
    raw_client_advance_ms(server, &second, 100);
    assert_int_equal(disconnects(server, REASON_CLIENT_LEFT), 1);
    assert_int_equal(server->match.sessions.count, 1);
    RawClient fourth = raw_client_join(server);
    assert_true(fourth.is_welcomed);
    transport_close(first.transport);
    transport_close(second.transport);
    transport_close(third.transport);
    transport_close(fourth.transport);
    virtual_server_destroy(server);
}

// Twice as many peers as the server's transport has room for, none of which ever plays.
#define IDLERS 20

static uint64_t evicted(const VirtualServer *server) {
    return metric_get(&server->metrics->net[0].handshakes_evicted);
}

// Earlier players stay, and later ones can join.
static void assert_game_is_open(VirtualServer *server, RawClient *player) {
    RawClient enter = raw_client_join(server);
    assert_true(enter.is_welcomed && !enter.is_ended);
    const uint32_t before = player->snapshots;
    raw_client_advance_ms(server, player, 200);
    assert_true(player->is_welcomed && !player->is_ended && player->snapshots > before);
    assert_int_equal(server->match.sessions.count, 2);
    transport_disconnect(enter.transport, transport_server_peer(enter.transport),
                         REASON_CLIENT_LEFT);
    raw_client_advance_ms(server, &enter, 50);
    assert_int_equal(server->match.sessions.count, 1);
    transport_close(enter.transport);
}

static void a_peer_without_a_hello_is_evicted_for_one_with_a_hello(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient player = raw_client_join(server);
    RawClient idlers[IDLERS];
    for (int i = 0; i < IDLERS; i++) {
        idlers[i] = raw_client_open(server);
        raw_client_advance_ms(server, &idlers[i], 30);
        assert_true(idlers[i].is_connected);
    }
    assert_true(evicted(server) >= IDLERS / 2);
    assert_game_is_open(server, &player);
    assert_int_equal(connects(server, REASON_SERVER_BUSY), evicted(server));
    raw_client_advance_ms(server, &player, 10000);
    assert_int_equal(server->endpoint.peer_count, 1); // the others have timed out
    for (int i = 0; i < IDLERS; i++) {
        transport_close(idlers[i].transport);
    }
    transport_close(player.transport);
    virtual_server_destroy(server);
}

static void a_refused_peer_that_never_disconnects_is_evicted(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient player = raw_client_join(server);
    RawClient idlers[IDLERS];
    for (int i = 0; i < IDLERS; i++) {
        idlers[i] = raw_client_open(server);
        raw_client_advance_ms(server, &idlers[i], 30);
        raw_client_send(&idlers[i], TRANSPORT_RELIABLE, "good day", 8);
        for (int ms = 0; ms < 30; ms++) {
            virtual_server_advance(server); // its end does not arrive
        }
    }
    assert_int_equal(connects(server, REASON_BAD_HELLO), IDLERS);
    assert_true(evicted(server) >= IDLERS / 2);
    assert_game_is_open(server, &player);
    assert_int_equal(connects(server, REASON_SERVER_BUSY), 0); // each is counted once
    raw_client_advance_ms(server, &player, 10000);
    assert_int_equal(server->endpoint.peer_count, 1);
    for (int i = 0; i < IDLERS; i++) {
        transport_close(idlers[i].transport);
    }
    transport_close(player.transport);
    virtual_server_destroy(server);
}

// The sim hangs: no peer is welcomed, and the oldest ones are evicted.
static void a_peer_whose_welcome_never_comes_is_evicted(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    server->is_sim_stopped = true;
    RawClient idlers[IDLERS];
    for (int i = 0; i < IDLERS; i++) {
        idlers[i] = raw_client_open(server);
        raw_client_advance_ms(server, &idlers[i], 30);
        raw_client_say_hello(&idlers[i]);
        raw_client_advance_ms(server, &idlers[i], 30);
    }
    assert_true(evicted(server) >= IDLERS / 2);
    server->is_sim_stopped = false;
    raw_client_advance_ms(server, &idlers[0], 16000); // the others time out
    assert_int_equal(server->match.sessions.count, 0);
    assert_int_equal(server->endpoint.peer_count, 0);
    RawClient player = raw_client_join(server);
    assert_game_is_open(server, &player);
    for (int i = 0; i < IDLERS; i++) {
        transport_close(idlers[i].transport);
    }
    transport_close(player.transport);
    virtual_server_destroy(server);
}

static void a_silent_player_times_out_and_its_ship_goes(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient client = raw_client_join(server);
    assert_int_equal(server->match.sessions.count, 1);
    for (int i = 0; i < 30000 && server->match.sessions.count > 0; i++) {
        virtual_server_advance(server); // the client is not polled and answers nothing
    }
    assert_int_equal(server->match.sessions.count, 0);
    assert_int_equal(disconnects(server, REASON_TIMED_OUT), 1);
    transport_close(client.transport);
    virtual_server_destroy(server);
}

static void repeated_offence_ends_the_session_with_a_protocol_error(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient client = raw_client_join(server);
    static const uint8_t rubbish[] = {MESSAGE_INPUT, 1, 2, 3};
    for (int i = 0; i < ENDPOINT_OFFENCES_MAX - 1; i++) {
        raw_client_send(&client, TRANSPORT_UNSEQUENCED, rubbish, sizeof rubbish);
    }
    raw_client_advance_ms(server, &client, 100);
    assert_false(client.is_ended);
    assert_int_equal(rejects(server, MESSAGE_REJECT_MALFORMED), ENDPOINT_OFFENCES_MAX - 1);
    raw_client_say_hello(&client); // well-formed, but not now
    raw_client_advance_ms(server, &client, 100);
    assert_true(client.is_ended);
    assert_int_equal(client.reason, REASON_PROTOCOL_ERROR);
    assert_int_equal(rejects(server, MESSAGE_REJECT_UNEXPECTED), 1);
    assert_int_equal(disconnects(server, REASON_PROTOCOL_ERROR), 1);
    assert_int_equal(server->match.sessions.count, 0);
    transport_close(client.transport);
    virtual_server_destroy(server);
}

static void input_before_the_welcome_is_an_offence(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient client = raw_client_open(server);
    raw_client_advance_ms(server, &client, 50);
    raw_client_send_input(server, &client);
    raw_client_advance_ms(server, &client, 50);
    assert_int_equal(rejects(server, MESSAGE_REJECT_UNEXPECTED), 1);
    assert_false(client.is_ended);
    transport_close(client.transport);
    virtual_server_destroy(server);
}

static void inputs_above_the_rate_are_dropped_and_counted_but_no_offence(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient client = raw_client_join(server);
    const uint32_t per_ms = 1;
    for (int ms = 0; ms < 1000; ms++) {
        for (uint32_t i = 0; i < per_ms; i++) {
            raw_client_send_input(server, &client);
        }
        raw_client_advance_ms(server, &client, 1);
    }
    assert_false(client.is_ended);
    const uint64_t dropped = rejects(server, MESSAGE_REJECT_INPUT_RATE);
    const uint64_t allowed = ENDPOINT_INPUT_RATE_HZ + ENDPOINT_INPUT_BURST;
    assert_true(dropped > 0 && 1000 * per_ms - dropped <= allowed + 2);
    transport_close(client.transport);
    virtual_server_destroy(server);
}

// Sends inputs at this rate for some seconds; returns the ms until it was disconnected, 0: never.
static uint64_t flood_ms(VirtualServer *server, RawClient *client, uint32_t per_s,
                         uint32_t seconds) {
    uint64_t owed = 0;
    for (uint32_t ms = 0; ms < 1000 * seconds; ms++) {
        for (owed += per_s; owed >= 1000; owed -= 1000) {
            raw_client_send_input(server, client);
        }
        raw_client_advance_ms(server, client, 1);
        if (client->is_ended) {
            return ms + 1;
        }
    }
    return 0;
}

static void exceeding_the_input_rate_for_seconds_ends_the_session(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient client = raw_client_join(server);
    const uint64_t ended_ms = flood_ms(server, &client, 600, 20);
    assert_in_range(ended_ms, ENDPOINT_INPUT_FLOOD_NS / NS_PER_MS,
                    ENDPOINT_INPUT_FLOOD_NS / NS_PER_MS + 2000);
    assert_int_equal(client.reason, REASON_INPUT_FLOOD);
    assert_int_equal(disconnects(server, REASON_INPUT_FLOOD), 1);
    raw_client_advance_ms(server, &client, 50);
    assert_int_equal(server->match.sessions.count, 0);
    transport_close(client.transport);
    virtual_server_destroy(server);
}

static void short_bursts_of_inputs_are_only_slowed(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient client = raw_client_join(server);
    for (int burst = 0; burst < 8; burst++) {
        assert_int_equal(flood_ms(server, &client, 600, 3), 0);
        assert_int_equal(flood_ms(server, &client, 60, 2), 0);
    }
    assert_true(rejects(server, MESSAGE_REJECT_INPUT_RATE) > 0);
    assert_int_equal(server->match.sessions.count, 1);
    transport_close(client.transport);
    virtual_server_destroy(server);
}

static uint64_t verify_requests(const VirtualServer *server, VerifyResult result) {
    return metric_get(&server->metrics->sim.verify_requests[result]);
}

static void a_verify_request_is_answered_with_the_baseline_set(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient client = join_verifying(server);
    const uint16_t sequence = client.newest_sequence;
    request_verify(&client, sequence);
    raw_client_advance_ms(server, &client, 50);
    assert_int_equal(client.details, 1);
    assert_int_equal(client.detail.sequence, sequence);
    assert_true(client.detail.baseline_set_count > 0);
    assert_int_equal(client.detail.count, client.detail.baseline_set_count);
    assert_int_equal(verify_requests(server, VERIFY_RESULT_ANSWERED), 1);
    raw_client_advance_ms(server, &client, 12000);
    request_verify(&client, sequence); // too long ago
    raw_client_advance_ms(server, &client, 50);
    assert_int_equal(client.details, 2);
    assert_int_equal(client.detail.baseline_set_count, 0);
    assert_int_equal(verify_requests(server, VERIFY_RESULT_FORGOTTEN), 1);
    assert_false(client.is_ended);
    transport_close(client.transport);
    virtual_server_destroy(server);
}

static void an_early_verify_request_is_an_offence_and_a_second_one_is_dropped(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient client = join_verifying(server);
    request_verify(&client, (uint16_t)(client.newest_sequence + 10));
    raw_client_advance_ms(server, &client, 50);
    assert_int_equal(client.details, 0);
    assert_int_equal(verify_requests(server, VERIFY_RESULT_UNKNOWN), 1);
    request_verify(&client, client.newest_sequence);
    raw_client_advance_ms(server, &client, 50);
    assert_int_equal(client.details, 1);
    // Two at once: one is answered.
    request_verify(&client, client.newest_sequence);
    request_verify(&client, client.newest_sequence);
    raw_client_advance_ms(server, &client, 50);
    assert_int_equal(client.details, 2);
    assert_int_equal(verify_requests(server, VERIFY_RESULT_BUSY), 1);
    assert_int_equal(verify_requests(server, VERIFY_RESULT_ANSWERED), 2);
    for (uint32_t i = 0; i < MESSAGE_REJECT_COUNT; i++) {
        assert_int_equal(rejects(server, (MessageReject)i), i == MESSAGE_REJECT_UNSENT);
    }
    transport_close(client.transport);
    virtual_server_destroy(server);
}

static void a_flood_of_verify_requests_ends_the_session(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient client = join_verifying(server);
    uint32_t ms = 0;
    for (; ms < 5000 && !client.is_ended; ms += 20) {
        request_verify(&client, client.newest_sequence);
        raw_client_advance_ms(server, &client, 20);
    }
    assert_true(client.is_ended);
    assert_int_equal(client.reason, REASON_PROTOCOL_ERROR);
    assert_int_equal(rejects(server, MESSAGE_REJECT_VERIFY_RATE), ENDPOINT_OFFENCES_MAX);
    assert_true(client.details <= ENDPOINT_REQUEST_BURST + ms * NS_PER_MS / VERIFY_PERIOD_NS);
    transport_close(client.transport);
    virtual_server_destroy(server);
}

static void a_verify_request_of_an_unverified_client_is_an_offence(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient client = raw_client_join(server);
    request_verify(&client, 0);
    raw_client_advance_ms(server, &client, 50);
    assert_int_equal(rejects(server, MESSAGE_REJECT_UNEXPECTED), 1);
    assert_int_equal(client.details, 0);
    assert_false(client.is_ended);
    transport_close(client.transport);
    virtual_server_destroy(server);
}

static void a_malformed_verify_request_is_an_offence(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient client = join_verifying(server);
    static const uint8_t too_long[] = {MESSAGE_VERIFY_REQUEST, 0, 0, 1};
    raw_client_send(&client, TRANSPORT_RELIABLE, too_long, sizeof too_long);
    raw_client_advance_ms(server, &client, 50);
    assert_int_equal(rejects(server, MESSAGE_REJECT_MALFORMED), 1);
    assert_int_equal(client.details, 0);
    transport_close(client.transport);
    virtual_server_destroy(server);
}

static void rare_offences_are_forgiven(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient client = raw_client_join(server);
    static const uint8_t rubbish[] = {MESSAGE_INPUT, 1, 2, 3};
    const uint32_t period_ms = ENDPOINT_OFFENCE_PERIOD_NS / NS_PER_MS;
    for (int i = 0; i < 3 * ENDPOINT_OFFENCES_MAX; i++) {
        raw_client_send(&client, TRANSPORT_UNSEQUENCED, rubbish, sizeof rubbish);
        raw_client_advance_ms(server, &client, period_ms);
    }
    assert_false(client.is_ended);
    assert_int_equal(rejects(server, MESSAGE_REJECT_MALFORMED), 3 * ENDPOINT_OFFENCES_MAX);
    transport_close(client.transport);
    virtual_server_destroy(server);
}

static void a_clients_own_leave_reason_is_ignored(void **state) {
    (void)state;
    static const uint32_t claims[] = {REASON_KICKED, REASON_TIMED_OUT, REASON_NONE, 4000000000u};
    VirtualServer *server = raw_client_server();
    for (uint32_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        RawClient client = raw_client_join(server);
        assert_true(client.is_welcomed);
        transport_disconnect(client.transport, transport_server_peer(client.transport), claims[i]);
        raw_client_advance_ms(server, &client, 100);
        assert_int_equal(disconnects(server, REASON_CLIENT_LEFT), i + 1);
        transport_close(client.transport);
    }
    for (uint32_t reason = 0; reason < REASON_COUNT; reason++) {
        assert_true(reason == REASON_CLIENT_LEFT || disconnects(server, reason) == 0);
    }
    virtual_server_destroy(server);
}

static void a_sim_that_hangs_leaves_players_connected_and_refuses_joins_as_busy(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient player = raw_client_join(server);
    server->is_sim_stopped = true;
    RawClient late = raw_client_open(server);
    for (int ms = 0; ms < 12000; ms++) {
        virtual_server_advance(server);
        const bool was_connected = late.is_connected;
        raw_client_poll(&player, virtual_server_now_ns(server));
        raw_client_poll(&late, virtual_server_now_ns(server));
        if (late.is_connected && !was_connected) {
            raw_client_say_hello(&late);
        }
    }
    assert_true(late.is_ended);
    assert_int_equal(late.reason, REASON_SERVER_BUSY);
    assert_false(player.is_ended); // a slow tick never becomes a time-out
    server->is_sim_stopped = false;
    const uint32_t snapshots = player.snapshots;
    raw_client_advance_ms(server, &player, 1000);
    assert_true(player.snapshots > snapshots + 15);
    // The join that was too late has left no ship behind.
    assert_int_equal(server->match.sessions.count, 1);
    transport_close(player.transport);
    transport_close(late.transport);
    virtual_server_destroy(server);
}

static void a_join_into_a_full_queue_is_refused_as_busy(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient player = raw_client_join(server);
    server->is_sim_stopped = true;
    while (sim_queues_push_leave(server->queues, 0x7fff0001, REASON_CLIENT_LEFT)) {
    }
    RawClient client = raw_client_open(server);
    raw_client_advance_ms(server, &client, 50);
    raw_client_say_hello(&client);
    raw_client_advance_ms(server, &client, 100);
    assert_int_equal(client.reason, REASON_SERVER_BUSY);
    // A leave is not lost: it is pushed as soon as there is room.
    transport_disconnect(player.transport, transport_server_peer(player.transport),
                         REASON_CLIENT_LEFT);
    raw_client_advance_ms(server, &player, 100);
    assert_int_equal(server->match.sessions.count, 1);
    assert_int_equal(server->endpoint.unsent_count, 1);
    assert_int_equal(metric_get(&server->metrics->net[0].queue_full[QUEUE_REFUSED_JOIN]), 1);
    assert_true(metric_get(&server->metrics->net[0].queue_full[QUEUE_REFUSED_LEAVE]) > 1);
    server->is_sim_stopped = false;
    raw_client_advance_ms(server, &player, 100);
    assert_int_equal(server->match.sessions.count, 0);
    assert_int_equal(server->endpoint.unsent_count, 0);
    transport_close(player.transport);
    transport_close(client.transport);
    virtual_server_destroy(server);
}

static void a_shutdown_reaches_every_peer_and_refuses_new_ones(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient player = raw_client_join(server);
    RawClient waiting = raw_client_open(server);
    raw_client_advance_ms(server, &waiting, 50);
    atomic_store(&server->is_draining, true);
    raw_client_advance_ms(server, &player, 50);
    raw_client_advance_ms(server, &waiting, 50);
    assert_int_equal(player.reason, REASON_SERVER_SHUTDOWN);
    assert_int_equal(waiting.reason, REASON_SERVER_SHUTDOWN);
    assert_int_equal(disconnects(server, REASON_SERVER_SHUTDOWN), 1);
    assert_int_equal(connects(server, REASON_SERVER_SHUTDOWN), 1);
    RawClient late = raw_client_open(server);
    raw_client_advance_ms(server, &late, 100);
    assert_int_equal(late.reason, REASON_SERVER_SHUTDOWN);
    assert_int_equal(metric_get(&server->metrics->net[0].peers), 0);
    transport_close(player.transport);
    transport_close(waiting.transport);
    transport_close(late.transport);
    virtual_server_destroy(server);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_valid_hello_is_welcomed_and_followed_by_snapshots),
        cmocka_unit_test(a_check_finds_a_wrong_count_and_a_peer_in_the_wrong_slot),
        cmocka_unit_test(a_bad_hello_is_refused_with_its_reason),
        cmocka_unit_test(another_version_is_refused_with_its_reason),
        cmocka_unit_test(a_connection_without_a_hello_times_out),
        cmocka_unit_test(half_open_connections_are_counted_until_their_handshake_expires),
        cmocka_unit_test(a_full_server_refuses_joins_until_a_player_leaves),
        cmocka_unit_test(a_peer_without_a_hello_is_evicted_for_one_with_a_hello),
        cmocka_unit_test(a_refused_peer_that_never_disconnects_is_evicted),
        cmocka_unit_test(a_peer_whose_welcome_never_comes_is_evicted),
        cmocka_unit_test(a_silent_player_times_out_and_its_ship_goes),
        cmocka_unit_test(repeated_offence_ends_the_session_with_a_protocol_error),
        cmocka_unit_test(input_before_the_welcome_is_an_offence),
        cmocka_unit_test(exceeding_the_input_rate_for_seconds_ends_the_session),
        cmocka_unit_test(short_bursts_of_inputs_are_only_slowed),
        cmocka_unit_test(a_verify_request_is_answered_with_the_baseline_set),
        cmocka_unit_test(an_early_verify_request_is_an_offence_and_a_second_one_is_dropped),
        cmocka_unit_test(a_flood_of_verify_requests_ends_the_session),
        cmocka_unit_test(a_verify_request_of_an_unverified_client_is_an_offence),
        cmocka_unit_test(a_malformed_verify_request_is_an_offence),
        cmocka_unit_test(rare_offences_are_forgiven),
        cmocka_unit_test(a_clients_own_leave_reason_is_ignored),
        cmocka_unit_test(inputs_above_the_rate_are_dropped_and_counted_but_no_offence),
        cmocka_unit_test(a_sim_that_hangs_leaves_players_connected_and_refuses_joins_as_busy),
        cmocka_unit_test(a_join_into_a_full_queue_is_refused_as_busy),
        cmocka_unit_test(a_shutdown_reaches_every_peer_and_refuses_new_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
