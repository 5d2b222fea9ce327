// SPDX-License-Identifier: MIT
// test_guard.c -- commands as our programs send them pass; every kind of error in them is named.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h needs the four above.
#include <cmocka.h>

#include <stdlib.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/rng.h"
#include "net/datagram.h"
#include "net/guard.h"

// As 127.0.0.1:5000 in sockets.
static const NetAddress client = {.bytes = {[10] = 0xff, 0xff, 127, 0, 0, 1}, .port = 5000};

// Peer 3, open, in session 1, with 100 as the newest reliable message.
static GuardPeer open_peer(void) {
    return (GuardPeer){.state = GUARD_PEER_OPEN,
                       .address = &client,
                       .has_session = true,
                       .session = 1,
                       .reliable_received = 100};
}

#define PEER_WORD      (0x1000u | 3u)
#define PEER_WORD_TIME (PEER_WORD | DATAGRAM_SENT_TIME)
#define NEW_WORD       (DATAGRAM_NO_PEER | DATAGRAM_SENT_TIME)

static GuardVerdict check(GuardDirection direction, const Datagram *datagram) {
    const GuardPeer peer = open_peer();
    const bool names_peer = guard_peer_index(datagram->bytes, datagram->size) != GUARD_NO_PEER;
    return guard_check(direction, names_peer ? &peer : NULL, &client, datagram->bytes,
                       datagram->size);
}

static void assert_passes(GuardDirection direction, const Datagram *datagram) {
    assert_int_equal(check(direction, datagram).result, GUARD_PASS);
}

static void assert_rejected(GuardDirection direction, const Datagram *datagram,
                            TransportReject reason) {
    const GuardVerdict verdict = check(direction, datagram);
    assert_int_equal(verdict.result, GUARD_REJECT);
    assert_string_equal(transport_reject_name(verdict.reason), transport_reject_name(reason));
}

static void a_connection_request_passes_to_the_server_only(void **state) {
    (void)state;
    Datagram datagram;
    datagram_begin(&datagram, NEW_WORD);
    datagram_connect(&datagram, 77);
    assert_passes(GUARD_TO_SERVER, &datagram);
    assert_true(check(GUARD_TO_SERVER, &datagram).is_connect);
    assert_rejected(GUARD_TO_CLIENT, &datagram, TRANSPORT_REJECT_FORBIDDEN);
}

static void a_connection_request_with_any_other_term_is_malformed(void **state) {
    (void)state;
    Datagram datagram;
    datagram_begin(&datagram, NEW_WORD);
    datagram_connect(&datagram, 77);
    // The time (2, 3), and the connection's id (44..47) are the sender's own.
    for (size_t at = 4; at < datagram.size; at++) {
        if (at >= 44 && at < 48) {
            continue;
        }
        datagram.bytes[at] ^= 0x10;
        assert_int_equal(check(GUARD_TO_SERVER, &datagram).result, GUARD_REJECT);
        datagram.bytes[at] ^= 0x10;
    }
    assert_passes(GUARD_TO_SERVER, &datagram);
}

static void a_connection_request_is_alone_in_its_datagram(void **state) {
    (void)state;
    Datagram datagram;
    datagram_begin(&datagram, NEW_WORD);
    datagram_connect(&datagram, 77);
    datagram_connect(&datagram, 78);
    assert_rejected(GUARD_TO_SERVER, &datagram, TRANSPORT_REJECT_MALFORMED);
    datagram_begin(&datagram, PEER_WORD_TIME);
    datagram_connect(&datagram, 77);
    assert_rejected(GUARD_TO_SERVER, &datagram, TRANSPORT_REJECT_MALFORMED);
    datagram_begin(&datagram, NEW_WORD);
    datagram_ping(&datagram, 1);
    assert_rejected(GUARD_TO_SERVER, &datagram, TRANSPORT_REJECT_MALFORMED);
}

