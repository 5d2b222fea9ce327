// SPDX-License-Identifier: MIT
#include "wire/snapshot.h"

#include "base/serial.h"
#include "wire/message.h"

#define BASELINE_BITS         5
#define ENTER_COUNT_BITS      9
#define CHECKSUM_BITS         32
#define INPUT_LEAD_BITS       9  // signed
#define OWN_POSITION_BITS     25 // signed, 1/256 unit
#define OWN_SPEED_SHORT_BITS  13 // signed
#define CENTER_BITS           21 // signed, 1/16 unit
#define POSITION_BITS         15 // signed, 1/16 unit from the centre
#define GENERATION_SHORT_BITS 4

static_assert(SNAPSHOT_BASELINE_MAX == (1 << BASELINE_BITS) - 1, "baselines fit their field");
static_assert(BASELINE_ENTRIES_MAX < 1 << ENTER_COUNT_BITS, "the count fits its field");
static_assert(ARENA_SIDE_MAX_UNITS * UNIT < 1 << (OWN_POSITION_BITS - 1), "ships fit their field");
static_assert(ARENA_SIDE_MAX_UNITS * RECORD_UNIT < 1 << (CENTER_BITS - 1), "the centre fits");
static_assert(SNAPSHOT_REACH_UNITS * RECORD_UNIT < 1 << (POSITION_BITS - 1), "the reach fits");
static_assert((1 << (CENTER_BITS - 1)) + (1 << (POSITION_BITS - 1)) <= 2 * DELTA_PLACE_MAX,
              "full states lie near where deltas do");
static_assert(VIEW_HALF_WIDTH_UNITS + VIEW_MARGIN_UNITS + VIEW_LEAVE_UNITS < SNAPSHOT_REACH_UNITS,
              "all that is in view can be expressed");
static_assert(SNAPSHOT_FULL_BITS_MAX <= DELTA_BITS_MAX, "a full state fits");

// ---- the own ship: everything that prediction needs, exact.
//
// The lists that encoder and decoder are made of. SIGNED and PLAIN take a member and its bits,
// SHORT a member that rarely needs more than so many bits, CLASS a member in classes
// (bit_write_class). The timers of an idle ship are all zero, which takes one bit.
#define SHIP_FIELDS(SIGNED, PLAIN, SHORT, CLASS)                                                   \
    SIGNED(motion.x, OWN_POSITION_BITS)                                                            \
    SIGNED(motion.y, OWN_POSITION_BITS)                                                            \
    SHORT(motion.vx, OWN_SPEED_SHORT_BITS)                                                         \
    SHORT(motion.vy, OWN_SPEED_SHORT_BITS)                                                         \
    PLAIN(motion.angle, 16)                                                                        \
    SHORT(health, 8)                                                                               \
    SHORT(energy, 11)                                                                              \
    CLASS(score)                                                                                   \
    CLASS(kills)                                                                                   \
    CLASS(deaths)
#define SHIP_TIMERS(CLASS)                                                                         \
    CLASS(respawn_ticks)                                                                           \
    CLASS(shield_ticks) CLASS(pulse_cooldown_ticks) CLASS(missile_cooldown_ticks)

#define SIZE_IN_BITS(member, bits) +sizeof(((Ship *)0)->member)
#define SIZE_IN_CLASS(member)      +sizeof(((Ship *)0)->member)
static_assert(0 SHIP_FIELDS(SIZE_IN_BITS, SIZE_IN_BITS, SIZE_IN_BITS, SIZE_IN_CLASS)
                          SHIP_TIMERS(SIZE_IN_CLASS) +
                      sizeof(((Ship *)0)->generation) + sizeof(((Ship *)0)->motion.unused) ==
                  sizeof(Ship),
              "the lists name every member of Ship but the generation and the unused one");

// Bits collected to leave in one go, as DeltaBits.
static inline void pack_add(DeltaBits *pack, uint64_t value, uint32_t count) {
    if (pack->count < 64) {
        pack->words[0] |= value << pack->count;
        pack->words[1] |= pack->count == 0 ? 0 : value >> (64 - pack->count);
    } else {
        pack->words[1] |= value << (pack->count - 64);
    }
    pack->count += count;
}

// ---- generation: | 0 | generation - 1:4 |   or   | 1 | generation:12 |
static inline bool is_short_generation(uint32_t generation) {
    return generation - 1 < 1u << GENERATION_SHORT_BITS;
}

