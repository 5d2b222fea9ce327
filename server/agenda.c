// SPDX-License-Identifier: MIT
#include "server/agenda.h"

#include <assert.h>
#include <string.h>

#include "wire/prefix_code.h"

static_assert(ROSTER_ENTRIES_MAX % 64 == 0, "the bits of newcomers fill their words");
static_assert(PREFIX_LENGTH_MAX <= UINT8_MAX, "marks fit their fields");

// Urgencies below this are those of whoever is not overdue.
#define URGENCY_OVERDUE 128
#define URGENCY_COUNT   256

#define WAIT_MAX (URGENCY_COUNT - 1 - URGENCY_OVERDUE + AGENDA_OVERDUE_SNAPSHOTS)

// Newcomers by ring, those in flight before all others.
#define PRECEDENCE_NEW   INTEREST_RINGS
#define PRECEDENCE_COUNT (2 * INTEREST_RINGS)

static_assert(WAIT_MAX <= UINT8_MAX, "waits fit their field");

// ------------------------------------------------------------------ filling

// By thirds of the way out.
static uint32_t ring_weight(uint32_t ring) {
    return 3 - ring * 3 / INTEREST_RINGS;
}

static uint8_t urgency_of(EntityKind kind, uint32_t ring, uint32_t wait, uint32_t told_bits) {
    static const uint8_t kind_weights[ENTITY_KIND_COUNT] = {3, 2, 3, 2};
    if (wait >= AGENDA_OVERDUE_SNAPSHOTS) {
        return (uint8_t)(URGENCY_OVERDUE + wait - AGENDA_OVERDUE_SNAPSHOTS);
    }
    const uint32_t change = told_bits <= 8 ? 2 : told_bits <= 20 ? 3 : 4;
    const uint32_t score = (wait + 1) * kind_weights[kind] * ring_weight(ring) * change / 2;
    return (uint8_t)(score < URGENCY_OVERDUE ? score : URGENCY_OVERDUE - 1);
}

static void fill_known(AgendaKnown *known, const RosterEntry *entry, DeltaWindow window,
                       EntityKind kind, DeltaCache *cache, const SnapshotWriter *writer,
                       DeltaCacheUse *use) {
    known->told = (DeltaBits){0};
    known->is_whole = false;
    known->whole_mark_bits = 0;
    if (window.age < DELTA_AGE_MAX) {
        delta_cache_note_asked(cache, window.age, 1, use);
        const uint64_t word = delta_cache_find(cache, entry->slot, window.age);
        if (word != 0) {
            use->copied++;
            known->told =
                (DeltaBits){.words = {delta_word_bits(word)}, .count = delta_word_count(word)};
        } else {
            known->told = delta_cache_make(cache, entry->slot, window.age, use);
        }
    }
    if (known->told.count == 0) {
        known->is_whole = true;
        known->whole_mark_bits = (uint8_t)delta_mark(kind, window, DELTA_WHOLE).count;
        known->told = snapshot_pack_whole(writer, kind, &cache->records[entry->slot]);
    }
}

// How long the client has not been told of each entity, by the roster behind the last snapshot;
// also which newcomers that snapshot told already.
static void fill_waits(Agenda *agenda, Session *session, const InterestView *view,
                       bool in_flight[ROSTER_ENTRIES_MAX]) {
    Roster last;
    if (!roster_ring_find(&session->rosters, (uint16_t)(session->next_sequence - 1), &last)) {
        last.count = 0;
    }
    uint32_t known = 0;
    uint32_t newcomer = 0;
    for (uint32_t i = 0; i < last.count; i++) {
        const RosterEntry *entry = &last.entries[i];
        while (known < view->reference.count && view->reference.entries[known].slot < entry->slot) {
            known++;
        }
        while (newcomer < view->newcomer_count && view->newcomers[newcomer] < entry->slot) {
            newcomer++;
        }
        const uint32_t wait = session->has_waits ? session->waits[i] + 1u : 1;
        if (known < view->reference.count && view->reference.entries[known].slot == entry->slot) {
            agenda->known[known].wait = (uint8_t)(wait < WAIT_MAX ? wait : WAIT_MAX);
        }
        if (newcomer < view->newcomer_count && view->newcomers[newcomer] == entry->slot) {
            in_flight[newcomer] = true;
        }
    }
}

