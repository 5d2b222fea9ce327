// SPDX-License-Identifier: MIT
// pending_peers.h -- the peers of a server that have not joined yet, and the choice of the peer to
//                    evict for a new one.
//
// Flow:    connection request -> pending_peers_add() -> welcomed or gone: pending_peers_remove()
//          full -> pending_peers_crowded(): the oldest peer of the address with the most peers
// Threads: those of the transport.
// Memory:  16 KB and 10 bytes a peer, allocated with the transport.
// Trust:   attackers choose the addresses, so shares are counted by a keyed hash. Two
//          addresses with the same hash count as one.
// Source:  dropping the newest locked out all clients after 256 requests of one machine; dropping a
//          random one would lock out honest clients in proportion to the flood. Dropping from the
//          longest queue is P. McKenney's rule ("Stochastic Fairness Queueing", INFOCOM 1990).
#ifndef TICKSTORM_NET_PENDING_PEERS_H
#define TICKSTORM_NET_PENDING_PEERS_H

#include <stdbool.h>
#include <stdint.h>

#include "net/net_address.h"

#define PENDING_SHARES 8192u
#define PENDING_NONE   UINT16_MAX

typedef struct PendingEntry {
    uint16_t previous, next; // in the order of the requests
    uint16_t share;
    uint16_t hash; // hash of the address, compared first
    bool is_pending;
} PendingEntry;

typedef struct PendingPeers {
    uint64_t seed;
    uint32_t count;
    uint16_t first, last;
    uint16_t shares[PENDING_SHARES]; // pending peers by hash of the address
    PendingEntry entries[];          // [capacity] by slot
} PendingPeers;

// NULL when memory is short. seed is secret.
PendingPeers *pending_peers_create(uint32_t capacity, uint64_t seed);
void pending_peers_destroy(PendingPeers *pending);

// Makes the peer in the slot the newest pending one. It must not be pending.
void pending_peers_add(PendingPeers *pending, uint16_t slot, const NetAddress *address);
// The peer is no longer pending. No effect if it was not.
void pending_peers_remove(PendingPeers *pending, uint16_t slot);
// PENDING_NONE when no peer is pending.
uint16_t pending_peers_crowded(const PendingPeers *pending);
// Iterates over a superset of the pending peers with the address: the next one after `after`
// (PENDING_NONE: the first), or PENDING_NONE at the end.
uint16_t pending_peers_next(const PendingPeers *pending, uint16_t after, const NetAddress *address);

static inline bool pending_peers_has(const PendingPeers *pending, uint16_t slot) {
    return pending->entries[slot].is_pending;
}

#endif