static void the_answer_to_a_request_passes_to_the_client_only(void **state) {
    (void)state;
    Datagram datagram;
    datagram_begin(&datagram, PEER_WORD_TIME);
    datagram_verify_connect(&datagram, 9, 77);
    assert_passes(GUARD_TO_CLIENT, &datagram);
    assert_rejected(GUARD_TO_SERVER, &datagram, TRANSPORT_REJECT_FORBIDDEN);
}

static void the_answer_to_another_request_is_unknown(void **state) {
    (void)state;
    GuardPeer peer = {.state = GUARD_PEER_HALF_OPEN, .address = &client, .connect_id = 78};
    Datagram datagram;
    datagram_begin(&datagram, PEER_WORD_TIME);
    datagram_verify_connect(&datagram, 9, 77);
    GuardVerdict verdict =
        guard_check(GUARD_TO_CLIENT, &peer, &client, datagram.bytes, datagram.size);
    assert_int_equal(verdict.result, GUARD_REJECT);
    assert_int_equal(verdict.reason, TRANSPORT_REJECT_UNKNOWN_PEER);
    peer.connect_id = 77;
    verdict = guard_check(GUARD_TO_CLIENT, &peer, &client, datagram.bytes, datagram.size);
    assert_int_equal(verdict.result, GUARD_PASS);
}

static void everyday_commands_pass_both_ways_alone_and_together(void **state) {
    (void)state;
    for (GuardDirection way = GUARD_TO_SERVER; way <= GUARD_TO_CLIENT; way++) {
        Datagram datagram;
        datagram_begin(&datagram, PEER_WORD);
        datagram_acknowledge(&datagram, DATAGRAM_CONTROL, 5);
        assert_passes(way, &datagram);
        datagram_acknowledge(&datagram, 0, 6);
        datagram_unsequenced(&datagram, 1, 40);
        assert_passes(way, &datagram);
        datagram_begin(&datagram, PEER_WORD_TIME);
        datagram_ping(&datagram, 5);
        assert_passes(way, &datagram);
        datagram_begin(&datagram, PEER_WORD_TIME);
        datagram_disconnect(&datagram, 5, 42);
        assert_passes(way, &datagram);
        assert_int_equal(check(way, &datagram).disconnect_data, 42);
        datagram_begin(&datagram, PEER_WORD_TIME);
        datagram_acknowledge(&datagram, 0, 6);
        datagram_reliable(&datagram, 101, 5);
        datagram_reliable(&datagram, 102, 300);
        datagram_ping(&datagram, 5);
        datagram_unsequenced(&datagram, 9, 1);
        assert_passes(way, &datagram);
        datagram_begin(&datagram, PEER_WORD);
        datagram_unsequenced(&datagram, 9, PAYLOAD_BYTES_MAX);
        assert_passes(way, &datagram);
    }
}

static void commands_with_the_wrong_channel_or_flags_are_malformed(void **state) {
    (void)state;
    Datagram datagram;
    datagram_begin(&datagram, PEER_WORD);
    datagram_acknowledge(&datagram, 1, 5); // channel 1 has no acknowledgements
    assert_rejected(GUARD_TO_SERVER, &datagram, TRANSPORT_REJECT_MALFORMED);
    datagram_begin(&datagram, PEER_WORD);
    datagram_acknowledge(&datagram, 0, 5);
    datagram.bytes[7]++; // its two sequence fields differ
    assert_rejected(GUARD_TO_SERVER, &datagram, TRANSPORT_REJECT_MALFORMED);
    datagram_begin(&datagram, PEER_WORD_TIME);
    datagram_ping(&datagram, 5);
    datagram.bytes[5] = 0;
    assert_rejected(GUARD_TO_SERVER, &datagram, TRANSPORT_REJECT_MALFORMED);
    datagram_begin(&datagram, PEER_WORD_TIME);
    datagram_disconnect(&datagram, 5, 1);
    datagram.bytes[4] = 0x04; // requests no acknowledgement
    assert_rejected(GUARD_TO_SERVER, &datagram, TRANSPORT_REJECT_MALFORMED);
    datagram_begin(&datagram, PEER_WORD_TIME);
    datagram_reliable(&datagram, 101, 5);
    datagram.bytes[5] = 1;
    assert_rejected(GUARD_TO_SERVER, &datagram, TRANSPORT_REJECT_MALFORMED);
    datagram_begin(&datagram, PEER_WORD);
    datagram_unsequenced(&datagram, 1, 5);
    datagram.bytes[3] = 0;
    assert_rejected(GUARD_TO_SERVER, &datagram, TRANSPORT_REJECT_MALFORMED);
    datagram_begin(&datagram, PEER_WORD);
    datagram_unsequenced(&datagram, 1, 5);
    datagram.bytes[5] = 1; // unsequenced, yet with a sequence
    assert_rejected(GUARD_TO_SERVER, &datagram, TRANSPORT_REJECT_MALFORMED);
}

