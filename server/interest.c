// SPDX-License-Identifier: MIT
#include "server/interest.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "wire/snapshot.h"

#define ENTER_X ((VIEW_HALF_WIDTH_UNITS + VIEW_MARGIN_UNITS) * RECORD_UNIT)
#define ENTER_Y ((VIEW_HALF_HEIGHT_UNITS + VIEW_MARGIN_UNITS) * RECORD_UNIT)
#define LEAVE_X (ENTER_X + VIEW_LEAVE_UNITS * RECORD_UNIT)
#define LEAVE_Y (ENTER_Y + VIEW_LEAVE_UNITS * RECORD_UNIT)

// The grid's positions are those at the start of the tick. Nothing moves further than this in one.
#define SCAN_SLACK_UNITS 64
#define SCAN_X           (ENTER_X * (UNIT / RECORD_UNIT) + SCAN_SLACK_UNITS * UNIT)
#define SCAN_Y           (ENTER_Y * (UNIT / RECORD_UNIT) + SCAN_SLACK_UNITS * UNIT)

#define OVERDUE_TICKS 30

// How long an entity that has just come into view seems to have waited already.
#define NEWCOMER_AGE_TICKS 60

static_assert(LEAVE_X / RECORD_UNIT <= SNAPSHOT_REACH_UNITS, "all in view can be expressed");

bool interest_scratch_create(InterestScratch *scratch, uint32_t slot_count) {
    scratch->followed_bits = calloc(slot_count / 64 + 1, sizeof *scratch->followed_bits);
    return scratch->followed_bits != NULL;
}

void interest_scratch_destroy(InterestScratch *scratch) {
    free(scratch->followed_bits);
    scratch->followed_bits = NULL;
}

// What one view looks for, and from where. World units are those of the grid.
typedef struct Query {
    int32_t center_x, center_y;
    int32_t world_x, world_y;
    uint32_t own_slot;
} Query;

static inline uint32_t distance_ring(int32_t dx, int32_t dy) {
    const uint32_t ring_x = (uint32_t)abs(dx) * INTEREST_RINGS / (LEAVE_X + 1);
    const uint32_t ring_y = (uint32_t)abs(dy) * INTEREST_RINGS / (LEAVE_Y + 1);
    return ring_x > ring_y ? ring_x : ring_y;
}

// Age counts for what is sent eventually, weight for how often: the least important entity waits up
// to 4.5 times as long as the most important one. What has waited for half a second overtakes
// both: clients drop what they have not heard of for a second.
static inline uint8_t urgency_of(EntityKind kind, uint32_t ring, uint32_t age_ticks) {
    static const uint8_t kind_weights[ENTITY_KIND_COUNT] = {3, 2, 3, 2};
    static const uint8_t ring_weights[INTEREST_RINGS] = {3, 3, 3, 3, 3, 2, 2, 2,
                                                         2, 2, 1, 1, 1, 1, 1, 1};
    const uint32_t age = age_ticks < 1000 ? age_ticks : 1000;
    const uint32_t overdue = age > OVERDUE_TICKS ? age - OVERDUE_TICKS : 0;
    const uint32_t score = age * kind_weights[kind] * ring_weights[ring] / 4 + overdue * 8;
    return (uint8_t)(score < URGENCY_MAX ? score : URGENCY_MAX);
}

// ------------------------------------------------------------------ removals

static bool add_removal(View *view, EntityId id) {
    if (view->removal_count == VIEW_REMOVALS_MAX) {
        return false;
    }
    view->removals[view->removal_count++] = (ViewRemoval){.id = id};
    return true;
}

// The entity is back before the client has forgotten it.
static void cancel_removal(View *view, EntityId id) {
    for (uint32_t i = 0; i < view->removal_count; i++) {
        if (view->removals[i].id == id) {
            view->removal_count--;
            memmove(&view->removals[i], &view->removals[i + 1],
                    (view->removal_count - i) * sizeof view->removals[0]);
            return;
        }
    }
}

// Lets go of an entity. False when the client would have to be told and there is no room: the entry
// then has to stay until there is.
static bool let_go(View *view, const ViewEntry *entry) {
    return !entry->is_known || add_removal(view, entity_id(entry->slot, entry->generation));
}

// ------------------------------------------------------------------ what is followed already

static inline bool is_followed(const InterestScratch *scratch, uint32_t slot) {
    return (scratch->followed_bits[slot / 64] >> (slot % 64) & 1) != 0;
}

static void note_untold(Session *session, const SlotRanges *ranges, uint32_t slot) {
    View *view = &session->view;
    if (slot < ranges->first[ENTITY_SHIP + 1] && view->untold_count < VIEW_UNTOLD_MAX &&
        !session_was_told(session, slot)) {
        view->untold[view->untold_count++] = slot;
    }
}

