// SPDX-License-Identifier: MIT
#include "wire/bits.h"

#include "support.h"

// One write of any kind, so that a random mix can be read back.
typedef struct Step {
    enum { STEP_BITS, STEP_WIDE, STEP_SIGNED, STEP_CLASS, STEP_U64, STEP_COUNT } kind;
    uint32_t count;
    uint64_t value;
} Step;

static uint64_t random_bits(Rng *rng, uint32_t count) {
    return count == 0 ? 0 : rng_next(rng) >> (64 - count);
}

static Step random_step(Rng *rng) {
    Step step = {.kind = rng_below(rng, STEP_COUNT)};
    switch (step.kind) {
    case STEP_BITS:
        step.count = rng_below(rng, 33);
        break;
    case STEP_WIDE:
        step.count = rng_below(rng, 65);
        break;
    case STEP_SIGNED:
        step.count = 1 + rng_below(rng, 32);
        break;
    case STEP_CLASS:
        step.count = rng_below(rng, 33);
        break;
    default:
        step.count = 64;
        break;
    }
    step.value = random_bits(rng, step.count);
    return step;
}

static void write_step(BitWriter *writer, const Step *step) {
    switch (step->kind) {
    case STEP_BITS:
        bit_write(writer, (uint32_t)step->value, step->count);
        break;
    case STEP_WIDE:
        bit_write_wide(writer, step->value, step->count);
        break;
    case STEP_SIGNED:
        bit_write_signed(writer, bits_to_signed((uint32_t)step->value, step->count), step->count);
        break;
    case STEP_CLASS:
        bit_write_class(writer, (uint32_t)step->value);
        break;
    default:
        bit_write_u64(writer, step->value);
        break;
    }
}

static uint64_t read_step(BitReader *reader, const Step *step) {
    switch (step->kind) {
    case STEP_BITS:
        return bit_read(reader, step->count);
    case STEP_WIDE:
        return bit_read_wide(reader, step->count);
    case STEP_SIGNED:
        return bits_from_signed(bit_read_signed(reader, step->count), step->count);
    case STEP_CLASS:
        return bit_read_class(reader);
    default:
        return bit_read_u64(reader);
    }
}

static void any_mix_of_writes_is_read_back(void **state) {
    (void)state;
    Rng rng = test_rng();
    for (int round = 0; round < 3000; round++) {
        // Old bytes of the buffer must not affect the result.
        uint8_t buffer[300];
        memset(buffer, (int)rng_below(&rng, 256), sizeof buffer);
        BitWriter writer;
        bit_writer_init(&writer, buffer, 1 + rng_below(&rng, sizeof buffer));
        Step steps[100];
        uint32_t count = 0;
        while (count < 100) {
            steps[count] = random_step(&rng);
            const size_t before = writer.bit_count;
            write_step(&writer, &steps[count]);
            if (writer.has_overflowed) {
                assert_int_equal(writer.bit_count, before);
                break;
            }
            count++;
        }
        writer.has_overflowed = false; // what fitted is to be read
        const size_t size = bit_writer_finish(&writer);
        uint8_t *exact = malloc(size + (size == 0));
        memcpy(exact, buffer, size);
        BitReader reader;
        bit_reader_init(&reader, exact, size);
        for (uint32_t i = 0; i < count; i++) {
            assert_int_equal(read_step(&reader, &steps[i]), steps[i].value);
        }
        assert_true(bit_reader_is_finished(&reader));
        free(exact);
    }
}

static void the_first_bit_is_bit_zero_of_byte_zero(void **state) {
    (void)state;
    uint8_t buffer[16] = {0};
    BitWriter writer;
    bit_writer_init(&writer, buffer, sizeof buffer);
    bit_write(&writer, 1, 1);
    bit_write(&writer, 0, 1);
    bit_write(&writer, 5, 3);
    bit_write(&writer, 0x1234, 16);
    bit_write_signed(&writer, -2, 4);
    bit_write_class(&writer, 3);    // class 0
    bit_write_class(&writer, 63);   // class 1
    bit_write_class(&writer, 4095); // class 2
    assert_int_equal(bit_writer_finish(&writer), 7);
    static const uint8_t GOLDEN[7] = {0x95, 0x46, 0xc2, 0xb9, 0xdf, 0xff, 0x07};
    BitReader reader;
    bit_reader_init(&reader, buffer, 7);
    assert_int_equal(bit_read(&reader, 5), 0x15);
    assert_int_equal(bit_read(&reader, 16), 0x1234);
    assert_int_equal(bit_read_signed(&reader, 4), -2);
    assert_int_equal(bit_read_class(&reader), 3);
    assert_int_equal(bit_read_class(&reader), 63);
    assert_int_equal(bit_read_class(&reader), 4095);
    assert_memory_equal(buffer, GOLDEN, sizeof GOLDEN);
}

