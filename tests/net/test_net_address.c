// SPDX-License-Identifier: MIT
#include "net/net_address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

#include "support.h"

static NetAddress parsed(const char *host, uint16_t port) {
    NetAddress address;
    assert_true(net_address_parse(host, port, &address));
    return address;
}

static void a_host_and_its_port_are_split_in_every_form(void **state) {
    (void)state;
    static const struct {
        const char *text, *host;
        uint16_t port; // 1: none was written
    } cases[] = {
        {"127.0.0.1:7777", "127.0.0.1", 7777},
        {"127.0.0.1", "127.0.0.1", 1},
        {"play.example.org:65535", "play.example.org", 65535},
        {"localhost", "localhost", 1},
        {"[::1]:7777", "::1", 7777},
        {"[::1]", "::1", 1},
        {"::1", "::1", 1},
        {"::", "::", 1},
        {"[::]:1", "::", 1},
        {"fe80::1%eth0", "fe80::1%eth0", 1},
        {"[fe80::1%eth0]:7777", "fe80::1%eth0", 7777},
        {"[fe80::1%2]:07", "fe80::1%2", 7},
        {"::ffff:127.0.0.1", "::ffff:127.0.0.1", 1},
        {"[::ffff:127.0.0.1]:9", "::ffff:127.0.0.1", 9},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char host[NET_HOST_BYTES] = "";
        uint16_t port = 1;
        assert_null(net_address_split(cases[i].text, host, &port));
        assert_string_equal(host, cases[i].host);
        assert_int_equal(port, cases[i].port);
    }
}

static void malformed_addresses_are_refused_with_a_reason(void **state) {
    (void)state;
    static const char *const texts[] = {
        "",
        ":7777",
        "host:",
        "host:0",
        "host:65536",
        "host:99999999999",
        "host:77x",
        "host:-1",
        "host:+1",
        "host: 7",
        "[::1",
        "[::1]7777",
        "[::1]:",
        "[::1]:0",
        "[::1]:70000",
        "[]:7777",
        "[]",
        "[127.0.0.1]:7777",
        "[host]:7",
        "::1]:7777",
        "a b:7",
        "\thost:7",
        "host\n:7",
        "[::1]]:7",
        "[[::1]]:7",
        "http://host:7",
        "a@b:7",
        "[::1]:7777:1",
        "[::1] :7777",
        "127.0.0.1:7777/",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char host[NET_HOST_BYTES];
        uint16_t port = 0;
        if (net_address_split(texts[i], host, &port) == NULL) {
            fail_msg("'%s' is taken for '%s' port %u", texts[i], host, port);
        }
    }
}

static void a_server_to_connect_to_has_a_port_and_a_good_address(void **state) {
    (void)state;
    static const char *const good[] = {"127.0.0.1:7777", "localhost:7777", "[::1]:7777",
                                       "[::ffff:127.0.0.1]:7777"};
    char host[NET_HOST_BYTES];
    uint16_t port = 0;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_null(net_address_split_server(good[i], host, &port));
        assert_int_equal(port, 7777);
    }
    static const char *const bad[] = {"",           "localhost", "127.0.0.1",      "::1",
                                      "::1:7777",   "[::1]",     "[fe80::1]:7777", "[1:2:3]:7777",
                                      "[::1%lo]:7", "[::1%]:7",  "1:2:3:7777"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_non_null(net_address_split_server(bad[i], host, &port));
    }
    // The most likely mistake gets a hint.
    assert_non_null(strstr(net_address_split_server("::1:7777", host, &port), "[ADDRESS]:PORT"));
}

static void a_host_that_is_too_long_is_refused(void **state) {
    (void)state;
    char text[NET_HOST_BYTES + 8];
    memset(text, 'a', sizeof text);
    char host[NET_HOST_BYTES];
    uint16_t port = 0;
    memcpy(&text[NET_HOST_BYTES], ":1", sizeof ":1");
    assert_non_null(net_address_split(text, host, &port));
    memcpy(&text[NET_HOST_BYTES - 1], ":1", sizeof ":1");
    assert_null(net_address_split(text, host, &port));
    assert_int_equal(strlen(host), NET_HOST_BYTES - 1);
    assert_int_equal(port, 1);
}

