// SPDX-License-Identifier: MIT
// hostile.h -- an endless stream of an attacker's datagrams, from a seed.
//
// Flow:    hostile_seeded() -> hostile_make() per datagram; or hostile_flood() at a UDP port
// Threads: a Hostile belongs to one thread.
// Units:   sizes in bytes of UDP payload, 0 to HOSTILE_BYTES_MAX.
#ifndef TICKSTORM_TESTS_NET_HOSTILE_H
#define TICKSTORM_TESTS_NET_HOSTILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"
#include "net/net_address.h"

// The largest payload of UDP over IPv4.
#define HOSTILE_BYTES_MAX 65507u

typedef enum HostileKind {
    HOSTILE_RANDOM,      // random bytes, any size up to twice ours
    HOSTILE_OVERSIZE,    // larger than any of ours, up to HOSTILE_BYTES_MAX
    HOSTILE_ZEROES,      // zeroes, any size
    HOSTILE_MUTATED,     // one of ours with a few bytes changed
    HOSTILE_TRUNCATED,   // one of ours cut short
    HOSTILE_CONNECT,     // a good connection request: the flood
    HOSTILE_BAD_CONNECT, // one with terms that we do not offer
    HOSTILE_FRAGMENT,    // announces a million fragments
    HOSTILE_PINGS,       // as many pings as fit
    HOSTILE_AHEAD,       // reliable messages far ahead
    HOSTILE_AGAIN,       // reliable messages that are allowed, over and over
    HOSTILE_ACKS,        // acknowledgements of messages that were never sent
    HOSTILE_CONTROL,     // throttle, bandwidth, disconnect
    HOSTILE_KIND_COUNT,
} HostileKind;

typedef struct Hostile {
    Rng rng;
    uint64_t made[HOSTILE_KIND_COUNT];
} Hostile;

Hostile hostile_seeded(uint64_t seed);

// Writes one datagram into buffer, which holds HOSTILE_BYTES_MAX, and returns its size. peer is the
// index and session that it claims to come from (the low 14 bits of a datagram's first word).
size_t hostile_make(Hostile *hostile, HostileKind kind, uint32_t peer, uint8_t *buffer);

// Any kind, as from any of the first 4,096 peers. All kinds are equally frequent except oversize
// datagrams, which are rare since they mostly load the kernel.
size_t hostile_make_any(Hostile *hostile, uint8_t *buffer);

// Sends count datagrams of any kind to the target, which is on this machine, from that many source
// ports, as fast as possible. throttle, unless NULL, is called between bursts of 64, so that the
// attacked server can work on the same thread. Returns how many the kernel accepted; 0 also without
// enough sockets.
uint64_t hostile_flood(Hostile *hostile, const NetAddress *target, uint64_t count, uint32_t sources,
                       void (*throttle)(void *context), void *context);

#endif
