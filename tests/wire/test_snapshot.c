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
    assert_int_equal(a->removal_count, b->removal_count);
    assert_memory_equal(a->removals, b->removals, a->removal_count * sizeof(EntityId));
    assert_int_equal(a->entity_count, b->entity_count);
    assert_memory_equal(a->entities, b->entities, a->entity_count * sizeof(SnapshotEntity));
}

static size_t write_sample(Rng *rng, const SlotRanges *ranges, uint32_t entity_count,
                           Snapshot *snapshot, uint8_t buffer[PAYLOAD_BYTES_MAX]) {
    sample_snapshot(rng, ranges, entity_count, snapshot);
    return sample_snapshot_write(snapshot, ranges, buffer, PAYLOAD_BYTES_MAX,
                                 &snapshot->removal_count, &snapshot->entity_count);
}

static void random_snapshots_come_back_as_they_were(void **state) {
    (void)state;
    Rng rng = test_rng();
    const SlotRanges ranges = sample_ranges();
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    for (int round = 0; round < 5000; round++) {
        Snapshot in;
        Snapshot out;
        const size_t size = write_sample(&rng, &ranges, rng_below(&rng, 130), &in, buffer);
        assert_true(snapshot_read(buffer, size, &ranges, &out));
        assert_same(&in, &out);
    }
}

static void entities_fill_the_budget_to_the_last_one_that_fits(void **state) {
    (void)state;
    const SlotRanges ranges = {{0, 1, 1, 1, 300}};
    const SnapshotHeader header = {.tick = 1};
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    SnapshotWriter writer;
    snapshot_begin(&writer, buffer, sizeof(buffer), &ranges, &header);
    // Shards at rest right behind one another cost 45 bits, so that the budget binds first.
    uint32_t slot = 1;
    EntityRecord record = {.generation = 1};
    while (snapshot_add_entity(&writer, slot, &record)) {
        slot++;
    }
    const uint32_t left = PAYLOAD_BYTES_MAX * 8 - (uint32_t)writer.bits.bit_count;
    assert_true(left < 8 + 5 + 32);
    Snapshot out;
    assert_true(snapshot_read(buffer, snapshot_finish(&writer), &ranges, &out));
    assert_int_equal(out.entity_count, slot - 1);
}

static void a_snapshot_never_exceeds_its_budget(void **state) {
    (void)state;
    Rng rng = test_rng();
    const SlotRanges ranges = sample_ranges();
    for (int round = 0; round < 1000; round++) {
        const size_t budget = SNAPSHOT_HEADER_BYTES_MAX +
                              rng_below(&rng, PAYLOAD_BYTES_MAX - SNAPSHOT_HEADER_BYTES_MAX + 1);
        Snapshot in;
        Snapshot out;
        sample_snapshot(&rng, &ranges, 200, &in);
        uint8_t *buffer = malloc(budget);
        const size_t size = sample_snapshot_write(&in, &ranges, buffer, budget, &in.removal_count,
                                                  &in.entity_count);
        assert_true(size <= budget);
        assert_true(snapshot_read(buffer, size, &ranges, &out));
        assert_same(&in, &out);
        free(buffer);
    }
}

static void the_header_alone_fits_what_it_promises(void **state) {
    (void)state;
    const SlotRanges ranges = sample_ranges();
    SnapshotHeader header = {.has_input = true, .center_x = 7};
    header.own = (Ship){.respawn_ticks = UINT16_MAX,
                        .shield_ticks = UINT16_MAX,
                        .pulse_cooldown_ticks = UINT8_MAX,
                        .missile_cooldown_ticks = UINT8_MAX,
                        .score = UINT32_MAX,
                        .kills = UINT32_MAX,
                        .deaths = UINT32_MAX};
    uint8_t buffer[SNAPSHOT_HEADER_BYTES_MAX];
    SnapshotWriter writer;
    snapshot_begin(&writer, buffer, sizeof(buffer), &ranges, &header);
    assert_int_equal(snapshot_finish(&writer), SNAPSHOT_HEADER_BYTES_MAX);
}