static void addresses_in_numbers_are_formatted_as_they_were_written(void **state) {
    (void)state;
    static const char *const hosts[] = {"0.0.0.0", "127.0.0.2", "255.255.255.255",
                                        "::",      "::1",       "2001:db8::5"};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        const NetAddress address = parsed(hosts[i], 7777);
        char text[NET_ADDRESS_TEXT_BYTES];
        assert_string_equal(net_address_format_host(&address, text), hosts[i]);
        char host[NET_HOST_BYTES];
        uint16_t port = 0;
        assert_null(net_address_split(net_address_format(&address, text), host, &port));
        assert_string_equal(host, hosts[i]);
        assert_int_equal(port, 7777);
    }
}

static void the_longest_address_fits_its_text(void **state) {
    (void)state;
    NetAddress address = {.scope_id = UINT32_MAX, .port = 65535};
    memset(address.bytes, 0xfe, sizeof address.bytes);
    address.bytes[1] = 0x8f;
    char text[NET_ADDRESS_TEXT_BYTES];
    assert_string_equal(net_address_format(&address, text),
                        "[fe8f:fefe:fefe:fefe:fefe:fefe:fefe:fefe%4294967295]:65535");
}

static void names_and_garbage_are_no_numbers(void **state) {
    (void)state;
    static const char *const hosts[] = {"",
                                        "localhost",
                                        "127.1",
                                        "0x7f000001",
                                        "1.2.3.4.5",
                                        "256.1.1.1",
                                        "1.2.3",
                                        "1:2:3",
                                        ":::",
                                        "12345::",
                                        "::1%",
                                        "::1%lo",
                                        "fe80::1",
                                        "fe80::1%",
                                        "fe80::1%0",
                                        "fe80::1%no-such-interface",
                                        "fe80::1%999999999",
                                        "[::1]",
                                        "fe80::1%1x",
                                        "fe80::1%-1",
                                        "1.2.3.4%lo",
                                        "::1 ",
                                        " ::1"};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        NetAddress address;
        if (net_address_parse(hosts[i], 1, &address)) {
            fail_msg("'%s' is taken for an address", hosts[i]);
        }
        assert_true(strchr(hosts[i], ':') == NULL || net_address_problem(hosts[i]) != NULL);
    }
    assert_null(net_address_problem("::1"));
    assert_null(net_address_problem("localhost"));
}

static void a_link_local_address_has_its_interface_by_name_or_number(void **state) {
    (void)state;
    const uint32_t loopback = if_nametoindex("lo");
    if (loopback == 0) {
        skip(); // a machine without this name
    }
    char by_number[32];
    (void)snprintf(by_number, sizeof by_number, "fe80::1%%%u", loopback);
    const NetAddress named = parsed("fe80::1%lo", 7);
    const NetAddress numbered = parsed(by_number, 7);
    assert_int_equal(named.scope_id, loopback);
    assert_true(net_address_is_equal(&named, &numbered));
    char text[NET_ADDRESS_TEXT_BYTES];
    assert_string_equal(net_address_format(&named, text), "[fe80::1%lo]:7");
}

static void ipv4_in_ipv6_is_ipv4(void **state) {
    (void)state;
    const NetAddress mapped = parsed("::ffff:127.0.0.1", 9);
    const NetAddress plain = parsed("127.0.0.1", 9);
    assert_true(net_address_is_equal(&mapped, &plain));
    assert_true(net_address_is_ipv4(&mapped));
    assert_int_equal(net_address_ipv4(&plain), htonl(INADDR_LOOPBACK));
    const NetAddress compatible = parsed("::127.0.0.1", 9);
    assert_false(net_address_is_ipv4(&compatible));
}

static void sockets_names_survive_the_way_there_and_back(void **state) {
    (void)state;
    SocketName name;
    NetAddress back;
    const NetAddress ipv4 = parsed("192.0.2.7", 4000);
    assert_int_equal(net_address_to_sockaddr(&ipv4, AF_INET, &name), sizeof(struct sockaddr_in));
    assert_true(net_address_from_sockaddr(&name.any, &back));
    assert_true(net_address_is_equal(&ipv4, &back));
    assert_int_equal(net_address_to_sockaddr(&ipv4, AF_INET6, &name), sizeof(struct sockaddr_in6));
    assert_true(net_address_from_sockaddr(&name.any, &back));
    assert_true(net_address_is_equal(&ipv4, &back));
    NetAddress local = {.bytes = {0xfe, 0x80, [15] = 1}, .scope_id = 5, .port = 1};
    (void)net_address_to_sockaddr(&local, AF_INET6, &name);
    assert_true(net_address_from_sockaddr(&name.any, &back));
    assert_true(net_address_is_equal(&local, &back));
    name.any.sa_family = AF_UNIX;
    assert_false(net_address_from_sockaddr(&name.any, &back));
}