// Records are read in no order that the processor could foresee; asking for them this many entries
// ahead made the whole of interest a third faster.
#define PREFETCH_ENTRIES 8

// Keeps the entries that still live and lie within the view, rates them, and lets go of the rest.
static void review_entries(Session *session, const InterestWorld *world, const Query *query,
                           InterestScratch *scratch) {
    View *view = &session->view;
    const uint32_t count = view->entry_count;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t ahead = i + PREFETCH_ENTRIES < count ? i + PREFETCH_ENTRIES : i;
        __builtin_prefetch(&world->records[view->entries[ahead].slot]);
        ViewEntry *entry = &view->entries[i];
        const EntityRecord *record = &world->records[entry->slot];
        const int32_t dx = record->x - query->center_x;
        const int32_t dy = record->y - query->center_y;
        uint8_t urgency = URGENCY_GONE;
        if (record->generation == entry->generation && abs(dx) <= LEAVE_X && abs(dy) <= LEAVE_Y) {
            urgency = urgency_of(entity_kind_of_slot(world->ranges, entry->slot),
                                 distance_ring(dx, dy), world->tick - entry->since_tick);
            note_untold(session, world->ranges, entry->slot);
        } else if (let_go(view, entry)) {
            continue;
        }
        scratch->followed_bits[entry->slot / 64] |= 1ull << entry->slot % 64;
        // Copied first, rated afterwards: a load behind a narrower store to the same place stalls.
        view->entries[kept] = *entry;
        view->entries[kept++].urgency = urgency;
    }
    view->entry_count = kept;
}

static void clear_followed_bits(const View *view, InterestScratch *scratch) {
    for (uint32_t i = 0; i < view->entry_count; i++) {
        scratch->followed_bits[view->entries[i].slot / 64] = 0;
    }
}

// ------------------------------------------------------------------ what comes into view

// Items lie in a row next to each other and carry the position of a tick ago, so nearly all that
// lies outside is passed over without touching its record. Most of what is inside is followed
// already, and no branch predictor can tell which: hence the sum of conditions instead of branches.
static void scan_items(const Query *query, const GridItem *items, uint32_t count,
                       InterestScratch *scratch) {
    InterestCandidate *candidates = scratch->candidates;
    uint32_t found = scratch->candidate_count;
    for (uint32_t i = 0; i < count; i++) {
        const GridItem *item = &items[i];
        const uint32_t dx = (uint32_t)(item->x - query->world_x + SCAN_X);
        const uint32_t dy = (uint32_t)(item->y - query->world_y + SCAN_Y);
        const bool is_inside = (dx <= 2 * SCAN_X) & (dy <= 2 * SCAN_Y);
        candidates[found].slot = item->slot;
        found += is_inside & !is_followed(scratch, item->slot);
        if (found == INTEREST_CANDIDATES_MAX) {
            break;
        }
    }
    scratch->candidate_count = found;
}

// Leaves the candidates whose records say that they live and have entered.
static void judge_candidates(const InterestWorld *world, const Query *query,
                             InterestScratch *scratch) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < scratch->candidate_count; i++) {
        const uint32_t slot = scratch->candidates[i].slot;
        const EntityRecord *record = &world->records[slot];
        const int32_t dx = record->x - query->center_x;
        const int32_t dy = record->y - query->center_y;
        if (record->generation != 0 && abs(dx) <= ENTER_X && abs(dy) <= ENTER_Y &&
            slot != query->own_slot) {
            scratch->candidates[kept++] = (InterestCandidate){slot, distance_ring(dx, dy)};
        }
    }
    scratch->candidate_count = kept;
}

static void find_candidates(const InterestWorld *world, const Query *query,
                            InterestScratch *scratch) {
    const Grid *grid = world->grid;
    const GridInterval columns = grid_interval(grid, query->world_x, SCAN_X);
    const GridInterval rows = grid_interval(grid, query->world_y, SCAN_Y);
    scratch->candidate_count = 0;
    for (uint32_t row = rows.low; row <= rows.high; row++) {
        const uint32_t *cells = grid->cell_first + (size_t)row * grid->cells_per_side;
        const uint32_t first = cells[columns.low];
        scan_items(query, grid->items + first, cells[columns.high + 1] - first, scratch);
    }
    judge_candidates(world, query, scratch);
}

// ------------------------------------------------------------------ a crowd

static uint32_t entry_ring(const ViewEntry *entry, const InterestWorld *world, int32_t center_x,
                           int32_t center_y) {
    const EntityRecord *record = &world->records[entry->slot];
    return distance_ring(record->x - center_x, record->y - center_y);
}

