// SPDX-License-Identifier: MIT
#include "wire/fields.h"

#include <assert.h>
#include <stdlib.h>

const KindFields FIELDS[ENTITY_KIND_COUNT] = {
    [ENTITY_SHIP] = {.velocity_bits = {0, 7, 9, 16}, .has_status = true, .has_angle = true},
    [ENTITY_DRONE] = {.velocity_bits = {0, 6, 7, 16},
                      .velocity_shift = 1,
                      .has_status = true,
                      .flag_shift = 2},
    [ENTITY_MISSILE] = {.velocity_bits = {0, 9, 10, 16}},
    [ENTITY_SHARD] = {.velocity_bits = {0, 4, 8, 16}},
};

static_assert(sizeof(EntityRecord) == 2 * sizeof(int32_t) + 2 * sizeof(int16_t) + sizeof(uint16_t) +
                                          2 * sizeof(uint8_t),
              "position, velocity, generation, angle and status are all there is");
static_assert((ENTITY_STATUS_FIRED | ENTITY_STATUS_SHIELD) == 0x30 &&
                  (ENTITY_STATUS_HUNTER | ENTITY_STATUS_ANGRY) == 0x30 << 2 &&
                  ENTITY_STATUS_HEALTH == 0x0f,
              "a kind's two flags stand above the health once shifted");

// Within an octant the angle is 32 q + 11 q (1 - q) of the quotient q = smaller / larger, rounded,
// which is within 0.7 of the arc tangent. All in integers, so that a decoder in any language gets
// the same result.
uint8_t fields_direction(int32_t vx, int32_t vy) {
    const uint32_t ax = (uint32_t)abs(vx);
    const uint32_t ay = (uint32_t)abs(vy);
    const uint32_t larger = ax > ay ? ax : ay;
    if (larger == 0) {
        return 0;
    }
    const uint32_t q = ((ax > ay ? ay : ax) << 8) / larger;
    uint32_t angle = (q * (32 * 256 + 11 * (256 - q)) + (1u << 15)) >> 16;
    angle = ay > ax ? 64 - angle : angle;
    angle = vx < 0 ? 128 - angle : angle;
    angle = vy < 0 ? 256 - angle : angle;
    return (uint8_t)angle;
}

EntityRecord fields_record_as_read(EntityKind kind, const EntityRecord *record) {
    const KindFields *fields = &FIELDS[kind];
    EntityRecord read = *record;
    if (!fields->has_angle) {
        read.angle = fields_direction(record->vx, record->vy);
    }
    read.status = fields->has_status
                      ? fields_unpack_status(fields, fields_pack_status(fields, record->status))
                      : FIELDS_STATUS_USUAL;
    return read;
}
