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

// was: what is known of the entity; NULL when the roster before did not hold it.
static Sighting see(const RosterEntry *entry, uint32_t tick, const Sighting *was) {
    if (was == NULL) {
        return (Sighting){.told_tick = tick - entry->age};
    }
    return entry->age > 0 ? *was
                          : (Sighting){.told_tick = tick, .refresh_ticks = tick - was->told_tick};
}

bool sightings_update(Sightings *sightings, const Roster *before, const Roster *roster) {
    const uint32_t before_count = before == NULL ? 0 : before->count;
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
        seen[i] = see(entry, roster->tick, was_held ? &sightings->items[next] : NULL);
    }
    if (roster->count > 0) {
        memcpy(sightings->items, seen, roster->count * sizeof(seen[0]));
    }
    sightings->count = roster->count;
    return true;
}
