// SPDX-License-Identifier: MIT
#include "wire/snapshot.h"

#include <string.h>

#include "game/tuning.h"
#include "support.h"
#include "wire/wire_samples.h"

static void assert_same(const Snapshot *a, const Snapshot *b) {
    assert_memory_equal(&a->header.own, &b->header.own, sizeof(Ship));
    assert_int_equal(a->header.tick, b->header.tick);
    assert_int_equal(a->header.sequence, b->header.sequence);
    assert_int_equal(a->header.baseline, b->header.baseline);
    assert_int_equal(a->header.has_checksum, b->header.has_checksum);
    assert_int_equal(a->header.has_input, b->header.has_input);
    assert_int_equal(a->header.input_tick, b->header.input_tick);
    assert_int_equal(a->header.input_margin_q4, b->header.input_margin_q4);
    assert_int_equal(a->header.echo_time_ms, b->header.echo_time_ms);
    assert_int_equal(a->header.echo_hold_us_q4, b->header.echo_hold_us_q4);
    assert_int_equal(a->header.starved_count, b->header.starved_count);
    assert_int_equal(a->header.tick_us_q4, b->header.tick_us_q4);
    assert_int_equal(a->header.client_count, b->header.client_count);
    assert_int_equal(a->header.center_x, b->header.center_x);
    assert_int_equal(a->header.center_y, b->header.center_y);
    assert_int_equal(a->checksum, b->checksum);
    assert_int_equal(a->enter_count, b->enter_count);
    assert_int_equal(a->skip_count, b->skip_count);
    assert_int_equal(a->removal_count, b->removal_count);
    assert_memory_equal(a->removals, b->removals, a->removal_count * sizeof(EntityId));
    assert_int_equal(a->entity_count, b->entity_count);
    assert_memory_equal(a->entities, b->entities, a->entity_count * sizeof(SnapshotEntity));
}

// A baseline, a snapshot against it, and the result that a reader shall arrive at.
typedef struct Case {
    BaselineSet baseline;
    BaselineSet baseline_set;
    Snapshot snapshot;
    BaselineSpace spaces[2];
    uint8_t buffer[PAYLOAD_BYTES_MAX + 1];
    size_t size;
} Case;

static void make_case(Case *it, Rng *rng, const SlotRanges *ranges, uint32_t known, uint32_t enters,
                      size_t capacity) {
    it->baseline =
        (BaselineSet){.entries = it->spaces[0].entries, .records = it->spaces[0].records};
    it->baseline_set =
        (BaselineSet){.entries = it->spaces[1].entries, .records = it->spaces[1].records};
    it->snapshot.header = sample_header(rng);
    known = it->snapshot.header.baseline == 0 ? 0 : known;
    sample_baseline_set(rng, ranges, &it->snapshot.header, known, &it->baseline);
    const SampleSpec spec = {
        .ranges = ranges, .baseline = &it->baseline, .enters = enters, .capacity = capacity};
    it->size = sample_snapshot(rng, &spec, it->buffer, &it->snapshot, &it->baseline_set);
}

static bool read_case(const uint8_t *data, size_t size, const SlotRanges *ranges,
                      const BaselineSet *baseline, Snapshot *out, BaselineSet *baseline_set) {
    SnapshotReader reader;
    return snapshot_open(&reader, data, size, ranges, &out->header) &&
           snapshot_read(&reader, baseline, out, baseline_set);
}

// Begins a snapshot against no baseline.
static SnapshotWriter begin_writer(uint8_t *buffer, size_t capacity, const SlotRanges *ranges,
                                   const SnapshotHeader *header) {
    static BaselineEntry entries[BASELINE_ENTRIES_MAX];
    const SnapshotSpace space = {buffer, capacity, entries};
    SnapshotWriter writer;
    snapshot_begin(&writer, &space, ranges, header, &(BaselineSet){0});
    return writer;
}

