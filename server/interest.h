// SPDX-License-Identifier: MIT
// interest.h -- decides which entities a session follows, and how urgent each is in this snapshot.
//
// Flow:    published records + grid (read) -> interest_update() per session -> View -> encode
// Threads: within the replication's parallel-for: a worker writes the views of the sessions in its
//          piece and its own scratch; records and grid are read-only for the whole phase.
// Order:   View.entries are sorted by slot; the encoder's gap coding relies on it.
// Memory:  views lie inside sessions, scratch is one per worker; nothing is allocated in a tick.
// Units:   published units (EntityRecord) and ticks.
//
// An entity enters VIEW_MARGIN_UNITS outside of what the client sees and leaves VIEW_LEAVE_UNITS
// further out, so that one on the edge does not flicker. Where more come into view than a view
// holds, the nearest are followed: candidates are bounded by distance rings in linear time, before
// anything is sorted.
#ifndef TICKSTORM_SERVER_INTEREST_H
#define TICKSTORM_SERVER_INTEREST_H

#include <stdbool.h>
#include <stdint.h>

#include "game/entity.h"
#include "game/grid.h"
#include "server/session.h"

#define INTEREST_CANDIDATES_MAX 8192
#define INTEREST_RINGS          16

// What all sessions look at in one tick.
typedef struct InterestWorld {
    const EntityRecord *records; // by slot, of this tick
    const Grid *grid;            // at most one tick old
    const SlotRanges *ranges;
    uint32_t tick;
    uint32_t entry_limit; // entities that a view follows at most; <= VIEW_ENTRIES_MAX
} InterestWorld;

// An entity that may enter a view.
typedef struct InterestCandidate {
    uint32_t slot;
    uint32_t ring; // distance, 0: at the centre .. INTEREST_RINGS - 1: at the edge
} InterestCandidate;

// One worker's working memory.
typedef struct InterestScratch {
    uint64_t *followed_bits; // by slot; all zero between calls
    uint32_t candidate_count;
    InterestCandidate candidates[INTEREST_CANDIDATES_MAX];
} InterestScratch;

bool interest_scratch_create(InterestScratch *scratch, uint32_t slot_count);
void interest_scratch_destroy(InterestScratch *scratch);

// Brings the session's view up to date for a view centred at (center_x, center_y).
void interest_update(Session *session, const InterestWorld *world, int32_t center_x,
                     int32_t center_y, InterestScratch *scratch);

#endif
