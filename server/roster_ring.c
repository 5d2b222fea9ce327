// SPDX-License-Identifier: MIT
#include "server/roster_ring.h"

#include <assert.h>
#include <string.h>

static_assert(ROSTER_RING_ENTRIES >= 2 * ROSTER_ENTRIES_MAX, "the newest never overwrites itself");

void roster_ring_reset(RosterRing *ring) {
    memset(ring->spans, 0, sizeof ring->spans);
    ring->next = 0;
}

static void let_go(RosterRing *ring, uint32_t first, uint32_t count) {
    for (uint32_t i = 0; i < ROSTER_RING; i++) {
        RosterSpan *span = &ring->spans[i];
        if (span->first < first + count && first < (uint32_t)span->first + span->count) {
            span->is_held = false;
        }
    }
}

void roster_ring_store(RosterRing *ring, const Roster *roster) {
    if (ring->next + roster->count > ROSTER_RING_ENTRIES) {
        ring->next = 0;
    }
    let_go(ring, ring->next, roster->count);
    memcpy(&ring->entries[ring->next], roster->entries, roster->count * sizeof ring->entries[0]);
    ring->spans[roster->sequence % ROSTER_RING] = (RosterSpan){.tick = roster->tick,
                                                               .first = (uint16_t)ring->next,
                                                               .count = roster->count,
                                                               .is_held = true};
    ring->next += roster->count;
}

bool roster_ring_find(RosterRing *ring, uint16_t sequence, Roster *roster) {
    const RosterSpan *span = &ring->spans[sequence % ROSTER_RING];
    *roster = (Roster){.tick = span->tick,
                       .sequence = sequence,
                       .count = span->count,
                       .entries = &ring->entries[span->first]};
    return span->is_held;
}
