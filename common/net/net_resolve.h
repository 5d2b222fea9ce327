// SPDX-License-Identifier: MIT
// net_resolve.h -- the addresses of a host, given as a number or a name.
//
// Flow:    host -> net_resolve() -> addresses in the order in which they are to be tried
// Threads: any. A name look-up blocks as long as the system's resolver does.
#ifndef TICKSTORM_NET_NET_RESOLVE_H
#define TICKSTORM_NET_NET_RESOLVE_H

#include <stdbool.h>
#include <stdint.h>

#include "net/net_address.h"

// Further addresses are ignored.
#define NET_RESOLVE_MAX 8u

// The addresses of a server to connect to, in the system's order of preference (RFC 6724). Returns
// their number; 0 when the name is unknown.
uint32_t net_resolve(const char *host, uint16_t port, NetAddress out[NET_RESOLVE_MAX]);

// The addresses of this machine to bind to: the port is 0, and IPv4 comes first, so that a name
// with both is reachable by all clients.
uint32_t net_resolve_own(const char *host, NetAddress out[NET_RESOLVE_MAX]);

// Whether a server bound to the address is reachable: multicast and broadcast addresses are not,
// although the system accepts them.
bool net_is_reachable(const NetAddress *own);

// Whether an interface of this machine has an IPv6 address.
bool net_has_ipv6(void);

#endif
