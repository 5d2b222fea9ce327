// SPDX-License-Identifier: MIT
// test_hostile.c -- the known attacks on ENet servers against ours, in virtual time: no honest
// player is dropped, nothing grows, everything is counted.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h needs the four above.
#include <cmocka.h>

#include <arpa/inet.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "net/datagram.h"
#include "net/guard.h"
#include "net/hostile.h"
#include "net/lab.h"
#include "wire/reason.h"

#define HONEST        8
#define ATTACKER_PORT 666

static const ImpairConfig some_network = {
    .latency_ns = 20 * NS_PER_MS, .jitter_ns = 10 * NS_PER_MS, .loss = 0.01};

// A server with honest clients at work.
static Lab *busy_lab(uint64_t seed, uint32_t capacity) {
    Lab *lab = lab_create(seed, &some_network, capacity);
    lab_add_clients(lab, HONEST);
    lab_run(lab, 2000);
    lab_assert_all_well(lab);
    assert_int_equal(lab_rejected(lab->server), 0);
    return lab;
}

static void assert_unharmed(Lab *lab) {
    lab_run(lab, 2000);
    lab_assert_all_well(lab);
    assert_int_equal(lab_server_stats(lab).service_errors, 0);
    assert_int_equal(lab->unsequenced_in > 0, 1);
}

static uint64_t rejected_for(const Lab *lab, TransportReject reason) {
    return lab_server_stats(lab).rejected[reason];
}

static void inject(Lab *lab, uint16_t from_port, const Datagram *datagram) {
    lab_inject(lab, from_port, datagram->bytes, datagram->size);
}

static void inject_connect(Lab *lab, uint16_t from_port, uint32_t connect_id) {
    Datagram datagram;
    datagram_begin(&datagram, DATAGRAM_NO_PEER | DATAGRAM_SENT_TIME);
    datagram_connect(&datagram, connect_id);
    inject(lab, from_port, &datagram);
}

// Connects without ever reading an answer: every field of ENet's handshake can be guessed. Returns
// the first word of the attacker's datagrams: its peer, which is the lowest free one, and the
// session of a fresh peer.
static uint32_t connect_blindly(Lab *lab) {
    const uint64_t connected = lab->connected;
    inject_connect(lab, ATTACKER_PORT, 1);
    lab_run(lab, 20);
    const uint32_t peer = HONEST;
    Datagram datagram;
    datagram_begin(&datagram, peer);
    datagram_acknowledge(&datagram, DATAGRAM_CONTROL, 1);
    inject(lab, ATTACKER_PORT, &datagram);
    lab_run(lab, 20);
    assert_int_equal(lab->connected, connected + 1);
    return peer;
}

static void oversize_datagrams_are_skipped_and_counted(void **state) {
    (void)state;
    Lab *lab = busy_lab(1, 64);
    uint8_t *bytes = calloc(1, HOSTILE_BYTES_MAX);
    assert_non_null(bytes);
    const size_t sizes[] = {1201, 4096, 4097, 9000, HOSTILE_BYTES_MAX};
    for (size_t i = 0; i < 500; i++) {
        lab_inject(lab, ATTACKER_PORT, bytes, sizes[i % 5]);
        if (i % 10 == 0) {
            lab_run(lab, LAB_STEP_MS);
        }
    }
    free(bytes);
    assert_unharmed(lab);
    assert_int_equal(rejected_for(lab, TRANSPORT_REJECT_OVERSIZE), 500);
    lab_destroy(lab);
}

static void empty_datagrams_do_not_hide_those_behind_them(void **state) {
    (void)state;
    Lab *lab = busy_lab(2, 64);
    const uint64_t before = lab->unsequenced_in;
    for (int i = 0; i < 400; i++) {
        for (int j = 0; j < 50; j++) {
            lab_inject(lab, ATTACKER_PORT, NULL, 0);
        }
        lab_run(lab, LAB_STEP_MS);
    }
    assert_true(lab->unsequenced_in > before + 200);
    assert_unharmed(lab);
    assert_int_equal(rejected_for(lab, TRANSPORT_REJECT_MALFORMED), 20000);
    lab_destroy(lab);
}

