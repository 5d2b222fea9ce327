// SPDX-License-Identifier: MIT
// test_memnet.c -- the memory network carries, delays and drops datagrams, in virtual time only.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h needs the four above.
#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>

#include "base/clock.h"
#include "net/lab.h"
#include "net/memnet.h"

static void send_to(Memnet *net, int from, uint32_t host, uint16_t port, const void *bytes,
                    size_t size) {
    const NetAddress to = net_address_from_ipv4(host, port);
    const NetAddress any = {0};
    memnet_send(net, from, &any, &to, bytes, size);
}

static uint32_t loopback(void) {
    return htonl(INADDR_LOOPBACK);
}

static void a_datagram_travels_from_socket_to_socket(void **state) {
    (void)state;
    Memnet *net = memnet_create(1, NULL);
    const int from = memnet_open(net), to = memnet_open(net);
    assert_true(memnet_owns(from) && memnet_owns(to));
    assert_true(memnet_bind(net, to, 7777));
    assert_null(memnet_receive(net, to));
    send_to(net, from, loopback(), 7777, "hi", 2);
    ImpairDatagram *datagram = memnet_receive(net, to);
    assert_non_null(datagram);
    assert_int_equal(datagram->size, 2);
    assert_memory_equal(datagram->bytes, "hi", 2);
    assert_int_equal(datagram->route.from.port, memnet_port(net, from));
    assert_int_not_equal(datagram->route.from.port, 0);
    impair_free(datagram);
    memnet_close(net, from);
    memnet_close(net, to);
    memnet_destroy(net);
}

static void latency_passes_in_virtual_time(void **state) {
    (void)state;
    Memnet *net = memnet_create(1, &(ImpairConfig){.latency_ns = 30 * NS_PER_MS});
    assert_int_equal(memnet_now_ns(net), NS_PER_S);
    const int from = memnet_open(net), to = memnet_open(net);
    assert_true(memnet_bind(net, to, 7777));
    send_to(net, from, loopback(), 7777, "hi", 2);
    memnet_advance(net, 29 * NS_PER_MS);
    assert_null(memnet_receive(net, to));
    memnet_advance(net, NS_PER_MS);
    ImpairDatagram *datagram = memnet_receive(net, to);
    assert_non_null(datagram);
    impair_free(datagram);
    memnet_destroy(net); // with sockets still open
}

static void ports_are_exclusive_and_free_again_after_closing(void **state) {
    (void)state;
    Memnet *net = memnet_create(1, NULL);
    const int first = memnet_open(net), second = memnet_open(net);
    assert_true(memnet_bind(net, first, 7777));
    assert_false(memnet_bind(net, second, 7777));
    memnet_close(net, first);
    assert_true(memnet_bind(net, second, 7777));
    memnet_destroy(net);
}

static void datagrams_to_a_closed_port_are_counted(void **state) {
    (void)state;
    Memnet *net = memnet_create(1, NULL);
    const int from = memnet_open(net);
    send_to(net, from, loopback(), 9, "hi", 2);
    send_to(net, from, 0x01020304, 9, "hello", 5);
    memnet_advance(net, 1);
    const MemnetStats stats = memnet_stats(net);
    assert_int_equal(stats.sent, 2);
    assert_int_equal(stats.unreachable, 2);
    assert_int_equal(stats.unreachable_bytes, 7);
    memnet_destroy(net);
}

static void a_full_inbox_drops_and_counts(void **state) {
    (void)state;
    Memnet *net = memnet_create(1, NULL);
    const int from = memnet_open(net), to = memnet_open(net);
    assert_true(memnet_bind(net, to, 7777));
    for (uint32_t i = 0; i < MEMNET_INBOX_MAX + 10; i++) {
        send_to(net, from, loopback(), 7777, &i, sizeof i);
        memnet_advance(net, 1);
    }
    assert_int_equal(memnet_stats(net).overflowed, 10);
    assert_int_equal(memnet_stats(net).delivered, MEMNET_INBOX_MAX);
    memnet_destroy(net);
}

static void an_injected_datagram_has_the_source_it_claims(void **state) {
    (void)state;
    Memnet *net = memnet_create(1, &(ImpairConfig){.loss = 1.0});
    const int to = memnet_open(net);
    assert_true(memnet_bind(net, to, 7777));
    const ImpairRoute route = {.from = net_address_from_ipv4(0x01020304, 0),
                               .to = net_address_loopback(7777)};
    memnet_inject(net, &route, NULL, 0);
    ImpairDatagram *datagram = memnet_receive(net, to);
    assert_non_null(datagram);
    assert_true(net_address_is_equal(&datagram->route.from, &route.from));
    assert_int_equal(datagram->size, 0);
    impair_free(datagram);
    memnet_destroy(net);
}

// Everything that happens on the network, folded into one number.
static void fold(void *context, const ImpairRoute *route, const uint8_t *bytes, size_t size) {
    uint64_t *fingerprint = context;
    *fingerprint = rng_mix(*fingerprint ^ route->from.port ^ (uint64_t)route->to.port << 16);
    for (size_t i = 0; i < size; i++) {
        *fingerprint = (*fingerprint ^ bytes[i]) * 0x100000001b3ull;
    }
}

static uint64_t fingerprint_of(uint64_t seed) {
    const ImpairConfig config = {.latency_ns = 30 * NS_PER_MS,
                                 .jitter_ns = 20 * NS_PER_MS,
                                 .loss = 0.05,
                                 .duplicate = 0.02,
                                 .reorder = 0.02};
    uint64_t fingerprint = 0;
    Lab *lab = lab_create(seed, &config, 16);
    memnet_set_tap(lab->net, fold, &fingerprint);
    lab_add_clients(lab, 8);
    lab_run(lab, 10000);
    lab_destroy(lab);
    return fingerprint;
}

static void the_same_seed_gives_the_same_bytes_on_the_wire(void **state) {
    (void)state;
    const uint64_t first = fingerprint_of(1);
    assert_true(first == fingerprint_of(1));
    assert_true(first != fingerprint_of(2));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_datagram_travels_from_socket_to_socket),
        cmocka_unit_test(latency_passes_in_virtual_time),
        cmocka_unit_test(ports_are_exclusive_and_free_again_after_closing),
        cmocka_unit_test(datagrams_to_a_closed_port_are_counted),
        cmocka_unit_test(a_full_inbox_drops_and_counts),
        cmocka_unit_test(an_injected_datagram_has_the_source_it_claims),
        cmocka_unit_test(the_same_seed_gives_the_same_bytes_on_the_wire),
    };
    return cmocka_run_group_tests(tests, lab_set_up, lab_tear_down);
}