static void the_time_is_present_exactly_when_a_command_needs_it(void **state) {
    (void)state;
    Datagram datagram;
    datagram_begin(&datagram, PEER_WORD_TIME);
    datagram_unsequenced(&datagram, 1, 5);
    assert_rejected(GUARD_TO_SERVER, &datagram, TRANSPORT_REJECT_MALFORMED);
    datagram_begin(&datagram, PEER_WORD);
    datagram_ping(&datagram, 1);
    assert_rejected(GUARD_TO_SERVER, &datagram, TRANSPORT_REJECT_MALFORMED);
}

static void empty_and_oversize_messages_are_malformed(void **state) {
    (void)state;
    Datagram datagram;
    datagram_begin(&datagram, PEER_WORD);
    datagram_unsequenced(&datagram, 1, 0);
    assert_rejected(GUARD_TO_SERVER, &datagram, TRANSPORT_REJECT_MALFORMED);
    datagram_begin(&datagram, PEER_WORD_TIME);
    datagram_reliable(&datagram, 101, 0);
    assert_rejected(GUARD_TO_SERVER, &datagram, TRANSPORT_REJECT_MALFORMED);
    datagram_begin(&datagram, PEER_WORD);
    datagram_unsequenced(&datagram, 1, PAYLOAD_BYTES_MAX + 1);
    assert_rejected(GUARD_TO_SERVER, &datagram, TRANSPORT_REJECT_MALFORMED);
}

static void commands_we_never_send_are_forbidden(void **state) {
    (void)state;
    for (GuardDirection way = GUARD_TO_SERVER; way <= GUARD_TO_CLIENT; way++) {
        Datagram datagram;
        datagram_begin(&datagram, PEER_WORD_TIME);
        datagram_throttle_configure(&datagram, 1);
        assert_rejected(way, &datagram, TRANSPORT_REJECT_FORBIDDEN);
        datagram_begin(&datagram, PEER_WORD_TIME);
        datagram_fragment(&datagram, 0x88, 101, 1u << 20);
        assert_rejected(way, &datagram, TRANSPORT_REJECT_FORBIDDEN);
        datagram_begin(&datagram, PEER_WORD);
        datagram_fragment(&datagram, 0x0c, 101, 1u << 20);
        assert_rejected(way, &datagram, TRANSPORT_REJECT_FORBIDDEN);
        datagram_begin(&datagram, PEER_WORD);
        datagram_command(&datagram, 0x07, 1, 0); // sequenced, unreliable
        datagram_u32(&datagram, 0);
        assert_rejected(way, &datagram, TRANSPORT_REJECT_FORBIDDEN);
        datagram_begin(&datagram, PEER_WORD_TIME);
        datagram_bandwidth_limit(&datagram, 1, 1000);
        assert_rejected(way, &datagram, TRANSPORT_REJECT_FORBIDDEN);
        datagram_begin(&datagram, PEER_WORD | 0x4000);
        datagram_unsequenced(&datagram, 1, 5); // compressed
        assert_rejected(way, &datagram, TRANSPORT_REJECT_FORBIDDEN);
    }
}

static void the_absence_of_a_bandwidth_limit_passes(void **state) {
    (void)state;
    Datagram datagram;
    datagram_begin(&datagram, PEER_WORD_TIME);
    datagram_bandwidth_limit(&datagram, 1, 0);
    assert_passes(GUARD_TO_SERVER, &datagram);
    assert_passes(GUARD_TO_CLIENT, &datagram);
}

