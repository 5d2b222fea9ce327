// SPDX-License-Identifier: MIT
#include "client/core/former_ages.h"

#include <stdbool.h>
#include <stddef.h>

void former_ages(const Roster *before, const Roster *roster, uint16_t *ages) {
    const uint32_t before_count = before == NULL ? 0 : before->count;
    uint32_t next = 0; // of before
    for (uint32_t i = 0; i < roster->count; i++) {
        const RosterEntry *entry = &roster->entries[i];
        while (next < before_count && before->entries[next].slot < entry->slot) {
            next++;
        }
        const bool was_held = next < before_count && before->entries[next].slot == entry->slot &&
                              before->entries[next].generation == entry->generation;
        ages[i] = entry->age;
        if (entry->age == 0 && was_held) {
            ages[i] = roster_true_age_after(before->entries[next].age, roster->tick - before->tick);
        }
    }
}
