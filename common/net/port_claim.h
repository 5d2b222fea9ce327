// SPDX-License-Identifier: MIT
// port_claim.h -- a UDP port that several sockets of this process share and no other process gets.
//
// Flow:    port_claim() -> bound socket -> port_release()
// Threads: any; the list of claims is behind a mutex.
// Source:  SO_REUSEPORT lets every process of the same user bind the port too, which would take a
//          part of the clients away without a word. So the first socket of a process proves by an
//          exclusive bind that the port is free, under locks that work between processes: abstract
//          AF_UNIX names, which the kernel frees with their owner. One is the address's, held while
//          the process listens; the other is the port's, whatever the address, held until it does.
#ifndef TICKSTORM_NET_PORT_CLAIM_H
#define TICKSTORM_NET_PORT_CLAIM_H

#include <stdbool.h>
#include <stdint.h>

#include "net/net_address.h"
#include "net/transport.h"

typedef struct PortKind {
    int family;        // of the socket
    bool is_ipv6_only; // an IPv6 one that leaves IPv4 to others
    bool is_shared;
} PortKind;

// Binds descriptor to *address; port 0 takes a free one and stores it. With is_shared, further
// calls of this process for the same address and port succeed too.
TransportError port_claim(int descriptor, const PortKind *kind, NetAddress *address);

// For each successful call with is_shared, once the socket is closed.
void port_release(const NetAddress *address);

#endif
