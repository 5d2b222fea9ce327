// SPDX-License-Identifier: MIT
// interest.h -- decides which entities a client receives in this snapshot.
//
// Flow:    the replica state's baseline + published records + grid (read) -> interest_update() ->
//          InterestView -> encode
// Threads: within the replication's parallel-for: a worker writes its own views and scratch and the
//          replica states of its piece; records and grid are read-only for the whole phase.
// Order:   entering entities are sorted by slot, as the baseline is.
// Memory:  views and scratch are one per worker; nothing is allocated in a tick. Between snapshots,
//          a client's interest is kept only as its baseline sets.
// Units:   published units (EntityRecord) and ticks.
//
// An entity enters the view VIEW_MARGIN_UNITS outside of the client's screen. An entity of the
// baseline leaves VIEW_LEAVE_UNITS further out, so that an entity on the edge does not flicker. If
// more entities are in view than a baseline set may hold, the nearest are followed, by tiers of
// distance in linear time. The next snapshot scans only a little further out than these tiers, so
// that the cost of a crowd depends on the entities followed, not on the entities present. Memory is
// bounded for any number in view: when the candidates fill their room, the nearest stay and the
// others are dropped.
//
// Tiers do not change how often an entity is sent: while the budget suffices, far entities are sent
// as often as near ones. A far tier was tried in the world of the benchmark bytes_per_update:
// everything beyond half of the way out was sent with every second snapshot. That left 118 of 178
// entities a snapshot fresh and saved 2.5 % of the bytes (260 for 267 at a round trip of 100 ms,
// 165 for 169 at 33 ms; 2.6 % with 10 % loss): a SKIP costs 3 bits, and the next delta, against an
// older baseline, costs more. Sending everything at half the rate would save 5 %. Where the budget
// does not suffice, distance counts in every entity's priority, by thirds of the way out, and still
// no entity waits longer than its turn; see priority.h.
#ifndef TICKSTORM_SERVER_REPLICATION_INTEREST_H
#define TICKSTORM_SERVER_REPLICATION_INTEREST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "game/entity.h"
#include "game/grid.h"
#include "server/replication/interest_view.h"
#include "server/replication/replica_state.h"

#define INTEREST_CANDIDATES_MAX 8192
#define INTEREST_TIERS          64

// The same for all clients of a tick.
typedef struct InterestWorld {
    const EntityRecord *records; // by slot, of this tick
    const Grid *grid;            // at most one tick old
    const SlotRanges *ranges;
    uint32_t tick;
    uint32_t entry_limit; // entities that a client follows at most; <= BASELINE_ENTRIES_MAX
} InterestWorld;

// One worker's working memory.
typedef struct InterestScratch {
    uint64_t *followed_bits; // by slot; all zero between calls
    uint32_t candidate_count;
    uint32_t candidates[INTEREST_CANDIDATES_MAX];
    uint8_t tiers[INTEREST_CANDIDATES_MAX]; // of the candidates
} InterestScratch;

bool interest_scratch_create(InterestScratch *scratch, uint32_t slot_count);
void interest_scratch_destroy(InterestScratch *scratch);

// Fills *view with the entities of the next snapshot, seen from (center_x, center_y).
void interest_update(ReplicaState *state, const InterestWorld *world, int32_t center_x,
                     int32_t center_y, InterestScratch *scratch, InterestView *view);

// The distance tier of a record: 0 around the centre .. INTEREST_TIERS - 1 at the distance where
// entities leave the view.
uint32_t interest_tier(const EntityRecord *record, int32_t center_x, int32_t center_y);

// Checks that the scratch is as empty as it must be between two calls.
Fault interest_scratch_validate(const InterestScratch *scratch, uint32_t slot_count);

#endif
