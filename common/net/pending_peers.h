// SPDX-License-Identifier: MIT
// pending_peers.h -- the peers of a server that have not joined yet, and which of them makes room
//                    for a new one.
//
// Flow:    connection request -> pending_peers_add() -> welcomed or gone: pending_peers_remove()
//          full -> pending_peers_crowded(): of the address that has most, the oldest
// Threads: those of the transport.
// Memory:  16 KB and 10 bytes a peer, allocated with the transport.
// Trust:   strangers choose the addresses, so shares are counted by a keyed hash. Two addresses
//          that meet in one share count as one.
// Source:  dropping the newest kept out whoever came after 256 requests of one machine; dropping a
//          random one would keep out honest clients in proportion to the flood. To drop from the
//          longest queue is P. McKenney's rule ("Stochastic Fairness Queueing", INFOCOM 1990).
#ifndef TICKSTORM_NET_PENDING_PEERS_H
#define TICKSTORM_NET_PENDING_PEERS_H

#include <stdbool.h>
#include <stdint.h>

#include "net/net_address.h"

#define PENDING_SHARES 8192u
#define PENDING_NONE   UINT16_MAX

typedef struct PendingEntry {
    uint16_t previous, next; // in the order of their coming
    uint16_t share;
    uint16_t hash; // of the whole address, for a first look
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

// The peer in the slot, which is not pending, is from now on, as the newest.
void pending_peers_add(PendingPeers *pending, uint16_t slot, const NetAddress *address);
// No longer, if it was.
void pending_peers_remove(PendingPeers *pending, uint16_t slot);
// PENDING_NONE when nobody is pending.
uint16_t pending_peers_crowded(const PendingPeers *pending);
// The next one behind `after`, PENDING_NONE for the first, that may have the address: all that have
// it are among them. PENDING_NONE when there is none.
uint16_t pending_peers_next(const PendingPeers *pending, uint16_t after, const NetAddress *address);

static inline bool pending_peers_has(const PendingPeers *pending, uint16_t slot) {
    return pending->entries[slot].is_pending;
}

#endif
