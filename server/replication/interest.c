// SPDX-License-Identifier: MIT
#include "server/replication/interest.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/thread_role.h"
#include "wire/snapshot.h"

#define ENTER_X ((VIEW_HALF_WIDTH_UNITS + VIEW_MARGIN_UNITS) * RECORD_UNIT)
#define ENTER_Y ((VIEW_HALF_HEIGHT_UNITS + VIEW_MARGIN_UNITS) * RECORD_UNIT)
#define LEAVE_X (ENTER_X + VIEW_LEAVE_UNITS * RECORD_UNIT)
#define LEAVE_Y (ENTER_Y + VIEW_LEAVE_UNITS * RECORD_UNIT)

// The grid's positions are those at the start of the tick. No entity moves further than this in one
// tick.
#define SCAN_SLACK (64 * UNIT)

// A crowd is scanned a quarter further out than the tiers followed last. So few entities are
// scanned in vain, and when the crowd disperses, the full view is back within half a second.
static uint32_t tiers_beyond(uint32_t followed) {
    const uint32_t tiers = followed + followed / 4 + 3;
    return tiers < INTEREST_TIERS ? tiers : INTEREST_TIERS;
}

static_assert(LEAVE_X / RECORD_UNIT <= SNAPSHOT_REACH_UNITS, "all in view can be expressed");

bool interest_scratch_create(InterestScratch *scratch, uint32_t slot_count) {
    scratch->followed_bits = calloc(slot_count / 64 + 1, sizeof *scratch->followed_bits);
    return scratch->followed_bits != NULL;
}

void interest_scratch_destroy(InterestScratch *scratch) {
    free(scratch->followed_bits);
    scratch->followed_bits = NULL;
}

Fault interest_scratch_validate(const InterestScratch *scratch, uint32_t slot_count) {
    for (uint32_t i = 0; i <= slot_count / 64; i++) {
        if (scratch->followed_bits[i] != 0) {
            return (Fault){"a slot is marked between two views", "slot", i * 64};
        }
    }
    return (Fault){0};
}

static inline uint32_t distance_tier(int32_t dx, int32_t dy) {
    const uint32_t tier_x = (uint32_t)abs(dx) * INTEREST_TIERS / (LEAVE_X + 1);
    const uint32_t tier_y = (uint32_t)abs(dy) * INTEREST_TIERS / (LEAVE_Y + 1);
    return tier_x > tier_y ? tier_x : tier_y;
}

uint32_t interest_tier(const EntityRecord *record, int32_t center_x, int32_t center_y) {
    const uint32_t tier = distance_tier(record->x - center_x, record->y - center_y);
    return tier < INTEREST_TIERS ? tier : INTEREST_TIERS - 1;
}

// ------------------------------------------------------------------ what is followed already

static inline bool is_followed(const InterestScratch *scratch, uint32_t slot) {
    return (scratch->followed_bits[slot / 64] >> (slot % 64) & 1) != 0;
}

// Records are read in an order that the processor cannot predict. Prefetching them this many
// entries ahead made interest a third faster.
#define PREFETCH_ENTRIES 8

static inline bool is_within(int32_t offset, int32_t half) {
    return (uint32_t)(offset + half) <= (uint32_t)(2 * half);
}

// Marks the entries of the baseline that still live and lie within the view.
static void review_entries(InterestView *view, const InterestWorld *world,
                           InterestScratch *scratch) {
    const BaselineEntry *entries = view->baseline.entries;
    const uint32_t count = view->baseline.count;
    uint32_t staying = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t ahead = i + PREFETCH_ENTRIES < count ? i + PREFETCH_ENTRIES : i;
        __builtin_prefetch(&world->records[entries[ahead].slot]);
        const uint32_t slot = entries[i].slot;
        const EntityRecord *record = &world->records[slot];
        const uint32_t stays = (uint32_t)(record->generation == entries[i].generation) &
                               (uint32_t)is_within(record->x - view->center_x, LEAVE_X) &
                               (uint32_t)is_within(record->y - view->center_y, LEAVE_Y);
        view->stays[i] = stays != 0;
        staying += stays;
        scratch->followed_bits[slot / 64] |= (uint64_t)stays << slot % 64;
    }
    view->staying_count = staying;
}

static void clear_followed_bits(const InterestView *view, InterestScratch *scratch) {
    for (uint32_t i = 0; i < view->baseline.count; i++) {
        scratch->followed_bits[view->baseline.entries[i].slot / 64] = 0;
    }
}

// ------------------------------------------------------------------ what comes into view

// The rectangle to scan, in the grid's world units.
typedef struct Scan {
    int32_t x, y;
    int32_t half_x, half_y;
} Scan;