static void unknown_commands_are_malformed(void **state) {
    (void)state;
    for (uint32_t number = 0; number < 16; number++) {
        if (number >= 1 && number <= 12) {
            continue;
        }
        Datagram datagram;
        datagram_begin(&datagram, PEER_WORD);
        datagram_command(&datagram, number, 0, 0);
        datagram_fill(&datagram, 60);
        assert_rejected(GUARD_TO_SERVER, &datagram, TRANSPORT_REJECT_MALFORMED);
    }
}

static void a_datagram_cut_or_extended_anywhere_is_rejected(void **state) {
    (void)state;
    Datagram datagram;
    datagram_begin(&datagram, PEER_WORD_TIME);
    datagram_reliable(&datagram, 101, 20);
    const size_t size = datagram.size;
    for (datagram.size = 0; datagram.size < size; datagram.size++) {
        assert_int_equal(check(GUARD_TO_SERVER, &datagram).result, GUARD_REJECT);
    }
    datagram.size = size;
    assert_passes(GUARD_TO_SERVER, &datagram);
    datagram_u8(&datagram, 0);
    assert_rejected(GUARD_TO_SERVER, &datagram, TRANSPORT_REJECT_MALFORMED);
}

static void a_datagram_above_our_size_is_oversize(void **state) {
    (void)state;
    Datagram datagram;
    datagram_begin(&datagram, PEER_WORD);
    datagram_unsequenced(&datagram, 1, 1000);
    datagram_unsequenced(&datagram, 2, 182);
    assert_int_equal(datagram.size, DATAGRAM_BYTES_MAX);
    assert_passes(GUARD_TO_SERVER, &datagram);
    datagram_u8(&datagram, 0);
    assert_rejected(GUARD_TO_SERVER, &datagram, TRANSPORT_REJECT_OVERSIZE);
}

static void another_address_session_or_index_is_an_unknown_peer(void **state) {
    (void)state;
    Datagram datagram;
    datagram_begin(&datagram, PEER_WORD);
    datagram_unsequenced(&datagram, 1, 5);
    GuardPeer peer = open_peer();
    NetAddress other = client;
    other.port++;
    peer.address = &other;
    GuardVerdict verdict =
        guard_check(GUARD_TO_SERVER, &peer, &client, datagram.bytes, datagram.size);
    assert_int_equal(verdict.reason, TRANSPORT_REJECT_UNKNOWN_PEER);
    peer = open_peer();
    other = client;
    other.bytes[15]++;
    peer.address = &other;
    verdict = guard_check(GUARD_TO_SERVER, &peer, &client, datagram.bytes, datagram.size);
    assert_int_equal(verdict.reason, TRANSPORT_REJECT_UNKNOWN_PEER);
    peer = open_peer();
    peer.session = 2;
    verdict = guard_check(GUARD_TO_SERVER, &peer, &client, datagram.bytes, datagram.size);
    assert_int_equal(verdict.reason, TRANSPORT_REJECT_UNKNOWN_PEER);
    peer = open_peer();
    peer.state = GUARD_PEER_NONE;
    verdict = guard_check(GUARD_TO_SERVER, &peer, &client, datagram.bytes, datagram.size);
    assert_int_equal(verdict.reason, TRANSPORT_REJECT_UNKNOWN_PEER);
    verdict = guard_check(GUARD_TO_SERVER, NULL, &client, datagram.bytes, datagram.size);
    assert_int_equal(verdict.reason, TRANSPORT_REJECT_UNKNOWN_PEER);
}