static void reading_beyond_the_end_yields_zeros_and_stays_failed(void **state) {
    (void)state;
    const uint8_t bytes[2] = {0xff, 0xff};
    BitReader reader;
    bit_reader_init(&reader, bytes, sizeof bytes);
    assert_int_equal(bit_read(&reader, 10), 0x3ff);
    assert_int_equal(bit_read(&reader, 7), 0);
    assert_true(reader.has_failed);
    assert_int_equal(bit_read(&reader, 1), 0);
    assert_int_equal(bit_read_u64(&reader), 0);
    assert_int_equal(bit_read_class(&reader), 0);
    assert_int_equal(bit_read_signed(&reader, 8), 0);
    assert_false(bit_reader_is_finished(&reader));
    bit_reader_init(&reader, bytes, 0);
    assert_int_equal(bit_read(&reader, 0), 0);
    assert_true(bit_reader_is_finished(&reader));
    assert_int_equal(bit_read(&reader, 1), 0);
    assert_false(bit_reader_is_finished(&reader));
}

static void a_full_writer_writes_nothing_further(void **state) {
    (void)state;
    uint8_t buffer[3] = {0, 0, 0xaa};
    BitWriter writer;
    bit_writer_init(&writer, buffer, 2);
    bit_write(&writer, 0x7f, 7);
    bit_write(&writer, 0x3ff, 10);
    assert_true(writer.has_overflowed);
    assert_int_equal(writer.bit_count, 7);
    bit_write(&writer, 1, 1);
    assert_int_equal(writer.bit_count, 7);
    assert_int_equal(bit_writer_finish(&writer), 0);
    assert_int_equal(buffer[0], 0x7f);
    assert_int_equal(buffer[1], 0);
    assert_int_equal(buffer[2], 0xaa);
}

static void only_zero_padding_below_a_byte_may_be_left(void **state) {
    (void)state;
    uint8_t bytes[2] = {0x01, 0x00};
    BitReader reader;
    bit_reader_init(&reader, bytes, 1);
    bit_read(&reader, 1);
    assert_true(bit_reader_is_finished(&reader));
    bit_reader_init(&reader, bytes, 2);
    bit_read(&reader, 1);
    assert_false(bit_reader_is_finished(&reader)); // one byte too many
    bytes[0] = 0x81;
    bit_reader_init(&reader, bytes, 1);
    bit_read(&reader, 1);
    assert_false(bit_reader_is_finished(&reader)); // padding that is not zero
}

static void bits_of_another_writer_are_appended_at_any_position(void **state) {
    (void)state;
    Rng rng = test_rng();
    for (int round = 0; round < 2000; round++) {
        uint8_t source[64];
        for (size_t i = 0; i < sizeof source; i++) {
            source[i] = (uint8_t)rng_next(&rng);
        }
        const uint32_t before = rng_below(&rng, 9);
        const uint32_t count = rng_below(&rng, sizeof source * 8 + 1);
        uint8_t buffer[80];
        BitWriter writer;
        bit_writer_init(&writer, buffer, sizeof buffer);
        bit_write(&writer, 0, before);
        bit_write_bits(&writer, source, count);
        assert_int_equal(writer.bit_count, before + count);
        BitReader expected;
        BitReader reader;
        bit_reader_init(&expected, source, sizeof source);
        bit_reader_init(&reader, buffer, bit_writer_finish(&writer));
        assert_int_equal(bit_read(&reader, before), 0);
        for (uint32_t i = 0; i < count; i++) {
            assert_int_equal(bit_read(&reader, 1), bit_read(&expected, 1));
        }
        assert_true(bit_reader_is_finished(&reader));
    }
}

static void appending_too_much_changes_nothing(void **state) {
    (void)state;
    const uint8_t source[4] = {0xff, 0xff, 0xff, 0xff};
    uint8_t buffer[4] = {0};
    BitWriter writer;
    bit_writer_init(&writer, buffer, sizeof buffer);
    bit_write(&writer, 0, 1);
    bit_write_bits(&writer, source, 32);
    assert_true(writer.has_overflowed);
    assert_int_equal(writer.bit_count, 1);
    assert_int_equal(buffer[0], 0);
}