// Items of a row are contiguous and carry the position of a tick ago, so nearly all entities
// outside are skipped without reading their records. Most entities inside are followed already, and
// no branch predictor knows which, so the code adds conditions instead of branching. The caller has
// checked that there is room for all candidates.
static void scan_items(const Scan *scan, const GridItem *items, uint32_t count,
                       InterestScratch *scratch) {
    uint32_t *candidates = scratch->candidates;
    uint32_t found = scratch->candidate_count;
    for (uint32_t i = 0; i < count; i++) {
        const GridItem *item = &items[i];
        const uint32_t is_inside = (uint32_t)is_within(item->x - scan->x, scan->half_x) &
                                   (uint32_t)is_within(item->y - scan->y, scan->half_y);
        candidates[found] = item->slot;
        found += is_inside & (uint32_t)!is_followed(scratch, item->slot);
    }
    scratch->candidate_count = found;
}

// Keeps the candidates whose records say that they live and have entered, and notes their tiers. In
// a crowd the outcome is random, so there are no branches here either.
static void judge_candidates(const InterestView *view, const InterestWorld *world,
                             uint32_t own_slot, uint32_t tiers, InterestScratch *scratch) {
    uint32_t *candidates = scratch->candidates;
    const uint32_t count = scratch->candidate_count;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t slot = candidates[i];
        const EntityRecord *record = &world->records[slot];
        const int32_t dx = record->x - view->center_x;
        const int32_t dy = record->y - view->center_y;
        const uint32_t tier = distance_tier(dx, dy);
        candidates[kept] = slot;
        scratch->tiers[kept] = (uint8_t)tier;
        kept += (uint32_t)(record->generation != 0) & (uint32_t)is_within(dx, ENTER_X) &
                (uint32_t)is_within(dy, ENTER_Y) & (uint32_t)(tier < tiers) &
                (uint32_t)(slot != own_slot);
    }
    scratch->candidate_count = kept;
}

// The rectangle of so many tiers around the centre, but no larger than where entities may enter.
static Scan scan_of(const InterestView *view, uint32_t tiers) {
    const int32_t tier_x = (int32_t)tiers * (LEAVE_X + 1) / INTEREST_TIERS;
    const int32_t tier_y = (int32_t)tiers * (LEAVE_Y + 1) / INTEREST_TIERS;
    return (Scan){
        .x = view->center_x * (UNIT / RECORD_UNIT),
        .y = view->center_y * (UNIT / RECORD_UNIT),
        .half_x = (tier_x < ENTER_X ? tier_x : ENTER_X) * (UNIT / RECORD_UNIT) + SCAN_SLACK,
        .half_y = (tier_y < ENTER_Y ? tier_y : ENTER_Y) * (UNIT / RECORD_UNIT) + SCAN_SLACK};
}

// Makes room: if there are more candidates than can be followed, the nearest stay, by tiers. One
// candidate more than the limit stays, which shows later that the limit was exceeded. Returns the
// number of tiers that can still hold a candidate as near as these.
static uint32_t keep_nearest(const InterestView *view, const InterestWorld *world,
                             uint32_t own_slot, uint32_t tiers, InterestScratch *scratch) {
    judge_candidates(view, world, own_slot, tiers, scratch);
    uint32_t spare = world->entry_limit + 1;
    if (scratch->candidate_count <= spare) {
        return tiers;
    }
    uint32_t counts[INTEREST_TIERS] = {0};
    for (uint32_t i = 0; i < scratch->candidate_count; i++) {
        counts[scratch->tiers[i]]++;
    }
    uint32_t last = 0;
    while (counts[last] < spare) {
        spare -= counts[last++];
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < scratch->candidate_count; i++) {
        const bool is_spare = scratch->tiers[i] == last && spare > 0;
        spare -= is_spare;
        scratch->candidates[kept] = scratch->candidates[i];
        kept += scratch->tiers[i] < last || is_spare;
    }
    scratch->candidate_count = kept;
    return last + 1;
}

static_assert(INTEREST_CANDIDATES_MAX >= 4 * BASELINE_ENTRIES_MAX, "making room makes much of it");

static void find_candidates(const InterestView *view, const InterestWorld *world, uint32_t own_slot,
                            uint32_t tiers, InterestScratch *scratch) {
    const Grid *grid = world->grid;
    Scan scan = scan_of(view, tiers);
    const GridInterval columns = grid_interval(grid, scan.x, scan.half_x);
    const GridInterval rows = grid_interval(grid, scan.y, scan.half_y);
    scratch->candidate_count = 0;
    for (uint32_t row = rows.low; row <= rows.high; row++) {
        const uint32_t *cells = grid->cell_first + (size_t)row * grid->cells_per_side;
        const uint32_t end = cells[columns.high + 1];
        for (uint32_t i = cells[columns.low]; i < end;) {
            const uint32_t room = INTEREST_CANDIDATES_MAX - scratch->candidate_count;
            if (room < end - i && room < INTEREST_CANDIDATES_MAX / 2) {
                tiers = keep_nearest(view, world, own_slot, tiers, scratch);
                scan = scan_of(view, tiers);
                continue;
            }
            const uint32_t scanned = room < end - i ? room : end - i;
            scan_items(&scan, grid->items + i, scanned, scratch);
            i += scanned;
        }
    }
    judge_candidates(view, world, own_slot, tiers, scratch);
}

