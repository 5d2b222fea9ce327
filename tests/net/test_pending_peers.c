// SPDX-License-Identifier: MIT
// test_pending_peers.c -- the choice of the pending peer that is evicted.
#include "net/pending_peers.h"

#include "support.h"

#define CAPACITY 64

static NetAddress address(uint32_t host, uint16_t port) {
    return net_address_from_ipv4(host, port);
}

static PendingPeers *some(void) {
    PendingPeers *pending = pending_peers_create(CAPACITY, 7);
    assert_non_null(pending);
    return pending;
}

static void add(PendingPeers *pending, uint16_t slot, uint32_t host) {
    const NetAddress from = address(host, (uint16_t)(1000 + slot));
    pending_peers_add(pending, slot, &from);
}

static void of_one_address_the_oldest_makes_room(void **state) {
    (void)state;
    PendingPeers *pending = some();
    assert_int_equal(pending_peers_crowded(pending), PENDING_NONE);
    const uint16_t slots[] = {9, 3, 40, 0};
    for (int i = 0; i < 4; i++) {
        add(pending, slots[i], 1);
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pending_peers_crowded(pending), slots[i]);
        pending_peers_remove(pending, slots[i]);
    }
    assert_int_equal(pending_peers_crowded(pending), PENDING_NONE);
    assert_int_equal(pending->count, 0);
    pending_peers_destroy(pending);
}

static void of_several_addresses_the_one_that_has_most_makes_room(void **state) {
    (void)state;
    PendingPeers *pending = some();
    add(pending, 0, 1); // the oldest of all, the only one of its address
    for (uint16_t slot = 10; slot < 15; slot++) {
        add(pending, slot, 2);
    }
    add(pending, 20, 3);
    add(pending, 21, 3);
    for (uint16_t slot = 10; slot < 13; slot++) {
        assert_int_equal(pending_peers_crowded(pending), slot);
        pending_peers_remove(pending, slot);
    }
    assert_int_equal(pending_peers_crowded(pending), 13); // two each: the older one
    pending_peers_remove(pending, 13);
    assert_int_equal(pending_peers_crowded(pending), 20);
    pending_peers_destroy(pending);
}

static void the_addresses_of_one_ipv6_network_are_one_share(void **state) {
    (void)state;
    PendingPeers *pending = some();
    NetAddress from = {.bytes = {0x20, 0x01, 0x0d, 0xb8}};
    for (uint16_t slot = 0; slot < 3; slot++) {
        from.bytes[7] = (uint8_t)slot; // another network each
        pending_peers_add(pending, slot, &from);
    }
    for (uint16_t slot = 10; slot < 12; slot++) {
        from.bytes[7] = 9;
        from.bytes[15] = (uint8_t)slot;
        pending_peers_add(pending, slot, &from);
    }
    assert_int_equal(pending_peers_crowded(pending), 10);
    pending_peers_destroy(pending);
}

static void every_peer_of_an_address_is_found_and_removing_twice_is_harmless(void **state) {
    (void)state;
    PendingPeers *pending = some();
    const NetAddress wanted = address(5, 50);
    add(pending, 1, 1);
    pending_peers_add(pending, 2, &wanted);
    add(pending, 3, 5); // the same machine, another port
    pending_peers_add(pending, 4, &wanted);
    assert_int_equal(pending_peers_next(pending, PENDING_NONE, &wanted), 2);
    assert_int_equal(pending_peers_next(pending, 2, &wanted), 4);
    assert_int_equal(pending_peers_next(pending, 4, &wanted), PENDING_NONE);
    pending_peers_remove(pending, 2);
    pending_peers_remove(pending, 2);
    assert_false(pending_peers_has(pending, 2));
    assert_int_equal(pending->count, 3);
    assert_int_equal(pending_peers_next(pending, PENDING_NONE, &wanted), 4);
    pending_peers_destroy(pending);
}

static void a_peer_added_after_the_newest_left_is_the_newest(void **state) {
    (void)state;
    PendingPeers *pending = some();
    add(pending, 1, 1);
    add(pending, 2, 1);
    pending_peers_remove(pending, 2);
    add(pending, 3, 1);
    add(pending, 2, 1);
    for (uint16_t i = 0; i < 3; i++) {
        const uint16_t slots[] = {1, 3, 2};
        assert_int_equal(pending_peers_crowded(pending), slots[i]);
        pending_peers_remove(pending, slots[i]);
    }
    assert_int_equal(pending_peers_crowded(pending), PENDING_NONE);
    pending_peers_destroy(pending);
}

// Without a seed an attacker could compute addresses that count together with a victim's.
static void the_seed_decides_which_addresses_count_together(void **state) {
    (void)state;
    uint32_t alike = 0;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        PendingPeers *one = pending_peers_create(CAPACITY, seed);
        PendingPeers *other = pending_peers_create(CAPACITY, seed + 1);
        assert_true(one != NULL && other != NULL);
        add(one, 0, 1);
        add(other, 0, 1);
        alike += one->entries[0].share == other->entries[0].share;
        alike += one->entries[0].hash == other->entries[0].hash;
        pending_peers_destroy(one);
        pending_peers_destroy(other);
    }
    assert_in_range(alike, 0, 2); // the chance is one in 8,192 and in 65,536
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_one_address_the_oldest_makes_room),
        cmocka_unit_test(of_several_addresses_the_one_that_has_most_makes_room),
        cmocka_unit_test(the_addresses_of_one_ipv6_network_are_one_share),
        cmocka_unit_test(every_peer_of_an_address_is_found_and_removing_twice_is_harmless),
        cmocka_unit_test(a_peer_added_after_the_newest_left_is_the_newest),
        cmocka_unit_test(the_seed_decides_which_addresses_count_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