static void a_field_written_earlier_can_be_replaced(void **state) {
    (void)state;
    uint8_t buffer[8];
    BitWriter writer;
    bit_writer_init(&writer, buffer, sizeof buffer);
    bit_write(&writer, 0x15, 5);
    bit_write(&writer, 0, 14);
    bit_write(&writer, 0x15, 5);
    bit_rewrite(&writer, 5, 0x2aaa, 14);
    BitReader reader;
    bit_reader_init(&reader, buffer, bit_writer_finish(&writer));
    assert_int_equal(bit_read(&reader, 5), 0x15);
    assert_int_equal(bit_read(&reader, 14), 0x2aaa);
    assert_int_equal(bit_read(&reader, 5), 0x15);
}

static void a_class_costs_its_stated_bits(void **state) {
    (void)state;
    static const struct {
        uint32_t value, bits;
    } CASES[] = {{0, 4},   {3, 4},     {4, 8},     {63, 8},
                 {64, 14}, {4095, 14}, {4096, 34}, {UINT32_MAX, 34}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        uint8_t buffer[8];
        BitWriter writer;
        bit_writer_init(&writer, buffer, sizeof buffer);
        bit_write_class(&writer, CASES[i].value);
        assert_int_equal(writer.bit_count, CASES[i].bits);
    }
}

// An append that does not fit writes nothing, for a word and for many, and leaves the writer
// unchanged.
static void appending_fits_to_the_last_bit(void **state) {
    (void)state;
    uint8_t source[24];
    memset(source, 0xff, sizeof source);
    for (uint32_t before = 0; before < 20; before++) {
        for (uint32_t count = 150; count <= 165; count++) {
            uint8_t buffer[20 + 8] = {0}; // 160 bits, and bytes that must stay untouched
            BitWriter writer;
            bit_writer_init(&writer, buffer, 20);
            bit_write(&writer, 0, before);
            bit_write_bits(&writer, source, count);
            const bool fits = before + count <= 160;
            assert_int_equal(writer.has_overflowed, !fits);
            assert_int_equal(writer.bit_count, fits ? before + count : before);
            for (uint32_t i = 0; i < 8 * sizeof buffer; i++) {
                const bool is_set = (buffer[i / 8] >> i % 8 & 1) != 0;
                assert_int_equal(is_set, fits && i >= before && i < before + count);
            }
            if (!fits) {
                bit_write_bits(&writer, source, 1); // it stays full
                assert_int_equal(writer.bit_count, before);
            }
        }
    }
}

// At every position; the bits around the field stay.
static void a_field_is_replaced_and_nothing_else(void **state) {
    (void)state;
    for (uint32_t at = 0; at < 40; at++) {
        for (uint32_t count = 1; count <= 20; count++) {
            uint8_t buffer[8];
            BitWriter writer;
            bit_writer_init(&writer, buffer, sizeof buffer);
            bit_write_wide(&writer, 0x5a5a5a5a5a5a5aull, 60);
            const uint64_t mask = ((1ull << count) - 1) << at;
            bit_rewrite(&writer, at, 0xa5a5a & ((1u << count) - 1), count);
            BitReader reader;
            bit_reader_init(&reader, buffer, bit_writer_finish(&writer));
            assert_true(bit_read_wide(&reader, 60) ==
                        ((0x5a5a5a5a5a5a5aull & ~mask) | (0xa5a5aull << at & mask)));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_mix_of_writes_is_read_back),
        cmocka_unit_test(the_first_bit_is_bit_zero_of_byte_zero),
        cmocka_unit_test(reading_beyond_the_end_yields_zeros_and_stays_failed),
        cmocka_unit_test(a_full_writer_writes_nothing_further),
        cmocka_unit_test(only_zero_padding_below_a_byte_may_be_left),
        cmocka_unit_test(bits_of_another_writer_are_appended_at_any_position),
        cmocka_unit_test(appending_too_much_changes_nothing),
        cmocka_unit_test(a_field_written_earlier_can_be_replaced),
        cmocka_unit_test(a_class_costs_its_stated_bits),
        cmocka_unit_test(appending_fits_to_the_last_bit),
        cmocka_unit_test(a_field_is_replaced_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
