// SPDX-License-Identifier: MIT
#include "client/core/sightings.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define GROWTH 32 // items

void sightings_destroy(Sightings *sightings) {
    free(sightings->items);
    *sightings = (Sightings){0};
}

static bool grow(Sightings *sightings, uint32_t count) {
    const uint32_t capacity = (count + GROWTH - 1) / GROWTH * GROWTH;
    Sighting *items = realloc(sightings->items, capacity * sizeof(items[0]));
    if (items == NULL) {
        return false;
    }
    sightings->items = items;
    sightings->capacity = capacity;
    return true;
}

static uint16_t age_after(const Sighting *was, uint32_t ticks) {
    const uint32_t left = (uint32_t)UINT16_MAX - was->age_ticks;
    return (uint16_t)(was->age_ticks + (ticks < left ? ticks : left));
}

// was: what was known of the entity so many ticks ago; NULL when the roster before did not hold it.
static Sighting see(const RosterEntry *entry, const Sighting *was, uint32_t ticks) {
    if (was == NULL) {
        return (Sighting){.age_ticks = entry->age};
    }
    return entry->age > 0
               ? (Sighting){.age_ticks = age_after(was, ticks), .refresh_ticks = was->refresh_ticks}
               : (Sighting){.refresh_ticks = age_after(was, ticks)};
}

bool sightings_update(Sightings *sightings, const Roster *before, const Roster *roster) {
    const uint32_t before_count = before == NULL ? 0 : before->count;
    const uint32_t ticks = before == NULL ? 0 : roster->tick - before->tick;
    assert(before_count == sightings->count);
    if (roster->count > sightings->capacity && !grow(sightings, roster->count)) {
        return false;
    }
    Sighting seen[ROSTER_ENTRIES_MAX];
    uint32_t next = 0; // of before
    for (uint32_t i = 0; i < roster->count; i++) {
        const RosterEntry *entry = &roster->entries[i];
        while (next < before_count && before->entries[next].slot < entry->slot) {
            next++;
        }
        const bool was_held = next < before_count && before->entries[next].slot == entry->slot &&
                              before->entries[next].generation == entry->generation;
        seen[i] = see(entry, was_held ? &sightings->items[next] : NULL, ticks);
    }
    if (roster->count > 0) {
        memcpy(sightings->items, seen, roster->count * sizeof(seen[0]));
    }
    sightings->count = roster->count;
    return true;
}
