// SPDX-License-Identifier: MIT
#include "net/pending_peers.h"

#include <assert.h>

#include "base/rng.h"
#include "net/enet_pool.h"

PendingPeers *pending_peers_create(uint32_t capacity, uint64_t seed) {
    const size_t bytes = sizeof(PendingPeers) + capacity * sizeof(PendingLink);
    PendingPeers *pending = enet_pool_malloc(bytes);
    if (pending != NULL) {
        memset(pending, 0, bytes);
        pending->seed = seed;
        pending->first = pending->last = PENDING_NONE;
    }
    return pending;
}

void pending_peers_destroy(PendingPeers *pending) {
    enet_pool_free(pending);
}

static uint16_t share_of(const PendingPeers *pending, const NetAddress *address) {
    return (uint16_t)(rng_mix(net_address_range_key(address) ^ pending->seed) % PENDING_SHARES);
}

static uint16_t hash_of(const PendingPeers *pending, const NetAddress *address) {
    return (uint16_t)net_address_hash(address, pending->seed);
}

void pending_peers_add(PendingPeers *pending, uint16_t slot, const NetAddress *address) {
    assert(!pending_peers_has(pending, slot));
    const uint16_t share = share_of(pending, address);
    pending->links[slot] = (PendingLink){.previous = pending->last,
                                         .next = PENDING_NONE,
                                         .share = share,
                                         .hash = hash_of(pending, address),
                                         .is_pending = true};
    if (pending->last != PENDING_NONE) {
        pending->links[pending->last].next = slot;
    } else {
        pending->first = slot;
    }
    pending->last = slot;
    pending->shares[share]++;
    pending->count++;
}

void pending_peers_remove(PendingPeers *pending, uint16_t slot) {
    PendingLink *link = &pending->links[slot];
    if (!link->is_pending) {
        return;
    }
    if (link->previous != PENDING_NONE) {
        pending->links[link->previous].next = link->next;
    } else {
        pending->first = link->next;
    }
    if (link->next != PENDING_NONE) {
        pending->links[link->next].previous = link->previous;
    } else {
        pending->last = link->previous;
    }
    pending->shares[link->share]--;
    pending->count--;
    link->is_pending = false;
}

uint16_t pending_peers_crowded(const PendingPeers *pending) {
    uint16_t found = PENDING_NONE;
    uint32_t most = 0;
    for (uint16_t slot = pending->first; slot != PENDING_NONE; slot = pending->links[slot].next) {
        const uint32_t share = pending->shares[pending->links[slot].share];
        if (share > most) {
            found = slot;
            most = share;
        }
    }
    return found;
}

uint16_t pending_peers_next(const PendingPeers *pending, uint16_t after,
                            const NetAddress *address) {
    const uint16_t hash = hash_of(pending, address);
    uint16_t slot = after == PENDING_NONE ? pending->first : pending->links[after].next;
    while (slot != PENDING_NONE && pending->links[slot].hash != hash) {
        slot = pending->links[slot].next;
    }
    return slot;
}
