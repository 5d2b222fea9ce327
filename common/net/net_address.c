// SPDX-License-Identifier: MIT
#include "net/net_address.h"

#include <arpa/inet.h>
#include <assert.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/rng.h"

static_assert(sizeof(NetAddress) == 24, "compared byte by byte: without padding");

static const uint8_t ipv4_prefix[12] = {[10] = 0xff, [11] = 0xff};

// Conversions between socket names and addresses.

NetAddress net_address_from_ipv4(uint32_t host, uint16_t port) {
    NetAddress address = {.port = port};
    memcpy(address.bytes, ipv4_prefix, sizeof ipv4_prefix);
    memcpy(&address.bytes[12], &host, sizeof host);
    return address;
}

NetAddress net_address_loopback(uint16_t port) {
    return net_address_from_ipv4(htonl(INADDR_LOOPBACK), port);
}

bool net_address_from_sockaddr(const struct sockaddr *name, NetAddress *out) {
    if (name->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)name;
        *out = net_address_from_ipv4(in->sin_addr.s_addr, ntohs(in->sin_port));
        return true;
    }
    if (name->sa_family != AF_INET6) {
        return false;
    }
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)name;
    *out = (NetAddress){.port = ntohs(in6->sin6_port)};
    memcpy(out->bytes, &in6->sin6_addr, sizeof out->bytes);
    if (net_address_is_link_local(out)) {
        out->scope_id = in6->sin6_scope_id;
    }
    return true;
}

socklen_t net_address_to_sockaddr(const NetAddress *address, int family, SocketName *out) {
    if (family == AF_INET) {
        out->in = (struct sockaddr_in){.sin_family = AF_INET,
                                       .sin_port = htons(address->port),
                                       .sin_addr.s_addr = net_address_ipv4(address)};
        return sizeof out->in;
    }
    out->in6 = (struct sockaddr_in6){.sin6_family = AF_INET6,
                                     .sin6_port = htons(address->port),
                                     .sin6_scope_id = address->scope_id};
    memcpy(&out->in6.sin6_addr, address->bytes, sizeof out->in6.sin6_addr);
    return sizeof out->in6;
}

// The kind of an address.

uint32_t net_address_ipv4(const NetAddress *address) {
    assert(net_address_is_ipv4(address));
    uint32_t host;
    memcpy(&host, &address->bytes[12], sizeof host);
    return host;
}

bool net_address_is_ipv4(const NetAddress *address) {
    return memcmp(address->bytes, ipv4_prefix, sizeof ipv4_prefix) == 0;
}

bool net_address_is_any(const NetAddress *address) {
    static const uint8_t zeroes[16];
    return net_address_is_ipv4(address) ? memcmp(&address->bytes[12], zeroes, 4) == 0
                                        : memcmp(address->bytes, zeroes, 16) == 0;
}

bool net_address_is_link_local(const NetAddress *address) {
    return address->bytes[0] == 0xfe && (address->bytes[1] & 0xc0) == 0x80;
}

bool net_address_is_unicast(const NetAddress *address) {
    if (!net_address_is_ipv4(address)) {
        return address->bytes[0] != 0xff && !net_address_is_any(address);
    }
    const uint8_t *host = &address->bytes[12];
    const bool is_broadcast = (host[0] & host[1] & host[2] & host[3]) == 0xff;
    const bool is_multicast = (host[0] & 0xf0) == 0xe0;
    return host[0] != 0 && !is_multicast && !is_broadcast;
}

// Keys.

uint64_t net_address_hash(const NetAddress *address, uint64_t seed) {
    uint64_t parts[sizeof *address / sizeof(uint64_t)];
    memcpy(parts, address, sizeof parts);
    return rng_mix(rng_mix(rng_mix(parts[0] ^ seed) ^ parts[1]) ^ parts[2]);
}

uint64_t net_address_range_key(const NetAddress *address) {
    uint64_t upper;
    memcpy(&upper, address->bytes, sizeof upper);
    if (!net_address_is_ipv4(address)) {
        return rng_mix(upper ^ (uint64_t)address->scope_id << 32);
    }
    memcpy(&upper, &address->bytes[8], sizeof upper);
    return rng_mix(upper);
}

// Text.

static const char *split_port(const char *text, uint16_t *port) {
    uint32_t number = 0;
    size_t digits = 0;
    for (; text[digits] >= '0' && text[digits] <= '9' && number <= UINT16_MAX; digits++) {
        number = number * 10 + (uint32_t)(text[digits] - '0');
    }
    if (digits == 0 || text[digits] != '\0' || number == 0 || number > UINT16_MAX) {
        return "the port is a number from 1 to 65535";
    }
    *port = (uint16_t)number;
    return NULL;
}

static const char *split_host(const char *text, size_t length, char host[NET_HOST_BYTES]) {
    if (length == 0) {
        return "the host is missing";
    }
    if (length >= NET_HOST_BYTES) {
        return "the host is too long";
    }
    for (size_t i = 0; i < length; i++) {
        if (text[i] <= ' ' || text[i] == 0x7f || strchr("[]/@", text[i]) != NULL) {
            return "the host has a character that no host has";
        }
    }
    memcpy(host, text, length);
    host[length] = '\0';
    return NULL;
}

