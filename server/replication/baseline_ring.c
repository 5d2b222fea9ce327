// SPDX-License-Identifier: MIT
#include "server/replication/baseline_ring.h"

#include <assert.h>
#include <string.h>

#include "base/thread_role.h"

static_assert(BASELINE_RING_ENTRIES >= 4 * BASELINE_ENTRIES_MAX,
              "before or behind the baseline there is always room for a set");
static_assert(BASELINE_RING_ENTRIES <= UINT16_MAX, "places fit their fields");

// Writes all of the ring, so that its pages exist from the first snapshot on. Memory then does not
// grow when acknowledgements arrive late for the first time.
void baseline_ring_reset(BaselineRing *ring) {
    ASSERT_SIM_THREAD();
    memset(ring, 0, sizeof *ring);
}

typedef struct Piece {
    uint32_t first, end;
} Piece;

static inline bool meets(Piece a, Piece b) {
    return a.first < b.end && b.first < a.end;
}

static Piece piece_from(uint32_t first, uint32_t capacity) {
    if (first + capacity > BASELINE_RING_ENTRIES) {
        first = 0;
    }
    return (Piece){first, first + capacity};
}

static Piece piece_of(const BaselineSpan *span) {
    return (Piece){span->first, (uint32_t)span->first + span->count};
}

// Sets that may still become a baseline are those of given_up .. sequence - 1.
static bool is_free(const BaselineRing *ring, uint16_t sequence, Piece piece) {
    for (uint16_t i = ring->given_up; i != sequence; i++) {
        const BaselineSpan *span = &ring->spans[i % BASELINE_SETS_MAX];
        if (span->is_held && meets(piece, piece_of(span))) {
            return false;
        }
    }
    return true;
}

static uint32_t last_end(const BaselineRing *ring, uint16_t sequence) {
    uint32_t end = 0;
    for (uint16_t i = ring->given_up; i != sequence; i++) {
        const BaselineSpan *span = &ring->spans[i % BASELINE_SETS_MAX];
        end = span->is_held && piece_of(span).end > end ? piece_of(span).end : end;
    }
    return end;
}

// Tries the front of the ring, then the room behind the newest set, then the room behind all sets.
// If none of these is free, the sets behind the newest are overwritten: they are the oldest, except
// for the baseline.
static Piece choose_piece(const BaselineRing *ring, uint16_t sequence, uint32_t capacity,
                          const BaselineSet *baseline) {
    const uint32_t places[] = {0, ring->next, last_end(ring, sequence)};
    for (int i = 0; i < 3; i++) {
        const Piece piece = piece_from(places[i], capacity);
        if (is_free(ring, sequence, piece)) {
            return piece;
        }
    }
    const Piece piece = piece_from(ring->next, capacity);
    if (baseline == NULL) {
        return piece;
    }
    const uint32_t first = (uint32_t)(baseline->entries - ring->entries);
    const Piece kept = {first, first + baseline->count};
    return meets(piece, kept) ? piece_from(kept.end, capacity) : piece;
}

BaselineEntry *baseline_ring_begin(BaselineRing *ring, uint16_t sequence, uint32_t capacity,
                                   const BaselineSet *baseline) {
    ASSERT_WORKER();
    assert(capacity <= BASELINE_ENTRIES_MAX);
    if (baseline != NULL) {
        ring->given_up = baseline->sequence;
    } else if ((uint16_t)(sequence - ring->given_up) >= BASELINE_SETS_MAX) {
        ring->given_up = (uint16_t)(sequence - (BASELINE_SETS_MAX - 1));
    }
    const Piece piece = choose_piece(ring, sequence, capacity, baseline);
    for (uint16_t i = ring->given_up; i != sequence; i++) {
        BaselineSpan *span = &ring->spans[i % BASELINE_SETS_MAX];
        span->is_held &= span->count == 0 || !meets(piece, piece_of(span));
    }
    ring->next = (uint16_t)piece.first;
    return &ring->entries[piece.first];
}

void baseline_ring_commit(BaselineRing *ring, const BaselineSet *baseline_set) {
    ASSERT_WORKER();
    assert(baseline_set->entries == &ring->entries[ring->next]);
    ring->spans[baseline_set->sequence % BASELINE_SETS_MAX] =
        (BaselineSpan){.tick = baseline_set->tick,
                       .first = ring->next,
                       .count = baseline_set->count,
                       .sequence = baseline_set->sequence,
                       .is_held = true};
    ring->next = (uint16_t)(ring->next + baseline_set->count);
}

bool baseline_ring_find(BaselineRing *ring, uint16_t sequence, BaselineSet *baseline_set) {
    ASSERT_SIM_OR_WORKER();
    const BaselineSpan *span = &ring->spans[sequence % BASELINE_SETS_MAX];
    *baseline_set = (BaselineSet){.tick = span->tick,
                                  .sequence = sequence,
                                  .count = span->count,
                                  .entries = &ring->entries[span->first]};
    return span->is_held && span->sequence == sequence && (int16_t)(sequence - ring->given_up) >= 0;
}

// ------------------------------------------------------------------ checks

static Fault check_span(const BaselineRing *ring, uint16_t sequence) {
    const BaselineSpan *span = &ring->spans[sequence % BASELINE_SETS_MAX];
    if (span->sequence != sequence) {
        return (Fault){"a baseline set is not in its place", "sequence", sequence};
    }
    if ((uint32_t)span->first + span->count > BASELINE_RING_ENTRIES) {
        return (Fault){"a baseline set passes the end of the ring", "sequence", sequence};
    }
    BaselineEntry *entries = (BaselineEntry *)&ring->entries[span->first]; // only read
    const BaselineSet set = {.count = span->count, .entries = entries};
    Fault fault = baseline_set_validate(&set);
    for (uint16_t i = ring->given_up; i != sequence && fault.what == NULL; i++) {
        const BaselineSpan *other = &ring->spans[i % BASELINE_SETS_MAX];
        if (other->is_held && meets(piece_of(other), piece_of(span))) {
            fault = (Fault){"two baseline sets overlap", "sequence", sequence};
        }
    }
    return fault;
}

Fault baseline_ring_validate(const BaselineRing *ring, uint16_t next_sequence) {
    ASSERT_SIM_OR_WORKER();
    Fault fault = {0};
    if ((uint16_t)(next_sequence - ring->given_up) > BASELINE_SETS_MAX) {
        return (Fault){"a baseline ring reaches too far back", "sequence", ring->given_up};
    }
    for (uint16_t i = ring->given_up; i != next_sequence && fault.what == NULL; i++) {
        if (ring->spans[i % BASELINE_SETS_MAX].is_held) {
            fault = check_span(ring, i);
        }
    }
    return fault;
}