static void random_snapshots_come_back_as_they_were(void **state) {
    (void)state;
    Rng rng = test_rng();
    const SlotRanges ranges = sample_ranges();
    for (int round = 0; round < 5000; round++) {
        static Case it;
        static Snapshot out;
        static BaselineSpace space;
        BaselineSet baseline_set = {.entries = space.entries, .records = space.records};
        const size_t capacity =
            rng_chance(&rng, 0.5) ? PAYLOAD_BYTES_MAX : 400 + rng_below(&rng, 700);
        make_case(&it, &rng, &ranges, rng_below(&rng, 150), rng_below(&rng, 20), capacity);
        assert_true(it.size <= capacity);
        assert_true(read_case(it.buffer, it.size, &ranges, &it.baseline, &out, &baseline_set));
        assert_same(&it.snapshot, &out);
        assert_true(sample_sets_agree(&it.baseline_set, &baseline_set));
        if (out.header.has_checksum) {
            assert_int_equal(out.checksum, baseline_set_checksum(&baseline_set));
        }
    }
}

static void a_full_set_fits_a_small_snapshot(void **state) {
    (void)state;
    Rng rng = test_rng();
    const SlotRanges ranges = sample_ranges();
    static Case it;
    for (int round = 0; round < 200; round++) {
        make_case(&it, &rng, &ranges, BASELINE_ENTRIES_MAX, 0, 1000);
        static Snapshot out;
        static BaselineSpace space;
        BaselineSet baseline_set = {.entries = space.entries, .records = space.records};
        assert_true(read_case(it.buffer, it.size, &ranges, &it.baseline, &out, &baseline_set));
        assert_true(sample_sets_agree(&it.baseline_set, &baseline_set));
    }
}

static void entities_enter_up_to_the_last_one_that_fits(void **state) {
    (void)state;
    const SlotRanges ranges = {{0, 1, 1, 1, 400}};
    const SnapshotHeader header = {.tick = 1, .has_checksum = true};
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    SnapshotWriter writer = begin_writer(buffer, sizeof buffer, &ranges, &header);
    snapshot_begin_enters(&writer);
    // Shards at rest right behind one another cost 47 bits, so that the budget binds first.
    uint32_t slot = 1;
    const EntityRecord record = {.generation = 1};
    const DeltaBits state_bits = snapshot_pack_full(&writer, ENTITY_SHARD, &record);
    while (snapshot_add_enter(&writer, slot, 1, &state_bits)) {
        slot++;
    }
    assert_true(snapshot_room_bits(&writer) < 47);
    static Snapshot out;
    static BaselineSpace space;
    BaselineSet baseline_set = {.entries = space.entries, .records = space.records};
    const BaselineSet none = {0};
    const size_t size = snapshot_finish(&writer, 77);
    assert_true(read_case(buffer, size, &ranges, &none, &out, &baseline_set));
    assert_int_equal(out.entity_count, slot - 1);
    assert_int_equal(out.enter_count, slot - 1);
    assert_int_equal(out.checksum, 77);
}

static void a_header_without_entities_is_within_its_maximum(void **state) {
    (void)state;
    const SlotRanges ranges = sample_ranges();
    SnapshotHeader header = {.has_input = true,
                             .has_checksum = true,
                             .input_tick = UINT32_MAX / 2,
                             .echo_hold_us_q4 = UINT16_MAX,
                             .starved_count = UINT16_MAX,
                             .tick_us_q4 = UINT16_MAX,
                             .client_count = UINT16_MAX,
                             .center_x = 7};
    header.own = (Ship){.motion = {.vx = INT16_MAX, .vy = INT16_MAX},
                        .health = INT16_MAX,
                        .energy = INT16_MIN,
                        .respawn_ticks = UINT16_MAX,
                        .shield_ticks = UINT16_MAX,
                        .pulse_cooldown_ticks = UINT8_MAX,
                        .missile_cooldown_ticks = UINT8_MAX,
                        .generation = 4095,
                        .score = UINT32_MAX,
                        .kills = UINT32_MAX,
                        .deaths = UINT32_MAX};
    uint8_t buffer[SNAPSHOT_HEADER_BYTES_MAX];
    SnapshotWriter writer = begin_writer(buffer, sizeof buffer, &ranges, &header);
    snapshot_begin_enters(&writer);
    assert_int_equal(snapshot_finish(&writer, 0), SNAPSHOT_HEADER_BYTES_MAX);
}