static const char *split_brackets(const char *text, char host[NET_HOST_BYTES], uint16_t *port) {
    const char *end = strchr(text, ']');
    if (end == NULL) {
        return "the ']' is missing";
    }
    const char *problem = split_host(text + 1, (size_t)(end - text) - 1, host);
    if (problem != NULL) {
        return problem;
    }
    if (strchr(host, ':') == NULL) {
        return "only an IPv6 address stands in brackets";
    }
    if (end[1] == '\0') {
        return NULL;
    }
    return end[1] == ':' ? split_port(end + 2, port) : "after ']' comes ':PORT' or nothing";
}

const char *net_address_split(const char *text, char host[NET_HOST_BYTES], uint16_t *port) {
    if (text[0] == '[') {
        return split_brackets(text, host, port);
    }
    const char *first = strchr(text, ':');
    if (first == NULL || strchr(first + 1, ':') != NULL) {
        return split_host(text, strlen(text), host); // a name, IPv4, or an IPv6 address as it is
    }
    const char *problem = split_host(text, (size_t)(first - text), host);
    return problem != NULL ? problem : split_port(first + 1, port);
}

const char *net_address_split_server(const char *text, char host[NET_HOST_BYTES], uint16_t *port) {
    *port = 0;
    const char *problem = net_address_split(text, host, port);
    if (problem == NULL) {
        problem = net_address_problem(host);
    }
    if (problem == NULL && *port == 0) {
        problem = text[0] != '[' && strchr(host, ':') != NULL
                      ? "an IPv6 address and its port are written [ADDRESS]:PORT"
                      : "the port is missing";
    }
    return problem;
}

bool net_address_check_server(const char *text, char *problem, size_t problem_size) {
    char host[NET_HOST_BYTES];
    uint16_t port;
    const char *what = net_address_split_server(text, host, &port);
    if (what != NULL) {
        snprintf(problem, problem_size, "'%s' is not HOST:PORT: %s", text, what);
    }
    return what == NULL;
}

// The interface by its name or number; 0: there is none.
static uint32_t find_scope(const char *zone) {
    const uint32_t by_name = if_nametoindex(zone);
    if (by_name != 0 || zone[0] < '1' || zone[0] > '9') {
        return by_name;
    }
    char *end;
    const unsigned long number = strtoul(zone, &end, 10);
    char name[IF_NAMESIZE];
    const bool is_known =
        *end == '\0' && number <= INT32_MAX && if_indextoname((unsigned)number, name) != NULL;
    return is_known ? (uint32_t)number : 0;
}

// NULL and the address, or the problem as a text.
static const char *parse_ipv6(const char *host, NetAddress *out) {
    const char *zone = strchr(host, '%');
    const size_t length = zone != NULL ? (size_t)(zone - host) : strlen(host);
    char digits[INET6_ADDRSTRLEN];
    if (length >= sizeof digits) {
        return "it is no IPv6 address";
    }
    memcpy(digits, host, length);
    digits[length] = '\0';
    *out = (NetAddress){0};
    if (inet_pton(AF_INET6, digits, out->bytes) != 1) {
        return "it is no IPv6 address";
    }
    if (!net_address_is_link_local(out)) {
        return zone == NULL ? NULL : "only a link-local address (fe80::) has an interface";
    }
    if (zone == NULL) {
        return "a link-local address needs its interface, as in fe80::1%eth0";
    }
    out->scope_id = find_scope(zone + 1);
    return out->scope_id != 0 ? NULL : "there is no such interface";
}

bool net_address_parse(const char *host, uint16_t port, NetAddress *out) {
    struct in_addr ipv4;
    if (inet_pton(AF_INET, host, &ipv4) == 1) {
        *out = net_address_from_ipv4(ipv4.s_addr, port);
        return true;
    }
    const bool is_good = parse_ipv6(host, out) == NULL;
    out->port = port;
    return is_good;
}

const char *net_address_problem(const char *host) {
    NetAddress address;
    return strchr(host, ':') != NULL ? parse_ipv6(host, &address) : NULL;
}

char *net_address_format_host(const NetAddress *address, char *text) {
    if (net_address_is_ipv4(address)) {
        (void)inet_ntop(AF_INET, &address->bytes[12], text, NET_ADDRESS_TEXT_BYTES);
        return text;
    }
    (void)inet_ntop(AF_INET6, address->bytes, text, NET_ADDRESS_TEXT_BYTES);
    if (address->scope_id != 0) {
        char name[IF_NAMESIZE];
        const size_t length = strlen(text);
        if (if_indextoname(address->scope_id, name) != NULL) {
            (void)snprintf(&text[length], NET_ADDRESS_TEXT_BYTES - length, "%%%s", name);
        } else {
            (void)snprintf(&text[length], NET_ADDRESS_TEXT_BYTES - length, "%%%u",
                           address->scope_id);
        }
    }
    return text;
}

char *net_address_format(const NetAddress *address, char *text) {
    char host[NET_ADDRESS_TEXT_BYTES];
    const bool is_ipv4 = net_address_is_ipv4(address);
    (void)snprintf(text, NET_ADDRESS_TEXT_BYTES, is_ipv4 ? "%.63s:%u" : "[%.63s]:%u",
                   net_address_format_host(address, host), address->port);
    return text;
}
