// SPDX-License-Identifier: MIT
#include "wire/snapshot.h"

#include <stdlib.h>

#include "wire/message.h"

#define REMOVAL_COUNT_BITS    6
#define ENTITY_COUNT_BITS     8
#define OWN_POSITION_BITS     25 // signed, 1/256 unit
#define CENTER_BITS           21 // signed, 1/16 unit
#define POSITION_BITS         15 // signed, 1/16 unit from the centre
#define GENERATION_SHORT_BITS 4
#define STATUS_BITS           6
#define ANGLE_BITS            8

static_assert(SNAPSHOT_REMOVALS_MAX == (1 << REMOVAL_COUNT_BITS) - 1, "the count fits its field");
static_assert(SNAPSHOT_ENTITIES_MAX == (1 << ENTITY_COUNT_BITS) - 1, "the count fits its field");
static_assert(ARENA_SIDE_MAX_UNITS * UNIT < 1 << (OWN_POSITION_BITS - 1), "ships fit their field");
static_assert(ARENA_SIDE_MAX_UNITS * RECORD_UNIT < 1 << (CENTER_BITS - 1), "the centre fits");
static_assert(SNAPSHOT_REACH_UNITS * RECORD_UNIT < 1 << (POSITION_BITS - 1), "the reach fits");
static_assert(VIEW_HALF_WIDTH_UNITS + VIEW_MARGIN_UNITS + VIEW_LEAVE_UNITS < SNAPSHOT_REACH_UNITS,
              "all that is in view can be expressed");

// ---- the own ship: everything that prediction needs, exact.
//
// The one list that encoder and decoder are made of: SIGNED and PLAIN take a member and its bits,
// CLASS a member in classes (bit_write_class).
#define SHIP_FIELDS(SIGNED, PLAIN, CLASS)                                                          \
    SIGNED(motion.x, OWN_POSITION_BITS)                                                            \
    SIGNED(motion.y, OWN_POSITION_BITS)                                                            \
    SIGNED(motion.vx, 16)                                                                          \
    SIGNED(motion.vy, 16)                                                                          \
    PLAIN(motion.angle, 16)                                                                        \
    SIGNED(health, 16)                                                                             \
    SIGNED(energy, 16)                                                                             \
    CLASS(respawn_ticks)                                                                           \
    CLASS(shield_ticks)                                                                            \
    CLASS(pulse_cooldown_ticks)                                                                    \
    CLASS(missile_cooldown_ticks)                                                                  \
    PLAIN(generation, ENTITY_GENERATION_BITS)                                                      \
    CLASS(score)                                                                                   \
    CLASS(kills)                                                                                   \
    CLASS(deaths)

#define SIZE_IN_BITS(member, bits) +sizeof(((Ship *)0)->member)
#define SIZE_IN_CLASS(member)      +sizeof(((Ship *)0)->member)
static_assert(0 SHIP_FIELDS(SIZE_IN_BITS, SIZE_IN_BITS, SIZE_IN_CLASS) +
                      sizeof(((Ship *)0)->motion.unused) ==
                  sizeof(Ship),
              "the list names every member of Ship but the unused one");

static void write_ship(BitWriter *writer, const Ship *ship) {
#define WRITE_SIGNED(member, bits) bit_write_signed(writer, ship->member, bits);
#define WRITE_PLAIN(member, bits)  bit_write(writer, ship->member, bits);
#define WRITE_CLASS(member)        bit_write_class(writer, ship->member);
    SHIP_FIELDS(WRITE_SIGNED, WRITE_PLAIN, WRITE_CLASS)
}

static void read_ship(BitReader *reader, Ship *ship) {
    memset(ship, 0, sizeof(*ship));
    uint32_t value; // in classes; must survive the cast to the member's type
#define READ_SIGNED(member, bits)                                                                  \
    ship->member = (__typeof__(ship->member))bit_read_signed(reader, bits);
#define READ_PLAIN(member, bits) ship->member = (__typeof__(ship->member))bit_read(reader, bits);
#define READ_CLASS(member)                                                                         \
    value = bit_read_class(reader);                                                                \
    ship->member = (__typeof__(ship->member))value;                                                \
    reader->has_failed |= ship->member != value;
    SHIP_FIELDS(READ_SIGNED, READ_PLAIN, READ_CLASS)
}