// Bits of one entity in the slot right behind the one before.
static uint32_t cost_of(EntityKind kind, const EntityRecord *record) {
    const SlotRanges ranges = {{0, 10, 20, 30, 40}};
    const SnapshotHeader header = {0};
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    SnapshotWriter writer;
    snapshot_begin(&writer, buffer, sizeof(buffer), &ranges, &header);
    const size_t before = writer.bits.bit_count;
    assert_true(snapshot_add_entity(&writer, 10 * (uint32_t)kind, record));
    return (uint32_t)(writer.bits.bit_count - before);
}

static void an_entity_costs_what_its_kind_needs(void **state) {
    (void)state;
    const int16_t ship_speed = SHIP_SPEED_MAX * RECORD_UNIT / UNIT;
    const int16_t cruise = DRONE_SPEED_CRUISE * RECORD_UNIT / UNIT;
    const int16_t chase = DRONE_SPEED_CHASE * RECORD_UNIT / UNIT;
    const int16_t missile = MISSILE_SPEED * RECORD_UNIT / UNIT;
    const uint8_t whole = ENTITY_HEALTH_MAX;
    // gap 8, generation 5, position 30, velocity 2 + 2 x its class, status and angle by kind
    const EntityRecord ship = {.vx = ship_speed, .vy = -5, .generation = 1, .status = whole};
    assert_int_equal(cost_of(ENTITY_SHIP, &ship), 8 + 5 + 30 + 2 + 18 + 1 + 8);
    const EntityRecord drone = {.vx = cruise, .vy = -cruise, .generation = 16, .status = whole};
    assert_int_equal(cost_of(ENTITY_DRONE, &drone), 8 + 5 + 30 + 2 + 14 + 1);
    const EntityRecord hunter = {
        .vx = chase, .generation = 17, .status = whole | ENTITY_STATUS_HUNTER};
    assert_int_equal(cost_of(ENTITY_DRONE, &hunter), 8 + 13 + 30 + 2 + 16 + 7);
    const EntityRecord shot = {.vy = -missile, .generation = 4095};
    assert_int_equal(cost_of(ENTITY_MISSILE, &shot), 8 + 13 + 30 + 2 + 18);
    const EntityRecord shard = {.generation = 2};
    assert_int_equal(cost_of(ENTITY_SHARD, &shard), 8 + 5 + 30 + 2);
}

static void nothing_costs_more_than_the_budget_reckons_with(void **state) {
    (void)state;
    Rng rng = test_rng();
    const SlotRanges ranges = sample_ranges();
    const SnapshotHeader header = {0};
    for (int round = 0; round < 20000; round++) {
        uint8_t buffer[PAYLOAD_BYTES_MAX];
        SnapshotWriter writer;
        snapshot_begin(&writer, buffer, sizeof(buffer), &ranges, &header);
        const size_t before = writer.bits.bit_count;
        const uint32_t slot = rng_below(&rng, ranges.first[ENTITY_KIND_COUNT]);
        const EntityKind kind = entity_kind_of_slot(&ranges, slot);
        const EntityRecord record = sample_record(&rng, kind, 0, 0);
        assert_true(snapshot_add_entity(&writer, slot, &record));
        assert_true(writer.bits.bit_count - before <= snapshot_entity_bits_max(kind));
    }
}

static void a_snapshot_cut_at_any_byte_or_with_one_more_is_refused(void **state) {
    (void)state;
    Rng rng = test_rng();
    const SlotRanges ranges = sample_ranges();
    uint8_t buffer[PAYLOAD_BYTES_MAX + 1];
    Snapshot snapshot;
    for (int round = 0; round < 20; round++) {
        const size_t size = write_sample(&rng, &ranges, 60, &snapshot, buffer);
        for (size_t cut = 0; cut < size; cut++) {
            uint8_t *exact = malloc(cut + 1);
            memcpy(exact, buffer, cut);
            assert_false(snapshot_read(exact, cut, &ranges, &snapshot));
            free(exact);
        }
        buffer[size] = 0;
        assert_false(snapshot_read(buffer, size + 1, &ranges, &snapshot));
    }
}

