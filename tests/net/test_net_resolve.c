// SPDX-License-Identifier: MIT
// test_net_resolve.c -- the addresses of names, for names that every machine knows.
#include "net/net_resolve.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support.h"

static bool is_loopback(const NetAddress *address) {
    static const uint8_t IPV6_LOOPBACK[16] = {[15] = 1};
    return net_address_is_ipv4(address)
               ? address->bytes[12] == IN_LOOPBACKNET
               : memcmp(address->bytes, IPV6_LOOPBACK, sizeof IPV6_LOOPBACK) == 0;
}

static void an_address_in_numbers_is_its_own(void **state) {
    (void)state;
    static const char *const HOSTS[] = {"127.0.0.1", "10.1.2.3", "::1", "2001:db8::7"};
    for (size_t i = 0; i < sizeof HOSTS / sizeof *HOSTS; i++) {
        NetAddress out[NET_RESOLVE_MAX];
        NetAddress parsed;
        assert_true(net_address_parse(HOSTS[i], 77, &parsed));
        assert_int_equal(net_resolve(HOSTS[i], 77, out), 1);
        assert_memory_equal(&out[0], &parsed, sizeof parsed);
        assert_int_equal(net_resolve_own(HOSTS[i], out), 1);
        parsed.port = 0;
        assert_memory_equal(&out[0], &parsed, sizeof parsed);
    }
}

static void a_text_that_is_neither_address_nor_name_has_no_address(void **state) {
    (void)state;
    static const char *const HOSTS[] = {":::", "::g", "1::2::3", "localhost:1", ":"};
    NetAddress out[NET_RESOLVE_MAX];
    for (size_t i = 0; i < sizeof HOSTS / sizeof *HOSTS; i++) {
        assert_int_equal(net_resolve(HOSTS[i], 77, out), 0);
        assert_int_equal(net_resolve_own(HOSTS[i], out), 0);
    }
}

static void a_name_stands_for_each_of_its_addresses_once_with_the_port(void **state) {
    (void)state;
    NetAddress out[NET_RESOLVE_MAX];
    const uint32_t count = net_resolve("localhost", 77, out);
    assert_in_range(count, 1, NET_RESOLVE_MAX);
    for (uint32_t i = 0; i < count; i++) {
        assert_true(is_loopback(&out[i]));
        assert_int_equal(out[i].port, 77);
        for (uint32_t j = 0; j < i; j++) {
            assert_false(net_address_is_equal(&out[i], &out[j]));
        }
    }
}

static void of_the_own_addresses_those_of_ipv4_come_first(void **state) {
    (void)state;
    NetAddress out[NET_RESOLVE_MAX] = {0};
    NetAddress named[NET_RESOLVE_MAX];
    const uint32_t count = net_resolve_own("localhost", out);
    assert_int_equal(count, net_resolve("localhost", 0, named));
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++) {
        assert_true(i == 0 || net_address_is_ipv4(&out[i - 1]) || !net_address_is_ipv4(&out[i]));
        for (uint32_t j = 0; j < count; j++) {
            found += net_address_is_equal(&out[i], &named[j]);
        }
    }
    assert_int_equal(found, count);
}

static void where_the_loopback_of_ipv6_can_be_bound_there_is_ipv6(void **state) {
    (void)state;
    const int descriptor = socket(AF_INET6, SOCK_DGRAM, 0);
    const struct sockaddr_in6 own = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
    const bool is_bound =
        descriptor >= 0 && bind(descriptor, (const struct sockaddr *)&own, sizeof own) == 0;
    assert_true(net_has_ipv6() || !is_bound);
    if (descriptor >= 0) {
        close(descriptor);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_in_numbers_is_its_own),
        cmocka_unit_test(a_text_that_is_neither_address_nor_name_has_no_address),
        cmocka_unit_test(a_name_stands_for_each_of_its_addresses_once_with_the_port),
        cmocka_unit_test(of_the_own_addresses_those_of_ipv4_come_first),
        cmocka_unit_test(where_the_loopback_of_ipv6_can_be_bound_there_is_ipv6),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
