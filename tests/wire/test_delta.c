// SPDX-License-Identifier: MIT
// Deltas: a decoded record equals the encoded one, for bodies that move by the game's rules and for
// any others; and the decoder survives any bits.
#include <string.h>

#include "game/world.h"
#include "support.h"
#include "tools/scenes/world_scene.h"
#include "wire/delta.h"
#include "wire/fields.h"
#include "wire/wire_samples.h"

#define BASELINE_TICK 1000u

static BitReader reader_of(uint8_t buffer[24], const DeltaBits *bits) {
    memset(buffer, 0, 24);
    BitWriter writer;
    bit_writer_init(&writer, buffer, 24);
    bit_write_wide(&writer, bits->words[0], bits->count < 64 ? bits->count : 64);
    bit_write_wide(&writer, bits->words[1], bits->count < 64 ? 0 : bits->count - 64);
    assert_false(writer.has_overflowed);
    return (BitReader){.buffer = buffer, .size_bits = bits->count};
}

static void assert_record_equal(const EntityRecord *a, const EntityRecord *b) {
    assert_memory_equal(a, b, sizeof *a);
}

// Encodes, decodes, compares; returns the bits of the delta.
static uint32_t round_trip(EntityKind kind, DeltaWindow window, const EntityRecord *baseline,
                           const EntityRecord *record) {
    const DeltaBits bits = delta_encode(kind, window, baseline, record);
    if (bits.count == 0) {
        return 0;
    }
    assert_in_range(bits.count, 1, DELTA_BITS_MAX);
    uint8_t buffer[24];
    BitReader reader = reader_of(buffer, &bits);
    const EntityRecord held = fields_record_as_read(kind, baseline);
    EntityRecord read;
    const DeltaSymbol symbol = delta_decode(&reader, kind, window, &held, &read);
    assert_true(symbol == DELTA_EXACT || symbol == DELTA_OTHER);
    assert_false(reader.has_failed);
    assert_int_equal(reader.bit_position, bits.count);
    const EntityRecord wanted = fields_record_as_read(kind, record);
    assert_record_equal(&read, &wanted);
    return bits.count;
}

static DeltaWindow window_of(uint32_t slot, uint32_t age) {
    return (DeltaWindow){.slot = slot, .tick = BASELINE_TICK + age, .age = age};
}

static void random_states_come_back(void **state) {
    (void)state;
    Rng rng = test_rng();
    uint32_t refused = 0;
    for (int i = 0; i < 200000; i++) {
        const EntityKind kind = (EntityKind)rng_below(&rng, ENTITY_KIND_COUNT);
        const EntityRecord baseline = sample_record(&rng, kind, 100000, 200000);
        EntityRecord record = sample_record(&rng, kind, 100000, 200000);
        record.generation = baseline.generation;
        if (rng_chance(&rng, 0.5)) { // near to the baseline
            record.vx = (int16_t)(baseline.vx + rng_range(&rng, -40, 40));
            record.vy = (int16_t)(baseline.vy + rng_range(&rng, -40, 40));
            record.x = baseline.x + rng_range(&rng, -2000, 2000);
            record.y = baseline.y + rng_range(&rng, -2000, 2000);
        }
        const uint32_t age = 1 + rng_below(&rng, DELTA_AGE_MAX - 1);
        refused +=
            round_trip(kind, window_of(rng_below(&rng, 30000), age), &baseline, &record) == 0;
    }
    assert_in_range(refused, 0, 2000);
}

static void extreme_states_come_back_or_are_refused(void **state) {
    (void)state;
    Rng rng = test_rng();
    static const int32_t PLACES[] = {0, 1, -1, 960000, -960000, DELTA_PLACE_MAX - 1};
    static const int16_t SPEEDS[] = {0, 1, -1, 127, -128, INT16_MAX, INT16_MIN};
    for (int i = 0; i < 100000; i++) {
        EntityRecord records[2];
        for (int k = 0; k < 2; k++) {
            records[k] = (EntityRecord){.x = PLACES[rng_below(&rng, 6)],
                                        .y = PLACES[rng_below(&rng, 6)],
                                        .vx = SPEEDS[rng_below(&rng, 7)],
                                        .vy = SPEEDS[rng_below(&rng, 7)],
                                        .generation = 7,
                                        .angle = (uint8_t)rng_next(&rng),
                                        .status = (uint8_t)rng_next(&rng)};
        }
        const EntityKind kind = (EntityKind)rng_below(&rng, ENTITY_KIND_COUNT);
        const uint32_t age = 1 + rng_below(&rng, DELTA_AGE_MAX - 1);
        round_trip(kind, window_of(rng_below(&rng, 30000), age), &records[0], &records[1]);
    }
}