// More than a view holds: follows the rings that fit as a whole, and lets go of what is followed
// further out.
static void bound_crowd(View *view, const InterestWorld *world, int32_t center_x, int32_t center_y,
                        InterestScratch *scratch) {
    uint32_t counts[INTEREST_RINGS] = {0};
    uint32_t total = 0;
    for (uint32_t i = 0; i < scratch->candidate_count; i++) {
        counts[scratch->candidates[i].ring]++;
    }
    for (uint32_t i = 0; i < view->entry_count; i++) {
        if (view->entries[i].urgency == URGENCY_GONE) {
            total++; // takes up room wherever it was
        } else {
            counts[entry_ring(&view->entries[i], world, center_x, center_y)]++;
        }
    }
    uint32_t rings = 0;
    while (rings < INTEREST_RINGS && total + counts[rings] <= world->entry_limit) {
        total += counts[rings++];
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < view->entry_count; i++) {
        ViewEntry entry = view->entries[i];
        const bool is_beyond =
            entry.urgency != URGENCY_GONE && entry_ring(&entry, world, center_x, center_y) >= rings;
        if (is_beyond) {
            if (let_go(view, &entry)) {
                continue;
            }
            entry.urgency = URGENCY_GONE;
        }
        view->entries[kept++] = entry;
    }
    view->entry_count = kept;
    kept = 0;
    for (uint32_t i = 0; i < scratch->candidate_count; i++) {
        if (scratch->candidates[i].ring < rings && view->entry_count + kept < world->entry_limit) {
            scratch->candidates[kept++] = scratch->candidates[i];
        }
    }
    scratch->candidate_count = kept;
}

// ------------------------------------------------------------------ taking them in

static int compare_candidates(const void *a, const void *b) {
    const uint32_t slot_a = ((const InterestCandidate *)a)->slot;
    const uint32_t slot_b = ((const InterestCandidate *)b)->slot;
    return (slot_a > slot_b) - (slot_a < slot_b);
}

// Usually a handful, but hundreds for a player who has just joined.
static void sort_candidates(InterestScratch *scratch) {
    InterestCandidate *items = scratch->candidates;
    if (scratch->candidate_count > 24) {
        qsort(items, scratch->candidate_count, sizeof *items, compare_candidates);
        return;
    }
    for (uint32_t i = 1; i < scratch->candidate_count; i++) {
        const InterestCandidate item = items[i];
        uint32_t j = i;
        for (; j > 0 && items[j - 1].slot > item.slot; j--) {
            items[j] = items[j - 1];
        }
        items[j] = item;
    }
}

static ViewEntry enter(View *view, const InterestWorld *world, const InterestCandidate *candidate) {
    const uint16_t generation = world->records[candidate->slot].generation;
    cancel_removal(view, entity_id(candidate->slot, generation));
    const EntityKind kind = entity_kind_of_slot(world->ranges, candidate->slot);
    return (ViewEntry){
        .slot = candidate->slot,
        .since_tick = world->tick - NEWCOMER_AGE_TICKS,
        .generation = generation,
        .urgency = urgency_of(kind, candidate->ring, NEWCOMER_AGE_TICKS),
    };
}

// Merges the sorted newcomers into the sorted entries, from the back, in place.
static void merge_candidates(View *view, const InterestWorld *world,
                             const InterestScratch *scratch) {
    uint32_t old = view->entry_count;
    uint32_t fresh = scratch->candidate_count;
    uint32_t to = old + fresh;
    assert(to <= VIEW_ENTRIES_MAX);
    view->entry_count = to;
    while (fresh > 0) {
        const InterestCandidate *candidate = &scratch->candidates[fresh - 1];
        if (old > 0 && view->entries[old - 1].slot > candidate->slot) {
            view->entries[--to] = view->entries[--old];
        } else {
            view->entries[--to] = enter(view, world, candidate);
            fresh--;
        }
    }
}

void interest_update(Session *session, const InterestWorld *world, int32_t center_x,
                     int32_t center_y, InterestScratch *scratch) {
    View *view = &session->view;
    const Query query = {center_x, center_y, center_x << RECORD_SHIFT, center_y << RECORD_SHIFT,
                         session->index};
    view->untold_count = 0;
    review_entries(session, world, &query, scratch);
    find_candidates(world, &query, scratch);
    clear_followed_bits(view, scratch);
    if (view->entry_count + scratch->candidate_count > world->entry_limit) {
        bound_crowd(view, world, center_x, center_y, scratch);
    }
    sort_candidates(scratch);
    merge_candidates(view, world, scratch);
}