uint32_t snapshot_generation_bits(uint16_t generation) {
    return 1 + (is_short_generation(generation) ? GENERATION_SHORT_BITS : ENTITY_GENERATION_BITS);
}

static inline void pack_generation(DeltaBits *pack, uint32_t generation) {
    const bool is_short = is_short_generation(generation);
    const uint32_t value = is_short ? (generation - 1) << 1 : generation << 1 | 1;
    pack_add(pack, value, is_short ? 1 + GENERATION_SHORT_BITS : 1 + ENTITY_GENERATION_BITS);
}

static inline uint32_t read_generation(BitReader *reader) {
    if (bit_read(reader, 1) == 0) {
        return bit_read(reader, GENERATION_SHORT_BITS) + 1;
    }
    return bit_read(reader, ENTITY_GENERATION_BITS);
}

// | 0 | value, signed: bits |   or   | 1 | value, signed: 16 |
static void write_short(BitWriter *writer, int32_t value, uint32_t bits) {
    const bool is_short = value >= -(1 << (bits - 1)) && value < 1 << (bits - 1);
    bit_write(writer, !is_short, 1);
    bit_write_signed(writer, value, is_short ? bits : 16);
}

static int16_t read_short(BitReader *reader, uint32_t bits) {
    return (int16_t)bit_read_signed(reader, bit_read(reader, 1) == 0 ? bits : 16);
}

static void write_ship(BitWriter *writer, const Ship *ship) {
#define WRITE_SIGNED(member, bits) bit_write_signed(writer, ship->member, bits);
#define WRITE_PLAIN(member, bits)  bit_write(writer, ship->member, bits);
#define WRITE_SHORT(member, bits)  write_short(writer, ship->member, bits);
#define WRITE_CLASS(member)        bit_write_class(writer, ship->member);
#define OR_TIMER(member)           | ship->member
    SHIP_FIELDS(WRITE_SIGNED, WRITE_PLAIN, WRITE_SHORT, WRITE_CLASS)
    DeltaBits generation = {0};
    pack_generation(&generation, ship->generation);
    bit_write_wide(writer, generation.words[0], generation.count);
    const bool has_timers = (0 SHIP_TIMERS(OR_TIMER)) != 0;
    bit_write(writer, has_timers, 1);
    if (has_timers) {
        SHIP_TIMERS(WRITE_CLASS)
    }
}

static void read_ship(BitReader *reader, Ship *ship) {
    memset(ship, 0, sizeof *ship);
    uint32_t value; // in classes; must survive the cast to the member's type
#define READ_SIGNED(member, bits)                                                                  \
    ship->member = (__typeof__(ship->member))bit_read_signed(reader, bits);
#define READ_PLAIN(member, bits) ship->member = (__typeof__(ship->member))bit_read(reader, bits);
#define READ_SHORT(member, bits) ship->member = read_short(reader, bits);
#define READ_CLASS(member)                                                                         \
    value = bit_read_class(reader);                                                                \
    ship->member = (__typeof__(ship->member))value;                                                \
    reader->has_failed |= ship->member != value;
    SHIP_FIELDS(READ_SIGNED, READ_PLAIN, READ_SHORT, READ_CLASS)
    ship->generation = (uint16_t)read_generation(reader);
    if (bit_read(reader, 1) != 0) {
        SHIP_TIMERS(READ_CLASS)
    }
}

// ---- header
//
// | type:8 = 5 | tick:32 | sequence:16 | baseline:5 | has_checksum:1 | has_input:1 |
//   if it is 1: | 0 | input_tick - tick:9, signed |   or   | 1 | input_tick:32 |
//               | input_margin_q4:16, signed | echo_time_ms:16 | echo_hold_us_q4: class |
//               | starved_count: class |
// | tick_us_q4: class | client_count: class | own ship |
// | is_centered:1 |  1: the centre is the own ship's position in published units
//   if not: | center_x:21 | center_y:21 |
static void write_answers(BitWriter *writer, const SnapshotHeader *header) {
    const int32_t lead = serial_difference(header->input_tick, header->tick);
    const bool is_near = lead >= -(1 << (INPUT_LEAD_BITS - 1)) && lead < 1 << (INPUT_LEAD_BITS - 1);
    bit_write(writer, !is_near, 1);
    if (is_near) {
        bit_write_signed(writer, lead, INPUT_LEAD_BITS);
    } else {
        bit_write(writer, header->input_tick, 32);
    }
    bit_write_signed(writer, header->input_margin_q4, 16);
    bit_write(writer, header->echo_time_ms, 16);
    bit_write_class(writer, header->echo_hold_us_q4);
    bit_write_class(writer, header->starved_count);
}

