// SPDX-License-Identifier: MIT
// port_claim.h -- a UDP port shared by several sockets of this process and by no other process.
//
// Flow:    port_claim() -> bound socket -> port_release()
// Threads: any; the list of claims is behind a mutex.
// Source:  with SO_REUSEPORT alone, any process of the same user could bind the port too
//          and silently get a part of the clients. So the first socket of a process proves by an
//          exclusive bind that the port is free, under locks between processes: abstract AF_UNIX
//          names, which the kernel frees with their owner. One lock is for the address, held while
//          the process listens; the other is for the port of any address, held until it listens.
#ifndef TICKSTORM_NET_PORT_CLAIM_H
#define TICKSTORM_NET_PORT_CLAIM_H

#include <stdbool.h>
#include <stdint.h>

#include "net/net_address.h"
#include "net/transport_types.h"

typedef struct PortKind {
    int family;        // of the socket
    bool is_ipv6_only; // an IPv6 socket that does not carry IPv4
    bool is_shared;
} PortKind;

// Binds descriptor to *address; port 0 chooses a free one and stores it. With is_shared, further
// calls of this process for the same address and port succeed too.
TransportError port_claim(int descriptor, const PortKind *kind, NetAddress *address);

// For each successful call with is_shared, once the socket is closed.
void port_release(const NetAddress *address);

#endif