static void a_flood_of_requests_from_one_port_holds_one_slot(void **state) {
    (void)state;
    Lab *lab = busy_lab(3, 1024);
    for (uint32_t i = 0; i < 4000; i++) {
        inject_connect(lab, ATTACKER_PORT, 1000 + i);
        if (i % 40 == 0) {
            lab_run(lab, LAB_STEP_MS);
            assert_in_range(lab_server_stats(lab).half_open, 0, 1);
        }
    }
    lab_add_clients(lab, 1);
    assert_unharmed(lab);
    lab_run(lab, TRANSPORT_HANDSHAKE_TIMEOUT_MS);
    assert_int_equal(lab_server_stats(lab).half_open, 0);
    assert_int_equal(lab_server_stats(lab).peers, HONEST + 1);
    lab_destroy(lab);
}

static void a_flood_of_requests_from_many_ports_is_bounded_and_passes(void **state) {
    (void)state;
    const uint32_t free_slots = 1024 - HONEST;
    Lab *lab = busy_lab(4, 1024);
    for (uint32_t i = 0; i < 4000; i++) {
        inject_connect(lab, (uint16_t)(1024 + i), 1000 + i);
        if (i % 40 == 0) {
            lab_run(lab, LAB_STEP_MS);
        }
    }
    lab_run(lab, LAB_STEP_MS);
    assert_int_equal(lab_server_stats(lab).half_open, free_slots);
    assert_int_equal(lab_server_stats(lab).handshakes_evicted, 4000 - free_slots);
    assert_int_equal(rejected_for(lab, TRANSPORT_REJECT_HANDSHAKES), 0);
    lab_run(lab, TRANSPORT_HANDSHAKE_TIMEOUT_MS + 100);
    assert_int_equal(lab_server_stats(lab).half_open, 0);
    assert_int_equal(lab_server_stats(lab).handshakes_expired, free_slots);
    lab_add_clients(lab, 1);
    assert_unharmed(lab);
    lab_destroy(lab);
}

static uint64_t unreachable_bytes(const Lab *lab) {
    return memnet_stats(lab->net).unreachable_bytes;
}

// Sends 3,000 requests a second while the lab runs, each from the next port, and in an IPv6 range
// each from the next address.
static void run_under_flood(Lab *lab, const NetAddress *attacker, uint64_t duration_ms) {
    static uint32_t count;
    for (uint64_t at = 0; at < duration_ms; at += LAB_STEP_MS) {
        for (uint32_t i = 0; i < 3 * LAB_STEP_MS; i++, count++) {
            Datagram datagram;
            datagram_begin(&datagram, DATAGRAM_NO_PEER | DATAGRAM_SENT_TIME);
            datagram_connect(&datagram, count);
            NetAddress from = *attacker;
            from.port = (uint16_t)(1024 + count % 30000);
            if (!net_address_is_ipv4(&from)) {
                memcpy(&from.bytes[8], &count, sizeof count);
            }
            lab_inject_from(lab, &from, datagram.bytes, datagram.size);
        }
        lab_run(lab, LAB_STEP_MS);
    }
}

static void clients_join_while_connection_requests_flood_in(void **state) {
    (void)state;
    const NetAddress attackers[] = {net_address_loopback(0),
                                    net_address_from_ipv4(htonl(0x0a000001), 0),
                                    {.bytes = {0x20, 0x01, 0x0d, 0xb8}}};
    for (uint32_t i = 0; i < 3; i++) {
        Lab *lab = busy_lab(50 + i, 400);
        // No loss: a client whose acknowledgement arrives too late would have to connect anew.
        memnet_set_impairment(lab->net, &(ImpairConfig){.latency_ns = 20 * NS_PER_MS});
        run_under_flood(lab, &attackers[i], 1000);
        for (uint32_t joined = 0; joined < 50; joined++) {
            lab_add_clients_at(lab, joined % 2 == 0 ? "127.0.0.1" : "::1", 1);
            run_under_flood(lab, &attackers[i], 20);
        }
        run_under_flood(lab, &attackers[i], 2000);
        assert_unharmed(lab);
        assert_int_equal(lab_server_stats(lab).peers, HONEST + 50);
        assert_true(lab_server_stats(lab).handshakes_evicted > 5000);
        lab_destroy(lab);
    }
}