static void write_header(BitWriter *writer, const SnapshotHeader *header) {
    assert(header->baseline <= SNAPSHOT_BASELINE_MAX);
    bit_write(writer, MESSAGE_SNAPSHOT, 8);
    bit_write(writer, header->tick, 32);
    bit_write(writer, header->sequence, 16);
    bit_write(writer, header->baseline, BASELINE_BITS);
    bit_write(writer, header->has_checksum, 1);
    bit_write(writer, header->has_input, 1);
    if (header->has_input) {
        write_answers(writer, header);
    }
    bit_write_class(writer, header->tick_us_q4);
    bit_write_class(writer, header->client_count);
    write_ship(writer, &header->own);
    const bool is_centered = header->center_x == header->own.motion.x >> RECORD_SHIFT &&
                             header->center_y == header->own.motion.y >> RECORD_SHIFT;
    bit_write(writer, is_centered, 1);
    if (!is_centered) {
        bit_write_signed(writer, header->center_x, CENTER_BITS);
        bit_write_signed(writer, header->center_y, CENTER_BITS);
    }
}

// A number in classes of at most 16 bits.
static uint16_t read_class_u16(BitReader *reader) {
    const uint32_t value = bit_read_class(reader);
    reader->has_failed |= value > UINT16_MAX;
    return (uint16_t)value;
}

static void read_answers(BitReader *reader, SnapshotHeader *header) {
    header->input_tick = bit_read(reader, 1) == 0
                             ? header->tick + (uint32_t)bit_read_signed(reader, INPUT_LEAD_BITS)
                             : bit_read(reader, 32);
    header->input_margin_q4 = (int16_t)bit_read_signed(reader, 16);
    header->echo_time_ms = (uint16_t)bit_read(reader, 16);
    header->echo_hold_us_q4 = read_class_u16(reader);
    header->starved_count = read_class_u16(reader);
}

static void read_header(BitReader *reader, SnapshotHeader *header) {
    memset(header, 0, sizeof *header);
    reader->has_failed |= bit_read(reader, 8) != MESSAGE_SNAPSHOT;
    header->tick = bit_read(reader, 32);
    header->sequence = (uint16_t)bit_read(reader, 16);
    header->baseline = (uint8_t)bit_read(reader, BASELINE_BITS);
    header->has_checksum = bit_read(reader, 1) != 0;
    header->has_input = bit_read(reader, 1) != 0;
    if (header->has_input) {
        read_answers(reader, header);
    }
    header->tick_us_q4 = read_class_u16(reader);
    header->client_count = read_class_u16(reader);
    read_ship(reader, &header->own);
    header->center_x = header->own.motion.x >> RECORD_SHIFT;
    header->center_y = header->own.motion.y >> RECORD_SHIFT;
    if (bit_read(reader, 1) == 0) {
        header->center_x = bit_read_signed(reader, CENTER_BITS);
        header->center_y = bit_read_signed(reader, CENTER_BITS);
    }
}

// ---- entering entities, in ascending order of slots
//
// | gap class:2 | gap | generation | state |
//
// gap = slot - (slot of the one before + 1), less the smallest gap of its class.
static const uint8_t GAP_BITS[4] = {8, 11, 14, ENTITY_SLOT_BITS};
static const uint32_t GAP_FIRST[4] = {0, 1u << 8, (1u << 8) + (1u << 11),
                                      (1u << 8) + (1u << 11) + (1u << 14)};

static inline uint32_t gap_class(uint32_t gap) {
    return (uint32_t)(gap >= GAP_FIRST[1]) + (uint32_t)(gap >= GAP_FIRST[2]) +
           (uint32_t)(gap >= GAP_FIRST[3]);
}

uint32_t snapshot_gap_bits(uint32_t gap) {
    return 2u + GAP_BITS[gap_class(gap)];
}

// ---- state, of entering entities and behind FULL
//
// | x:15 | y:15 | velocity class:2 | vx | vy |     signed; positions from the centre
// | status and angle, if the kind has them |
//   status: | 0 |: full health and nothing special, or | 1 | health:4 | flag | flag |

