// SPDX-License-Identifier: MIT
// test_receive_requests.c -- receive requests are answered with what became of the client's inputs,
//                            up to a rate: a server in virtual time.
#include <math.h>

#include "base/clock.h"
#include "server/raw_client.h"
#include "server/virtual_game.h"
#include "support.h"
#include "wire/reason.h"

static void destroy(VirtualServer *server, RawClient *client) {
    transport_close(client->transport);
    virtual_server_destroy(server);
}

static uint64_t rejects(const VirtualServer *server, MessageReject reject) {
    return metric_get(&server->metrics->net[0].messages_rejected[reject]);
}

static void request_report(RawClient *client) {
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    raw_client_send(client, TRANSPORT_RELIABLE, buffer, receive_request_write(buffer));
}

static void a_receive_request_is_answered_with_the_counts(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient client = raw_client_join(server);
    request_report(&client);
    raw_client_advance_ms(server, &client, 20);
    assert_int_equal(client.reports, 1);
    assert_int_equal(client.report.received + client.report.judged, 0);
    for (int i = 0; i < 60; i++) {
        raw_client_send_input(server, &client);
        raw_client_advance_ms(server, &client, 50);
    }
    request_report(&client);
    raw_client_advance_ms(server, &client, 20);
    assert_int_equal(client.reports, 2);
    assert_int_equal(client.report.received, 60);
    assert_int_equal(client.report.judged, 60 - SEQUENCE_WINDOW - 1);
    assert_int_equal(client.report.lost, 0);
    assert_int_equal(client.report.overtaken, 0);
    assert_int_equal(client.report.duplicated, 0);
    destroy(server, &client);
}

static void lost_packets_are_reported(void **state) {
    (void)state;
    static const ImpairConfig nothing_passes = {.loss = 1};
    VirtualServer *server = raw_client_server();
    RawClient client = raw_client_join(server);
    for (int i = 0; i < 80; i++) {
        memnet_set_impairment(server->net, i % 4 == 3 ? &nothing_passes : NULL);
        raw_client_send_input(server, &client);
        memnet_set_impairment(server->net, NULL);
        raw_client_advance_ms(server, &client, 50);
    }
    request_report(&client);
    raw_client_advance_ms(server, &client, 20);
    assert_int_equal(client.report.received, 60);
    // The last number that arrived is 79; those up to 46 are judged, a fourth of them lost.
    assert_int_equal(client.report.judged, 46);
    assert_int_equal(client.report.lost, 11);
    destroy(server, &client);
}

static void a_few_requests_at_once_are_answered_and_a_flood_ends_the_session(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient client = raw_client_join(server);
    for (uint32_t i = 0; i < ENDPOINT_REQUEST_BURST; i++) {
        request_report(&client);
    }
    raw_client_advance_ms(server, &client, 50);
    assert_int_equal(client.reports, ENDPOINT_REQUEST_BURST);
    assert_int_equal(rejects(server, MESSAGE_REJECT_RECEIVE_REQUEST_RATE), 0);
    uint32_t ms = 0;
    for (; ms < 5000 && !client.is_ended; ms += 20) {
        request_report(&client);
        raw_client_advance_ms(server, &client, 20);
    }
    assert_true(client.is_ended);
    assert_int_equal(client.reason, REASON_PROTOCOL_ERROR);
    assert_int_equal(rejects(server, MESSAGE_REJECT_RECEIVE_REQUEST_RATE), ENDPOINT_OFFENCES_MAX);
    assert_true(client.reports <= ENDPOINT_REQUEST_BURST + 1);
    destroy(server, &client);
}

static void one_request_a_second_is_within_the_rate(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient client = raw_client_join(server);
    for (uint32_t i = 1; i <= 30; i++) {
        request_report(&client);
        raw_client_advance_ms(server, &client, RECEIVE_REPORT_PERIOD_NS / NS_PER_MS);
        assert_int_equal(client.reports, i);
    }
    assert_int_equal(rejects(server, MESSAGE_REJECT_RECEIVE_REQUEST_RATE), 0);
    destroy(server, &client);
}

