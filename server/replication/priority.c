// SPDX-License-Identifier: MIT
#include "server/replication/priority.h"

#include <assert.h>
#include <string.h>

#include "base/thread_role.h"
#include "server/replication/interest.h"
#include "wire/prefix_code.h"

static_assert(BASELINE_ENTRIES_MAX % 64 == 0, "the bits of entering entities fill their words");
static_assert(PREFIX_LENGTH_MAX <= UINT8_MAX, "marks fit their fields");

// Levels below this are those of entities that are not overdue.
#define PRIORITY_OVERDUE 128
#define PRIORITY_LEVELS  256

#define AGE_MAX (PRIORITY_LEVELS - 1 - PRIORITY_OVERDUE + PRIORITY_OVERDUE_SNAPSHOTS)

// Entering entities by tier, those in flight before all others.
#define PRECEDENCE_NEW   INTEREST_TIERS
#define PRECEDENCE_COUNT (2 * INTEREST_TIERS)

static_assert(AGE_MAX <= UINT8_MAX, "ages fit their field");

// ------------------------------------------------------------------ filling

// The weight of nearness: 3, 2 or 1, by thirds of the way out.
static uint32_t tier_weight(uint32_t tier) {
    return 3 - tier * 3 / INTEREST_TIERS;
}

static uint8_t level_of(EntityKind kind, uint32_t tier, uint32_t age, uint32_t sent_bits) {
    static const uint8_t kind_weights[ENTITY_KIND_COUNT] = {3, 2, 3, 2};
    if (age >= PRIORITY_OVERDUE_SNAPSHOTS) {
        return (uint8_t)(PRIORITY_OVERDUE + age - PRIORITY_OVERDUE_SNAPSHOTS);
    }
    const uint32_t change = sent_bits <= 8 ? 2 : sent_bits <= 20 ? 3 : 4;
    const uint32_t score = (age + 1) * kind_weights[kind] * tier_weight(tier) * change / 2;
    return (uint8_t)(score < PRIORITY_OVERDUE ? score : PRIORITY_OVERDUE - 1);
}

static void fill_known(PriorityKnown *known, const KnownUpdateSource *source, DeltaWindow window,
                       EntityKind kind) {
    KnownUpdate made;
    const uint64_t word = known_update_find(source, window.slot, window.age, &made);
    delta_cache_note_requested(source->cache, window.age, 1, source->use);
    known->is_full = word == 0 && made.is_full;
    known->full_mark_bits =
        known->is_full ? (uint8_t)delta_mark(kind, window, DELTA_FULL).count : 0;
    if (word != 0) {
        source->use->copied++;
        known->sent =
            (DeltaBits){.words = {delta_word_bits(word)}, .count = delta_word_count(word)};
    } else {
        known->sent = made.bits;
    }
}

// The age of each known entity, by the baseline set behind the last snapshot; also notes the
// entering entities that this snapshot carried already.
static void fill_ages(Priority *priority, ReplicaState *state, const InterestView *view,
                      bool in_flight[BASELINE_ENTRIES_MAX]) {
    BaselineSet last;
    if (!baseline_ring_find(&state->baselines, (uint16_t)(state->next_sequence - 1), &last)) {
        last.count = 0;
    }
    uint32_t known = 0;
    uint32_t enter = 0;
    for (uint32_t i = 0; i < last.count; i++) {
        const BaselineEntry *entry = &last.entries[i];
        while (known < view->baseline.count && view->baseline.entries[known].slot < entry->slot) {
            known++;
        }
        while (enter < view->enter_count && view->enters[enter] < entry->slot) {
            enter++;
        }
        const uint32_t age = state->has_ages ? state->ages[i] + 1u : 1;
        if (known < view->baseline.count && view->baseline.entries[known].slot == entry->slot) {
            priority->known[known].age = (uint8_t)(age < AGE_MAX ? age : AGE_MAX);
        }
        if (enter < view->enter_count && view->enters[enter] == entry->slot) {
            in_flight[enter] = true;
        }
    }
}

static void fill_enters(Priority *priority, const InterestView *view,
                        const KnownUpdateSource *source, const bool *in_flight) {
    const DeltaCache *cache = source->cache;
    for (uint32_t i = 0; i < view->enter_count; i++) {
        const uint32_t slot = view->enters[i];
        const EntityRecord *record = &cache->records[slot];
        const uint32_t tier = interest_tier(record, view->center_x, view->center_y);
        priority->enters[i] = (PriorityEnter){
            .state = snapshot_pack_full(source->writer, entity_kind_of_slot(&cache->ranges, slot),
                                        record),
            .slot = slot,
            .generation_bits = (uint8_t)snapshot_generation_bits(record->generation),
            .precedence = (uint8_t)(in_flight[i] ? tier : PRECEDENCE_NEW + tier)};
    }
}