static void a_spoofed_request_is_answered_with_less_than_three_times_its_size(void **state) {
    (void)state;
    Datagram datagram;
    datagram_begin(&datagram, DATAGRAM_NO_PEER | DATAGRAM_SENT_TIME);
    datagram_connect(&datagram, 1);
    const uint64_t size = datagram.size;
    Lab *lab = lab_create(5, NULL, 64);
    inject_connect(lab, ATTACKER_PORT, 1);
    lab_run(lab, 10000);
    assert_in_range(unreachable_bytes(lab), 1, 3 * size - 1);
    // The same holds for repeated requests, at once or so slowly that each is answered anew, and
    // for further requests in the name of the victim or of its other ports.
    static const uint32_t WAITS_MS[] = {0, LAB_STEP_MS, 100, 500, 5000};
    for (size_t i = 0; i < sizeof WAITS_MS / sizeof *WAITS_MS; i++) {
        for (int kind = 0; kind < 3; kind++) {
            const uint64_t before = unreachable_bytes(lab);
            for (uint32_t j = 0; j < 50; j++) {
                inject_connect(lab, (uint16_t)(ATTACKER_PORT + (kind == 2 ? j : 0)),
                               kind == 0 ? 7 : 100 + j);
                lab_run(lab, WAITS_MS[i]);
            }
            lab_run(lab, 10000);
            assert_in_range(unreachable_bytes(lab) - before, 1, 50 * 3 * size - 1);
        }
    }
    lab_destroy(lab);
}

// For datagrams of any kind, valid or not.
static void answers_to_strangers_stay_below_three_times_their_bytes(void **state) {
    (void)state;
    for (int kind = 0; kind < HOSTILE_KIND_COUNT; kind++) {
        Lab *lab = busy_lab(50 + (uint64_t)kind, 64);
        Hostile hostile = hostile_seeded(50 + (uint64_t)kind);
        static uint8_t buffer[HOSTILE_BYTES_MAX];
        const uint64_t before = unreachable_bytes(lab);
        uint64_t bytes = 0;
        for (uint32_t i = 0; i < 1000; i++) {
            const uint32_t peer = rng_below(&hostile.rng, 2 * HONEST) | (i % 4) << 12;
            const size_t size = hostile_make(&hostile, (HostileKind)kind, peer, buffer);
            lab_inject(lab, (uint16_t)(1 + i % 900), buffer, size);
            bytes += size;
            lab_run(lab, i % 20 == 0 ? LAB_STEP_MS : 0);
        }
        lab_run(lab, 10000);
        const uint64_t answered = unreachable_bytes(lab) - before;
        assert_in_range(answered, 0, 3 * bytes - 1);
        // Only connection requests are answered, among them mutated and truncated ones.
        const bool may_be_one = kind == HOSTILE_CONNECT || kind == HOSTILE_MUTATED ||
                                kind == HOSTILE_BAD_CONNECT || kind == HOSTILE_TRUNCATED;
        assert_true(may_be_one || answered == 0);
        assert_true(kind != HOSTILE_CONNECT || answered > 0);
        assert_unharmed(lab);
        lab_destroy(lab);
    }
}