static void slots_behind_the_last_are_refused(void **state) {
    (void)state;
    const SlotRanges writers = {{0, 10, 20, 30, 40}};
    const SnapshotHeader header = {0};
    const EntityRecord record = {.generation = 1};
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    SnapshotWriter writer;
    snapshot_begin(&writer, buffer, sizeof(buffer), &writers, &header);
    assert_true(snapshot_add_entity(&writer, 39, &record));
    size_t size = snapshot_finish(&writer);
    Snapshot out;
    assert_true(snapshot_read(buffer, size, &writers, &out));
    const SlotRanges readers = {{0, 10, 20, 30, 39}};
    assert_false(snapshot_read(buffer, size, &readers, &out));

    snapshot_begin(&writer, buffer, sizeof(buffer), &writers, &header);
    assert_true(snapshot_add_removal(&writer, entity_id(39, 1)));
    size = snapshot_finish(&writer);
    assert_true(snapshot_read(buffer, size, &writers, &out));
    assert_false(snapshot_read(buffer, size, &readers, &out));
}

static void a_removal_named_twice_is_refused(void **state) {
    (void)state;
    const SlotRanges ranges = {{0, 10, 20, 30, 40}};
    const SnapshotHeader header = {0};
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    SnapshotWriter writer;
    snapshot_begin(&writer, buffer, sizeof(buffer), &ranges, &header);
    assert_true(snapshot_add_removal(&writer, entity_id(5, 1)));
    assert_true(snapshot_add_removal(&writer, entity_id(5, 2)));
    Snapshot out;
    size_t size = snapshot_finish(&writer);
    assert_true(snapshot_read(buffer, size, &ranges, &out));
    assert_int_equal(out.removals[1], entity_id(5, 2));
    snapshot_begin(&writer, buffer, sizeof(buffer), &ranges, &header);
    assert_true(snapshot_add_removal(&writer, entity_id(5, 2)));
    assert_true(snapshot_add_removal(&writer, entity_id(5, 2)));
    size = snapshot_finish(&writer);
    assert_false(snapshot_read(buffer, size, &ranges, &out));
}

static void more_removals_than_the_count_holds_are_left_out(void **state) {
    (void)state;
    const SlotRanges ranges = {{0, 100, 200, 300, 400}};
    const SnapshotHeader header = {0};
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    SnapshotWriter writer;
    snapshot_begin(&writer, buffer, sizeof(buffer), &ranges, &header);
    for (uint32_t slot = 0; slot < 100; slot++) {
        assert_int_equal(snapshot_add_removal(&writer, entity_id(slot, 1)),
                         slot < SNAPSHOT_REMOVALS_MAX);
    }
    Snapshot out;
    assert_true(snapshot_read(buffer, snapshot_finish(&writer), &ranges, &out));
    assert_int_equal(out.removal_count, SNAPSHOT_REMOVALS_MAX);
}

static void things_without_an_angle_point_where_they_fly(void **state) {
    (void)state;
    static const struct {
        int16_t vx, vy;
        uint8_t angle;
    } CASES[] = {{0, 0, 0},     {5, 0, 0},     {5, 5, 32},           {0, 5, 64},   {-5, 5, 96},
                 {-5, 0, 128},  {-5, -5, 160}, {0, -5, 192},         {5, -5, 224}, {30, -1, 255},
                 {100, 41, 16}, {32767, 0, 0}, {-32768, -32768, 160}};
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        const EntityRecord record = {.vx = CASES[i].vx, .vy = CASES[i].vy, .angle = 77};
        assert_int_equal(snapshot_record_as_read(ENTITY_DRONE, &record).angle, CASES[i].angle);
        assert_int_equal(snapshot_record_as_read(ENTITY_SHIP, &record).angle, 77);
    }
}