static void only_unicast_addresses_can_send(void **state) {
    (void)state;
    static const struct {
        const char *host;
        bool is_unicast, is_any;
    } cases[] = {
        {"127.0.0.1", true, false},
        {"240.0.0.1", true, false},
        {"255.255.255.254", true, false},
        {"0.0.0.0", false, true},
        {"0.1.2.3", false, false},
        {"224.0.0.1", false, false},
        {"239.255.0.1", false, false},
        {"255.255.255.255", false, false},
        {"::1", true, false},
        {"2001:db8::1", true, false},
        {"::", false, true},
        {"ff02::1", false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const NetAddress address = parsed(cases[i].host, 1);
        assert_int_equal(net_address_is_unicast(&address), cases[i].is_unicast);
        assert_int_equal(net_address_is_any(&address), cases[i].is_any);
    }
}

static bool is_one_range(const char *a, const char *b) {
    const NetAddress one = parsed(a, 1);
    const NetAddress other = parsed(b, 2);
    return net_address_range_key(&one) == net_address_range_key(&other);
}

static void a_range_is_an_ipv4_address_or_an_ipv6_64(void **state) {
    (void)state;
    assert_true(is_one_range("192.0.2.1", "192.0.2.1"));
    assert_false(is_one_range("192.0.2.1", "192.0.2.2"));
    assert_false(is_one_range("192.0.2.1", "193.0.2.1"));
    assert_true(is_one_range("2001:db8:0:1::5", "2001:db8:0:1:ffff:ffff:ffff:ffff"));
    assert_false(is_one_range("2001:db8:0:1::5", "2001:db8:0:2::5"));
    assert_false(is_one_range("::1", "127.0.0.1"));
    const NetAddress here = {.bytes = {0xfe, 0x80, [15] = 1}, .scope_id = 1};
    const NetAddress there = {.bytes = {0xfe, 0x80, [15] = 1}, .scope_id = 2};
    assert_int_not_equal(net_address_range_key(&here), net_address_range_key(&there));
}

static void every_part_of_an_address_counts(void **state) {
    (void)state;
    const NetAddress base = {.bytes = {0xfe, 0x80}, .scope_id = 3, .port = 7};
    NetAddress others[18];
    for (size_t i = 0; i < 18; i++) {
        others[i] = base;
    }
    for (size_t i = 0; i < 16; i++) {
        others[i].bytes[i] ^= 1;
    }
    others[16].scope_id++;
    others[17].port++;
    for (size_t i = 0; i < 18; i++) {
        assert_false(net_address_is_equal(&base, &others[i]));
        assert_int_not_equal(net_address_hash(&base, 1), net_address_hash(&others[i], 1));
    }
    assert_int_equal(net_address_hash(&base, 1), net_address_hash(&base, 1));
    assert_int_not_equal(net_address_hash(&base, 1), net_address_hash(&base, 2));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_and_its_port_are_split_in_every_form),
        cmocka_unit_test(malformed_addresses_are_refused_with_a_reason),
        cmocka_unit_test(a_server_to_connect_to_has_a_port_and_a_good_address),
        cmocka_unit_test(a_host_that_is_too_long_is_refused),
        cmocka_unit_test(addresses_in_numbers_are_formatted_as_they_were_written),
        cmocka_unit_test(the_longest_address_fits_its_text),
        cmocka_unit_test(names_and_garbage_are_no_numbers),
        cmocka_unit_test(a_link_local_address_has_its_interface_by_name_or_number),
        cmocka_unit_test(ipv4_in_ipv6_is_ipv4),
        cmocka_unit_test(sockets_names_survive_the_way_there_and_back),
        cmocka_unit_test(only_unicast_addresses_can_send),
        cmocka_unit_test(a_range_is_an_ipv4_address_or_an_ipv6_64),
        cmocka_unit_test(every_part_of_an_address_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