static void the_header_of_a_ship_in_flight_is_small(void **state) {
    (void)state;
    const SlotRanges ranges = sample_ranges();
    const SnapshotHeader header = {
        .tick = 100000,
        .has_input = true,
        .input_tick = 100004,
        .echo_hold_us_q4 = 700,
        .tick_us_q4 = 180,
        .client_count = 2000,
        .center_x = 9000 * RECORD_UNIT,
        .center_y = 9000 * RECORD_UNIT,
        .own = {.motion = {.x = 9000 * UNIT, .y = 9000 * UNIT, .vx = 1800, .vy = -600},
                .health = 80,
                .energy = 900,
                .generation = 3,
                .score = 400,
                .kills = 20,
                .deaths = 2}};
    uint8_t buffer[SNAPSHOT_HEADER_BYTES_MAX];
    SnapshotWriter writer = begin_writer(buffer, sizeof buffer, &ranges, &header);
    snapshot_begin_enters(&writer);
    assert_in_range(snapshot_finish(&writer, 0), 30, SNAPSHOT_HEADER_BYTES_MEAN);
}

// Bits of an entity that enters in the first slot of its kind.
static uint32_t cost_of(EntityKind kind, const EntityRecord *record) {
    const SlotRanges ranges = {{0, 10, 20, 30, 40}};
    const SnapshotHeader header = {0};
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    SnapshotWriter writer = begin_writer(buffer, sizeof buffer, &ranges, &header);
    snapshot_begin_enters(&writer);
    const size_t before = writer.bits.bit_count;
    const DeltaBits state = snapshot_pack_full(&writer, kind, record);
    assert_true(state.count <= SNAPSHOT_FULL_BITS_MAX);
    assert_true(snapshot_add_enter(&writer, 10 * (uint32_t)kind, record->generation, &state));
    return (uint32_t)(writer.bits.bit_count - before);
}

static void an_entity_that_enters_costs_the_bits_of_its_kind(void **state) {
    (void)state;
    const int16_t ship_speed = SHIP_SPEED_MAX * RECORD_UNIT / UNIT;
    const int16_t cruise = DRONE_SPEED_CRUISE * RECORD_UNIT / UNIT;
    const int16_t chase = DRONE_SPEED_CHASE * RECORD_UNIT / UNIT;
    const int16_t missile = MISSILE_SPEED * RECORD_UNIT / UNIT;
    const uint8_t full = ENTITY_HEALTH_MAX;
    // gap 10, generation 5, position 30, velocity 2 + 2 x its class, status and angle by kind
    const EntityRecord ship = {.vx = ship_speed, .vy = -5, .generation = 1, .status = full};
    assert_int_equal(cost_of(ENTITY_SHIP, &ship), 10 + 5 + 30 + 2 + 18 + 1 + 8);
    const EntityRecord drone = {.vx = cruise, .vy = -cruise, .generation = 16, .status = full};
    assert_int_equal(cost_of(ENTITY_DRONE, &drone), 10 + 5 + 30 + 2 + 12 + 1);
    const EntityRecord hunter = {
        .vx = chase, .generation = 17, .status = full | ENTITY_STATUS_HUNTER};
    assert_int_equal(cost_of(ENTITY_DRONE, &hunter), 10 + 13 + 30 + 2 + 14 + 7);
    const EntityRecord odd = {.vx = 3, .generation = 1, .status = full};
    assert_int_equal(cost_of(ENTITY_DRONE, &odd), 10 + 5 + 30 + 2 + 32 + 1);
    const EntityRecord shot = {.vy = -missile, .generation = 4095};
    assert_int_equal(cost_of(ENTITY_MISSILE, &shot), 10 + 13 + 30 + 2 + 18);
    const EntityRecord shard = {.generation = 2};
    assert_int_equal(cost_of(ENTITY_SHARD, &shard), 10 + 5 + 30 + 2);
}