static void body_that_flies_straight_costs_one_bit(void **state) {
    (void)state;
    const EntityRecord baseline = {
        .x = 5000, .y = 7000, .vx = 40, .vy = -22, .generation = 3, .status = 15};
    for (uint32_t age = 1; age < 8; age++) {
        EntityRecord record = baseline;
        record.x += 40 * (int32_t)age;
        record.y -= 22 * (int32_t)age;
        // This slot steered just before the baseline, and will again at age 8.
        const uint32_t slot = (BASELINE_TICK - 1) * 4 + 3;
        assert_int_equal(round_trip(ENTITY_DRONE, window_of(slot, age), &baseline, &record), 1);
        assert_int_equal(round_trip(ENTITY_MISSILE, window_of(40000, age), &baseline, &record), 1);
    }
    assert_int_equal(round_trip(ENTITY_SHARD, window_of(50000, 60),
                                &(EntityRecord){.x = 5, .generation = 1, .status = 15},
                                &(EntityRecord){.x = 5, .generation = 1, .status = 15}),
                     1);
}

// Flies a drone that steers in its ticks by the given steps.
static EntityRecord fly(EntityRecord record, uint32_t slot, uint32_t ticks, const int16_t *steers) {
    uint32_t count = 0;
    for (uint32_t tick = BASELINE_TICK; tick < BASELINE_TICK + ticks; tick++) {
        if (((slot / 4 ^ tick) & 7) == 0) {
            record.vx = (int16_t)(record.vx + steers[count++]);
        }
        record.x += record.vx;
    }
    return record;
}

static void velocity_gives_the_position_of_a_drone_that_steered_once(void **state) {
    (void)state;
    const EntityRecord baseline = {
        .x = 5000, .y = 7000, .vx = 40, .vy = 0, .generation = 3, .status = 15};
    static const int16_t STEERS[] = {-8, 0};
    for (uint32_t slot = 0; slot < 32; slot++) {
        const EntityRecord record = fly(baseline, slot, 8, STEERS);
        const uint32_t bits = round_trip(ENTITY_DRONE, window_of(slot, 8), &baseline, &record);
        assert_in_range(bits, 2, 9);
    }
}

static void residual_of_several_steers_is_counted_on_a_grid(void **state) {
    (void)state;
    Rng rng = test_rng();
    const EntityRecord baseline = {
        .x = 5000, .y = 7000, .vx = 40, .vy = 0, .generation = 3, .status = 15};
    uint32_t bits = 0;
    for (int i = 0; i < 1000; i++) {
        const int16_t steers[] = {(int16_t)(2 * rng_range(&rng, -3, 3)),
                                  (int16_t)(2 * rng_range(&rng, -3, 3)),
                                  (int16_t)(2 * rng_range(&rng, -3, 3))};
        const uint32_t slot = rng_below(&rng, 32);
        const uint32_t age = 9 + rng_below(&rng, 15);
        const EntityRecord record = fly(baseline, slot, age, steers);
        bits += round_trip(ENTITY_DRONE, window_of(slot, age), &baseline, &record);
    }
    assert_in_range(bits, 4000, 18000);
}

static void marks_are_read_as_such(void **state) {
    (void)state;
    static const DeltaSymbol MARKS[] = {DELTA_SKIP, DELTA_REMOVE, DELTA_FULL};
    for (int kind = 0; kind < ENTITY_KIND_COUNT; kind++) {
        for (uint32_t age = 1; age <= DELTA_AGE_MAX; age++) {
            for (int i = 0; i < 3; i++) {
                const DeltaWindow window = window_of(77, age);
                const DeltaBits bits = delta_mark((EntityKind)kind, window, MARKS[i]);
                uint8_t buffer[24];
                BitReader reader = reader_of(buffer, &bits);
                assert_int_equal(delta_decode(&reader, (EntityKind)kind, window, NULL, NULL),
                                 MARKS[i]);
                assert_int_equal(reader.bit_position, bits.count);
            }
        }
    }
}

