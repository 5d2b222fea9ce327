// SPDX-License-Identifier: MIT
#include "client/core/previous_ages.h"

#include <stdbool.h>
#include <stddef.h>

void previous_ages(const BaselineSet *before, const BaselineSet *baseline_set, uint16_t *ages) {
    const uint32_t before_count = before == NULL ? 0 : before->count;
    uint32_t next = 0; // of before
    for (uint32_t i = 0; i < baseline_set->count; i++) {
        const BaselineEntry *entry = &baseline_set->entries[i];
        while (next < before_count && before->entries[next].slot < entry->slot) {
            next++;
        }
        const bool was_held = next < before_count && before->entries[next].slot == entry->slot &&
                              before->entries[next].generation == entry->generation;
        ages[i] = entry->age;
        if (entry->age == 0 && was_held) {
            ages[i] = baseline_true_age_after(before->entries[next].age,
                                              baseline_set->tick - before->tick);
        }
    }
}