// Without branches, since no branch predictor knows the class in advance.
static inline uint32_t velocity_class(const KindFields *fields, int32_t vx, int32_t vy) {
    // Folding negative numbers onto their complement makes the width that of the larger component.
    const uint32_t folded = (uint32_t)((vx ^ vx >> 31) | (vy ^ vy >> 31));
    const uint32_t odd = (uint32_t)(vx | vy) & ((1u << fields->velocity_shift) - 1);
    const uint32_t class =
        (uint32_t)((vx | vy) != 0) +
        (uint32_t)(folded >> (fields->velocity_bits[1] - 1u + fields->velocity_shift) != 0) +
        (uint32_t)(folded >> (fields->velocity_bits[2] - 1u + fields->velocity_shift) != 0);
    return odd != 0 ? 3 : class;
}

static inline bool fits_position(int32_t value) {
    return value >= -(1 << (POSITION_BITS - 1)) && value < 1 << (POSITION_BITS - 1);
}

DeltaBits snapshot_pack_full(const SnapshotWriter *writer, EntityKind kind,
                             const EntityRecord *record) {
    const KindFields *fields = &FIELDS[kind];
    const int32_t x = record->x - writer->center_x;
    const int32_t y = record->y - writer->center_y;
    assert(fits_position(x) && fits_position(y));
    DeltaBits pack = {0};
    pack_add(&pack, bits_from_signed(x, POSITION_BITS), POSITION_BITS);
    pack_add(&pack, bits_from_signed(y, POSITION_BITS), POSITION_BITS);
    const uint32_t class = velocity_class(fields, record->vx, record->vy);
    const uint32_t bits = fields->velocity_bits[class];
    const uint32_t shift = class == 3 ? 0 : fields->velocity_shift;
    const uint32_t mask = (1u << bits) - 1;
    pack_add(&pack, class, 2);
    pack_add(&pack, (uint32_t)(record->vx >> shift) & mask, bits);
    pack_add(&pack, (uint32_t)(record->vy >> shift) & mask, bits);
    if (fields->has_status) {
        const uint32_t status = fields_pack_status(fields, record->status);
        const bool is_usual = status == FIELDS_STATUS_USUAL;
        pack_add(&pack, is_usual ? 0 : status << 1 | 1, is_usual ? 1 : 1 + FIELDS_STATUS_BITS);
    }
    if (fields->has_angle) {
        pack_add(&pack, record->angle, FIELDS_ANGLE_BITS);
    }
    return pack;
}

static void read_full(SnapshotReader *snapshot, const SnapshotHeader *header, EntityKind kind,
                      EntityRecord *record) {
    BitReader *reader = &snapshot->bits;
    const KindFields *fields = &FIELDS[kind];
    record->x = header->center_x + bit_read_signed(reader, POSITION_BITS);
    record->y = header->center_y + bit_read_signed(reader, POSITION_BITS);
    record->vx = 0;
    record->vy = 0;
    const uint32_t class = bit_read(reader, 2);
    if (class > 0) {
        const uint32_t bits = fields->velocity_bits[class];
        const int32_t step = class == 3 ? 1 : 1 << fields->velocity_shift;
        record->vx = (int16_t)(bit_read_signed(reader, bits) * step);
        record->vy = (int16_t)(bit_read_signed(reader, bits) * step);
    }
    record->status = FIELDS_STATUS_USUAL;
    if (fields->has_status && bit_read(reader, 1) != 0) {
        record->status = fields_unpack_status(fields, bit_read(reader, FIELDS_STATUS_BITS));
    }
    record->angle = fields->has_angle ? (uint8_t)bit_read(reader, FIELDS_ANGLE_BITS)
                                      : fields_direction(record->vx, record->vy);
    reader->has_failed |= record->x <= -DELTA_PLACE_MAX || record->x >= DELTA_PLACE_MAX ||
                          record->y <= -DELTA_PLACE_MAX || record->y >= DELTA_PLACE_MAX;
}

// ------------------------------------------------------------------ writing