static void an_impossible_source_is_rejected(void **state) {
    (void)state;
    Datagram datagram;
    datagram_begin(&datagram, NEW_WORD);
    datagram_connect(&datagram, 77);
    const NetAddress sources[] = {
        net_address_loopback(0),
        net_address_from_ipv4(0, 5000),           // 0.0.0.0
        net_address_from_ipv4(0x01000000u, 5000), // 0.0.0.1, ENet's name of the first peer
        net_address_from_ipv4(0xffffffffu, 5000), // broadcast
        net_address_from_ipv4(0x010000e0u, 5000), // 224.0.0.1
        {.port = 5000},                           // ::
        {.bytes = {0xff, 2, [15] = 1}, .port = 5000},
    };
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        const GuardVerdict verdict =
            guard_check(GUARD_TO_SERVER, NULL, &sources[i], datagram.bytes, datagram.size);
        assert_int_equal(verdict.result, GUARD_REJECT);
        assert_int_equal(verdict.reason, TRANSPORT_REJECT_SOURCE);
    }
}

static void reliables_too_far_ahead_are_a_flood_and_those_behind_are_not(void **state) {
    (void)state;
    Datagram datagram;
    datagram_begin(&datagram, PEER_WORD_TIME);
    datagram_reliable(&datagram, 100 + GUARD_RELIABLE_AHEAD_MAX, 5);
    assert_passes(GUARD_TO_SERVER, &datagram);
    datagram_begin(&datagram, PEER_WORD_TIME);
    datagram_reliable(&datagram, 101 + GUARD_RELIABLE_AHEAD_MAX, 5);
    assert_rejected(GUARD_TO_SERVER, &datagram, TRANSPORT_REJECT_FLOOD);
    assert_passes(GUARD_TO_CLIENT, &datagram);
    datagram_begin(&datagram, PEER_WORD_TIME);
    datagram_reliable(&datagram, 30, 5);
    assert_passes(GUARD_TO_SERVER, &datagram);
    datagram_begin(&datagram, PEER_WORD_TIME);
    datagram_reliable(&datagram, 65530, 5); // behind, across the wrap
    assert_passes(GUARD_TO_SERVER, &datagram);
}

static void more_commands_than_enet_sends_are_a_flood(void **state) {
    (void)state;
    Datagram datagram;
    datagram_begin(&datagram, PEER_WORD);
    for (uint32_t i = 0; i < GUARD_COMMANDS_MAX; i++) {
        datagram_acknowledge(&datagram, 0, i);
    }
    assert_passes(GUARD_TO_SERVER, &datagram);
    datagram_acknowledge(&datagram, 0, 99);
    assert_rejected(GUARD_TO_SERVER, &datagram, TRANSPORT_REJECT_FLOOD);
    datagram_begin(&datagram, PEER_WORD_TIME);
    datagram_ping(&datagram, 1);
    datagram_ping(&datagram, 2);
    assert_rejected(GUARD_TO_SERVER, &datagram, TRANSPORT_REJECT_FLOOD);
}

// For any poll interval and any mix of commands in a datagram.
static void a_budget_admits_its_rate_at_every_poll_interval(void **state) {
    (void)state;
    const GuardVerdict pings = {.ping_count = 1, .ask_count = 1};
    const GuardVerdict acknowledgements = {.ack_count = 7};
    for (uint64_t interval_ms = 1; interval_ms <= 40; interval_ms++) {
        GuardBudget limited = {0};
        GuardBudget pinging = {0};
        GuardBudget acknowledging = {0};
        uint32_t datagram_count = 0;
        uint32_t ping_count = 0;
        uint32_t ack_count = 0;
        const uint64_t end_ns = 600 * NS_PER_S;
        for (uint64_t now_ns = 0; now_ns < end_ns; now_ns += interval_ms * NS_PER_MS) {
            for (int i = 0; i < 12; i++) { // more than any of them allows
                datagram_count += guard_budget_consume(&limited, now_ns, &(GuardVerdict){0}, 250);
                ping_count += guard_budget_consume(&pinging, now_ns, &pings, 0);
            }
            for (int i = 0; i < 7; i++) {
                ack_count += 7 * guard_budget_consume(&acknowledging, now_ns, &acknowledgements, 0);
            }
        }
        assert_in_range(datagram_count - GUARD_DATAGRAM_BURST_S * 250, 600 * 250 * 99 / 100,
                        600 * 250 * 101 / 100);
        assert_in_range(ping_count - GUARD_PING_BURST, 600 * GUARD_PINGS_PER_S * 99 / 100,
                        600 * GUARD_PINGS_PER_S * 101 / 100);
        if (49 * 1000 / interval_ms > GUARD_ACKS_PER_S) {
            assert_in_range(ack_count - GUARD_ACK_BURST, 600 * GUARD_ACKS_PER_S * 99 / 100,
                            600 * GUARD_ACKS_PER_S * 101 / 100);
        }
    }
}