// ---- header
//
// | type:8 = 5 | tick:32 | sequence:16 | has_input:1 |
//   if so: | input_tick:32 | input_margin_q4:16 | echo_time_ms:16 | echo_hold_us_q4:16 |
//          | starved_count:16 |
// | tick_us_q4:16 | client_count:16 | own ship (SHIP_FIELDS) |
// | is_centered:1 |  1: the centre is the own ship's position in published units
//   if not: | center_x:21 | center_y:21 |
static void write_header(BitWriter *writer, const SnapshotHeader *header) {
    bit_write(writer, MESSAGE_SNAPSHOT, 8);
    bit_write(writer, header->tick, 32);
    bit_write(writer, header->sequence, 16);
    bit_write(writer, header->has_input, 1);
    if (header->has_input) {
        bit_write(writer, header->input_tick, 32);
        bit_write_signed(writer, header->input_margin_q4, 16);
        bit_write(writer, header->echo_time_ms, 16);
        bit_write(writer, header->echo_hold_us_q4, 16);
        bit_write(writer, header->starved_count, 16);
    }
    bit_write(writer, header->tick_us_q4, 16);
    bit_write(writer, header->client_count, 16);
    write_ship(writer, &header->own);
    const bool is_centered = header->center_x == header->own.motion.x >> RECORD_SHIFT &&
                             header->center_y == header->own.motion.y >> RECORD_SHIFT;
    bit_write(writer, is_centered, 1);
    if (!is_centered) {
        bit_write_signed(writer, header->center_x, CENTER_BITS);
        bit_write_signed(writer, header->center_y, CENTER_BITS);
    }
}

static void read_header(BitReader *reader, SnapshotHeader *header) {
    memset(header, 0, sizeof(*header));
    reader->has_failed |= bit_read(reader, 8) != MESSAGE_SNAPSHOT;
    header->tick = bit_read(reader, 32);
    header->sequence = (uint16_t)bit_read(reader, 16);
    header->has_input = bit_read(reader, 1) != 0;
    if (header->has_input) {
        header->input_tick = bit_read(reader, 32);
        header->input_margin_q4 = (int16_t)bit_read_signed(reader, 16);
        header->echo_time_ms = (uint16_t)bit_read(reader, 16);
        header->echo_hold_us_q4 = (uint16_t)bit_read(reader, 16);
        header->starved_count = (uint16_t)bit_read(reader, 16);
    }
    header->tick_us_q4 = (uint16_t)bit_read(reader, 16);
    header->client_count = (uint16_t)bit_read(reader, 16);
    read_ship(reader, &header->own);
    header->center_x = header->own.motion.x >> RECORD_SHIFT;
    header->center_y = header->own.motion.y >> RECORD_SHIFT;
    if (bit_read(reader, 1) == 0) {
        header->center_x = bit_read_signed(reader, CENTER_BITS);
        header->center_y = bit_read_signed(reader, CENTER_BITS);
    }
}

// ---- removals: | slot: as many bits as the largest slot needs | generation |
// ---- generation: | 0 | generation - 1:4 |   or   | 1 | generation:12 |
static uint32_t slot_bits(const SlotRanges *ranges) {
    const uint32_t slots = ranges->first[ENTITY_KIND_COUNT];
    return slots <= 1 ? 1 : 32 - (uint32_t)__builtin_clz(slots - 1);
}

// Bits collected in a register, to leave in one bit_write_wide().
typedef struct Pack {
    uint64_t bits;
    uint32_t count;
} Pack;

static inline void pack_add(Pack *pack, uint64_t value, uint32_t count) {
    pack->bits |= value << pack->count;
    pack->count += count;
}

static inline void pack_generation(Pack *pack, uint32_t generation) {
    const bool is_short = generation <= 1u << GENERATION_SHORT_BITS;
    const uint32_t value = is_short ? (generation - 1) << 1 : generation << 1 | 1;
    pack_add(pack, value, is_short ? 1 + GENERATION_SHORT_BITS : 1 + ENTITY_GENERATION_BITS);
}

static inline uint32_t read_generation(BitReader *reader) {
    if (bit_read(reader, 1) == 0) {
        return bit_read(reader, GENERATION_SHORT_BITS) + 1;
    }
    const uint32_t generation = bit_read(reader, ENTITY_GENERATION_BITS);
    reader->has_failed |= generation == 0;
    return generation;
}

