// SPDX-License-Identifier: MIT
// memnet.h -- an in-memory network and a virtual clock under the real ENet, for tests.
//
// Flow:    memnet_create -> memnet_install (this thread's transports now live in it)
//          -> loop { memnet_advance; poll the transports } -> memnet_uninstall -> memnet_destroy
// Threads: installed per thread; everything that takes part runs on that thread.
// Source:  that unmodified ENet runs under replaced enet_socket_* and enet_time_get is a property
// of
//          its procedure linkage table; see enet_seam.h.
#ifndef TICKSTORM_NET_MEMNET_H
#define TICKSTORM_NET_MEMNET_H

#include <stdint.h>

#include "net/impair.h"

typedef struct Memnet Memnet;

// The network starts at virtual time 1 s. Every datagram passes the impairment, drawn from the
// seed.
Memnet *memnet_create(uint64_t seed, const ImpairConfig *impairment);
void memnet_destroy(Memnet *net);

void memnet_install(Memnet *net);
void memnet_uninstall(Memnet *net);

uint64_t memnet_now_ns(const Memnet *net);
void memnet_advance(Memnet *net, uint64_t by_ns);
void memnet_set_impairment(Memnet *net, const ImpairConfig *impairment);

typedef struct MemnetStats {
    uint64_t sent, delivered, lost, duplicated, reordered, overflowed;
} MemnetStats;
MemnetStats memnet_stats(const Memnet *net);

#endif