static void a_snapshot_cut_at_any_byte_or_with_one_more_is_refused(void **state) {
    (void)state;
    Rng rng = test_rng();
    const SlotRanges ranges = sample_ranges();
    static Case it;
    static Snapshot out;
    static BaselineSpace space;
    BaselineSet baseline_set = {.entries = space.entries, .records = space.records};
    for (int round = 0; round < 20; round++) {
        make_case(&it, &rng, &ranges, 60, 10, PAYLOAD_BYTES_MAX);
        for (size_t cut = 0; cut < it.size; cut++) {
            uint8_t *exact = malloc(cut + 1);
            memcpy(exact, it.buffer, cut);
            assert_false(read_case(exact, cut, &ranges, &it.baseline, &out, &baseline_set));
            free(exact);
        }
        it.buffer[it.size] = 0;
        assert_false(read_case(it.buffer, it.size + 1, &ranges, &it.baseline, &out, &baseline_set));
    }
}

// ------------------------------------------------------------------ numbers in classes

// Bits in front of the first number in a class: type, tick, sequence, baseline and two flags;
// with input also its lead, margin and echo.
#define FRONT_BITS   (8 + 32 + 16 + 5 + 1 + 1)
#define ANSWERS_BITS (1 + 9 + 16 + 16)
// Of a ship at rest: places, speeds, angle, health and energy; later the generation and a flag.
#define SHIP_BITS       (25 + 25 + 14 + 14 + 16 + 9 + 12)
#define GENERATION_BITS (5 + 1)
// Whether the view is centred, and the number of entering entities.
#define END_BITS (1 + 9)

static void copy_bits(BitReader *from, BitWriter *to, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        bit_write(to, bit_read(from, 1), 1);
    }
}

// The header of a ship at rest, with the number of that index among those in classes replaced.
static bool reads_with_number(bool has_input, uint32_t index, uint32_t number) {
    const SlotRanges ranges = sample_ranges();
    const SnapshotHeader header = {.tick = 9,
                                   .has_input = has_input,
                                   .input_tick = has_input ? 9 : 0,
                                   .own = {.shield_ticks = 1, .generation = 1}};
    uint8_t written[PAYLOAD_BYTES_MAX];
    SnapshotWriter writer = begin_writer(written, sizeof written, &ranges, &header);
    snapshot_begin_enters(&writer);
    const size_t size = snapshot_finish(&writer, 0);
    // Before each of them: so many other bits.
    const uint32_t gaps[] = {FRONT_BITS + (has_input ? ANSWERS_BITS : 0),
                             0, // hold, starved
                             0,
                             0, // tick_us, client_count
                             SHIP_BITS,
                             0,
                             0, // score, kills, deaths
                             GENERATION_BITS,
                             0,
                             0,
                             0}; // timers
    uint8_t changed[PAYLOAD_BYTES_MAX];
    BitReader reader;
    BitWriter out;
    bit_reader_init(&reader, written, size);
    bit_writer_init(&out, changed, sizeof changed);
    const uint32_t first = has_input ? 0 : 2;
    for (uint32_t i = first; i < sizeof gaps / sizeof *gaps; i++) {
        copy_bits(&reader, &out, gaps[i == first ? 0 : i]);
        const uint32_t value = bit_read_class(&reader);
        bit_write_class(&out, i == index ? number : value);
    }
    copy_bits(&reader, &out, END_BITS);
    static Snapshot snapshot;
    static BaselineSpace space;
    BaselineSet baseline_set = {.entries = space.entries, .records = space.records};
    const BaselineSet none = {0};
    SnapshotReader snapshot_reader;
    const bool is_open = snapshot_open(&snapshot_reader, changed, bit_writer_finish(&out), &ranges,
                                       &snapshot.header);
    return is_open && snapshot_read(&snapshot_reader, &none, &snapshot, &baseline_set);
}

// Of 65,536, a member of 16 bits would keep 0.
static void a_number_that_its_member_cannot_hold_is_refused(void **state) {
    (void)state;
    static const uint32_t LARGEST[] = {UINT16_MAX, UINT16_MAX,             // hold, starved
                                       UINT16_MAX, UINT16_MAX,             // tick_us, client_count
                                       UINT32_MAX, UINT32_MAX, UINT32_MAX, // score, kills, deaths
                                       UINT16_MAX, UINT16_MAX,             // respawn, shield
                                       UINT8_MAX,  UINT8_MAX};             // cooldowns
    for (uint32_t i = 0; i < sizeof LARGEST / sizeof *LARGEST; i++) {
        for (int j = i < 2; j < 2; j++) {
            const bool has_input = j == 1;
            assert_true(reads_with_number(has_input, i, LARGEST[i]));
            if (LARGEST[i] < UINT32_MAX) {
                assert_false(reads_with_number(has_input, i, LARGEST[i] + 1));
                assert_false(reads_with_number(has_input, i, UINT32_MAX));
            }
        }
    }
}