void snapshot_begin(SnapshotWriter *writer, const SnapshotSpace *space, const SlotRanges *ranges,
                    const SnapshotHeader *header, const BaselineSet *baseline) {
    assert(space->capacity >= SNAPSHOT_HEADER_BYTES_MAX && space->capacity <= PAYLOAD_BYTES_MAX);
    assert(header->baseline > 0 || baseline->count == 0);
    const BaselineEntry *first = baseline->entries; // NULL in an empty set, which has no end either
    *writer = (SnapshotWriter){.ranges = ranges,
                               .next_entry = first,
                               .end_entry = baseline->count > 0 ? first + baseline->count : first,
                               .elapsed_ticks = header->tick - baseline->tick,
                               .set = {.entries = space->entries},
                               .center_x = header->center_x,
                               .center_y = header->center_y,
                               .has_checksum = header->has_checksum,
                               .reserved_bits =
                                   ENTER_COUNT_BITS + (header->has_checksum ? CHECKSUM_BITS : 0)};
    baseline_set_begin(&writer->set, header->sequence, header->tick);
    bit_writer_init(&writer->bits, space->bytes, space->capacity);
    write_header(&writer->bits, header);
    assert(!writer->bits.has_overflowed);
}

// Writes a mark and moves on to the entry behind.
static const BaselineEntry *write_mark(SnapshotWriter *writer, DeltaSymbol symbol) {
    const BaselineEntry *entry = writer->next_entry++;
    const DeltaWindow window = {.slot = entry->slot,
                                .tick = writer->set.tick,
                                .age = baseline_age_after(entry->age, writer->elapsed_ticks)};
    const DeltaBits mark =
        delta_mark(entity_kind_of_slot(writer->ranges, entry->slot), window, symbol);
    snapshot_write_bits(writer, &mark);
    return entry;
}

void snapshot_add_full(SnapshotWriter *writer, const DeltaBits *state) {
    const BaselineEntry *entry = write_mark(writer, DELTA_FULL);
    snapshot_write_bits(writer, state);
    baseline_set_carry(&writer->set, entry->slot, entry->generation);
}

void snapshot_add_skip(SnapshotWriter *writer) {
    const BaselineEntry *entry = write_mark(writer, DELTA_SKIP);
    baseline_set_keep(&writer->set, entry, baseline_age_after(entry->age, writer->elapsed_ticks));
}

void snapshot_add_remove(SnapshotWriter *writer) {
    (void)write_mark(writer, DELTA_REMOVE);
}

void snapshot_begin_enters(SnapshotWriter *writer) {
    assert(writer->next_entry == writer->end_entry);
    writer->known_count = writer->set.count;
    writer->count_position_bits = writer->bits.bit_count;
    writer->reserved_bits -= ENTER_COUNT_BITS;
    bit_write(&writer->bits, 0, ENTER_COUNT_BITS);
}

bool snapshot_add_enter(SnapshotWriter *writer, uint32_t slot, uint16_t generation,
                        const DeltaBits *state) {
    assert(slot >= writer->next_slot && slot < writer->ranges->first[ENTITY_KIND_COUNT]);
    assert(generation != 0 && writer->count_position_bits != 0);
    const uint32_t gap = slot - writer->next_slot;
    const uint32_t class = gap_class(gap);
    DeltaBits who = {0};
    pack_add(&who, class | (uint64_t)(gap - GAP_FIRST[class]) << 2, 2u + GAP_BITS[class]);
    pack_generation(&who, generation);
    if (writer->set.count == BASELINE_ENTRIES_MAX ||
        who.count + state->count > snapshot_room_bits(writer)) {
        return false;
    }
    bit_write_wide(&writer->bits, who.words[0], who.count);
    snapshot_write_bits(writer, state);
    baseline_set_carry(&writer->set, slot, generation);
    writer->enter_count++;
    writer->next_slot = slot + 1;
    return true;
}

const BaselineSet *snapshot_end_enters(SnapshotWriter *writer) {
    if (writer->enter_count > 0) {
        const bool is_free = baseline_set_merge_enters(&writer->set, writer->known_count);
        assert(is_free && "an entity that stays cannot enter");
    }
    return &writer->set;
}

size_t snapshot_finish(SnapshotWriter *writer, uint32_t checksum) {
    assert(writer->count_position_bits != 0);
    bit_rewrite(&writer->bits, writer->count_position_bits, writer->enter_count, ENTER_COUNT_BITS);
    bit_write(&writer->bits, writer->has_checksum ? checksum : 0,
              writer->has_checksum ? CHECKSUM_BITS : 0);
    const size_t size = bit_writer_finish(&writer->bits);
    assert(size > 0);
    return size;
}