static void a_repeated_request_changes_nothing(void **state) {
    (void)state;
    Lab *lab = busy_lab(6, 64);
    for (int i = 0; i < 100; i++) {
        inject_connect(lab, ATTACKER_PORT, 1);
    }
    lab_run(lab, LAB_STEP_MS);
    assert_int_equal(lab_server_stats(lab).half_open, 1);
    assert_int_equal(lab_server_stats(lab).handshakes_repeated, 99);
    assert_unharmed(lab);
    lab_destroy(lab);
}

static void requests_from_port_zero_get_no_slot(void **state) {
    (void)state;
    Lab *lab = busy_lab(7, 64);
    for (uint32_t i = 0; i < 100; i++) {
        inject_connect(lab, 0, i);
    }
    lab_run(lab, LAB_STEP_MS);
    assert_int_equal(rejected_for(lab, TRANSPORT_REJECT_SOURCE), 100);
    assert_int_equal(lab_server_stats(lab).half_open, 0);
    assert_unharmed(lab);
    assert_int_equal(lab_server_stats(lab).send_errors, 0);
    lab_destroy(lab);
}

static void a_handshake_cut_off_by_a_goodbye_frees_its_slot(void **state) {
    (void)state;
    Lab *lab = busy_lab(8, HONEST + 1);
    for (uint32_t i = 0; i < 50; i++) {
        inject_connect(lab, ATTACKER_PORT, 100 + i);
        Datagram datagram;
        datagram_begin(&datagram, HONEST | DATAGRAM_SENT_TIME | (i % 4) << 12);
        datagram_disconnect(&datagram, 1, 0);
        inject(lab, ATTACKER_PORT, &datagram);
        lab_run(lab, LAB_STEP_MS);
    }
    lab_run(lab, TRANSPORT_HANDSHAKE_TIMEOUT_MS + 100);
    assert_int_equal(lab_server_stats(lab).half_open, 0);
    lab_add_clients(lab, 1); // occupies the last one
    assert_unharmed(lab);
    lab_destroy(lab);
}

static size_t bytes_in_use(void) {
    return mallinfo2().uordblks; // 0 under a sanitizer, which has another allocator
}

static void promises_of_a_million_fragments_cost_no_memory(void **state) {
    (void)state;
    Lab *lab = busy_lab(9, 64);
    const uint32_t word = connect_blindly(lab);
    for (uint32_t i = 0; i < HONEST; i++) {
        lab->clients[i].is_quiet = true; // so that nothing else is allocated
    }
    lab_run(lab, 500);
    const size_t before = bytes_in_use();
    Hostile hostile = hostile_seeded(9);
    uint8_t buffer[HOSTILE_BYTES_MAX];
    for (uint32_t i = 0; i < 1000; i++) {
        const size_t size = hostile_make(&hostile, HOSTILE_FRAGMENT, word, buffer);
        lab_inject(lab, ATTACKER_PORT, buffer, size);
        lab_run(lab, i % 50 == 0 ? LAB_STEP_MS : 0);
    }
    lab_run(lab, 500);
    assert_int_equal(rejected_for(lab, TRANSPORT_REJECT_FORBIDDEN), 1000);
    assert_in_range(bytes_in_use(), 0, before + 64 * 1024);
    assert_unharmed(lab);
    lab_destroy(lab);
}

static void reliables_far_ahead_do_not_pile_up(void **state) {
    (void)state;
    Lab *lab = busy_lab(10, 64);
    const uint32_t word = connect_blindly(lab);
    // All but the first, which would deliver the others; the nearest are within the window.
    for (uint32_t number = 2; number < 28000; number++) {
        Datagram datagram;
        datagram_begin(&datagram, word | DATAGRAM_SENT_TIME);
        datagram_reliable(&datagram, number, 1);
        inject(lab, ATTACKER_PORT, &datagram);
        lab_run(lab, number % 500 == 0 ? LAB_STEP_MS : 0);
    }
    lab_run(lab, 100);
    assert_int_equal(rejected_for(lab, TRANSPORT_REJECT_FLOOD),
                     28000 - 1 - GUARD_RELIABLE_AHEAD_MAX);
    assert_unharmed(lab);
    lab_destroy(lab);
}