static void fill_newcomers(Agenda *agenda, const InterestView *view, const DeltaCache *cache,
                           const SnapshotWriter *writer, const bool *in_flight) {
    for (uint32_t i = 0; i < view->newcomer_count; i++) {
        const uint32_t slot = view->newcomers[i];
        const EntityRecord *record = &cache->records[slot];
        const uint32_t ring = interest_ring(record, view->center_x, view->center_y);
        agenda->newcomers[i] = (AgendaNewcomer){
            .state = snapshot_pack_whole(writer, entity_kind_of_slot(&cache->ranges, slot), record),
            .slot = slot,
            .generation_bits = (uint8_t)snapshot_generation_bits(record->generation),
            .precedence = (uint8_t)(in_flight[i] ? ring : PRECEDENCE_NEW + ring)};
    }
}

void agenda_fill(Agenda *agenda, Session *session, const InterestView *view, DeltaCache *cache,
                 const SnapshotWriter *writer, DeltaCacheUse *use) {
    const Roster *reference = &view->reference;
    bool in_flight[ROSTER_ENTRIES_MAX] = {false};
    for (uint32_t i = 0; i < reference->count; i++) {
        // Back in view after it was out of it: nobody knows how long.
        agenda->known[i].wait = AGENDA_OVERDUE_SNAPSHOTS;
    }
    fill_waits(agenda, session, view, in_flight);
    agenda->mark_bits = 0;
    for (uint32_t i = 0; i < reference->count; i++) {
        const RosterEntry *entry = &reference->entries[i];
        AgendaKnown *known = &agenda->known[i];
        const DeltaWindow window = roster_window(reference, entry, cache->tick);
        const EntityKind kind = entity_kind_of_slot(&cache->ranges, entry->slot);
        const bool stays = view->stays[i] != 0;
        known->is_told = false;
        known->mark_bits =
            (uint8_t)delta_mark(kind, window, stays ? DELTA_SKIP : DELTA_REMOVE).count;
        agenda->mark_bits += known->mark_bits;
        if (stays) {
            fill_known(known, entry, window, kind, cache, writer, use);
            const uint32_t ring =
                interest_ring(&cache->records[entry->slot], view->center_x, view->center_y);
            known->urgency = urgency_of(kind, ring, known->wait, known->told.count);
        }
    }
    fill_newcomers(agenda, view, cache, writer, in_flight);
}

// ------------------------------------------------------------------ choosing

static uint32_t told_bits(const AgendaKnown *known) {
    return known->told.count + known->whole_mark_bits;
}

// What it takes beyond its mark.
static uint32_t known_cost(const AgendaKnown *known) {
    const uint32_t bits = told_bits(known);
    return bits > known->mark_bits ? bits - known->mark_bits : 0;
}

// The nearest newcomer before or after the one at index that was chosen; NULL: none.
static const AgendaNewcomer *told_before(const Agenda *agenda, uint32_t index) {
    uint32_t word = index / 64;
    uint64_t bits = agenda->told_newcomers[word] & ((1ull << index % 64) - 1);
    while (bits == 0 && word > 0) {
        bits = agenda->told_newcomers[--word];
    }
    return bits != 0 ? &agenda->newcomers[word * 64 + 63 - (uint32_t)__builtin_clzll(bits)] : NULL;
}

static const AgendaNewcomer *told_after(const Agenda *agenda, uint32_t index) {
    uint32_t word = index / 64;
    uint64_t bits = agenda->told_newcomers[word] & ~1ull << index % 64;
    while (bits == 0 && word + 1 < AGENDA_TOLD_WORDS) {
        bits = agenda->told_newcomers[++word];
    }
    return bits != 0 ? &agenda->newcomers[word * 64 + (uint32_t)__builtin_ctzll(bits)] : NULL;
}

// What it adds among those chosen so far: it divides a gap in two.
static uint32_t newcomer_cost(const Agenda *agenda, uint32_t index) {
    const AgendaNewcomer *newcomer = &agenda->newcomers[index];
    const AgendaNewcomer *before = told_before(agenda, index);
    const AgendaNewcomer *after = told_after(agenda, index);
    const uint32_t first = before != NULL ? before->slot + 1 : 0;
    uint32_t bits = newcomer->state.count + newcomer->generation_bits +
                    snapshot_gap_bits(newcomer->slot - first);
    if (after != NULL) {
        bits += snapshot_gap_bits(after->slot - newcomer->slot - 1);
        bits -= snapshot_gap_bits(after->slot - first);
    }
    return bits;
}