// A snapshot that skips all of the baseline, with these entering entities.
static size_t write_enters(uint8_t buffer[PAYLOAD_BYTES_MAX], const SlotRanges *ranges,
                           const BaselineSet *baseline, const uint32_t *slots, uint32_t count) {
    const SnapshotHeader header = {
        .tick = 9, .sequence = 4, .baseline = baseline->count > 0 ? 1 : 0};
    const EntityRecord record = {.generation = 1};
    BaselineEntry entries[BASELINE_ENTRIES_MAX];
    const SnapshotSpace space = {buffer, PAYLOAD_BYTES_MAX, entries};
    SnapshotWriter writer;
    snapshot_begin(&writer, &space, ranges, &header, baseline);
    for (uint32_t i = 0; i < baseline->count; i++) {
        snapshot_add_skip(&writer);
    }
    snapshot_begin_enters(&writer);
    for (uint32_t i = 0; i < count; i++) {
        const DeltaBits bits =
            snapshot_pack_full(&writer, entity_kind_of_slot(ranges, slots[i]), &record);
        assert_true(snapshot_add_enter(&writer, slots[i], 1, &bits));
    }
    (void)snapshot_end_enters(&writer);
    return snapshot_finish(&writer, 0);
}

static void slots_behind_the_last_are_refused(void **state) {
    (void)state;
    const SlotRanges writers = {{0, 10, 20, 30, 40}};
    const SlotRanges readers = {{0, 10, 20, 30, 39}};
    static const uint32_t SLOTS[] = {39};
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    static Snapshot out;
    static BaselineSpace space;
    BaselineSet baseline_set = {.entries = space.entries, .records = space.records};
    const BaselineSet none = {0};
    const size_t size = write_enters(buffer, &writers, &none, SLOTS, 1);
    assert_true(read_case(buffer, size, &writers, &none, &out, &baseline_set));
    assert_false(read_case(buffer, size, &readers, &none, &out, &baseline_set));
}

// The writer's baseline and the reader's have the entity in different slots, whose marks are equal.
static void an_entity_that_enters_in_a_held_slot_is_refused(void **state) {
    (void)state;
    const SlotRanges ranges = {{0, 10, 20, 30, 40}};
    static const uint32_t SLOTS[] = {2, 3};
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    static Snapshot out;
    static BaselineSpace spaces[3];
    BaselineSet baseline_set = {.entries = spaces[0].entries, .records = spaces[0].records};
    BaselineSet baseline = {.entries = spaces[1].entries, .records = spaces[1].records};
    BaselineSet writers = {.entries = spaces[2].entries};
    baseline_set_begin(&baseline, 3, 6);
    baseline_set_carry(&baseline, 3, 1);
    baseline_set_begin(&writers, 3, 6);
    baseline_set_carry(&writers, 4, 1);
    size_t size = write_enters(buffer, &ranges, &writers, SLOTS, 2);
    assert_false(read_case(buffer, size, &ranges, &baseline, &out, &baseline_set));
    size = write_enters(buffer, &ranges, &writers, SLOTS, 1);
    assert_true(read_case(buffer, size, &ranges, &baseline, &out, &baseline_set));
    assert_int_equal(baseline_set.count, 2);
}

static void things_without_an_angle_point_where_they_fly(void **state) {
    (void)state;
    static const struct {
        int16_t vx, vy;
        uint8_t angle;
    } CASES[] = {{0, 0, 0},     {5, 0, 0},     {5, 5, 32},           {0, 5, 64},   {-5, 5, 96},
                 {-5, 0, 128},  {-5, -5, 160}, {0, -5, 192},         {5, -5, 224}, {30, -1, 255},
                 {100, 41, 16}, {32767, 0, 0}, {-32768, -32768, 160}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const EntityRecord record = {.vx = CASES[i].vx, .vy = CASES[i].vy, .angle = 77};
        assert_int_equal(fields_record_as_read(ENTITY_DRONE, &record).angle, CASES[i].angle);
        assert_int_equal(fields_record_as_read(ENTITY_SHIP, &record).angle, 77);
    }
}