static void a_storm_of_pings_is_answered_within_its_budget(void **state) {
    (void)state;
    Lab *lab = busy_lab(11, 64);
    const uint32_t word = connect_blindly(lab);
    const uint64_t before = memnet_stats(lab->net).unreachable;
    for (uint32_t i = 0; i < 10000; i++) {
        Datagram datagram;
        datagram_begin(&datagram, word | DATAGRAM_SENT_TIME);
        datagram_ping(&datagram, i);
        inject(lab, ATTACKER_PORT, &datagram);
        if (i % 290 == 0) {
            datagram_begin(&datagram, word | DATAGRAM_SENT_TIME);
            for (uint32_t j = 0; j < 290; j++) {
                datagram_ping(&datagram, j);
            }
            inject(lab, ATTACKER_PORT, &datagram);
        }
        lab_run(lab, i % 100 == 0 ? LAB_STEP_MS : 0);
    }
    lab_run(lab, 1000);
    // The attacker never acknowledges, so the server's own pings are among them.
    assert_in_range(memnet_stats(lab->net).unreachable - before, 1, 60);
    assert_true(rejected_for(lab, TRANSPORT_REJECT_FLOOD) > 9900);
    assert_unharmed(lab);
    lab_destroy(lab);
}

static void repeated_reliables_and_acknowledgements_are_answered_within_their_budget(void **state) {
    (void)state;
    const HostileKind kinds[] = {HOSTILE_AGAIN, HOSTILE_ACKS};
    for (size_t i = 0; i < 2; i++) {
        Lab *lab = busy_lab(14 + i, 64);
        const uint32_t word = connect_blindly(lab);
        const uint64_t before = memnet_stats(lab->net).unreachable;
        Hostile hostile = hostile_seeded(14 + i);
        static uint8_t buffer[HOSTILE_BYTES_MAX];
        for (uint32_t j = 0; j < 10000; j++) {
            const size_t size = hostile_make(&hostile, kinds[i], word, buffer);
            lab_inject(lab, ATTACKER_PORT, buffer, size);
            lab_run(lab, j % 100 == 0 ? LAB_STEP_MS : 0);
        }
        lab_run(lab, 1000);
        // 1,024 acknowledgements, 32 to a datagram, and the server's own pings.
        assert_in_range(memnet_stats(lab->net).unreachable - before, 0, 80);
        assert_true(rejected_for(lab, TRANSPORT_REJECT_FLOOD) > 9700);
        assert_unharmed(lab);
        lab_destroy(lab);
    }
}

static void a_limit_on_datagrams_holds_a_spammer_and_not_the_others(void **state) {
    (void)state;
    Lab *lab = lab_create(17, &some_network, 64);
    transport_close(lab->server);
    const TransportListenConfig config = {
        .port = 7777, .peer_capacity = 64, .peer_datagrams_per_s = 200};
    assert_int_equal(transport_listen(&lab->server, &config), TRANSPORT_OK);
    lab_add_clients(lab, HONEST);
    lab_run(lab, 2000);
    const uint32_t word = connect_blindly(lab);
    const uint64_t before = lab->unsequenced_in;
    for (uint32_t i = 0; i < 20000; i++) {
        Datagram datagram;
        datagram_begin(&datagram, word);
        datagram_unsequenced(&datagram, i, 10);
        inject(lab, ATTACKER_PORT, &datagram);
        lab_run(lab, i % 50 == 0 ? LAB_STEP_MS : 0);
    }
    assert_true(lab->unsequenced_in < before + 4 * 200 + 2 * 200 + HONEST * 2 * 21);
    assert_true(rejected_for(lab, TRANSPORT_REJECT_FLOOD) > 18000);
    assert_unharmed(lab);
    lab_destroy(lab);
}

