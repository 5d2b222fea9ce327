// SPDX-License-Identifier: MIT
// fields.h -- which fields of an entity are sent, by its kind: the one table behind full states,
//             deltas, their sizes and PROTOCOL.md.
//
// Threads: pure functions and constants.
// Units:   published units (EntityRecord).
#ifndef TICKSTORM_WIRE_FIELDS_H
#define TICKSTORM_WIRE_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "game/entity.h"

#define FIELDS_STATUS_BITS 6
#define FIELDS_ANGLE_BITS  8
// Missiles and shards always have full health and no flags.
#define FIELDS_STATUS_USUAL ENTITY_HEALTH_MAX

// Position and velocity are sent for every kind, the generation when an entity enters.
typedef struct KindFields {
    // Full states: bits of a velocity's component by class; class 0 is rest, any int16 fits class
    // 3. Classes 1 and 2 count in steps of 1 << velocity_shift, class 3 in units.
    uint8_t velocity_bits[4];
    uint8_t velocity_shift; // deltas: changes of velocity count in the same steps
    bool has_status;
    uint8_t flag_shift; // of the flags, from the six bits on the wire to their place in status
    bool has_angle;     // false: the angle is the direction of the velocity
} KindFields;

extern const KindFields FIELDS[ENTITY_KIND_COUNT];

// The six bits of a status: health, and the kind's two flags.
static inline uint32_t fields_pack_status(const KindFields *fields, uint8_t status) {
    return (status & ENTITY_STATUS_HEALTH) | ((uint32_t)status >> fields->flag_shift & 0x30u);
}

static inline uint8_t fields_unpack_status(const KindFields *fields, uint32_t bits) {
    return (uint8_t)((bits & ENTITY_STATUS_HEALTH) | (bits & 0x30u) << fields->flag_shift);
}

// The direction of a velocity in 1/256 turn, 0 when there is none.
uint8_t fields_direction(int32_t vx, int32_t vy);

// The record that the other side will hold: drones, missiles and shards point where they fly (0 at
// rest), missiles and shards have full health, and flags of other kinds are cleared.
EntityRecord fields_record_as_read(EntityKind kind, const EntityRecord *record);

#endif