// The layout of PROTOCOL.md, put together by hand.
static void golden_snapshot(void **state) {
    (void)state;
    const SlotRanges ranges = {{0, 8, 108, 124, 380}};
    const SnapshotHeader header = {
        .tick = 1000,
        .sequence = 7,
        .has_input = true,
        .input_tick = 1002,
        .input_margin_q4 = -24,
        .echo_time_ms = 0xbeef,
        .echo_hold_us_q4 = 100,
        .starved_count = 2,
        .tick_us_q4 = 50,
        .client_count = 3,
        .center_x = 2000 * 16,
        .center_y = 1000 * 16,
        .own =
            {.motion = {.x = 2000 * 256 + 5, .y = 1000 * 256, .vx = -3, .vy = 700, .angle = 0x8000},
             .health = 100,
             .energy = 1000,
             .shield_ticks = 70,
             .pulse_cooldown_ticks = 3,
             .generation = 2,
             .score = 15,
             .kills = 1},
    };
    const EntityRecord ship = {.x = 31990,
                               .y = 16010,
                               .vx = -70,
                               .vy = 20,
                               .generation = 1,
                               .angle = 0xc0,
                               .status = 0x0a | ENTITY_STATUS_FIRED};
    const EntityRecord drone = {.x = 33000,
                                .y = 15000,
                                .vx = 30,
                                .vy = -1,
                                .generation = 300,
                                .angle = 255,
                                .status = 0x0f | ENTITY_STATUS_ANGRY};
    const EntityRecord shard = {.x = 32000, .y = 16000, .generation = 16, .status = 0x0f};
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    SnapshotWriter writer;
    snapshot_begin(&writer, buffer, sizeof(buffer), &ranges, &header);
    assert_true(snapshot_add_removal(&writer, entity_id(12, 20)));
    assert_true(snapshot_add_entity(&writer, 2, &ship));
    assert_true(snapshot_add_entity(&writer, 70, &drone));
    assert_true(snapshot_add_entity(&writer, 130, &shard));
    const size_t size = snapshot_finish(&writer);
    static const uint8_t GOLDEN[] = {
        0x05, 0xe8, 0x03, 0x00, 0x00, 0x07, 0x00, 0xd5, 0x07, 0x00, 0x00, 0xd0, 0xff,
        0xdf, 0x7d, 0xc9, 0x00, 0x04, 0x00, 0x64, 0x00, 0x06, 0x00, 0x0a, 0xa0, 0x0f,
        0x00, 0xa0, 0x0f, 0xe8, 0xff, 0xe7, 0x15, 0x00, 0x00, 0x24, 0x03, 0x40, 0x1f,
        0x00, 0x8d, 0x80, 0x41, 0x00, 0x7a, 0x08, 0x06, 0x03, 0x0c, 0x52, 0x00, 0x02,
        0xa8, 0x01, 0xdb, 0xff, 0x15, 0x00, 0xea, 0xa6, 0xd0, 0x40, 0x96, 0xf8, 0xa2,
        0x0f, 0x30, 0xf8, 0x79, 0xfe, 0xec, 0x1e, 0x00, 0x00, 0x00, 0x00,
    };
    assert_int_equal(size, sizeof(GOLDEN));
    assert_memory_equal(buffer, GOLDEN, sizeof(GOLDEN));
    Snapshot out;
    assert_true(snapshot_read(GOLDEN, sizeof(GOLDEN), &ranges, &out));
    assert_memory_equal(&out.header.own, &header.own, sizeof(Ship));
    assert_int_equal(out.removals[0], entity_id(12, 20));
    assert_int_equal(out.entity_count, 3);
    assert_memory_equal(&out.entities[0].record, &ship, sizeof(ship));
    assert_memory_equal(&out.entities[1].record, &drone, sizeof(drone));
    assert_memory_equal(&out.entities[2].record, &shard, sizeof(shard));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_snapshots_come_back_as_they_were),
        cmocka_unit_test(entities_fill_the_budget_to_the_last_one_that_fits),
        cmocka_unit_test(a_snapshot_never_exceeds_its_budget),
        cmocka_unit_test(the_header_alone_fits_what_it_promises),
        cmocka_unit_test(an_entity_costs_what_its_kind_needs),
        cmocka_unit_test(nothing_costs_more_than_the_budget_reckons_with),
        cmocka_unit_test(a_snapshot_cut_at_any_byte_or_with_one_more_is_refused),
        cmocka_unit_test(slots_behind_the_last_are_refused),
        cmocka_unit_test(a_removal_named_twice_is_refused),
        cmocka_unit_test(more_removals_than_the_count_holds_are_left_out),
        cmocka_unit_test(things_without_an_angle_point_where_they_fly),
        cmocka_unit_test(golden_snapshot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
