// SPDX-License-Identifier: MIT
#include "server/encode.h"

#include <assert.h>
#include <string.h>

#include "wire/snapshot.h"

// Before the first entity was measured: what a drone in flight takes, generously.
#define MEAN_BITS_START_Q4 (80 * 16)

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

// Drops the removals that have reached the client, then writes as many of the others as a snapshot
// names, the oldest first. At most half of the room goes to them.
static void write_removals(Session *session, SnapshotWriter *writer) {
    View *view = &session->view;
    const size_t room_bits = (writer->bits.capacity_bits - writer->bits.bit_count) / 2;
    const size_t limit_bits = writer->bits.bit_count + room_bits;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < view->removal_count; i++) {
        ViewRemoval removal = view->removals[i];
        if ((removal.carried_bits & session->acked_bits) != 0 ||
            removal.sent_count == REMOVAL_SENDS_MAX) {
            continue;
        }
        const bool is_carried =
            writer->bits.bit_count < limit_bits && snapshot_add_removal(writer, removal.id);
        removal.carried_bits = removal.carried_bits << 1 | is_carried;
        removal.sent_count += is_carried;
        view->removals[kept++] = removal;
    }
    view->removal_count = kept;
}

// The least urgency that is written, and how many entities of exactly that urgency are.
typedef struct UrgencyCut {
    uint32_t least;
    uint32_t count_at_least;
} UrgencyCut;

static UrgencyCut choose_cut(const View *view, uint32_t wanted) {
    uint16_t counts[256] = {0};
    for (uint32_t i = 0; i < view->entry_count; i++) {
        counts[view->entries[i].urgency]++;
    }
    uint32_t urgency = URGENCY_MAX;
    uint32_t above = 0;
    while (urgency > 0 && above + counts[urgency] < wanted) {
        above += counts[urgency--];
    }
    return (UrgencyCut){urgency, wanted - above};
}

// How many entities should fit, by what they took of late.
static uint32_t estimate_fit(const View *view, const SnapshotWriter *writer) {
    const size_t room_bits = writer->bits.capacity_bits - writer->bits.bit_count;
    const uint32_t mean_q4 = view->mean_bits_q4 != 0 ? view->mean_bits_q4 : MEAN_BITS_START_Q4;
    const size_t fit = room_bits * 16 / mean_q4;
    return fit < SNAPSHOT_ENTITIES_MAX ? (uint32_t)fit : SNAPSHOT_ENTITIES_MAX;
}

// An entity that was chosen and found no room makes the estimate more careful; otherwise it follows
// what was measured. So the same one cannot miss twice in a row for being last.
static void learn_mean(View *view, uint32_t entities, size_t bits, bool has_missed) {
    if (entities == 0) {
        return;
    }
    const uint32_t measured_q4 = (uint32_t)(bits * 16 / entities) + 1;
    view->mean_bits_q4 = has_missed ? measured_q4 + measured_q4 / 16
                         : view->mean_bits_q4 > measured_q4
                             ? view->mean_bits_q4 - (view->mean_bits_q4 - measured_q4) / 8
                             : measured_q4;
}

static uint32_t write_entities(Session *session, const EncodeFrame *frame, SnapshotWriter *writer) {
    View *view = &session->view;
    const uint32_t fit = estimate_fit(view, writer);
    UrgencyCut cut = {0, view->entry_count};
    if (view->entry_count > fit) {
        cut = choose_cut(view, fit);
    }
    const size_t start_bits = writer->bits.bit_count;
    uint32_t written = 0;
    bool has_missed = false;
    for (uint32_t i = 0; i < view->entry_count; i++) {
        ViewEntry *entry = &view->entries[i];
        if (entry->urgency < cut.least || entry->urgency == URGENCY_GONE ||
            (entry->urgency == cut.least && cut.count_at_least == 0)) {
            continue;
        }
        cut.count_at_least -= entry->urgency == cut.least;
        if (!snapshot_add_entity(writer, entry->slot, &frame->records[entry->slot])) {
            has_missed = true;
            continue; // a smaller one behind it may still fit
        }
        entry->since_tick = frame->tick;
        entry->is_known = true;
        written++;
    }
    learn_mean(view, written, writer->bits.bit_count - start_bits, has_missed);
    return written;
}

void encode_snapshot(Session *session, const EncodeFrame *frame, const Ship *own) {
    const SnapshotHeader header = make_header(session, frame, own);
    SnapshotWriter writer;
    snapshot_begin(&writer, session->snapshot, frame->budget_bytes, frame->ranges, &header);
    write_removals(session, &writer);
    session->snapshot_entities = write_entities(session, frame, &writer);
    session->snapshot_size = snapshot_finish(&writer);
    assert(session->snapshot_size <= frame->budget_bytes);
    session_snapshot_sent(session);
}
