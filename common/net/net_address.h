// SPDX-License-Identifier: MIT
// net_address.h -- one end of a datagram: an IPv4 or IPv6 address and a port, and their text form.
//
// Flow:    text -> net_address_split() -> a host and a port -> net_address_parse() for numbers,
//          net_resolve() (net_resolve.h) for names -> NetAddress -> socket, peer, key of a budget
// Threads: pure functions; interface names are looked up in the kernel.
// Units:   ports in host order; addresses in network order.
#ifndef TICKSTORM_NET_NET_ADDRESS_H
#define TICKSTORM_NET_NET_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <netinet/in.h>
#include <sys/socket.h>

// All zero is the unspecified IPv6 address without a port.
typedef struct NetAddress {
    uint8_t bytes[16]; // IPv4 as ::ffff:a.b.c.d
    uint32_t scope_id; // the interface of a link-local IPv6 address; else 0
    uint16_t port;
    uint16_t always_zero;
} NetAddress;

// A socket's name of either family, without the 100 bytes that sockaddr_storage has for others.
typedef union SocketName {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
} SocketName;

// Room for a host as it is written, and for a formatted address, with the final NUL.
#define NET_HOST_BYTES         256
#define NET_ADDRESS_TEXT_BYTES 80

// host is in network order, as in struct in_addr and ENetAddress.
NetAddress net_address_from_ipv4(uint32_t host, uint16_t port);
NetAddress net_address_loopback(uint16_t port); // 127.0.0.1
// False for any other family.
bool net_address_from_sockaddr(const struct sockaddr *name, NetAddress *out);
// The address for a socket of the family: AF_INET, which takes IPv4 addresses only, or AF_INET6.
// Returns its size.
socklen_t net_address_to_sockaddr(const NetAddress *address, int family, SocketName *out);

// In network order; only of an IPv4 address.
uint32_t net_address_ipv4(const NetAddress *address);
bool net_address_is_ipv4(const NetAddress *address);
// 0.0.0.0 or ::
bool net_address_is_any(const NetAddress *address);
bool net_address_is_link_local(const NetAddress *address); // IPv6's, which needs a scope
// Whether a machine can have this address and send from it: not "any", 0.x.x.x, multicast or
// broadcast.
bool net_address_is_unicast(const NetAddress *address);

static inline bool net_address_is_equal(const NetAddress *a, const NetAddress *b) {
    return memcmp(a, b, sizeof *a) == 0;
}

// A hash of all bytes of the address. seed is secret where attackers choose the addresses.
uint64_t net_address_hash(const NetAddress *address, uint64_t seed);
// Equal for all addresses that one machine can easily have: an IPv4 address, or an IPv6 /64 on its
// interface. The key of a share per address.
uint64_t net_address_range_key(const NetAddress *address);

// Splits the text that a person writes; does not check the host itself:
//   HOST  HOST:PORT  [IPV6]  [IPV6]:PORT  IPV6
// where IPV6 may end in %INTERFACE. host loses its brackets; *port is left as it is when there is
// none. NULL, or the problem in a few words.
const char *net_address_split(const char *text, char host[NET_HOST_BYTES], uint16_t *port);

// The same for a server to connect to: the port is required, and an IPv6 address must be valid and
// in brackets.
const char *net_address_split_server(const char *text, char host[NET_HOST_BYTES], uint16_t *port);
// The same as the check of an option's value (base/options.h).
bool net_address_check_server(const char *text, char *problem, size_t problem_size);

// A host in numbers: an IPv4 address in four parts, or an IPv6 address without brackets, with
// %INTERFACE, by name or number, if and only if it is link-local. False for all others, names among
// them.
bool net_address_parse(const char *host, uint16_t port, NetAddress *out);

// Why net_address_parse() refuses an IPv6 address, in a few words; NULL for a host without a colon.
const char *net_address_problem(const char *host);

// 192.0.2.1:7777, [2001:db8::1]:7777, [fe80::1%eth0]:7777; without the port the host alone. Returns
// text, which holds NET_ADDRESS_TEXT_BYTES.
char *net_address_format(const NetAddress *address, char *text);
char *net_address_format_host(const NetAddress *address, char *text);

#endif
