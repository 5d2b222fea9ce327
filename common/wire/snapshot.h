// SPDX-License-Identifier: MIT
// snapshot.h -- what one client receives of the world: its own ship, and how its baseline set
//               changes.
//
// Flow:    server: snapshot_begin -> for each entry of the baseline, in its order: _add_delta,
//                  _add_full, _add_skip or _add_remove
//                  -> snapshot_begin_enters -> _add_enter ... -> snapshot_end_enters, which returns
//                  the set behind the snapshot -> snapshot_finish
//          client: snapshot_open -> header, which names the baseline
//                  -> snapshot_read (baseline) -> updates, removals and the new set
//          Writer and reader build the same set from the same symbols; neither side's caller does.
// Threads: pure functions on the caller's buffers.
// Order:   entries in ascending slot order, entering entities likewise.
// Units:   published units (EntityRecord); positions on the wire are relative to the view's centre.
// Trust:   the readers check everything; see message.h.
#ifndef TICKSTORM_WIRE_SNAPSHOT_H
#define TICKSTORM_WIRE_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "game/entity.h"
#include "game/ship.h"
#include "wire/baseline_set.h"
#include "wire/bits.h"
#include "wire/delta.h"
#include "wire/fields.h"

// Half the extent of what a client sees, in units, and how far an entity may be from the view's
// centre to be expressible on the wire.
#define VIEW_HALF_WIDTH_UNITS  800
#define VIEW_HALF_HEIGHT_UNITS 450
#define VIEW_MARGIN_UNITS      80 // an entity enters at the margin ...
#define VIEW_LEAVE_UNITS       80 // ... and leaves this much further out
#define SNAPSHOT_REACH_UNITS   1023

#define SNAPSHOT_BASELINE_MAX (BASELINE_SETS_MAX - 1)

typedef struct SnapshotHeader {
    uint32_t tick;
    uint16_t sequence; // counts this client's snapshots
    uint8_t baseline;  // the snapshot that many before this one; 0: none, an empty set
    bool has_checksum; // of the set behind the snapshot: the client asked, and it is its turn
    // Answers to the client's inputs.
    bool has_input;           // whether any input has arrived yet; else the next five are zero
    uint32_t input_tick;      // newest input received
    int16_t input_margin_q4;  // how many ticks before it was needed the newest arrived, 1/16 tick;
                              // negative: late
    uint16_t echo_time_ms;    // send_time_ms of the newest input packet ...
    uint16_t echo_hold_us_q4; // ... and how long it waited here, in 16 us
    uint16_t starved_count;   // inputs that were missing when their tick came, modulo 65,536
    // For the client's display.
    uint16_t tick_us_q4; // duration of the server's last tick, in 16 us, saturating
    uint16_t client_count;
    // The view.
    int32_t center_x, center_y; // published units
    Ship own;                   // motion.x/y are exact, in world units
} SnapshotHeader;

// ------------------------------------------------------------------ writing

typedef struct SnapshotWriter {
    BitWriter bits;
    const SlotRanges *ranges;
    // The baseline, and the set behind the snapshot as far as it is written.
    const BaselineEntry *next_entry; // of the baseline: what is written next
    const BaselineEntry *end_entry;
    uint32_t elapsed_ticks; // since the baseline's tick
    BaselineSet set;        // without records
    uint32_t known_count;   // of its entries: those before the entering ones
    // The view.
    int32_t center_x, center_y;
    uint32_t reserved_bits; // for the count of entering entities and the checksum, which follow
    bool has_checksum;
    uint32_t enter_count;
    uint32_t next_slot; // of entering entities: the smallest that may follow
    size_t count_position_bits;
} SnapshotWriter;

// The caller's memory that a snapshot is written to.
typedef struct SnapshotSpace {
    uint8_t *bytes;
    size_t capacity;        // the client's byte budget, SNAPSHOT_HEADER_BYTES_MAX at least and
                            // PAYLOAD_BYTES_MAX at most
    BaselineEntry *entries; // of the new set: room for all that will stay and enter
} SnapshotSpace;

// The bytes of a snapshot without entities: the maximum, and the usual number.
#define SNAPSHOT_HEADER_BYTES_MAX  87
#define SNAPSHOT_HEADER_BYTES_MEAN 40

// Starts a snapshot. baseline: the set that the header names, without entries if it names none; its
// entries are read until snapshot_begin_enters().
void snapshot_begin(SnapshotWriter *writer, const SnapshotSpace *space, const SlotRanges *ranges,
                    const SnapshotHeader *header, const BaselineSet *baseline);

// Bits that are still free for entities. The caller sees to it that every entry of the baseline
// gets at least its mark; running out of room on the way is a bug.
static inline size_t snapshot_room_bits(const SnapshotWriter *writer) {
    return writer->bits.capacity_bits - writer->bits.bit_count - writer->reserved_bits;
}

static inline void snapshot_write_bits(SnapshotWriter *writer, const DeltaBits *bits) {
    const uint32_t low = bits->count < 64 ? bits->count : 64;
    bit_write_wide(&writer->bits, bits->words[0], low);
    if (bits->count > 64) {
        bit_write_wide(&writer->bits, bits->words[1], bits->count - 64);
    }
}

