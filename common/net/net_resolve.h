// SPDX-License-Identifier: MIT
// net_resolve.h -- the addresses that a host stands for, by numbers or by name.
//
// Flow:    host -> net_resolve() -> addresses in the order in which they are to be tried
// Threads: any. A name may ask other machines: blocks as long as the system's resolver does.
#ifndef TICKSTORM_NET_NET_RESOLVE_H
#define TICKSTORM_NET_NET_RESOLVE_H

#include <stdbool.h>
#include <stdint.h>

#include "net/net_address.h"

// More than that nobody waits for.
#define NET_RESOLVE_MAX 8u

// Of a server to connect to, in the system's order of preference (RFC 6724). Returns how many; 0
// when nobody knows the name.
uint32_t net_resolve(const char *host, uint16_t port, NetAddress out[NET_RESOLVE_MAX]);

// Of this machine, to bind to: the port is 0, and IPv4 comes first, so that a name with both means
// what all clients can reach.
uint32_t net_resolve_own(const char *host, NetAddress out[NET_RESOLVE_MAX]);

// Whether somebody can reach a server that is bound to it: not at a multicast or broadcast address,
// though the system lets sockets have those, too.
bool net_is_reachable(const NetAddress *own);

// Whether an interface of this machine has an IPv6 address.
bool net_has_ipv6(void);

#endif