static void a_malformed_request_is_an_offence(void **state) {
    (void)state;
    static const uint8_t too_long[] = {MESSAGE_RECEIVE_REQUEST, 0};
    VirtualServer *server = raw_client_server();
    RawClient client = raw_client_join(server);
    raw_client_send(&client, TRANSPORT_RELIABLE, too_long, sizeof too_long);
    raw_client_advance_ms(server, &client, 50);
    assert_int_equal(rejects(server, MESSAGE_REJECT_MALFORMED), 1);
    assert_int_equal(client.reports, 0);
    assert_false(client.is_ended);
    destroy(server, &client);
}

static void a_request_or_a_report_where_it_does_not_belong_is_an_offence(void **state) {
    (void)state;
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    VirtualServer *server = raw_client_server();
    RawClient client = raw_client_join(server);
    size_t size = receive_request_write(buffer);
    raw_client_send(&client, TRANSPORT_UNSEQUENCED, buffer, size);
    size = receive_report_write(buffer, &(ReceiveReport){0});
    raw_client_send(&client, TRANSPORT_RELIABLE, buffer, size);
    raw_client_advance_ms(server, &client, 50);
    assert_int_equal(rejects(server, MESSAGE_REJECT_UNEXPECTED), 2);
    assert_int_equal(client.reports, 0);
    destroy(server, &client);
}

static void a_request_instead_of_the_hello_is_a_bad_hello(void **state) {
    (void)state;
    VirtualServer *server = raw_client_server();
    RawClient client = raw_client_open(server);
    raw_client_advance_ms(server, &client, 50);
    request_report(&client);
    raw_client_advance_ms(server, &client, 100);
    assert_true(client.is_ended);
    assert_int_equal(client.reason, REASON_BAD_HELLO);
    assert_int_equal(client.reports, 0);
    destroy(server, &client);
}

static void is_share(const char *what, uint32_t part, uint32_t total, double probability) {
    const double expected = (double)total * probability;
    if (fabs(part - expected) > 3 * sqrt(expected)) {
        fail_msg("%s: %u of %u", what, part, total);
    }
}

// A real client; the network does the same both ways.
static void the_reports_show_a_client_the_state_of_its_uplink(void **state) {
    (void)state;
    enum { SECONDS = 300, INPUTS_HZ = 20 };
    static const ImpairConfig bad = {.latency_ns = 80 * NS_PER_MS,
                                     .jitter_ns = 30 * NS_PER_MS,
                                     .loss = 0.05,
                                     .duplicate = 0.01,
                                     .reorder = 0.02};
    const VirtualServerConfig config = {
        .seed = 5, .drone_count = 50, .ship_capacity = 4, .worker_count = 1, .impairment = &bad};
    VirtualGame *game = virtual_game_create(&config, virtual_game_roam);
    virtual_game_add(game, false, NULL);
    Client *client = &game->players[0].client;
    client->config.uplink_period_ns = 2 * NS_PER_S;
    virtual_game_play_ms(game, SECONDS * 1000);
    const ReceiveReport *sent = &client->uplink.reported;
    assert_int_equal(client->state, CLIENT_PLAYING);
    assert_int_equal(client->stats.decode_errors, 0);
    assert_in_range(sent->judged, client->stats.inputs_sent - 4 * INPUTS_HZ - 60,
                    client->stats.inputs_sent);
    is_share("lost", sent->lost, sent->judged, bad.loss);
    is_share("twice", sent->duplicated, sent->received, bad.duplicate);
    is_share("overtaken", sent->overtaken, sent->received, bad.reorder);
    virtual_game_destroy(game);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_receive_request_is_answered_with_the_counts),
        cmocka_unit_test(lost_packets_are_reported),
        cmocka_unit_test(a_few_requests_at_once_are_answered_and_a_flood_ends_the_session),
        cmocka_unit_test(one_request_a_second_is_within_the_rate),
        cmocka_unit_test(a_malformed_request_is_an_offence),
        cmocka_unit_test(a_request_or_a_report_where_it_does_not_belong_is_an_offence),
        cmocka_unit_test(a_request_instead_of_the_hello_is_a_bad_hello),
        cmocka_unit_test(the_reports_show_a_client_the_state_of_its_uplink),
    };
    return cmocka_run_group_tests(tests, virtual_game_set_up, NULL);
}