static void choose_cheap(Agenda *agenda, const InterestView *view) {
    for (uint32_t i = 0; i < view->reference.count; i++) {
        AgendaKnown *known = &agenda->known[i];
        known->is_told = view->stays[i] != 0 && known_cost(known) == 0;
        agenda->left_bits += known->is_told ? known->mark_bits - told_bits(known) : 0;
    }
}

// Counting sorts: the indices in order of precedence, or of falling urgency.
static void order_newcomers(Agenda *agenda, uint32_t count) {
    uint16_t firsts[PRECEDENCE_COUNT + 1] = {0};
    for (uint32_t i = 0; i < count; i++) {
        firsts[agenda->newcomers[i].precedence + 1]++;
    }
    for (uint32_t i = 0; i < PRECEDENCE_COUNT; i++) {
        firsts[i + 1] = (uint16_t)(firsts[i + 1] + firsts[i]);
    }
    for (uint32_t i = 0; i < count; i++) {
        agenda->order[firsts[agenda->newcomers[i].precedence]++] = (uint16_t)i;
    }
}

static uint32_t order_known(Agenda *agenda, const InterestView *view) {
    uint16_t firsts[URGENCY_COUNT + 1] = {0};
    uint32_t count = 0;
    for (uint32_t i = 0; i < view->reference.count; i++) {
        if (view->stays[i] != 0 && !agenda->known[i].is_told) {
            firsts[URGENCY_COUNT - agenda->known[i].urgency]++;
            count++;
        }
    }
    for (uint32_t i = 0; i < URGENCY_COUNT; i++) {
        firsts[i + 1] = (uint16_t)(firsts[i + 1] + firsts[i]);
    }
    for (uint32_t i = 0; i < view->reference.count; i++) {
        if (view->stays[i] != 0 && !agenda->known[i].is_told) {
            const uint32_t place = URGENCY_COUNT - 1 - agenda->known[i].urgency;
            agenda->order[firsts[place]++] = (uint16_t)i;
        }
    }
    return count;
}

// Returns how many are not told for want of room.
static uint32_t choose_newcomers(Agenda *agenda, uint32_t count, size_t quota_bits) {
    uint32_t untold = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t index = agenda->order[i];
        AgendaNewcomer *newcomer = &agenda->newcomers[index];
        if (newcomer->is_told) {
            continue;
        }
        // In most crowds the quota is used up early, and the state alone is too much.
        const bool is_hopeless = newcomer->state.count > quota_bits;
        const uint32_t cost = is_hopeless ? 0 : newcomer_cost(agenda, index);
        if (is_hopeless || cost > quota_bits) {
            untold++;
            continue;
        }
        newcomer->is_told = true;
        agenda->told_newcomers[index / 64] |= 1ull << index % 64;
        quota_bits -= cost;
        agenda->left_bits -= cost;
    }
    return untold;
}

static uint32_t choose_known(Agenda *agenda, const InterestView *view) {
    const uint32_t count = order_known(agenda, view);
    uint32_t untold = 0;
    for (uint32_t i = 0; i < count; i++) {
        AgendaKnown *known = &agenda->known[agenda->order[i]];
        const uint32_t cost = known_cost(known);
        known->is_told = cost <= agenda->left_bits;
        untold += !known->is_told;
        agenda->left_bits -= known->is_told ? cost : 0;
    }
    return untold;
}

bool agenda_choose(Agenda *agenda, const InterestView *view, size_t room_bits) {
    assert(agenda->mark_bits <= room_bits);
    agenda->left_bits = room_bits - agenda->mark_bits;
    memset(agenda->told_newcomers, 0, sizeof agenda->told_newcomers);
    choose_cheap(agenda, view);
    order_newcomers(agenda, view->newcomer_count);
    choose_newcomers(agenda, view->newcomer_count, agenda->left_bits / 4);
    const uint32_t untold_known = choose_known(agenda, view);
    order_newcomers(agenda, view->newcomer_count);
    return choose_newcomers(agenda, view->newcomer_count, agenda->left_bits) + untold_known == 0;
}

void agenda_note_waits(const Agenda *agenda, const InterestView *view, const Roster *roster,
                       Session *session) {
    uint32_t known = 0;
    for (uint32_t i = 0; i < roster->count; i++) {
        session->waits[i] = 0;
        if (roster->entries[i].age > 0) { // so it was skipped
            while (view->reference.entries[known].slot != roster->entries[i].slot) {
                known++;
            }
            session->waits[i] = agenda->known[known].wait;
        }
    }
}