void priority_fill(Priority *priority, ReplicaState *state, const InterestView *view,
                   const KnownUpdateSource *source) {
    ASSERT_WORKER();
    const DeltaCache *cache = source->cache;
    const BaselineSet *baseline = &view->baseline;
    bool in_flight[BASELINE_ENTRIES_MAX] = {false};
    for (uint32_t i = 0; i < baseline->count; i++) {
        // An entity that is back in view has an unknown age.
        priority->known[i].age = PRIORITY_OVERDUE_SNAPSHOTS;
    }
    fill_ages(priority, state, view, in_flight);
    priority->mark_bits = 0;
    for (uint32_t i = 0; i < baseline->count; i++) {
        const BaselineEntry *entry = &baseline->entries[i];
        PriorityKnown *known = &priority->known[i];
        const DeltaWindow window = baseline_window(baseline, entry, cache->tick);
        const EntityKind kind = entity_kind_of_slot(&cache->ranges, entry->slot);
        const bool stays = view->stays[i] != 0;
        known->is_sent = false;
        known->mark_bits =
            (uint8_t)delta_mark(kind, window, stays ? DELTA_SKIP : DELTA_REMOVE).count;
        priority->mark_bits += known->mark_bits;
        if (stays) {
            fill_known(known, source, window, kind);
            const uint32_t tier =
                interest_tier(&cache->records[entry->slot], view->center_x, view->center_y);
            known->level = level_of(kind, tier, known->age, known->sent.count);
        }
    }
    fill_enters(priority, view, source, in_flight);
}

// ------------------------------------------------------------------ choosing

static uint32_t sent_bits(const PriorityKnown *known) {
    return known->sent.count + known->full_mark_bits;
}

// The bits of a known entity beyond its mark.
static uint32_t known_cost(const PriorityKnown *known) {
    const uint32_t bits = sent_bits(known);
    return bits > known->mark_bits ? bits - known->mark_bits : 0;
}

// The nearest chosen entity that enters before or after the one at index; NULL: none.
static const PriorityEnter *sent_before(const Priority *priority, uint32_t index) {
    uint32_t word = index / 64;
    uint64_t bits = priority->sent_enters[word] & ((1ull << index % 64) - 1);
    while (bits == 0 && word > 0) {
        bits = priority->sent_enters[--word];
    }
    return bits != 0 ? &priority->enters[word * 64 + 63 - (uint32_t)__builtin_clzll(bits)] : NULL;
}

static const PriorityEnter *sent_after(const Priority *priority, uint32_t index) {
    uint32_t word = index / 64;
    uint64_t bits = priority->sent_enters[word] & ~1ull << index % 64;
    while (bits == 0 && word + 1 < PRIORITY_SENT_WORDS) {
        bits = priority->sent_enters[++word];
    }
    return bits != 0 ? &priority->enters[word * 64 + (uint32_t)__builtin_ctzll(bits)] : NULL;
}

// The bits that an entering entity adds to those chosen so far: it divides a gap in two.
static uint32_t enter_cost(const Priority *priority, uint32_t index) {
    const PriorityEnter *enter = &priority->enters[index];
    const PriorityEnter *before = sent_before(priority, index);
    const PriorityEnter *after = sent_after(priority, index);
    const uint32_t first = before != NULL ? before->slot + 1 : 0;
    uint32_t bits =
        enter->state.count + enter->generation_bits + snapshot_gap_bits(enter->slot - first);
    if (after != NULL) {
        bits += snapshot_gap_bits(after->slot - enter->slot - 1);
        bits -= snapshot_gap_bits(after->slot - first);
    }
    return bits;
}

static void choose_cheap(Priority *priority, const InterestView *view) {
    for (uint32_t i = 0; i < view->baseline.count; i++) {
        PriorityKnown *known = &priority->known[i];
        known->is_sent = view->stays[i] != 0 && known_cost(known) == 0;
        priority->left_bits += known->is_sent ? known->mark_bits - sent_bits(known) : 0;
    }
}

