// SPDX-License-Identifier: MIT
#include "server/replication/known_update.h"

KnownUpdate known_update_make(const KnownUpdateSource *source, uint32_t slot, uint32_t age) {
    if (age < DELTA_AGE_MAX) {
        const DeltaBits delta = delta_cache_make(source->cache, slot, age, source->use);
        if (delta.count > 0) {
            return (KnownUpdate){.bits = delta};
        }
    }
    const EntityKind kind = entity_kind_of_slot(&source->cache->ranges, slot);
    return (KnownUpdate){
        .bits = snapshot_pack_full(source->writer, kind, &source->cache->records[slot]),
        .is_full = true};
}