static uint32_t granted_of(const GuardVerdict *verdict, uint32_t datagrams_per_s) {
    GuardBudget budget = {0};
    uint32_t granted = 0;
    while (granted < 100000 &&
           guard_budget_consume(&budget, 5 * NS_PER_S, verdict, datagrams_per_s)) {
        granted++;
    }
    return granted;
}

static void a_peer_has_a_budget_of_each_thing_that_costs(void **state) {
    (void)state;
    const GuardVerdict ping = {.ping_count = 1, .ask_count = 1};
    assert_int_equal(granted_of(&ping, 0), GUARD_PING_BURST);
    const GuardVerdict reliables = {.ask_count = 32};
    assert_int_equal(granted_of(&reliables, 0), GUARD_ASK_BURST / 32);
    const GuardVerdict acknowledgements = {.ack_count = 32};
    assert_int_equal(granted_of(&acknowledgements, 0), GUARD_ACK_BURST / 32);
    const GuardVerdict unsequenced = {0};
    assert_int_equal(granted_of(&unsequenced, 0), 100000);
    assert_int_equal(granted_of(&unsequenced, 100), GUARD_DATAGRAM_BURST_S * 100);
}

static void a_verdict_counts_the_commands_that_the_budget_charges(void **state) {
    (void)state;
    Datagram datagram;
    datagram_begin(&datagram, PEER_WORD_TIME);
    datagram_acknowledge(&datagram, 0, 6);
    datagram_acknowledge(&datagram, 0, 7);
    datagram_reliable(&datagram, 101, 5);
    datagram_reliable(&datagram, 102, 5);
    datagram_ping(&datagram, 5);
    datagram_unsequenced(&datagram, 9, 1);
    const GuardVerdict verdict = check(GUARD_TO_SERVER, &datagram);
    assert_int_equal(verdict.result, GUARD_PASS);
    assert_int_equal(verdict.ack_count, 2);
    assert_int_equal(verdict.ask_count, 3);
    assert_int_equal(verdict.ping_count, 1);
}

static void random_and_mutated_bytes_are_never_read_beyond_their_end(void **state) {
    (void)state;
    const uint64_t seed = 20;
    Rng rng = rng_seeded(seed);
    uint32_t passed = 0;
    for (uint32_t i = 0; i < 200000; i++) {
        Datagram valid;
        datagram_begin(&valid, PEER_WORD_TIME);
        datagram_acknowledge(&valid, 0, 6);
        datagram_reliable(&valid, 101, 30);
        const size_t size = rng_below(&rng, (uint32_t)valid.size + 1);
        // In a block of the exact size the address sanitizer sees any read beyond the end.
        uint8_t *bytes = malloc(size + 1);
        assert_non_null(bytes);
        uint8_t *end = bytes + 1;
        memcpy(end, valid.bytes, size);
        for (uint32_t flips = rng_below(&rng, 4); flips > 0 && size > 0; flips--) {
            end[rng_below(&rng, (uint32_t)size)] = (uint8_t)rng_next(&rng);
        }
        const GuardPeer peer = open_peer();
        const GuardVerdict verdict =
            guard_check(i % 2 == 0 ? GUARD_TO_SERVER : GUARD_TO_CLIENT, &peer, &client, end, size);
        passed += verdict.result == GUARD_PASS;
        free(bytes);
    }
    if (passed > 20000) {
        fail_msg("seed %llu: %u passed", (unsigned long long)seed, passed);
    }
}

