// SPDX-License-Identifier: MIT
#include "server/encode.h"

#include <assert.h>
#include <string.h>

#include "wire/fields.h"
#include "wire/prefix_code.h"
#include "wire/snapshot.h"

static uint16_t to_q4_us(uint64_t ns) {
    const uint64_t units = ns / 16000;
    return (uint16_t)(units < UINT16_MAX ? units : UINT16_MAX);
}

static SnapshotHeader make_header(const Session *session, const EncodeFrame *frame,
                                  const Ship *own) {
    const InputQueue *inputs = &session->inputs;
    SnapshotHeader header = {
        .tick = frame->tick,
        .sequence = session->next_sequence,
        .has_checksum = session->wants_verify,
        .tick_us_q4 = to_q4_us(frame->last_tick_ns),
        .client_count =
            (uint16_t)(frame->client_count < UINT16_MAX ? frame->client_count : UINT16_MAX),
        .center_x = own->motion.x >> RECORD_SHIFT,
        .center_y = own->motion.y >> RECORD_SHIFT,
        .own = *own,
    };
    if (inputs->has_input) {
        header.has_input = true;
        header.input_tick = inputs->newest_tick;
        header.input_margin_q4 = inputs->margin_q4;
        header.echo_time_ms = inputs->send_time_ms;
        header.echo_hold_us_q4 = to_q4_us(frame->now_ns - inputs->received_ns);
        header.starved_count = inputs->starved_count;
    }
    return header;
}

// ------------------------------------------------------------------ what there is to say

// An entity of the reference roster, of the view, or of both.
typedef struct Item {
    const RosterEntry *known; // in the reference; NULL: a newcomer
    uint32_t slot;
    uint16_t generation;
    int16_t view_index; // -1: it has left the view
    uint8_t urgency;
    bool is_told;
    DeltaWindow window;
    DeltaBits told;   // its delta, or its whole state
    bool is_whole;    // the latter
    DeltaBits untold; // SKIP or REMOVE
} Item;

typedef struct Agenda {
    uint32_t count;
    uint32_t untold_bits; // if nothing is told
    Item items[ROSTER_ENTRIES_MAX + VIEW_ENTRIES_MAX];
} Agenda;

static Item *add_item(Agenda *agenda, const Roster *reference, const RosterEntry *known,
                      const EncodeFrame *frame) {
    Item *item = &agenda->items[agenda->count++];
    *item = (Item){.known = known, .view_index = -1};
    if (known != NULL) {
        item->slot = known->slot;
        item->generation = known->generation;
        item->window = roster_window(reference, known, frame->tick);
    }
    return item;
}

static void describe(Item *item, const EncodeFrame *frame, const SnapshotWriter *writer) {
    const EntityKind kind = entity_kind_of_slot(frame->ranges, item->slot);
    const EntityRecord *record = &frame->records[item->slot];
    if (item->known != NULL && item->window.age < DELTA_AGE_MAX) {
        const EntityRecord *base =
            &history_at(frame->history, frame->tick - item->window.age)[item->slot];
        item->told = delta_encode(kind, item->window, base, record);
    }
    if (item->told.count == 0) {
        item->is_whole = true;
        item->told = snapshot_pack_whole(writer, kind, record);
    }
}

// Merges the reference roster with the view, both by slot.
static void make_agenda(Agenda *agenda, const View *view, const Roster *reference,
                        const EncodeFrame *frame, const SnapshotWriter *writer) {
    agenda->count = 0;
    agenda->untold_bits = 0;
    uint32_t known = 0;
    for (uint32_t i = 0; i <= view->entry_count; i++) {
        const ViewEntry *entry = i < view->entry_count ? &view->entries[i] : NULL;
        const bool is_gone = entry != NULL && entry->urgency == URGENCY_GONE;
        Item *item = NULL;
        while (known < reference->count &&
               (entry == NULL || reference->entries[known].slot <= entry->slot)) {
            const RosterEntry *old = &reference->entries[known++];
            item = add_item(agenda, reference, old, frame);
            const bool is_same = entry != NULL && !is_gone && old->slot == entry->slot &&
                                 old->generation == entry->generation;
            const EntityKind kind = entity_kind_of_slot(frame->ranges, old->slot);
            item->untold = delta_mark(kind, item->window, is_same ? DELTA_SKIP : DELTA_REMOVE);
            agenda->untold_bits += item->untold.count;
            item->view_index = is_same ? (int16_t)i : -1;
        }
        if (entry == NULL || is_gone) {
            continue;
        }
        if (item == NULL || item->view_index < 0) {
            item = add_item(agenda, reference, NULL, frame);
            item->slot = entry->slot;
            item->generation = entry->generation;
            item->view_index = (int16_t)i;
        }
        // A newcomer that was told before and is not acknowledged yet would vanish if it was not
        // told again.
        item->urgency = item->known == NULL && entry->is_known ? URGENCY_MAX : entry->urgency;
        describe(item, frame, writer);
    }
}

// ------------------------------------------------------------------ what is said

// A newcomer's gap and generation, when a few of them are spread over the slots.
#define IDENTITY_BITS_USUAL 20

// What it takes more than being passed over; less than nothing where the prediction holds.
static int32_t item_bits(const Item *item) {
    if (item->known == NULL) {
        return (int32_t)item->told.count + IDENTITY_BITS_USUAL;
    }
    return (int32_t)item->told.count + (item->is_whole ? PREFIX_LENGTH_MAX : 0) -
           (int32_t)item->untold.count;
}

