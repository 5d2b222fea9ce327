// SPDX-License-Identifier: MIT
// connect_limits.h -- leaky buckets for connection requests: one for each address, one for all
//                     addresses.
//
// Flow:    connection request -> connect_limits_admit() -> ENet, which looks at every peer for it
// Threads: those of the transport; time is a parameter.
// Memory:  16 KB, allocated with the transport.
// Trust:   attackers choose the addresses. An address without an entry begins with an empty
//          bucket, so an attacker with thousands of addresses is limited by the bucket of all.
#ifndef TICKSTORM_NET_CONNECT_LIMITS_H
#define TICKSTORM_NET_CONNECT_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "net/net_address.h"

// A full host of bots may connect at once from one machine while another machine attacks.
#define CONNECTS_PER_S         8000u
#define CONNECT_BURST          8192u
#define CONNECTS_PER_ADDRESS_S 4000u
#define CONNECT_ADDRESS_BURST  4096u

#define CONNECT_SETS 256u
#define CONNECT_WAYS 4u // entries per hash; one more address replaces an entry

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

// False when the bucket of the address, or that of all addresses, is full.
bool connect_limits_admit(ConnectLimits *limits, const NetAddress *from, uint64_t now_ns);

#endif
