// SPDX-License-Identifier: MIT
#include "support.h"
#include "wire/delta_tables.h"
#include "wire/prefix_code.h"

static void write_symbol(BitWriter *writer, const PrefixCode *code, uint32_t symbol) {
    bit_write(writer, code->bits[symbol], code->lengths[symbol]);
}

static void codes_are_canonical(void **state) {
    (void)state;
    static const uint8_t LENGTHS[] = {2, 1, 0, 3, 3};
    PrefixCode code;
    prefix_code_build(&code, LENGTHS, 5);
    // 1: 0, 0: 10, 3: 110, 4: 111, the highest bit first.
    assert_int_equal(code.bits[1], 0x0);
    assert_int_equal(code.bits[0], 0x1);
    assert_int_equal(code.bits[3], 0x3);
    assert_int_equal(code.bits[4], 0x7);
}

static void every_symbol_of_every_table_comes_back(void **state) {
    (void)state;
    for (uint32_t table = 0; table < DELTA_TABLE_COUNT; table++) {
        PrefixCode code;
        prefix_code_build(&code, DELTA_LENGTHS[table], DELTA_SYMBOL_COUNT);
        uint8_t buffer[512];
        BitWriter writer;
        bit_writer_init(&writer, buffer, sizeof buffer);
        for (uint32_t symbol = 0; symbol < DELTA_SYMBOL_COUNT; symbol++) {
            write_symbol(&writer, &code, symbol);
        }
        const size_t size = bit_writer_finish(&writer);
        assert_true(size > 0);
        BitReader reader;
        bit_reader_init(&reader, buffer, size);
        for (uint32_t symbol = 0; symbol < DELTA_SYMBOL_COUNT; symbol++) {
            if (code.lengths[symbol] > 0) {
                assert_int_equal(prefix_code_read(&code, &reader), symbol);
            }
        }
        assert_true(bit_reader_is_finished(&reader));
    }
}

static void marks_escape_and_exact_have_codes_where_they_are_needed(void **state) {
    (void)state;
    for (uint32_t table = 0; table < DELTA_TABLE_COUNT; table++) {
        const uint8_t *lengths = DELTA_LENGTHS[table];
        const bool is_sent =
            table == DELTA_TABLE_SHIP_NEAR_SENT || table == DELTA_TABLE_SHIP_FAR_SENT;
        assert_true(lengths[DELTA_EXACT] > 0 && lengths[DELTA_ESCAPE] > 0);
        assert_int_equal(lengths[DELTA_SKIP] > 0, !is_sent);
        assert_int_equal(lengths[DELTA_REMOVE] > 0, !is_sent);
        assert_int_equal(lengths[DELTA_FULL] > 0, !is_sent);
        assert_int_equal(lengths[DELTA_OTHER] > 0, !is_sent && table != DELTA_TABLE_STILL);
    }
}

static void end_of_the_bits_is_a_failure(void **state) {
    (void)state;
    PrefixCode code;
    prefix_code_build(&code, DELTA_LENGTHS[DELTA_TABLE_DRONE_2], DELTA_SYMBOL_COUNT);
    BitReader reader;
    bit_reader_init(&reader, NULL, 0);
    prefix_code_read(&code, &reader);
    assert_true(reader.has_failed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_canonical),
        cmocka_unit_test(every_symbol_of_every_table_comes_back),
        cmocka_unit_test(marks_escape_and_exact_have_codes_where_they_are_needed),
        cmocka_unit_test(end_of_the_bits_is_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