// Counting sorts: the indices in order of precedence, or of falling level.
static void order_enters(Priority *priority, uint32_t count) {
    uint16_t firsts[PRECEDENCE_COUNT + 1] = {0};
    for (uint32_t i = 0; i < count; i++) {
        firsts[priority->enters[i].precedence + 1]++;
    }
    for (uint32_t i = 0; i < PRECEDENCE_COUNT; i++) {
        firsts[i + 1] = (uint16_t)(firsts[i + 1] + firsts[i]);
    }
    for (uint32_t i = 0; i < count; i++) {
        priority->order[firsts[priority->enters[i].precedence]++] = (uint16_t)i;
    }
}

static uint32_t order_known(Priority *priority, const InterestView *view) {
    uint16_t firsts[PRIORITY_LEVELS + 1] = {0};
    uint32_t count = 0;
    for (uint32_t i = 0; i < view->baseline.count; i++) {
        if (view->stays[i] != 0 && !priority->known[i].is_sent) {
            firsts[PRIORITY_LEVELS - priority->known[i].level]++;
            count++;
        }
    }
    for (uint32_t i = 0; i < PRIORITY_LEVELS; i++) {
        firsts[i + 1] = (uint16_t)(firsts[i + 1] + firsts[i]);
    }
    for (uint32_t i = 0; i < view->baseline.count; i++) {
        if (view->stays[i] != 0 && !priority->known[i].is_sent) {
            const uint32_t place = PRIORITY_LEVELS - 1 - priority->known[i].level;
            priority->order[firsts[place]++] = (uint16_t)i;
        }
    }
    return count;
}

// Returns the number of entities without room.
static uint32_t choose_enters(Priority *priority, uint32_t count, size_t quota_bits) {
    uint32_t unsent = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t index = priority->order[i];
        PriorityEnter *enter = &priority->enters[index];
        if (enter->is_sent) {
            continue;
        }
        // In most crowds the quota is used up early, and the state alone is too much.
        const bool is_hopeless = enter->state.count > quota_bits;
        const uint32_t cost = is_hopeless ? 0 : enter_cost(priority, index);
        if (is_hopeless || cost > quota_bits) {
            unsent++;
            continue;
        }
        enter->is_sent = true;
        priority->sent_enters[index / 64] |= 1ull << index % 64;
        quota_bits -= cost;
        priority->left_bits -= cost;
    }
    return unsent;
}

static uint32_t choose_known(Priority *priority, const InterestView *view) {
    const uint32_t count = order_known(priority, view);
    uint32_t unsent = 0;
    for (uint32_t i = 0; i < count; i++) {
        PriorityKnown *known = &priority->known[priority->order[i]];
        const uint32_t cost = known_cost(known);
        known->is_sent = cost <= priority->left_bits;
        unsent += !known->is_sent;
        priority->left_bits -= known->is_sent ? cost : 0;
    }
    return unsent;
}

bool priority_choose(Priority *priority, const InterestView *view, size_t room_bits) {
    ASSERT_WORKER();
    assert(priority->mark_bits <= room_bits);
    priority->left_bits = room_bits - priority->mark_bits;
    memset(priority->sent_enters, 0, sizeof priority->sent_enters);
    choose_cheap(priority, view);
    order_enters(priority, view->enter_count);
    choose_enters(priority, view->enter_count, priority->left_bits / 4);
    const uint32_t unsent_known = choose_known(priority, view);
    order_enters(priority, view->enter_count);
    return choose_enters(priority, view->enter_count, priority->left_bits) + unsent_known == 0;
}

void priority_note_ages(const Priority *priority, const InterestView *view,
                        const BaselineSet *baseline_set, ReplicaState *state) {
    ASSERT_WORKER();
    uint32_t known = 0;
    for (uint32_t i = 0; i < baseline_set->count; i++) {
        state->ages[i] = 0;
        if (baseline_set->entries[i].age > 0) { // the snapshot skipped it
            while (view->baseline.entries[known].slot != baseline_set->entries[i].slot) {
                known++;
            }
            state->ages[i] = priority->known[known].age;
        }
    }
}

Fault priority_validate_ages(const ReplicaState *state) {
    const uint16_t newest = (uint16_t)(state->next_sequence - 1);
    const BaselineSpan *span = &state->baselines.spans[newest % BASELINE_SETS_MAX];
    const bool has_newest = state->sent_count > 0 && span->is_held && span->sequence == newest;
    for (uint32_t i = 0; has_newest && state->has_ages && i < span->count; i++) {
        if (state->ages[i] > AGE_MAX) {
            return (Fault){"an entry's age is out of range", "entry", i};
        }
    }
    return (Fault){0};
}
