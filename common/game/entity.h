// SPDX-License-Identifier: MIT
// entity.h -- what an entity is: its identity, its kind by slot, and its published record.
//
// Units: positions are 1/256 unit inside the world (Motion) and 1/16 unit once published
//        (EntityRecord); velocities the same per tick; angles are fractions of a turn.
// Order: slots are grouped by kind (SlotRanges), ships first, so that a ship's slot is its player's
//        index and a kind never has to be stored or sent.
#ifndef TICKSTORM_GAME_ENTITY_H
#define TICKSTORM_GAME_ENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"

#define UNIT              256 // world positions per unit
#define RECORD_UNIT       16  // published positions per unit
#define RECORD_SHIFT      4   // world position >> RECORD_SHIFT = published position
#define ENTITY_ID_NONE    0u
#define ENTITY_HEALTH_MAX 15 // published health is in fifteenths

// Slot in the low ENTITY_SLOT_BITS, generation (1..4095) above. Zero is no entity.
typedef uint32_t EntityId;

typedef enum EntityKind {
    ENTITY_SHIP,
    ENTITY_DRONE,
    ENTITY_MISSILE,
    ENTITY_SHARD,
    ENTITY_KIND_COUNT,
} EntityKind;

// Kind k occupies the slots first[k] .. first[k + 1] - 1.
typedef struct SlotRanges {
    uint32_t first[ENTITY_KIND_COUNT + 1];
} SlotRanges;

// How a body moves; the part of the state that every kind shares. 16 bytes.
typedef struct Motion {
    int32_t x, y;    // 1/256 unit
    int16_t vx, vy;  // 1/256 unit per tick
    uint16_t angle;  // 1/65,536 turn, 0 along +x, growing towards +y (clockwise on screen)
    uint16_t unused; // zero
} Motion;

// Flags of EntityRecord.status, above the health in its low four bits.
#define ENTITY_STATUS_HEALTH 0x0f
#define ENTITY_STATUS_FIRED  0x10 // ship: fired its pulse within the last snapshot interval
#define ENTITY_STATUS_SHIELD 0x20 // ship: cannot be hurt yet after (re)spawning
#define ENTITY_STATUS_HUNTER 0x40 // drone: a hunter
#define ENTITY_STATUS_ANGRY  0x80 // drone: is after a ship

// An entity as published in the history and sent to clients. 16 bytes.
typedef struct EntityRecord {
    int32_t x, y;        // 1/16 unit
    int16_t vx, vy;      // 1/16 unit per tick
    uint16_t generation; // 0: nothing lives in this slot
    uint8_t angle;       // 1/256 turn
    uint8_t status;      // ENTITY_STATUS_*
} EntityRecord;

static_assert(sizeof(Motion) == 16, "motion is read and written as whole cache-line quarters");
static_assert(sizeof(EntityRecord) == 16, "64 ticks of 24,000 entities shall take 25 MB");

static inline EntityId entity_id(uint32_t slot, uint32_t generation) {
    return slot | generation << ENTITY_SLOT_BITS;
}

static inline uint32_t entity_slot(EntityId id) {
    return id & (ENTITY_SLOT_MAX - 1);
}

static inline uint32_t entity_generation(EntityId id) {
    return id >> ENTITY_SLOT_BITS;
}

// The generation behind this one; skips 0.
static inline uint16_t entity_next_generation(uint16_t generation) {
    const uint16_t next = (uint16_t)((generation + 1) & ((1 << ENTITY_GENERATION_BITS) - 1));
    return next == 0 ? 1 : next;
}

// The slot must lie below first[ENTITY_KIND_COUNT].
static inline EntityKind entity_kind_of_slot(const SlotRanges *ranges, uint32_t slot) {
    return slot < ranges->first[ENTITY_DRONE]     ? ENTITY_SHIP
           : slot < ranges->first[ENTITY_MISSILE] ? ENTITY_DRONE
           : slot < ranges->first[ENTITY_SHARD]   ? ENTITY_MISSILE
                                                  : ENTITY_SHARD;
}

#endif