// | gap class:2 = 2 | gap:14 | or | gap class:2 = 0 | gap:8 |, then generation 1 and the state.
static void write_shard(BitWriter *bits, bool is_first, const DeltaBits *full_state) {
    bit_write(bits, is_first ? 2 | (3000 - 256 - 2048) << 2 : 0, is_first ? 16 : 10);
    bit_write(bits, 0, 5);
    bit_write_wide(bits, full_state->words[0], full_state->count);
}

// A snapshot of entries that are skipped and of shards from slot 3,000 on that enter, more of them
// than a writer would let in.
static size_t write_too_many(uint8_t buffer[PAYLOAD_BYTES_MAX], const SlotRanges *ranges,
                             const BaselineSet *baseline, uint32_t enters) {
    const SnapshotHeader header = {.tick = 9, .sequence = 4, .baseline = 1};
    const SnapshotWriter writer = begin_writer(buffer, PAYLOAD_BYTES_MAX, ranges, &header);
    const EntityRecord record = {.generation = 1};
    const DeltaBits full_state = snapshot_pack_full(&writer, ENTITY_SHARD, &record);
    BitWriter bits = writer.bits;
    for (uint32_t i = 0; i < baseline->count; i++) {
        const DeltaBits skip = delta_mark(
            ENTITY_SHIP, baseline_window(baseline, &baseline->entries[i], 9), DELTA_SKIP);
        bit_write_wide(&bits, skip.words[0], skip.count);
    }
    bit_write(&bits, enters, 9);
    for (uint32_t i = 0; i < enters; i++) {
        write_shard(&bits, i == 0, &full_state);
    }
    return bit_writer_finish(&bits);
}

// The reader must write nothing behind its set.
static void more_entries_than_a_set_holds_are_refused(void **state) {
    (void)state;
    const SlotRanges ranges = {{0, 1000, 2000, 3000, 4000}};
    static BaselineSpace spaces[2];
    static Snapshot out;
    for (uint32_t known = BASELINE_ENTRIES_MAX - 2; known <= BASELINE_ENTRIES_MAX; known++) {
        for (uint32_t enters = 0; enters < 40; enters += enters < 4 ? 1 : 35) {
            BaselineSet baseline = {.entries = spaces[0].entries, .records = spaces[0].records};
            BaselineSet baseline_set = {.entries = spaces[1].entries, .records = spaces[1].records};
            uint8_t buffer[PAYLOAD_BYTES_MAX];
            baseline_set_begin(&baseline, 3, 6);
            for (uint32_t i = 0; i < known; i++) {
                baseline_set_carry(&baseline, i, 1);
            }
            const size_t size = write_too_many(buffer, &ranges, &baseline, enters);
            assert_int_equal(read_case(buffer, size, &ranges, &baseline, &out, &baseline_set),
                             known + enters <= BASELINE_ENTRIES_MAX);
        }
    }
}

static void a_writer_lets_no_more_enter_than_a_set_holds(void **state) {
    (void)state;
    const SlotRanges ranges = {{0, 1000, 2000, 3000, 4000}};
    static BaselineSpace spaces[2];
    const SnapshotHeader header = {.tick = 9, .sequence = 4, .baseline = 1};
    BaselineSet baseline = {.entries = spaces[0].entries};
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    const SnapshotSpace space = {buffer, sizeof buffer, spaces[1].entries};
    SnapshotWriter writer;
    baseline_set_begin(&baseline, 3, 6);
    for (uint32_t i = 0; i < BASELINE_ENTRIES_MAX; i++) {
        baseline_set_carry(&baseline, i, 1);
    }
    snapshot_begin(&writer, &space, &ranges, &header, &baseline);
    snapshot_add_remove(&writer);
    for (uint32_t i = 1; i < BASELINE_ENTRIES_MAX; i++) {
        snapshot_add_skip(&writer);
    }
    snapshot_begin_enters(&writer);
    const EntityRecord record = {.generation = 1};
    const DeltaBits bits = snapshot_pack_full(&writer, ENTITY_SHARD, &record);
    assert_true(snapshot_add_enter(&writer, 3000, 1, &bits));
    const size_t before = writer.bits.bit_count;
    assert_false(snapshot_add_enter(&writer, 3001, 1, &bits));
    assert_int_equal(writer.bits.bit_count, before);
    assert_int_equal(snapshot_end_enters(&writer)->count, BASELINE_ENTRIES_MAX);
}