// ---- entities, in ascending order of slots
//
// | gap class:2 | gap | generation | status and angle, if its kind has them |
// | x:15 | y:15 |                    signed, from the centre
// | velocity class:2 | vx | vy |     signed, both with the class's bits
//
// gap = slot - (slot of the entity before + 1), less the smallest gap of its class. With a hundred
// of 24,000 entities in view gaps are exponential around 240; these classes then cost 10.0 bits,
// half a bit above the entropy.
static const uint8_t GAP_BITS[4] = {6, 8, 10, ENTITY_SLOT_BITS};
static const uint32_t GAP_FIRST[4] = {0, 64, 64 + 256, 64 + 256 + 1024};

// What is sent of an entity depends on its kind.
typedef struct KindFields {
    uint8_t velocity_bits[4]; // of a component by velocity class; any int16 fits the last
    bool has_status;          // | 0 |: whole and nothing special, or | 1 | health:4 | flag | flag |
    uint8_t flag_shift;       // from the six bits on the wire to the flags' place in status
    bool has_angle;           // else it points where it flies
} KindFields;

static const KindFields KIND_FIELDS[ENTITY_KIND_COUNT] = {
    [ENTITY_SHIP] = {{0, 7, 9, 16}, .has_status = true, .flag_shift = 0, .has_angle = true},
    [ENTITY_DRONE] = {{0, 7, 8, 16}, .has_status = true, .flag_shift = 2},
    [ENTITY_MISSILE] = {{0, 9, 10, 16}, .has_status = false},
    [ENTITY_SHARD] = {{0, 4, 8, 16}, .has_status = false},
};

static_assert(sizeof(EntityRecord) == 2 * sizeof(int32_t) + 2 * sizeof(int16_t) + sizeof(uint16_t) +
                                          2 * sizeof(uint8_t),
              "position, velocity, generation, angle and status are all there is");
static_assert((ENTITY_STATUS_FIRED | ENTITY_STATUS_SHIELD) == 0x30 &&
                  (ENTITY_STATUS_HUNTER | ENTITY_STATUS_ANGRY) == 0x30 << 2 &&
                  ENTITY_STATUS_HEALTH == 0x0f,
              "a kind's two flags stand above the health once shifted");

#define STATUS_USUAL ENTITY_HEALTH_MAX

static inline uint32_t pack_status(uint8_t status, uint32_t flag_shift) {
    return (status & ENTITY_STATUS_HEALTH) | ((uint32_t)status >> flag_shift & 0x30u);
}

static inline uint8_t unpack_status(uint32_t bits, uint32_t flag_shift) {
    return (uint8_t)((bits & ENTITY_STATUS_HEALTH) | (bits & 0x30u) << flag_shift);
}

