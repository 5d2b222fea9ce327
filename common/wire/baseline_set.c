// SPDX-License-Identifier: MIT
#include "wire/baseline_set.h"

#include <string.h>

#include "base/rng.h"

static_assert(sizeof(BaselineEntry) == 8, "the sets of a client shall take 32 KB");
static_assert(DELTA_AGE_MAX <= UINT16_MAX, "ages fit");

bool baseline_set_merge_enters(BaselineSet *baseline_set, uint32_t known_count) {
    BaselineEntry entries[BASELINE_ENTRIES_MAX];
    EntityRecord records[BASELINE_ENTRIES_MAX];
    uint32_t fresh = baseline_set->count - known_count;
    uint32_t known = known_count;
    uint32_t to = baseline_set->count;
    memcpy(entries, &baseline_set->entries[known], fresh * sizeof entries[0]);
    if (baseline_set->records != NULL) {
        memcpy(records, &baseline_set->records[known], fresh * sizeof records[0]);
    }
    bool is_free = true;
    while (fresh > 0) {
        const uint32_t slot = entries[fresh - 1].slot;
        const bool is_known_next = known > 0 && baseline_set->entries[known - 1].slot >= slot;
        to--;
        if (is_known_next) {
            known--;
            is_free = is_free && baseline_set->entries[known].slot != slot;
            baseline_set->entries[to] = baseline_set->entries[known];
            if (baseline_set->records != NULL) {
                baseline_set->records[to] = baseline_set->records[known];
            }
        } else {
            fresh--;
            baseline_set->entries[to] = entries[fresh];
            if (baseline_set->records != NULL) {
                baseline_set->records[to] = records[fresh];
            }
        }
    }
    return is_free;
}

uint64_t baseline_entry_mix(const BaselineEntry *entry, uint32_t baseline_tick,
                            const EntityRecord *record) {
    const uint64_t place = (uint32_t)record->x | (uint64_t)(uint32_t)record->y << 32;
    const uint64_t motion = (uint16_t)record->vx | (uint64_t)(uint16_t)record->vy << 16 |
                            (uint64_t)record->angle << 32 | (uint64_t)record->status << 40;
    const uint64_t who =
        entry->slot | (uint64_t)entry->generation << 20 | (uint64_t)baseline_tick << 32;
    return rng_mix(place ^ rng_mix(motion ^ rng_mix(who)));
}

uint32_t baseline_set_checksum(const BaselineSet *baseline_set) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < baseline_set->count; i++) {
        const BaselineEntry *entry = &baseline_set->entries[i];
        if (entry->age < DELTA_AGE_MAX) {
            sum += (uint32_t)baseline_entry_mix(entry, baseline_set->tick - entry->age,
                                                &baseline_set->records[i]);
        }
    }
    return sum;
}

Fault baseline_set_validate(const BaselineSet *baseline_set) {
    if (baseline_set->count > BASELINE_ENTRIES_MAX) {
        return (Fault){"a baseline set has too many entries", "entry", baseline_set->count};
    }
    for (uint32_t i = 0; i < baseline_set->count; i++) {
        const BaselineEntry *entry = &baseline_set->entries[i];
        if (i > 0 && entry[-1].slot >= entry->slot) {
            return (Fault){"a baseline set is not sorted, or has a slot twice", "entry", i};
        }
        if (entry->generation == 0) {
            return (Fault){"a baseline set has an entry without a generation", "entry", i};
        }
    }
    return (Fault){0};
}