// What each symbol does to the set, and that the reader arrives at the same.
static void the_writer_builds_the_set_that_the_reader_arrives_at(void **state) {
    (void)state;
    const SlotRanges ranges = {{0, 10, 20, 30, 40}};
    static BaselineSpace spaces[3];
    static Snapshot out;
    const SnapshotHeader header = {.tick = 9, .sequence = 4, .baseline = 1};
    BaselineSet baseline = {.entries = spaces[0].entries, .records = spaces[0].records};
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    const SnapshotSpace space = {buffer, sizeof buffer, spaces[1].entries};
    const EntityRecord record = {.generation = 1, .status = FIELDS_STATUS_USUAL};
    baseline_set_begin(&baseline, 3, 6);
    for (uint32_t slot = 1; slot < 8; slot += 2) {
        baseline.records[baseline.count] = record;
        baseline_set_carry(&baseline, slot, 1);
    }
    SnapshotWriter writer;
    snapshot_begin(&writer, &space, &ranges, &header, &baseline);
    const DeltaBits full_state = snapshot_pack_full(&writer, ENTITY_SHIP, &record);
    const DeltaBits delta =
        delta_encode(ENTITY_SHIP, baseline_window(&baseline, &baseline.entries[0], 9),
                     &baseline.records[0], &record);
    snapshot_add_delta(&writer, &delta);     // slot 1
    snapshot_add_full(&writer, &full_state); // slot 3
    snapshot_add_skip(&writer);              // slot 5
    snapshot_add_remove(&writer);            // slot 7
    snapshot_begin_enters(&writer);
    assert_true(snapshot_add_enter(&writer, 2, 6, &full_state));
    assert_true(snapshot_add_enter(&writer, 7, 2, &full_state));
    const BaselineSet written = *snapshot_end_enters(&writer);
    const size_t size = snapshot_finish(&writer, 0);
    static const BaselineEntry EXPECTED[] = {{1, 1, 0}, {2, 6, 0}, {3, 1, 0}, {5, 1, 3}, {7, 2, 0}};
    assert_int_equal(written.tick, 9);
    assert_int_equal(written.sequence, 4);
    assert_int_equal(written.count, 5);
    assert_memory_equal(written.entries, EXPECTED, sizeof EXPECTED);
    BaselineSet baseline_set = {.entries = spaces[2].entries, .records = spaces[2].records};
    assert_true(read_case(buffer, size, &ranges, &baseline, &out, &baseline_set));
    assert_int_equal(baseline_set.count, 5);
    assert_memory_equal(baseline_set.entries, EXPECTED, sizeof EXPECTED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_snapshots_come_back_as_they_were),
        cmocka_unit_test(a_full_set_fits_a_small_snapshot),
        cmocka_unit_test(entities_enter_up_to_the_last_one_that_fits),
        cmocka_unit_test(a_header_without_entities_is_within_its_maximum),
        cmocka_unit_test(the_header_of_a_ship_in_flight_is_small),
        cmocka_unit_test(an_entity_that_enters_costs_the_bits_of_its_kind),
        cmocka_unit_test(a_snapshot_cut_at_any_byte_or_with_one_more_is_refused),
        cmocka_unit_test(a_number_that_its_member_cannot_hold_is_refused),
        cmocka_unit_test(slots_behind_the_last_are_refused),
        cmocka_unit_test(an_entity_that_enters_in_a_held_slot_is_refused),
        cmocka_unit_test(things_without_an_angle_point_where_they_fly),
        cmocka_unit_test(more_entries_than_a_set_holds_are_refused),
        cmocka_unit_test(a_writer_lets_no_more_enter_than_a_set_holds),
        cmocka_unit_test(the_writer_builds_the_set_that_the_reader_arrives_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