// As for requests; the peer's index and the sessions have ranges.
static void an_answer_to_a_request_with_any_other_term_is_rejected(void **state) {
    (void)state;
    Datagram datagram;
    datagram_begin(&datagram, PEER_WORD_TIME);
    datagram_verify_connect(&datagram, 9, 77);
    for (size_t at = 4; at < datagram.size; at++) {
        const bool is_index = at == 9;
        const bool is_id = at >= 44 && at < 48; // not checked for an open peer
        datagram.bytes[at] ^= 0x10;
        assert_int_equal(check(GUARD_TO_CLIENT, &datagram).result == GUARD_REJECT,
                         !is_index && !is_id);
        datagram.bytes[at] ^= 0x10;
    }
    for (size_t at = 10; at < 12; at++) { // the sessions
        for (uint32_t session = 0; session < 256; session++) {
            datagram.bytes[at] = (uint8_t)session;
            assert_int_equal(check(GUARD_TO_CLIENT, &datagram).result == GUARD_REJECT, session > 3);
        }
        datagram.bytes[at] = 1;
    }
    assert_passes(GUARD_TO_CLIENT, &datagram);
}

static void a_number_in_an_unsequenced_message_is_malformed(void **state) {
    (void)state;
    Datagram datagram;
    datagram_begin(&datagram, PEER_WORD);
    datagram_unsequenced(&datagram, 7, 10);
    assert_passes(GUARD_TO_SERVER, &datagram);
    for (size_t at = 4; at < 6; at++) {
        for (uint32_t bit = 0; bit < 8; bit++) {
            datagram.bytes[at] = (uint8_t)(1u << bit);
            assert_rejected(GUARD_TO_SERVER, &datagram, TRANSPORT_REJECT_MALFORMED);
        }
        datagram.bytes[at] = 0;
    }
}

static void a_header_without_a_command_is_malformed(void **state) {
    (void)state;
    Datagram datagram;
    datagram_begin(&datagram, PEER_WORD);
    assert_rejected(GUARD_TO_SERVER, &datagram, TRANSPORT_REJECT_MALFORMED);
    datagram_begin(&datagram, PEER_WORD_TIME);
    assert_rejected(GUARD_TO_SERVER, &datagram, TRANSPORT_REJECT_MALFORMED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_request_passes_to_the_server_only),
        cmocka_unit_test(a_connection_request_with_any_other_term_is_malformed),
        cmocka_unit_test(a_connection_request_is_alone_in_its_datagram),
        cmocka_unit_test(the_answer_to_a_request_passes_to_the_client_only),
        cmocka_unit_test(the_answer_to_another_request_is_unknown),
        cmocka_unit_test(everyday_commands_pass_both_ways_alone_and_together),
        cmocka_unit_test(commands_with_the_wrong_channel_or_flags_are_malformed),
        cmocka_unit_test(the_time_is_present_exactly_when_a_command_needs_it),
        cmocka_unit_test(empty_and_oversize_messages_are_malformed),
        cmocka_unit_test(commands_we_never_send_are_forbidden),
        cmocka_unit_test(the_absence_of_a_bandwidth_limit_passes),
        cmocka_unit_test(unknown_commands_are_malformed),
        cmocka_unit_test(a_datagram_cut_or_extended_anywhere_is_rejected),
        cmocka_unit_test(a_datagram_above_our_size_is_oversize),
        cmocka_unit_test(another_address_session_or_index_is_an_unknown_peer),
        cmocka_unit_test(an_impossible_source_is_rejected),
        cmocka_unit_test(reliables_too_far_ahead_are_a_flood_and_those_behind_are_not),
        cmocka_unit_test(more_commands_than_enet_sends_are_a_flood),
        cmocka_unit_test(a_budget_admits_its_rate_at_every_poll_interval),
        cmocka_unit_test(a_peer_has_a_budget_of_each_thing_that_costs),
        cmocka_unit_test(a_verdict_counts_the_commands_that_the_budget_charges),
        cmocka_unit_test(random_and_mutated_bytes_are_never_read_beyond_their_end),
        cmocka_unit_test(an_answer_to_a_request_with_any_other_term_is_rejected),
        cmocka_unit_test(a_number_in_an_unsequenced_message_is_malformed),
        cmocka_unit_test(a_header_without_a_command_is_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
