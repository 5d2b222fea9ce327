// SPDX-License-Identifier: MIT
// memnet.h -- an in-memory network and a virtual clock under the real ENet, for tests.
//
// Flow:    memnet_create -> memnet_install (this thread's transports now live in it)
//          -> loop { memnet_advance; poll the transports } -> memnet_uninstall -> memnet_destroy
// Threads: installed per thread; everything that takes part runs on that thread. Transports that
//          live in it are closed before it is uninstalled.
// Memory:  at most MEMNET_DATAGRAMS_MAX datagrams under way and MEMNET_SOCKETS_MAX sockets.
// Source:  that unmodified ENet runs under replaced enet_socket_* and enet_time_get is a property
//          of its procedure linkage table; see enet_seam.h.
#ifndef TICKSTORM_NET_MEMNET_H
#define TICKSTORM_NET_MEMNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/impair.h"

#define MEMNET_SOCKETS_MAX   16384
#define MEMNET_DATAGRAMS_MAX 65536
#define MEMNET_INBOX_MAX     8192 // datagrams waiting at one socket; more are dropped

typedef struct Memnet Memnet;

// The network starts at virtual time 1 s. Every datagram passes the impairment, drawn from the
// seed. A NULL impairment is a perfect network: datagrams arrive at once and in order.
Memnet *memnet_create(uint64_t seed, const ImpairConfig *impairment);
void memnet_destroy(Memnet *net);

// Replaces an installed network, which a failed test may have left behind.
void memnet_install(Memnet *net);
// The installed network.
void memnet_uninstall(Memnet *net);

extern _Thread_local Memnet *g_memnet;

// The calling thread's network; NULL: the kernel's.
static inline Memnet *memnet_installed(void) {
    return g_memnet;
}

uint64_t memnet_now_ns(const Memnet *net);
void memnet_advance(Memnet *net, uint64_t by_ns);
void memnet_set_impairment(Memnet *net, const ImpairConfig *impairment);

typedef struct MemnetStats {
    uint64_t sent, delivered, lost, duplicated, reordered, overflowed;
    uint64_t unreachable;       // datagrams to a port without a socket
    uint64_t unreachable_bytes; // their sizes: the load on a victim of spoofed sources
} MemnetStats;
MemnetStats memnet_stats(const Memnet *net);

// Injects a datagram with any source, as an attacker can. It bypasses the impairment.
void memnet_inject(Memnet *net, const ImpairRoute *route, const void *bytes, size_t size);

// Sees every sent datagram before the impairment; NULL removes the observer.
typedef void (*MemnetTap)(void *context, const ImpairRoute *route, const uint8_t *bytes,
                          size_t size);
void memnet_set_tap(Memnet *net, MemnetTap tap, void *context);

// For the seam and the transport: sockets of the network, distinguished from real descriptors by
// their numbers. All of them have the addresses 127.0.0.0/8 and ::1; the default source is
// 127.0.0.1 or ::1.
bool memnet_owns(int descriptor);
int memnet_open(Memnet *net);
void memnet_close(Memnet *net, int descriptor);
// Port 0 chooses a free one. False when the port is in use.
bool memnet_bind(Memnet *net, int descriptor, uint16_t port);
uint16_t memnet_port(const Memnet *net, int descriptor);
// local is the host to send from, or "any".
void memnet_send(Memnet *net, int descriptor, const NetAddress *local, const NetAddress *to,
                 const void *bytes, size_t size);
// The next datagram that has arrived, or NULL; the caller frees it with impair_free().
ImpairDatagram *memnet_receive(Memnet *net, int descriptor);
// Random bits from the seed and the number of calls so far.
uint64_t memnet_random(Memnet *net);

#endif