// Takes the most urgent items for which there is room.
static void choose_items(Agenda *agenda, size_t room_bits) {
    uint16_t firsts[URGENCY_MAX + 2] = {0};
    uint16_t order[ROSTER_ENTRIES_MAX + VIEW_ENTRIES_MAX];
    for (uint32_t i = 0; i < agenda->count; i++) {
        firsts[URGENCY_MAX - agenda->items[i].urgency + 1]++;
    }
    for (uint32_t i = 0; i < URGENCY_MAX + 1; i++) {
        firsts[i + 1] = (uint16_t)(firsts[i + 1] + firsts[i]);
    }
    for (uint32_t i = 0; i < agenda->count; i++) {
        order[firsts[URGENCY_MAX - agenda->items[i].urgency]++] = (uint16_t)i;
    }
    int32_t left_bits = (int32_t)room_bits - (int32_t)agenda->untold_bits;
    for (uint32_t i = 0; i < agenda->count; i++) {
        Item *item = &agenda->items[order[i]];
        if (item->view_index >= 0 && item_bits(item) <= left_bits) {
            item->is_told = true;
            left_bits -= item_bits(item);
        }
    }
}

static void write_known(const Agenda *agenda, const EncodeFrame *frame, SnapshotWriter *writer,
                        Roster *roster) {
    for (uint32_t i = 0; i < agenda->count; i++) {
        const Item *item = &agenda->items[i];
        if (item->known == NULL) {
            continue;
        }
        if (!item->is_told) {
            snapshot_add(writer, &item->untold);
            if (item->view_index >= 0) {
                roster_keep(roster, item->known, item->window.age);
            }
        } else if (item->is_whole) {
            const EntityKind kind = entity_kind_of_slot(frame->ranges, item->slot);
            snapshot_add_whole(writer, kind, item->window, &item->told);
            roster_carry(roster, item->slot, item->generation);
        } else {
            snapshot_add(writer, &item->told);
            roster_carry(roster, item->slot, item->generation);
        }
    }
}

// Those that find no room after all wait for the next snapshot.
static void write_newcomers(Agenda *agenda, SnapshotWriter *writer, Roster *roster) {
    const uint32_t known_count = roster->count;
    snapshot_begin_newcomers(writer);
    for (uint32_t i = 0; i < agenda->count; i++) {
        Item *item = &agenda->items[i];
        if (item->known != NULL || !item->is_told) {
            continue;
        }
        item->is_told = roster->count < ROSTER_ENTRIES_MAX &&
                        snapshot_add_newcomer(writer, item->slot, item->generation, &item->told);
        if (item->is_told) {
            roster_carry(roster, item->slot, item->generation);
        }
    }
    const bool is_free = roster_merge_newcomers(roster, known_count);
    assert(is_free);
}

static uint32_t checksum_of(const Roster *roster, const EncodeFrame *frame) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < roster->count; i++) {
        const RosterEntry *entry = &roster->entries[i];
        if (entry->age < DELTA_AGE_MAX) {
            const uint32_t base_tick = roster->tick - entry->age;
            const EntityRecord record =
                fields_record_as_read(entity_kind_of_slot(frame->ranges, entry->slot),
                                      &history_at(frame->history, base_tick)[entry->slot]);
            sum += (uint32_t)roster_entry_mix(entry, base_tick, &record);
        }
    }
    return sum;
}

static void mark_told(View *view, const Agenda *agenda, uint32_t tick) {
    for (uint32_t i = 0; i < agenda->count; i++) {
        const Item *item = &agenda->items[i];
        if (item->is_told) {
            ViewEntry *entry = &view->entries[item->view_index];
            entry->since_tick = tick;
            entry->is_known = true;
        }
    }
    // The roster remembers what the client has to forget.
    view->removal_count = 0;
}

// The newest roster that the client is known to have, or none.
static void choose_reference(Session *session, SnapshotHeader *header, Roster *reference) {
    const uint32_t acked = (uint32_t)session->acked_bits & ((1u << SNAPSHOT_REFERENCE_MAX) - 1);
    *reference = (Roster){0};
    if (acked != 0) {
        const uint32_t back = (uint32_t)__builtin_ctz(acked) + 1;
        if (roster_ring_find(&session->rosters, (uint16_t)(header->sequence - back), reference)) {
            header->reference = (uint8_t)back;
        }
    }
}

void encode_snapshot(Session *session, const EncodeFrame *frame, const Ship *own) {
    SnapshotHeader header = make_header(session, frame, own);
    SnapshotWriter writer;
    Agenda agenda;
    Roster reference;
    RosterEntry entries[ROSTER_ENTRIES_MAX];
    Roster roster = {.entries = entries};
    choose_reference(session, &header, &reference);
    snapshot_begin(&writer, session->snapshot, frame->budget_bytes, frame->ranges, &header);
    make_agenda(&agenda, &session->view, &reference, frame, &writer);
    if (agenda.untold_bits > snapshot_room_bits(&writer)) {
        // A budget that does not even hold the marks: starts over.
        header.reference = 0;
        reference = (Roster){0};
        snapshot_begin(&writer, session->snapshot, frame->budget_bytes, frame->ranges, &header);
        make_agenda(&agenda, &session->view, &reference, frame, &writer);
    }
    choose_items(&agenda, snapshot_room_bits(&writer));
    roster_begin(&roster, header.sequence, frame->tick);
    write_known(&agenda, frame, &writer, &roster);
    write_newcomers(&agenda, &writer, &roster);
    mark_told(&session->view, &agenda, frame->tick);
    session->snapshot_entities = 0;
    for (uint32_t i = 0; i < roster.count; i++) {
        session->snapshot_entities += roster.entries[i].age == 0;
    }
    const uint32_t checksum = header.has_checksum ? checksum_of(&roster, frame) : 0;
    session->snapshot_size = snapshot_finish(&writer, checksum);
    assert(session->snapshot_size <= frame->budget_bytes);
    roster_ring_store(&session->rosters, &roster);
    session_snapshot_sent(session);
}
