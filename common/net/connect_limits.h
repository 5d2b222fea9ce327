// SPDX-License-Identifier: MIT
// connect_limits.h -- how many connection requests a second reach ENet, of one address and of all.
//
// Flow:    connection request -> connect_limits_admit() -> ENet, which looks at every peer for it
// Threads: those of the transport; time is a parameter.
// Memory:  16 KB, allocated with the transport.
// Trust:   strangers choose the addresses. One that is not remembered begins with a full allowance,
//          so whoever sends from thousands of addresses is held by the limit on all.
#ifndef TICKSTORM_NET_CONNECT_LIMITS_H
#define TICKSTORM_NET_CONNECT_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "net/net_address.h"

// A full host of bots may come at once, from one machine, while another machine attacks.
#define CONNECTS_PER_S         8000u
#define CONNECT_BURST          8192u
#define CONNECTS_PER_ADDRESS_S 4000u
#define CONNECT_ADDRESS_BURST  4096u

#define CONNECT_SETS 256u
#define CONNECT_WAYS 4u // addresses whose hashes meet, before one is forgotten

typedef struct ConnectAllowance {
    uint64_t key;    // of an address range
    uint64_t due_ns; // leaky bucket
} ConnectAllowance;

typedef struct ConnectLimits {
    uint64_t seed;
    uint64_t due_ns; // leaky bucket of all
    ConnectAllowance allowances[CONNECT_SETS][CONNECT_WAYS];
} ConnectLimits;

// NULL when memory is short. seed is secret.
ConnectLimits *connect_limits_create(uint64_t seed);
void connect_limits_destroy(ConnectLimits *limits);

// False when the address, or all together, have had what they may.
bool connect_limits_admit(ConnectLimits *limits, const NetAddress *from, uint64_t now_ns);

#endif