static void a_client_that_never_acknowledges_is_dropped(void **state) {
    (void)state;
    Lab *lab = busy_lab(12, 64);
    const uint32_t word = connect_blindly(lab);
    for (uint32_t ms = 0; ms < 70000 && lab->disconnected == 0; ms += 50) {
        Datagram datagram;
        datagram_begin(&datagram, word);
        datagram_unsequenced(&datagram, ms / 50, 10); // the attacker is not silent
        inject(lab, ATTACKER_PORT, &datagram);
        lab_run(lab, 50);
    }
    assert_int_equal(lab->disconnected, 1);
    assert_int_equal(lab->last_reason, REASON_TIMED_OUT);
    assert_unharmed(lab);
    lab_destroy(lab);
}

// The first bytes of a client's newest datagram to the server: its peer and session.
typedef struct Watch {
    uint16_t port; // the client's
    uint32_t word;
} Watch;

static void watch_datagram(void *context, const ImpairRoute *route, const uint8_t *bytes,
                           size_t size) {
    Watch *watch = context;
    if (route->from.port == watch->port && size >= 2) {
        watch->word = (uint32_t)(bytes[0] << 8 | bytes[1]) & ~DATAGRAM_SENT_TIME;
    }
}

static void inject_goodbye(Lab *lab, uint16_t from_port, uint32_t word) {
    Datagram datagram;
    datagram_begin(&datagram, word | DATAGRAM_SENT_TIME);
    datagram_disconnect(&datagram, 5, REASON_CLIENT_LEFT);
    inject(lab, from_port, &datagram);
}

static void a_spoofed_goodbye_needs_address_and_session(void **state) {
    (void)state;
    Lab *lab = busy_lab(13, 64);
    Watch watch = {.port = transport_port(lab->clients[3].transport)};
    memnet_set_tap(lab->net, watch_datagram, &watch);
    lab_run(lab, 200);
    // Every peer and session, from another port.
    for (uint32_t word = 0; word < 16384; word++) {
        inject_goodbye(lab, ATTACKER_PORT, word);
        lab_run(lab, word % 1000 == 0 ? LAB_STEP_MS : 0);
    }
    assert_unharmed(lab);
    assert_int_equal(lab_rejected(lab->server), 16384);
    // From the right port, every other session of its peer, and every other peer.
    const uint32_t right = watch.word;
    for (uint32_t word = 0; word < 16384; word++) {
        if (word != right) {
            inject_goodbye(lab, watch.port, word);
        }
        lab_run(lab, word % 1000 == 0 ? LAB_STEP_MS : 0);
    }
    assert_unharmed(lab);
    assert_int_equal(lab_rejected(lab->server), 16384 + 16383);
    assert_int_equal(lab->disconnected, 0);
    // With both right it is a goodbye.
    inject_goodbye(lab, watch.port, right);
    lab_run(lab, 50);
    assert_int_equal(lab->disconnected, 1);
    assert_int_equal(lab->last_reason, REASON_CLIENT_LEFT);
    assert_int_equal(lab_server_stats(lab).peers, HONEST - 1);
    lab_destroy(lab);
}

static void no_datagram_of_a_stranger_harms_a_player(void **state) {
    (void)state;
    for (uint64_t seed = 20; seed < 24; seed++) {
        Lab *lab = busy_lab(seed, 1024);
        Hostile hostile = hostile_seeded(seed);
        static uint8_t buffer[HOSTILE_BYTES_MAX];
        uint64_t injected = 0;
        for (; injected < 20000; injected++) {
            const size_t size = hostile_make_any(&hostile, buffer);
            const uint16_t port = (uint16_t)rng_below(&hostile.rng, 39000); // no client's
            lab_inject(lab, port, buffer, size);
            lab_run(lab, injected % 50 == 0 ? LAB_STEP_MS : 0);
        }
        for (int kind = 0; kind < HOSTILE_KIND_COUNT; kind++) {
            assert_true(hostile.made[kind] > 0);
        }
        assert_unharmed(lab);
        const TransportStats stats = lab_server_stats(lab);
        const uint64_t good_requests = stats.handshakes_expired + stats.half_open +
                                       stats.handshakes_repeated + stats.handshakes_evicted;
        // A few datagrams may reach a half-open peer of the stranger itself.
        assert_in_range(injected - lab_rejected(lab->server) - good_requests, 0, 50);
        assert_int_equal(stats.peers, HONEST);
        lab_destroy(lab);
    }
}

