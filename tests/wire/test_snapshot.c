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

// A reference, a snapshot against it, and what a reader shall make of both.
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
    it->size = sample_snapshot(rng, ranges, &it->baseline, enters, it->buffer, capacity,
                               &it->snapshot, &it->baseline_set);
}

static bool read_case(const uint8_t *data, size_t size, const SlotRanges *ranges,
                      const BaselineSet *baseline, Snapshot *out, BaselineSet *baseline_set) {
    SnapshotReader reader;
    return snapshot_open(&reader, data, size, ranges, &out->header) &&
           snapshot_read(&reader, baseline, out, baseline_set);
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

static void a_full_roster_fits_a_small_snapshot(void **state) {
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

static void newcomers_fill_the_budget_to_the_last_one_that_fits(void **state) {
    (void)state;
    const SlotRanges ranges = {{0, 1, 1, 1, 400}};
    const SnapshotHeader header = {.tick = 1, .has_checksum = true};
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    SnapshotWriter writer;
    snapshot_begin(&writer, buffer, sizeof buffer, &ranges, &header);
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
    const BaselineSet nobody = {0};
    const size_t size = snapshot_finish(&writer, 77);
    assert_true(read_case(buffer, size, &ranges, &nobody, &out, &baseline_set));
    assert_int_equal(out.entity_count, slot - 1);
    assert_int_equal(out.enter_count, slot - 1);
    assert_int_equal(out.checksum, 77);
}

static void the_header_alone_fits_what_it_promises(void **state) {
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
    SnapshotWriter writer;
    snapshot_begin(&writer, buffer, sizeof buffer, &ranges, &header);
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
    SnapshotWriter writer;
    snapshot_begin(&writer, buffer, sizeof buffer, &ranges, &header);
    snapshot_begin_enters(&writer);
    assert_in_range(snapshot_finish(&writer, 0), 30, SNAPSHOT_HEADER_BYTES_MEAN);
}

// Bits of one newcomer in the slot right behind the one before.
static uint32_t cost_of(EntityKind kind, const EntityRecord *record) {
    const SlotRanges ranges = {{0, 10, 20, 30, 40}};
    const SnapshotHeader header = {0};
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    SnapshotWriter writer;
    snapshot_begin(&writer, buffer, sizeof buffer, &ranges, &header);
    snapshot_begin_enters(&writer);
    const size_t before = writer.bits.bit_count;
    const DeltaBits state = snapshot_pack_full(&writer, kind, record);
    assert_true(state.count <= SNAPSHOT_FULL_BITS_MAX);
    assert_true(snapshot_add_enter(&writer, 10 * (uint32_t)kind, record->generation, &state));
    return (uint32_t)(writer.bits.bit_count - before);
}

static void a_newcomer_costs_what_its_kind_needs(void **state) {
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

// Bits in front of the first number in a class: type, tick, sequence, reference and two flags;
// with input also its lead, margin and echo.
#define FRONT_BITS   (8 + 32 + 16 + 5 + 1 + 1)
#define ANSWERS_BITS (1 + 9 + 16 + 16)
// Of a ship at rest: places, speeds, angle, health and energy; later the generation and a flag.
#define SHIP_BITS       (25 + 25 + 14 + 14 + 16 + 9 + 12)
#define GENERATION_BITS (5 + 1)
// Whether the view is centred, and the number of newcomers.
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
    SnapshotWriter writer;
    snapshot_begin(&writer, written, sizeof written, &ranges, &header);
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
    const BaselineSet nobody = {0};
    SnapshotReader snapshot_reader;
    const bool is_open = snapshot_open(&snapshot_reader, changed, bit_writer_finish(&out), &ranges,
                                       &snapshot.header);
    return is_open && snapshot_read(&snapshot_reader, &nobody, &snapshot, &baseline_set);
}

// 65,536 for a member of 16 bits: what is left of it in the member would be 0.
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

// A snapshot with these newcomers, nothing known.
static size_t write_enters(uint8_t buffer[PAYLOAD_BYTES_MAX], const SlotRanges *ranges,
                           const uint32_t *slots, uint32_t count, uint8_t baseline) {
    const SnapshotHeader header = {.tick = 9, .sequence = 4, .baseline = baseline};
    const EntityRecord record = {.generation = 1};
    SnapshotWriter writer;
    snapshot_begin(&writer, buffer, PAYLOAD_BYTES_MAX, ranges, &header);
    const DeltaBits skip =
        delta_mark(ENTITY_SHIP, (DeltaWindow){.slot = 3, .tick = 9, .age = 3}, DELTA_SKIP);
    if (baseline != 0) {
        snapshot_add(&writer, &skip);
    }
    snapshot_begin_enters(&writer);
    for (uint32_t i = 0; i < count; i++) {
        const DeltaBits state =
            snapshot_pack_full(&writer, entity_kind_of_slot(ranges, slots[i]), &record);
        assert_true(snapshot_add_enter(&writer, slots[i], 1, &state));
    }
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
    const BaselineSet nobody = {0};
    const size_t size = write_enters(buffer, &writers, SLOTS, 1, 0);
    assert_true(read_case(buffer, size, &writers, &nobody, &out, &baseline_set));
    assert_false(read_case(buffer, size, &readers, &nobody, &out, &baseline_set));
}

static void a_newcomer_in_a_slot_that_is_held_is_refused(void **state) {
    (void)state;
    const SlotRanges ranges = {{0, 10, 20, 30, 40}};
    static const uint32_t SLOTS[] = {2, 3};
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    static Snapshot out;
    static BaselineSpace spaces[2];
    BaselineSet baseline_set = {.entries = spaces[0].entries, .records = spaces[0].records};
    BaselineSet baseline = {.entries = spaces[1].entries, .records = spaces[1].records};
    baseline_set_begin(&baseline, 3, 6);
    baseline_set_carry(&baseline, 3, 1);
    size_t size = write_enters(buffer, &ranges, SLOTS, 2, 1);
    assert_false(read_case(buffer, size, &ranges, &baseline, &out, &baseline_set));
    size = write_enters(buffer, &ranges, SLOTS, 1, 1);
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

// Its entries and as many newcomers as a roster has no room for: nothing may be written behind it.
static void more_than_a_roster_holds_are_refused(void **state) {
    (void)state;
    const SlotRanges ranges = {{0, 1000, 2000, 3000, 4000}};
    static BaselineSpace spaces[2];
    static Snapshot out;
    for (uint32_t known = BASELINE_ENTRIES_MAX - 2; known <= BASELINE_ENTRIES_MAX; known++) {
        for (uint32_t enters = 0; enters < 40; enters += enters < 4 ? 1 : 35) {
            BaselineSet baseline = {.entries = spaces[0].entries, .records = spaces[0].records};
            baseline_set_begin(&baseline, 3, 6);
            const SnapshotHeader header = {.tick = 9, .sequence = 4, .baseline = 1};
            uint8_t buffer[PAYLOAD_BYTES_MAX];
            SnapshotWriter writer;
            snapshot_begin(&writer, buffer, sizeof buffer, &ranges, &header);
            for (uint32_t i = 0; i < known; i++) {
                baseline_set_carry(&baseline, i, 1);
                const DeltaBits skip = delta_mark(
                    ENTITY_SHIP, baseline_window(&baseline, &baseline.entries[i], 9), DELTA_SKIP);
                snapshot_add(&writer, &skip);
            }
            snapshot_begin_enters(&writer);
            for (uint32_t i = 0; i < enters; i++) {
                const EntityRecord record = {.generation = 1};
                const DeltaBits bits = snapshot_pack_full(&writer, ENTITY_SHARD, &record);
                assert_true(snapshot_add_enter(&writer, 3000 + i, 1, &bits));
            }
            const size_t size = snapshot_finish(&writer, 0);
            BaselineSet baseline_set = {.entries = spaces[1].entries, .records = spaces[1].records};
            assert_int_equal(read_case(buffer, size, &ranges, &baseline, &out, &baseline_set),
                             known + enters <= BASELINE_ENTRIES_MAX);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_snapshots_come_back_as_they_were),
        cmocka_unit_test(a_full_roster_fits_a_small_snapshot),
        cmocka_unit_test(newcomers_fill_the_budget_to_the_last_one_that_fits),
        cmocka_unit_test(the_header_alone_fits_what_it_promises),
        cmocka_unit_test(the_header_of_a_ship_in_flight_is_small),
        cmocka_unit_test(a_newcomer_costs_what_its_kind_needs),
        cmocka_unit_test(a_snapshot_cut_at_any_byte_or_with_one_more_is_refused),
        cmocka_unit_test(a_number_that_its_member_cannot_hold_is_refused),
        cmocka_unit_test(slots_behind_the_last_are_refused),
        cmocka_unit_test(a_newcomer_in_a_slot_that_is_held_is_refused),
        cmocka_unit_test(things_without_an_angle_point_where_they_fly),
        cmocka_unit_test(more_than_a_roster_holds_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