// ---- the next entry of the baseline, each by one of these; snapshot_begin_enters() asserts that
// ---- there were as many calls as entries

// Its delta. The client holds its state of this tick then.
static inline void snapshot_add_delta(SnapshotWriter *writer, const DeltaBits *delta) {
    const BaselineEntry *entry = writer->next_entry++;
    snapshot_write_bits(writer, delta);
    baseline_set_carry(&writer->set, entry->slot, entry->generation);
}

// The mark FULL and its packed state, likewise.
void snapshot_add_full(SnapshotWriter *writer, const DeltaBits *state);
// The mark SKIP: the client keeps what it holds.
void snapshot_add_skip(SnapshotWriter *writer);
// The mark REMOVE: the client holds it no more.
void snapshot_add_remove(SnapshotWriter *writer);

// A run of deltas of 1..64 bits for the next entries: the part of the writer that they change, for
// a loop to keep in registers. The writer itself is not used between begin and end.
typedef struct SnapshotRun {
    BitWriter bits;
    const BaselineEntry *next_entry;
    BaselineEntry *set_end;
} SnapshotRun;

static inline SnapshotRun snapshot_begin_run(const SnapshotWriter *writer) {
    return (SnapshotRun){.bits = writer->bits,
                         .next_entry = writer->next_entry,
                         .set_end = writer->set.entries + writer->set.count};
}

static inline void snapshot_run_add(SnapshotRun *run, uint64_t delta, uint32_t count) {
    const BaselineEntry *entry = run->next_entry++;
    bit_write_wide(&run->bits, delta, count);
    *run->set_end++ = (BaselineEntry){.slot = entry->slot, .generation = entry->generation};
}

static inline void snapshot_end_run(SnapshotWriter *writer, const SnapshotRun *run) {
    writer->bits.bit_count = run->bits.bit_count;
    writer->bits.has_overflowed = run->bits.has_overflowed;
    writer->next_entry = run->next_entry;
    writer->set.count = (uint16_t)(run->set_end - writer->set.entries);
}

// Goes on with a run that was ended, behind other entries.
static inline void snapshot_resume_run(const SnapshotWriter *writer, SnapshotRun *run) {
    run->bits.bit_count = writer->bits.bit_count;
    run->bits.has_overflowed = writer->bits.has_overflowed;
    run->next_entry = writer->next_entry;
    run->set_end = writer->set.entries + writer->set.count;
}

// A state as entering entities and FULL entries have it: all but identity and generation. The
// position must lie within SNAPSHOT_REACH_UNITS of the centre on both axes.
DeltaBits snapshot_pack_full(const SnapshotWriter *writer, EntityKind kind,
                             const EntityRecord *record);
#define SNAPSHOT_FULL_BITS_MAX (2 * 15 + 2 + 2 * 16 + 1 + FIELDS_STATUS_BITS + FIELDS_ANGLE_BITS)

// ---- then the entering entities

// The baseline is written completely.
void snapshot_begin_enters(SnapshotWriter *writer);
// The bits of an entering entity besides its state: for the slots that lie between it and the one
// before it, or before the first one; and for its generation.
uint32_t snapshot_gap_bits(uint32_t gap);
uint32_t snapshot_generation_bits(uint16_t generation);
// False when there is no room in the datagram or in a set (nothing is written then). Slots ascend;
// none is held by an entry that stays.
bool snapshot_add_enter(SnapshotWriter *writer, uint32_t slot, uint16_t generation,
                        const DeltaBits *state);
// All have entered. Returns the set behind the snapshot, in the writer.
const BaselineSet *snapshot_end_enters(SnapshotWriter *writer);

// The size in bytes. checksum: of the set behind the snapshot, where the header promised one.
size_t snapshot_finish(SnapshotWriter *writer, uint32_t checksum);

// ------------------------------------------------------------------ reading

typedef struct SnapshotEntity {
    uint32_t slot;
    EntityRecord record;
} SnapshotEntity;

typedef struct Snapshot {
    SnapshotHeader header;
    uint32_t checksum; // where the header promises one
    uint32_t entity_count;
    uint32_t enter_count; // the last of entities
    uint32_t removal_count;
    uint32_t skip_count;
    SnapshotEntity entities[BASELINE_ENTRIES_MAX]; // whose state of this tick was sent
    EntityId removals[BASELINE_ENTRIES_MAX];
} Snapshot;

typedef struct SnapshotReader {
    BitReader bits;
    const SlotRanges *ranges;
} SnapshotReader;

// Reads the header. False: it is none.
bool snapshot_open(SnapshotReader *reader, const uint8_t *data, size_t size,
                   const SlotRanges *ranges, SnapshotHeader *header);

// Reads the rest. baseline is the set that the header names, with records; for 0 one without
// entries. Its tick must lie before the snapshot's. baseline_set becomes the set behind this
// snapshot; its entries and records point to room for BASELINE_ENTRIES_MAX. out->header is what
// snapshot_open() read. False: nothing of it may be used.
bool snapshot_read(SnapshotReader *reader, const BaselineSet *baseline, Snapshot *out,
                   BaselineSet *baseline_set);

#endif
