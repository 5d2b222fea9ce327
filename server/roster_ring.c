// SPDX-License-Identifier: MIT
#include "server/roster_ring.h"

#include <assert.h>
#include <string.h>

static_assert(ROSTER_RING_ENTRIES >= 4 * ROSTER_ENTRIES_MAX,
              "before or behind the reference there is always room for a roster");
static_assert(ROSTER_RING_ENTRIES <= UINT16_MAX, "places fit their fields");

// All of it, so that a session's memory is there from its first snapshot on and does not grow when
// acknowledgements come late for the first time.
void roster_ring_reset(RosterRing *ring) {
    memset(ring, 0, sizeof *ring);
}

typedef struct Piece {
    uint32_t first, end;
} Piece;

static inline bool meets(Piece a, Piece b) {
    return a.first < b.end && b.first < a.end;
}

static Piece piece_from(uint32_t first, uint32_t capacity) {
    if (first + capacity > ROSTER_RING_ENTRIES) {
        first = 0;
    }
    return (Piece){first, first + capacity};
}

static Piece piece_of(const RosterSpan *span) {
    return (Piece){span->first, (uint32_t)span->first + span->count};
}

// The rosters that may still be referred to are those of given_up .. sequence - 1.
static bool is_free(const RosterRing *ring, uint16_t sequence, Piece piece) {
    for (uint16_t i = ring->given_up; i != sequence; i++) {
        const RosterSpan *span = &ring->spans[i % ROSTER_RING];
        if (span->is_held && meets(piece, piece_of(span))) {
            return false;
        }
    }
    return true;
}

static uint32_t last_end(const RosterRing *ring, uint16_t sequence) {
    uint32_t end = 0;
    for (uint16_t i = ring->given_up; i != sequence; i++) {
        const RosterSpan *span = &ring->spans[i % ROSTER_RING];
        end = span->is_held && piece_of(span).end > end ? piece_of(span).end : end;
    }
    return end;
}

// At the front, behind the newest, behind all: where it is free first. When it is nowhere, those
// behind the newest are overwritten, which are the oldest, but for the reference.
static Piece choose_piece(const RosterRing *ring, uint16_t sequence, uint32_t capacity,
                          const Roster *reference) {
    const uint32_t places[] = {0, ring->next, last_end(ring, sequence)};
    for (int i = 0; i < 3; i++) {
        const Piece piece = piece_from(places[i], capacity);
        if (is_free(ring, sequence, piece)) {
            return piece;
        }
    }
    const Piece piece = piece_from(ring->next, capacity);
    if (reference == NULL) {
        return piece;
    }
    const uint32_t first = (uint32_t)(reference->entries - ring->entries);
    const Piece taken = {first, first + reference->count};
    return meets(piece, taken) ? piece_from(taken.end, capacity) : piece;
}

void roster_ring_begin(RosterRing *ring, uint16_t sequence, uint32_t tick, uint32_t capacity,
                       const Roster *reference, Roster *roster) {
    assert(capacity <= ROSTER_ENTRIES_MAX);
    if (reference != NULL) {
        ring->given_up = reference->sequence;
    } else if ((uint16_t)(sequence - ring->given_up) >= ROSTER_RING) {
        ring->given_up = (uint16_t)(sequence - (ROSTER_RING - 1));
    }
    const Piece piece = choose_piece(ring, sequence, capacity, reference);
    for (uint16_t i = ring->given_up; i != sequence; i++) {
        RosterSpan *span = &ring->spans[i % ROSTER_RING];
        span->is_held &= span->count == 0 || !meets(piece, piece_of(span));
    }
    ring->next = (uint16_t)piece.first;
    *roster = (Roster){.entries = &ring->entries[piece.first]};
    roster_begin(roster, sequence, tick);
}

void roster_ring_commit(RosterRing *ring, const Roster *roster) {
    assert(roster->entries == &ring->entries[ring->next]);
    ring->spans[roster->sequence % ROSTER_RING] = (RosterSpan){.tick = roster->tick,
                                                               .first = ring->next,
                                                               .count = roster->count,
                                                               .sequence = roster->sequence,
                                                               .is_held = true};
    ring->next = (uint16_t)(ring->next + roster->count);
}

bool roster_ring_find(RosterRing *ring, uint16_t sequence, Roster *roster) {
    const RosterSpan *span = &ring->spans[sequence % ROSTER_RING];
    *roster = (Roster){.tick = span->tick,
                       .sequence = sequence,
                       .count = span->count,
                       .entries = &ring->entries[span->first]};
    return span->is_held && span->sequence == sequence && (int16_t)(sequence - ring->given_up) >= 0;
}
