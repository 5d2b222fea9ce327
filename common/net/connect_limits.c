// SPDX-License-Identifier: MIT
#include "net/connect_limits.h"

#include "base/clock.h"
#include "base/leaky_bucket.h"
#include "base/rng.h"
#include "net/enet_pool.h"

ConnectLimits *connect_limits_create(uint64_t seed) {
    ConnectLimits *limits = enet_pool_malloc(sizeof *limits);
    if (limits != NULL) {
        memset(limits, 0, sizeof *limits);
        limits->seed = seed;
    }
    return limits;
}

void connect_limits_destroy(ConnectLimits *limits) {
    enet_pool_free(limits);
}

// The entry of that address; a new address replaces the entry with the shortest wait.
static ConnectAllowance *find_allowance(ConnectLimits *limits, uint64_t key) {
    ConnectAllowance *set = limits->allowances[rng_mix(key ^ limits->seed) % CONNECT_SETS];
    ConnectAllowance *found = &set[0];
    for (uint32_t i = 0; i < CONNECT_WAYS; i++) {
        if (set[i].key == key) {
            return &set[i];
        }
        found = set[i].due_ns < found->due_ns ? &set[i] : found;
    }
    *found = (ConnectAllowance){.key = key};
    return found;
}

bool connect_limits_admit(ConnectLimits *limits, const NetAddress *from, uint64_t now_ns) {
    ConnectAllowance *allowance = find_allowance(limits, net_address_range_key(from));
    // The bucket of the address comes first: a refused request then takes nothing from the bucket
    // of all.
    return leaky_bucket_consume(&allowance->due_ns, now_ns, NS_PER_S / CONNECTS_PER_ADDRESS_S,
                                CONNECT_ADDRESS_BURST) &&
           leaky_bucket_consume(&limits->due_ns, now_ns, NS_PER_S / CONNECTS_PER_S, CONNECT_BURST);
}