// ------------------------------------------------------------------ a crowd

// A followed entity counts as this many tiers nearer, so that the last tier's edge does not
// flicker.
#define NEARER_TIERS (INTEREST_TIERS / 16)

static uint32_t entry_tier(const InterestView *view, const InterestWorld *world, uint32_t index) {
    const EntityRecord *record = &world->records[view->baseline.entries[index].slot];
    const uint32_t tier = interest_tier(record, view->center_x, view->center_y);
    return tier > NEARER_TIERS ? tier - NEARER_TIERS : 0;
}

// For more entities in view than a set may hold: follows the tiers that fit completely, and fills
// the room with entities of the next tier, first those that are followed already. Returns the
// number of complete tiers.
static uint32_t bound_crowd(InterestView *view, const InterestWorld *world,
                            InterestScratch *scratch) {
    uint32_t counts[INTEREST_TIERS] = {0};
    const uint8_t *candidate_tiers = scratch->tiers;
    uint8_t entry_tiers[BASELINE_ENTRIES_MAX];
    for (uint32_t i = 0; i < scratch->candidate_count; i++) {
        counts[candidate_tiers[i]]++;
    }
    for (uint32_t i = 0; i < view->baseline.count; i++) {
        if (view->stays[i] != 0) {
            entry_tiers[i] = (uint8_t)entry_tier(view, world, i);
            counts[entry_tiers[i]]++;
        }
    }
    uint32_t tiers = 0;
    uint32_t total = 0;
    while (tiers < INTEREST_TIERS && total + counts[tiers] <= world->entry_limit) {
        total += counts[tiers++];
    }
    uint32_t spare = world->entry_limit - total;
    view->staying_count = 0;
    for (uint32_t i = 0; i < view->baseline.count; i++) {
        if (view->stays[i] == 0) {
            continue;
        }
        const uint32_t tier = entry_tiers[i];
        const bool is_spare = tier == tiers && spare > 0;
        spare -= is_spare;
        view->stays[i] = tier < tiers || is_spare;
        view->staying_count += view->stays[i];
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < scratch->candidate_count; i++) {
        const uint32_t tier = candidate_tiers[i];
        const bool is_spare = tier == tiers && spare > 0;
        spare -= is_spare;
        scratch->candidates[kept] = scratch->candidates[i];
        kept += tier < tiers || is_spare;
    }
    scratch->candidate_count = kept;
    return tiers;
}

// ------------------------------------------------------------------ the entering entities

// A shell sort: usually a handful of slots, but hundreds for a player who has just joined.
static void sort_slots(uint32_t *slots, uint32_t count) {
    static const uint32_t gaps[] = {301, 132, 57, 23, 10, 4, 1};
    for (size_t g = 0; g < sizeof gaps / sizeof *gaps; g++) {
        const uint32_t gap = gaps[g];
        for (uint32_t i = gap; i < count; i++) {
            const uint32_t slot = slots[i];
            uint32_t j = i;
            for (; j >= gap && slots[j - gap] > slot; j -= gap) {
                slots[j] = slots[j - gap];
            }
            slots[j] = slot;
        }
    }
}

static void copy_enters(InterestView *view, InterestScratch *scratch) {
    assert(view->staying_count + scratch->candidate_count <= BASELINE_ENTRIES_MAX);
    sort_slots(scratch->candidates, scratch->candidate_count);
    view->enter_count = scratch->candidate_count;
    memcpy(view->enters, scratch->candidates, scratch->candidate_count * sizeof view->enters[0]);
}

void interest_update(ReplicaState *state, const InterestWorld *world, int32_t center_x,
                     int32_t center_y, InterestScratch *scratch, InterestView *view) {
    ASSERT_WORKER();
    const uint32_t tiers = state->view_tiers < INTEREST_TIERS ? state->view_tiers : INTEREST_TIERS;
    view->center_x = center_x;
    view->center_y = center_y;
    view->baseline_back = replica_state_find_baseline(state, world->entry_limit, &view->baseline);
    review_entries(view, world, scratch);
    find_candidates(view, world, state->index, tiers, scratch);
    clear_followed_bits(view, scratch);
    uint32_t followed_tiers = tiers;
    if (view->staying_count + scratch->candidate_count > world->entry_limit) {
        followed_tiers = bound_crowd(view, world, scratch);
    }
    state->view_tiers = (uint8_t)tiers_beyond(followed_tiers);
    copy_enters(view, scratch);
}