static void no_datagram_of_a_connected_attacker_harms_a_player(void **state) {
    (void)state;
    for (uint64_t seed = 30; seed < 34; seed++) {
        Lab *lab = busy_lab(seed, 64);
        const uint32_t word = connect_blindly(lab);
        Hostile hostile = hostile_seeded(seed);
        static uint8_t buffer[HOSTILE_BYTES_MAX];
        for (uint32_t i = 0; i < 20000; i++) {
            HostileKind kind = (HostileKind)rng_below(&hostile.rng, HOSTILE_KIND_COUNT);
            kind = kind == HOSTILE_OVERSIZE ? HOSTILE_MUTATED : kind;
            const size_t size = hostile_make(&hostile, kind, word, buffer);
            lab_inject(lab, ATTACKER_PORT, buffer, size);
            lab_run(lab, i % 50 == 0 ? LAB_STEP_MS : 0);
        }
        assert_unharmed(lab);
        lab_destroy(lab);
    }
}

static void another_server_cannot_talk_to_a_client(void **state) {
    (void)state;
    Lab *lab = busy_lab(40, 64);
    Transport *client = lab->clients[0].transport;
    const ImpairRoute route = {.from = net_address_loopback(ATTACKER_PORT),
                               .to = net_address_loopback(transport_port(client))};
    for (uint32_t session = 0; session < 4; session++) {
        Datagram datagram;
        datagram_begin(&datagram, session << 12 | DATAGRAM_SENT_TIME);
        datagram_disconnect(&datagram, 5, REASON_KICKED);
        memnet_inject(lab->net, &route, datagram.bytes, datagram.size);
    }
    assert_unharmed(lab);
    lab_destroy(lab);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(oversize_datagrams_are_skipped_and_counted),
        cmocka_unit_test(empty_datagrams_do_not_hide_those_behind_them),
        cmocka_unit_test(a_flood_of_requests_from_one_port_holds_one_slot),
        cmocka_unit_test(a_flood_of_requests_from_many_ports_is_bounded_and_passes),
        cmocka_unit_test(clients_join_while_connection_requests_flood_in),
        cmocka_unit_test(a_spoofed_request_is_answered_with_less_than_three_times_its_size),
        cmocka_unit_test(answers_to_strangers_stay_below_three_times_their_bytes),
        cmocka_unit_test(a_repeated_request_changes_nothing),
        cmocka_unit_test(requests_from_port_zero_get_no_slot),
        cmocka_unit_test(a_handshake_cut_off_by_a_goodbye_frees_its_slot),
        cmocka_unit_test(promises_of_a_million_fragments_cost_no_memory),
        cmocka_unit_test(reliables_far_ahead_do_not_pile_up),
        cmocka_unit_test(a_storm_of_pings_is_answered_within_its_budget),
        cmocka_unit_test(repeated_reliables_and_acknowledgements_are_answered_within_their_budget),
        cmocka_unit_test(a_limit_on_datagrams_holds_a_spammer_and_not_the_others),
        cmocka_unit_test(a_client_that_never_acknowledges_is_dropped),
        cmocka_unit_test(a_spoofed_goodbye_needs_address_and_session),
        cmocka_unit_test(no_datagram_of_a_stranger_harms_a_player),
        cmocka_unit_test(no_datagram_of_a_connected_attacker_harms_a_player),
        cmocka_unit_test(another_server_cannot_talk_to_a_client),
    };
    return cmocka_run_group_tests(tests, lab_set_up, lab_tear_down);
}
