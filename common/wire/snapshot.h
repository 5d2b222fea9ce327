// SPDX-License-Identifier: MIT
// snapshot.h -- what one client hears of the world: own ship, removals, entities in view.
//
// Flow:    server: snapshot_begin -> _add_removal... -> _add_entity... -> snapshot_finish
//          client: snapshot_read -> Snapshot
// Threads: pure functions on the caller's buffers.
// Order:   entities in ascending slot order; identity costs the gap to the slot before.
// Units:   published units (EntityRecord); positions on the wire are relative to the view's centre.
// Trust:   snapshot_read() checks everything; see message.h.
#ifndef TICKSTORM_WIRE_SNAPSHOT_H
#define TICKSTORM_WIRE_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "game/entity.h"
#include "game/ship.h"
#include "wire/bits.h"

// Half the extent of what a client sees, in units, and how far an entity may be from the view's
// centre to be expressible on the wire.
#define VIEW_HALF_WIDTH_UNITS  800
#define VIEW_HALF_HEIGHT_UNITS 450
#define VIEW_MARGIN_UNITS      80 // an entity enters at the margin ...
#define VIEW_LEAVE_UNITS       80 // ... and leaves this much further out
#define SNAPSHOT_REACH_UNITS   1023

typedef struct SnapshotHeader {
    uint32_t tick;
    uint16_t sequence; // counts this client's snapshots
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

typedef struct SnapshotEntity {
    uint32_t slot;
    EntityRecord record;
} SnapshotEntity;

typedef struct Snapshot {
    SnapshotHeader header;
    uint32_t removal_count;
    uint32_t entity_count;
    EntityId removals[SNAPSHOT_REMOVALS_MAX];
    SnapshotEntity entities[SNAPSHOT_ENTITIES_MAX];
} Snapshot;

typedef struct SnapshotWriter {
    BitWriter bits;
    const SlotRanges *ranges;
    int32_t center_x, center_y;
    uint32_t removal_count;
    uint32_t entity_count;
    uint32_t next_slot; // the smallest slot that may follow
    size_t count_position_bits;
} SnapshotWriter;

// What a snapshot takes without removals and entities, at most.
#define SNAPSHOT_HEADER_BYTES_MAX 73

// Starts a snapshot in buffer, whose capacity is the client's byte budget: at least
// SNAPSHOT_HEADER_BYTES_MAX, at most PAYLOAD_BYTES_MAX.
void snapshot_begin(SnapshotWriter *writer, uint8_t *buffer, size_t capacity,
                    const SlotRanges *ranges, const SnapshotHeader *header);
// Removals come before entities. False when there is no room (nothing is written then).
bool snapshot_add_removal(SnapshotWriter *writer, EntityId id);
// The record's position must lie within SNAPSHOT_REACH_UNITS of the centre on both axes.
bool snapshot_add_entity(SnapshotWriter *writer, uint32_t slot, const EntityRecord *record);
// The size in bytes.
size_t snapshot_finish(SnapshotWriter *writer);

// Bits that an entity of this kind takes at most, identity included: what the budget reckons with.
uint32_t snapshot_entity_bits_max(EntityKind kind);

// A record as the reader will see it: its kind decides what is sent. Drones, missiles and shards
// point where they fly (0 at rest), missiles and shards are whole, flags of other kinds are gone.
EntityRecord snapshot_record_as_read(EntityKind kind, const EntityRecord *record);

bool snapshot_read(const uint8_t *data, size_t size, const SlotRanges *ranges, Snapshot *out);

#endif