// ------------------------------------------------------------------ reading

bool snapshot_open(SnapshotReader *reader, const uint8_t *data, size_t size,
                   const SlotRanges *ranges, SnapshotHeader *header) {
    reader->ranges = ranges;
    bit_reader_init(&reader->bits, data, size);
    reader->bits.has_failed = size > PAYLOAD_BYTES_MAX;
    read_header(&reader->bits, header);
    return !reader->bits.has_failed;
}

static void record_update(Snapshot *out, BaselineSet *baseline_set, uint32_t slot,
                          uint16_t generation, EntityRecord *record) {
    record->generation = generation;
    baseline_set->records[baseline_set->count] = *record;
    baseline_set_carry(baseline_set, slot, generation);
    out->entities[out->entity_count++] = (SnapshotEntity){slot, *record};
}

static void read_entry(SnapshotReader *reader, const BaselineSet *baseline, uint32_t index,
                       EntityKind kind, Snapshot *out, BaselineSet *baseline_set) {
    const BaselineEntry *entry = &baseline->entries[index];
    const DeltaWindow window = baseline_window(baseline, entry, out->header.tick);
    EntityRecord record = {0};
    switch (delta_decode(&reader->bits, kind, window, &baseline->records[index], &record)) {
    case DELTA_SKIP:
        baseline_set->records[baseline_set->count] = baseline->records[index];
        baseline_set_keep(baseline_set, entry,
                          baseline_true_age_after(entry->age, out->header.tick - baseline->tick));
        out->skip_count++;
        return;
    case DELTA_REMOVE:
        out->removals[out->removal_count++] = entity_id(entry->slot, entry->generation);
        return;
    case DELTA_FULL:
        read_full(reader, &out->header, kind, &record);
        break;
    case DELTA_EXACT:
    case DELTA_OTHER:
    case DELTA_ESCAPE:
    case DELTA_PAIRS:
        break;
    }
    record_update(out, baseline_set, entry->slot, entry->generation, &record);
}

static void read_enters(SnapshotReader *reader, Snapshot *out, BaselineSet *baseline_set) {
    BitReader *bits = &reader->bits;
    const uint32_t count = bit_read(bits, ENTER_COUNT_BITS);
    const uint32_t known_count = baseline_set->count;
    bits->has_failed |= count > BASELINE_ENTRIES_MAX - known_count;
    uint32_t next_slot = 0;
    for (uint32_t i = 0; i < count && !bits->has_failed; i++) {
        const uint32_t class = bit_read(bits, 2);
        const uint32_t slot = next_slot + GAP_FIRST[class] + bit_read(bits, GAP_BITS[class]);
        const uint16_t generation = (uint16_t)read_generation(bits);
        if (slot >= reader->ranges->first[ENTITY_KIND_COUNT] || generation == 0) {
            bits->has_failed = true;
            return;
        }
        EntityRecord record;
        read_full(reader, &out->header, entity_kind_of_slot(reader->ranges, slot), &record);
        record_update(out, baseline_set, slot, generation, &record);
        next_slot = slot + 1;
    }
    out->enter_count = count;
    if (!bits->has_failed) {
        bits->has_failed |= !baseline_set_merge_enters(baseline_set, known_count);
    }
}

bool snapshot_read(SnapshotReader *reader, const BaselineSet *baseline, Snapshot *out,
                   BaselineSet *baseline_set) {
    assert(baseline->count == 0 || serial_difference(out->header.tick, baseline->tick) > 0);
    out->entity_count = 0;
    out->enter_count = 0;
    out->removal_count = 0;
    out->skip_count = 0;
    baseline_set_begin(baseline_set, out->header.sequence, out->header.tick);
    uint32_t kind = ENTITY_SHIP; // ascends with the slots
    for (uint32_t i = 0; i < baseline->count && !reader->bits.has_failed; i++) {
        while (kind + 1 < ENTITY_KIND_COUNT &&
               baseline->entries[i].slot >= reader->ranges->first[kind + 1]) {
            kind++;
        }
        read_entry(reader, baseline, i, (EntityKind)kind, out, baseline_set);
    }
    read_enters(reader, out, baseline_set);
    out->checksum = out->header.has_checksum ? bit_read(&reader->bits, CHECKSUM_BITS) : 0;
    return bit_reader_is_finished(&reader->bits);
}