static void baseline_that_is_too_old_is_refused(void **state) {
    (void)state;
    const EntityRecord record = {.generation = 1, .status = 15};
    const DeltaBits bits = delta_encode(ENTITY_SHARD, window_of(9, 63), &record, &record);
    uint8_t buffer[24];
    BitReader reader = reader_of(buffer, &bits);
    EntityRecord out;
    delta_decode(&reader, ENTITY_SHARD, window_of(9, 64), &record, &out);
    assert_true(reader.has_failed);
}

static void any_bits_are_a_record_in_bounds_or_a_failure(void **state) {
    (void)state;
    Rng rng = test_rng();
    for (int i = 0; i < 500000; i++) {
        uint8_t bytes[20];
        for (size_t k = 0; k < sizeof bytes; k++) {
            bytes[k] = (uint8_t)rng_next(&rng);
        }
        BitReader reader;
        bit_reader_init(&reader, bytes, rng_below(&rng, sizeof bytes + 1));
        const EntityKind kind = (EntityKind)rng_below(&rng, ENTITY_KIND_COUNT);
        const EntityRecord sample = sample_record(&rng, kind, 900000, 0);
        const EntityRecord baseline = fields_record_as_read(kind, &sample);
        const DeltaWindow window = window_of(rng_below(&rng, 30000), 1 + rng_below(&rng, 63));
        EntityRecord record = {0};
        const DeltaSymbol symbol = delta_decode(&reader, kind, window, &baseline, &record);
        if (reader.has_failed || (symbol != DELTA_EXACT && symbol != DELTA_OTHER)) {
            continue;
        }
        assert_in_range(record.x + DELTA_PLACE_MAX, 1, 2 * DELTA_PLACE_MAX - 1);
        assert_in_range(record.y + DELTA_PLACE_MAX, 1, 2 * DELTA_PLACE_MAX - 1);
        round_trip(kind, window, &baseline, &record);
    }
}

// ------------------------------------------------------------------ a fight

#define FIGHT_TICKS 260

static void a_recorded_fight_comes_back(void **state) {
    (void)state;
    const WorldScene *scene = world_scene_find("skirmish");
    const WorldConfig config = world_scene_config(scene, 5);
    World world;
    assert_true(world_create(&world, &config));
    const uint32_t slots = world_slot_count(&world);
    EntityRecord *history = calloc((size_t)FIGHT_TICKS * slots, sizeof(EntityRecord));
    ShipInput *inputs = calloc(scene->ship_count, sizeof(ShipInput));
    for (uint32_t i = 0; i < scene->ship_count; i++) {
        world_join(&world, i);
    }
    uint64_t bits = 0;
    uint64_t updates = 0;
    for (uint32_t i = 0; i < FIGHT_TICKS; i++) {
        world_scene_inputs(scene, 5, world.tick, inputs);
        EntityRecord *now = &history[(size_t)world.tick * slots];
        const uint32_t pieces = world_publish_begin(&world);
        for (uint32_t piece = 0; piece < pieces; piece++) {
            world_publish_task(&world, piece, now);
        }
        const uint32_t age = 3 + i % 5 * 3;
        for (uint32_t slot = 0; i >= age && slot < slots; slot++) {
            const EntityRecord *baseline = &history[(size_t)(world.tick - age) * slots + slot];
            if (now[slot].generation != 0 && now[slot].generation == baseline->generation) {
                const DeltaWindow window = {slot, world.tick, age};
                const uint32_t count = round_trip(entity_kind_of_slot(&world.ranges, slot), window,
                                                  baseline, &now[slot]);
                assert_true(count > 0);
                bits += count;
                updates++;
            }
        }
        world_advance(&world, inputs);
    }
    print_message("%.2f bits an update, bases of 3 to 15 ticks\n", (double)bits / (double)updates);
    assert_true(bits < 10 * updates);
    free(inputs);
    free(history);
    world_destroy(&world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_states_come_back),
        cmocka_unit_test(extreme_states_come_back_or_are_refused),
        cmocka_unit_test(body_that_flies_straight_costs_one_bit),
        cmocka_unit_test(velocity_gives_the_position_of_a_drone_that_steered_once),
        cmocka_unit_test(residual_of_several_steers_is_counted_on_a_grid),
        cmocka_unit_test(marks_are_read_as_such),
        cmocka_unit_test(baseline_that_is_too_old_is_refused),
        cmocka_unit_test(any_bits_are_a_record_in_bounds_or_a_failure),
        cmocka_unit_test(a_recorded_fight_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
