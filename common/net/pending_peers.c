// SPDX-License-Identifier: MIT
#include "net/pending_peers.h"

#include <assert.h>

#include "base/rng.h"
#include "net/enet_pool.h"

PendingPeers *pending_peers_create(uint32_t capacity, uint64_t seed) {
    const size_t bytes = sizeof(PendingPeers) + capacity * sizeof(PendingEntry);
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
    pending->entries[slot] = (PendingEntry){.previous = pending->last,
                                            .next = PENDING_NONE,
                                            .share = share,
                                            .hash = hash_of(pending, address),
                                            .is_pending = true};
    if (pending->last != PENDING_NONE) {
        pending->entries[pending->last].next = slot;
    } else {
        pending->first = slot;
    }
    pending->last = slot;
    pending->shares[share]++;
    pending->count++;
}

void pending_peers_remove(PendingPeers *pending, uint16_t slot) {
    PendingEntry *entry = &pending->entries[slot];
    if (!entry->is_pending) {
        return;
    }
    if (entry->previous != PENDING_NONE) {
        pending->entries[entry->previous].next = entry->next;
    } else {
        pending->first = entry->next;
    }
    if (entry->next != PENDING_NONE) {
        pending->entries[entry->next].previous = entry->previous;
    } else {
        pending->last = entry->previous;
    }
    pending->shares[entry->share]--;
    pending->count--;
    entry->is_pending = false;
}

uint16_t pending_peers_crowded(const PendingPeers *pending) {
    uint16_t found = PENDING_NONE;
    uint32_t most = 0;
    for (uint16_t slot = pending->first; slot != PENDING_NONE; slot = pending->entries[slot].next) {
        const uint32_t share = pending->shares[pending->entries[slot].share];
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
    uint16_t slot = after == PENDING_NONE ? pending->first : pending->entries[after].next;
    while (slot != PENDING_NONE && pending->entries[slot].hash != hash) {
        slot = pending->entries[slot].next;
    }
    return slot;
}
