// SPDX-License-Identifier: MIT
#include "wire/roster.h"

#include <string.h>

#include "base/rng.h"

static_assert(sizeof(RosterEntry) == 8, "32 rosters of a session shall take 30 KB");
static_assert(DELTA_AGE_MAX <= UINT16_MAX, "ages fit");

bool roster_merge_newcomers(Roster *roster, uint32_t known_count) {
    RosterEntry entries[ROSTER_ENTRIES_MAX];
    EntityRecord records[ROSTER_ENTRIES_MAX];
    uint32_t fresh = roster->count - known_count;
    uint32_t known = known_count;
    uint32_t to = roster->count;
    memcpy(entries, &roster->entries[known], fresh * sizeof(entries[0]));
    if (roster->records != NULL) {
        memcpy(records, &roster->records[known], fresh * sizeof(records[0]));
    }
    bool is_free = true;
    while (fresh > 0) {
        const uint32_t slot = entries[fresh - 1].slot;
        const bool takes_known = known > 0 && roster->entries[known - 1].slot >= slot;
        to--;
        if (takes_known) {
            known--;
            is_free = is_free && roster->entries[known].slot != slot;
            roster->entries[to] = roster->entries[known];
            if (roster->records != NULL) {
                roster->records[to] = roster->records[known];
            }
        } else {
            fresh--;
            roster->entries[to] = entries[fresh];
            if (roster->records != NULL) {
                roster->records[to] = records[fresh];
            }
        }
    }
    return is_free;
}

uint64_t roster_entry_mix(const RosterEntry *entry, uint32_t base_tick,
                          const EntityRecord *record) {
    const uint64_t place = (uint32_t)record->x | (uint64_t)(uint32_t)record->y << 32;
    const uint64_t motion = (uint16_t)record->vx | (uint64_t)(uint16_t)record->vy << 16 |
                            (uint64_t)record->angle << 32 | (uint64_t)record->status << 40;
    const uint64_t who =
        entry->slot | (uint64_t)entry->generation << 20 | (uint64_t)base_tick << 32;
    return rng_mix(place ^ rng_mix(motion ^ rng_mix(who)));
}

uint32_t roster_checksum(const Roster *roster) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < roster->count; i++) {
        const RosterEntry *entry = &roster->entries[i];
        if (entry->age < DELTA_AGE_MAX) {
            sum +=
                (uint32_t)roster_entry_mix(entry, roster->tick - entry->age, &roster->records[i]);
        }
    }
    return sum;
}
