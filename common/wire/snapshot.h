// SPDX-License-Identifier: MIT
// snapshot.h -- what one client hears of the world: its own ship, and how its roster changes.
//
// Flow:    server: snapshot_begin -> for each entry of the reference roster, in its order: _add
//                  (a delta, or the mark SKIP or REMOVE) or _add_full
//                  -> snapshot_begin_enters -> _add_enter ... -> snapshot_finish
//          client: snapshot_open -> header, which names the reference
//                  -> snapshot_read (reference roster) -> updates, removals and the new roster
// Threads: pure functions on the caller's buffers.
// Order:   entries in ascending slot order, newcomers likewise.
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
    uint8_t baseline;  // the snapshot that many before this one; 0: none, an empty roster
    bool has_checksum; // of the roster behind the snapshot: the client asked, and it is the turn
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
    int32_t center_x, center_y;
    uint32_t reserved_bits; // for the newcomers' count and the checksum, which come later
    bool has_checksum;
    uint32_t enter_count;
    uint32_t next_slot; // of newcomers: the smallest that may follow
    size_t count_position_bits;
} SnapshotWriter;

// What a snapshot takes without entities, at most; and usually.
#define SNAPSHOT_HEADER_BYTES_MAX  87
#define SNAPSHOT_HEADER_BYTES_MEAN 40

// Starts a snapshot in buffer, whose capacity is the client's byte budget: at least
// SNAPSHOT_HEADER_BYTES_MAX, at most PAYLOAD_BYTES_MAX.
void snapshot_begin(SnapshotWriter *writer, uint8_t *buffer, size_t capacity,
                    const SlotRanges *ranges, const SnapshotHeader *header);

// Bits that are still free for entities. The writer of a snapshot sees to it that every entry of
// the reference gets at least its mark; running out of room on the way is a bug.
static inline size_t snapshot_room_bits(const SnapshotWriter *writer) {
    return writer->bits.capacity_bits - writer->bits.bit_count - writer->reserved_bits;
}

// The next entry of the reference roster.
static inline void snapshot_add(SnapshotWriter *writer, const DeltaBits *bits) {
    const uint32_t low = bits->count < 64 ? bits->count : 64;
    bit_write_wide(&writer->bits, bits->words[0], low);
    if (bits->count > 64) {
        bit_write_wide(&writer->bits, bits->words[1], bits->count - 64);
    }
}

// A state as newcomers and WHOLE entries have it: all but identity and generation. The position
// must lie within SNAPSHOT_REACH_UNITS of the centre on both axes.
DeltaBits snapshot_pack_full(const SnapshotWriter *writer, EntityKind kind,
                             const EntityRecord *record);
#define SNAPSHOT_FULL_BITS_MAX (2 * 15 + 2 + 2 * 16 + 1 + FIELDS_STATUS_BITS + FIELDS_ANGLE_BITS)

// The next entry of the reference roster, by WHOLE and its packed state.
void snapshot_add_full(SnapshotWriter *writer, EntityKind kind, DeltaWindow window,
                       const DeltaBits *state);

// The reference is through.
void snapshot_begin_enters(SnapshotWriter *writer);
// What a newcomer takes besides its state: for how many slots lie between it and the newcomer
// before it, or before the first one; and for its generation.
uint32_t snapshot_gap_bits(uint32_t gap);
uint32_t snapshot_generation_bits(uint16_t generation);
// False when there is no room (nothing is written then). Slots ascend.
bool snapshot_add_enter(SnapshotWriter *writer, uint32_t slot, uint16_t generation,
                        const DeltaBits *state);

// The size in bytes. checksum: of the new roster, where the header promised one.
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
    SnapshotEntity entities[BASELINE_ENTRIES_MAX]; // whose state of this tick was told
    EntityId removals[BASELINE_ENTRIES_MAX];
} Snapshot;

typedef struct SnapshotReader {
    BitReader bits;
    const SlotRanges *ranges;
} SnapshotReader;

// Reads the header. False: it is none.
bool snapshot_open(SnapshotReader *reader, const uint8_t *data, size_t size,
                   const SlotRanges *ranges, SnapshotHeader *header);

// Reads the rest. reference is the roster that the header names, with records; for 0 one without
// entries. Its tick must lie before the snapshot's. roster becomes the roster behind this snapshot;
// its entries and records point to room for BASELINE_ENTRIES_MAX. out->header is what
// snapshot_open() read. False: nothing of it may be used.
bool snapshot_read(SnapshotReader *reader, const BaselineSet *baseline, Snapshot *out,
                   BaselineSet *baseline_set);

#endif
