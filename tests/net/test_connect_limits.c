// SPDX-License-Identifier: MIT
// test_connect_limits.c -- how many connection requests are admitted, of one address and of all.
#include "net/connect_limits.h"

#include "base/clock.h"
#include "support.h"

static ConnectLimits *some(void) {
    ConnectLimits *limits = connect_limits_create(7);
    assert_non_null(limits);
    return limits;
}

// Returns how many of `count` simultaneous requests are admitted.
static uint32_t admit(ConnectLimits *limits, uint32_t host, uint32_t count, uint64_t now_ns) {
    uint32_t admitted = 0;
    for (uint32_t i = 0; i < count; i++) {
        const NetAddress from = net_address_from_ipv4(host, (uint16_t)i);
        admitted += connect_limits_admit(limits, &from, now_ns);
    }
    return admitted;
}

static void one_address_leaves_half_of_all_to_the_others(void **state) {
    (void)state;
    ConnectLimits *limits = some();
    uint32_t attackers = 0;
    uint32_t honest = 0;
    for (uint64_t ms = 0; ms < 20000; ms++) {
        attackers += admit(limits, 1, 50, ms * NS_PER_MS);
        honest += admit(limits, 2, 3, ms * NS_PER_MS);
    }
    assert_int_equal(honest, 20000 * 3);
    assert_in_range(attackers, 20 * CONNECTS_PER_ADDRESS_S,
                    20 * CONNECTS_PER_ADDRESS_S + CONNECT_ADDRESS_BURST);
    connect_limits_destroy(limits);
}

static void a_full_host_of_clients_may_come_at_once(void **state) {
    (void)state;
    ConnectLimits *limits = some();
    assert_int_equal(admit(limits, 1, 4095, 0), 4095);
    assert_int_equal(admit(limits, 2, 4095, 0), 4095);
    connect_limits_destroy(limits);
}

static void thousands_of_addresses_are_held_by_the_limit_on_all(void **state) {
    (void)state;
    ConnectLimits *limits = some();
    uint32_t admitted = 0;
    for (uint64_t ms = 0; ms < 10000; ms++) {
        for (uint32_t i = 0; i < 100; i++) {
            admitted += admit(limits, (uint32_t)(ms * 100 + i), 1, ms * NS_PER_MS);
        }
    }
    assert_in_range(admitted, 10 * CONNECTS_PER_S, 10 * CONNECTS_PER_S + CONNECT_BURST);
    connect_limits_destroy(limits);
}

static void an_address_that_was_refused_is_let_through_again_after_a_second(void **state) {
    (void)state;
    ConnectLimits *limits = some();
    (void)admit(limits, 1, 2 * CONNECT_ADDRESS_BURST, 0);
    assert_int_equal(admit(limits, 1, 1, 0), 0);
    assert_int_equal(admit(limits, 1, 1000, NS_PER_S), 1000);
    connect_limits_destroy(limits);
}

// Finds hosts whose allowances lie in one set for that seed.
static void find_hosts_of_a_set(uint64_t seed, uint32_t *hosts, uint32_t count) {
    for (uint32_t host = 1, found = 0; found < count; host++) {
        const NetAddress address = net_address_from_ipv4(host, 1);
        if (rng_mix(net_address_range_key(&address) ^ seed) % CONNECT_SETS == 5) {
            hosts[found++] = host;
        }
    }
}

static void of_addresses_in_one_set_that_with_the_shortest_wait_is_forgotten(void **state) {
    (void)state;
    uint32_t hosts[CONNECT_WAYS + 1];
    find_hosts_of_a_set(7, hosts, CONNECT_WAYS + 1);
    for (uint32_t least = 0; least < CONNECT_WAYS; least++) {
        ConnectLimits *limits = some();
        const uint64_t now_ns = 3600 * NS_PER_S;
        for (uint32_t i = 0; i < CONNECT_WAYS;
             i++) { // all but one: each 100 more than the one before
            admit(limits, hosts[i], i == least ? 1 : 100 + 100 * i, now_ns);
        }
        assert_int_equal(admit(limits, hosts[CONNECT_WAYS], 50, now_ns), 50);
        limits->due_ns = 0; // disables the limit on all addresses
        for (uint32_t i = 0; i < CONNECT_WAYS; i++) {
            const uint32_t left = CONNECT_ADDRESS_BURST - 100 - 100 * i;
            if (i != least) {
                assert_int_equal(admit(limits, hosts[i], CONNECT_ADDRESS_BURST, now_ns), left);
                limits->due_ns = 0;
            }
        }
        connect_limits_destroy(limits);
    }
}

// Without a seed an attacker could compute addresses that evict each other's allowances.
static void addresses_that_meet_without_a_seed_do_not_with_one(void **state) {
    (void)state;
    uint32_t hosts[4 * CONNECT_WAYS];
    find_hosts_of_a_set(0, hosts, 4 * CONNECT_WAYS);
    ConnectLimits *limits = some(); // 7
    for (uint32_t i = 0; i < 4 * CONNECT_WAYS; i++) {
        limits->due_ns = 0;
        admit(limits, hosts[i], CONNECT_ADDRESS_BURST, NS_PER_S);
    }
    for (uint32_t i = 0; i < 4 * CONNECT_WAYS; i++) {
        limits->due_ns = 0;
        assert_int_equal(admit(limits, hosts[i], 1, NS_PER_S), 0);
    }
    connect_limits_destroy(limits);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_address_leaves_half_of_all_to_the_others),
        cmocka_unit_test(a_full_host_of_clients_may_come_at_once),
        cmocka_unit_test(thousands_of_addresses_are_held_by_the_limit_on_all),
        cmocka_unit_test(an_address_that_was_refused_is_let_through_again_after_a_second),
        cmocka_unit_test(of_addresses_in_one_set_that_with_the_shortest_wait_is_forgotten),
        cmocka_unit_test(addresses_that_meet_without_a_seed_do_not_with_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