// The direction of a velocity in 1/256 turn, 0 when there is none. Within an octant the angle is
// 32 q + 11 q (1 - q) of the quotient q = smaller / larger, rounded, which is within 0.7 of the
// arc tangent. All in integers, since a decoder in any language must land on the same.
static uint8_t direction_of(int32_t vx, int32_t vy) {
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

// Free of branches, as the rest of the encoder: which class it will be is a toss-up, and a branch
// missed costs more than the whole computation.
static inline uint32_t velocity_class(int32_t vx, int32_t vy, const uint8_t velocity_bits[4]) {
    // Folding negative numbers onto their complement makes the width that of the larger component.
    const uint32_t folded = (uint32_t)((vx ^ vx >> 31) | (vy ^ vy >> 31));
    return (uint32_t)((vx | vy) != 0) + (uint32_t)(folded >> (velocity_bits[1] - 1u) != 0) +
           (uint32_t)(folded >> (velocity_bits[2] - 1u) != 0);
}

void snapshot_begin(SnapshotWriter *writer, uint8_t *buffer, size_t capacity,
                    const SlotRanges *ranges, const SnapshotHeader *header) {
    assert(capacity >= SNAPSHOT_HEADER_BYTES_MAX && capacity <= PAYLOAD_BYTES_MAX);
    *writer = (SnapshotWriter){
        .ranges = ranges, .center_x = header->center_x, .center_y = header->center_y};
    bit_writer_init(&writer->bits, buffer, capacity);
    write_header(&writer->bits, header);
    writer->count_position_bits = writer->bits.bit_count;
    bit_write(&writer->bits, 0, REMOVAL_COUNT_BITS + ENTITY_COUNT_BITS);
    assert(!writer->bits.has_overflowed);
}

static inline bool has_room(const SnapshotWriter *writer, uint32_t bit_count) {
    return bit_count <= writer->bits.capacity_bits - writer->bits.bit_count;
}

bool snapshot_add_removal(SnapshotWriter *writer, EntityId id) {
    assert(writer->entity_count == 0 && entity_generation(id) != 0);
    assert(entity_slot(id) < writer->ranges->first[ENTITY_KIND_COUNT]);
    Pack pack = {0};
    pack_add(&pack, entity_slot(id), slot_bits(writer->ranges));
    pack_generation(&pack, entity_generation(id));
    if (writer->removal_count == SNAPSHOT_REMOVALS_MAX || !has_room(writer, pack.count)) {
        return false;
    }
    bit_write_wide(&writer->bits, pack.bits, pack.count);
    writer->removal_count++;
    return true;
}

// Who it is: gap and generation.
static inline void pack_identity(Pack *pack, uint32_t gap, uint32_t generation) {
    const uint32_t class = (uint32_t)(gap >= GAP_FIRST[1]) + (uint32_t)(gap >= GAP_FIRST[2]) +
                           (uint32_t)(gap >= GAP_FIRST[3]);
    pack_add(pack, class | (uint64_t)(gap - GAP_FIRST[class]) << 2, 2u + GAP_BITS[class]);
    pack_generation(pack, generation);
}

static inline bool fits_position(int32_t value) {
    return value >= -(1 << (POSITION_BITS - 1)) && value < 1 << (POSITION_BITS - 1);
}

bool snapshot_add_entity(SnapshotWriter *writer, uint32_t slot, const EntityRecord *record) {
    assert(slot >= writer->next_slot && slot < writer->ranges->first[ENTITY_KIND_COUNT]);
    assert(record->generation != 0);
    const int32_t x = record->x - writer->center_x;
    const int32_t y = record->y - writer->center_y;
    assert(fits_position(x) && fits_position(y));
    const KindFields *fields = &KIND_FIELDS[entity_kind_of_slot(writer->ranges, slot)];

    Pack head = {0};
    pack_identity(&head, slot - writer->next_slot, record->generation);
    if (fields->has_status) {
        const uint32_t status = pack_status(record->status, fields->flag_shift);
        const bool is_usual = status == STATUS_USUAL;
        pack_add(&head, is_usual ? 0 : status << 1 | 1, is_usual ? 1 : 1 + STATUS_BITS);
    }
    if (fields->has_angle) {
        pack_add(&head, record->angle, ANGLE_BITS);
    }

    Pack body = {0};
    pack_add(&body, bits_from_signed(x, POSITION_BITS), POSITION_BITS);
    pack_add(&body, bits_from_signed(y, POSITION_BITS), POSITION_BITS);
    const uint32_t class = velocity_class(record->vx, record->vy, fields->velocity_bits);
    const uint32_t bits = fields->velocity_bits[class];
    const uint32_t mask = (1u << bits) - 1;
    pack_add(&body, class, 2);
    const uint32_t vx = (uint32_t)record->vx & mask;
    const uint32_t vy = (uint32_t)record->vy & mask;
    pack_add(&body, vx, bits);
    pack_add(&body, vy, bits);

    if (writer->entity_count == SNAPSHOT_ENTITIES_MAX ||
        !has_room(writer, head.count + body.count)) {
        return false;
    }
    bit_write_wide(&writer->bits, head.bits, head.count);
    bit_write_wide(&writer->bits, body.bits, body.count);
    writer->entity_count++;
    writer->next_slot = slot + 1;
    return true;
}

uint32_t snapshot_entity_bits_max(EntityKind kind) {
    const KindFields *fields = &KIND_FIELDS[kind];
    const uint32_t status_bits = fields->has_status ? 1 + STATUS_BITS : 0;
    const uint32_t angle_bits = fields->has_angle ? ANGLE_BITS : 0;
    return 2 + ENTITY_SLOT_BITS + 1 + ENTITY_GENERATION_BITS + status_bits + angle_bits +
           2 * POSITION_BITS + 2 + 2 * 16;
}

size_t snapshot_finish(SnapshotWriter *writer) {
    bit_rewrite(&writer->bits, writer->count_position_bits,
                writer->removal_count | writer->entity_count << REMOVAL_COUNT_BITS,
                REMOVAL_COUNT_BITS + ENTITY_COUNT_BITS);
    const size_t size = bit_writer_finish(&writer->bits);
    assert(size > 0);
    return size;
}

EntityRecord snapshot_record_as_read(EntityKind kind, const EntityRecord *record) {
    const KindFields *fields = &KIND_FIELDS[kind];
    EntityRecord read = *record;
    if (!fields->has_angle) {
        read.angle = direction_of(record->vx, record->vy);
    }
    read.status =
        fields->has_status
            ? unpack_status(pack_status(record->status, fields->flag_shift), fields->flag_shift)
            : STATUS_USUAL;
    return read;
}

static void read_removals(BitReader *reader, const SlotRanges *ranges, Snapshot *out) {
    for (uint32_t i = 0; i < out->removal_count && !reader->has_failed; i++) {
        const uint32_t slot = bit_read(reader, slot_bits(ranges));
        const EntityId id = entity_id(slot, read_generation(reader));
        reader->has_failed |= slot >= ranges->first[ENTITY_KIND_COUNT];
        for (uint32_t j = 0; j < i; j++) {
            reader->has_failed |= out->removals[j] == id;
        }
        out->removals[i] = id;
    }
}

static void read_entity(BitReader *reader, const Snapshot *snapshot, const SlotRanges *ranges,
                        uint32_t next_slot, SnapshotEntity *out) {
    const uint32_t gap_class = bit_read(reader, 2);
    const uint32_t gap = GAP_FIRST[gap_class] + bit_read(reader, GAP_BITS[gap_class]);
    EntityRecord *record = &out->record;
    out->slot = next_slot + gap;
    record->generation = (uint16_t)read_generation(reader);
    if (out->slot >= ranges->first[ENTITY_KIND_COUNT]) {
        reader->has_failed = true;
        return;
    }
    const KindFields *fields = &KIND_FIELDS[entity_kind_of_slot(ranges, out->slot)];
    record->status = STATUS_USUAL;
    if (fields->has_status && bit_read(reader, 1) != 0) {
        record->status = unpack_status(bit_read(reader, STATUS_BITS), fields->flag_shift);
    }
    record->angle = fields->has_angle ? (uint8_t)bit_read(reader, ANGLE_BITS) : 0;

    const uint32_t body = bit_read(reader, 2 * POSITION_BITS + 2);
    const uint32_t mask = (1u << POSITION_BITS) - 1;
    record->x = snapshot->header.center_x + bits_to_signed(body & mask, POSITION_BITS);
    record->y =
        snapshot->header.center_y + bits_to_signed(body >> POSITION_BITS & mask, POSITION_BITS);
    record->vx = 0;
    record->vy = 0;
    const uint32_t velocity_class = body >> 2 * POSITION_BITS;
    if (velocity_class > 0) {
        const uint32_t bits = fields->velocity_bits[velocity_class];
        const uint32_t velocity = bit_read(reader, 2 * bits);
        record->vx = (int16_t)bits_to_signed(velocity & ((1u << bits) - 1), bits);
        record->vy = (int16_t)bits_to_signed(velocity >> bits, bits);
    }
    if (!fields->has_angle) {
        record->angle = direction_of(record->vx, record->vy);
    }
}

bool snapshot_read(const uint8_t *data, size_t size, const SlotRanges *ranges, Snapshot *out) {
    BitReader reader;
    bit_reader_init(&reader, data, size);
    reader.has_failed = size > PAYLOAD_BYTES_MAX;
    read_header(&reader, &out->header);
    out->removal_count = bit_read(&reader, REMOVAL_COUNT_BITS);
    out->entity_count = bit_read(&reader, ENTITY_COUNT_BITS);
    read_removals(&reader, ranges, out);
    uint32_t next_slot = 0;
    for (uint32_t i = 0; i < out->entity_count && !reader.has_failed; i++) {
        read_entity(&reader, out, ranges, next_slot, &out->entities[i]);
        next_slot = out->entities[i].slot + 1;
    }
    return bit_reader_is_finished(&reader);
}
