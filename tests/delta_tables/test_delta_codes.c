// SPDX-License-Identifier: MIT
// The committed counts, the code-length program, delta_tables.c and PROTOCOL.md say the same.
#include "tools/delta_tables/delta_codes.h"

#include <string.h>

#include "support.h"
#include "tools/delta_tables/code_lengths.h"

static void the_committed_counts_give_exactly_the_committed_lengths(void **state) {
    (void)state;
    DeltaCounts counts = DELTA_COUNTS;
    for (uint32_t index = 0; index < DELTA_CODE_COUNT; index++) {
        const DeltaCode code = delta_code(index);
        uint8_t lengths[PREFIX_SYMBOLS_MAX];
        code_lengths(delta_code_counts(&counts, index), code.symbol_count, lengths);
        for (uint32_t i = 0; i < code.symbol_count; i++) {
            if (lengths[i] != code.lengths[i]) {
                fail_msg("%s, symbol %u: %u, not %u", code.name, i, lengths[i], code.lengths[i]);
            }
        }
    }
}

static void every_committed_table_is_one_of_the_codes(void **state) {
    (void)state;
    size_t size = 0;
    for (uint32_t index = 0; index < DELTA_CODE_COUNT; index++) {
        size += delta_code(index).symbol_count;
    }
    assert_int_equal(size, sizeof DELTA_LENGTHS + sizeof DELTA_RESIDUAL_LENGTHS +
                               sizeof DELTA_ANGLE_LENGTHS);
    assert_int_equal(size * sizeof(uint64_t), sizeof(DeltaCounts));
}

// The listing of PROTOCOL.md, between its marks.
static char *read_listing(void) {
    static char text[256 * 1024];
    FILE *file = fopen(TICKSTORM_SOURCE_DIR "/common/wire/PROTOCOL.md", "r");
    assert_non_null(file);
    const size_t size = fread(text, 1, sizeof text - 1, file);
    assert_in_range(size, 1, sizeof text - 2);
    fclose(file);
    text[size] = '\0';
    char *start = strstr(text, "```tables\n");
    assert_non_null(start);
    start += strlen("```tables\n");
    char *end = strstr(start, "```");
    assert_non_null(end);
    *end = '\0';
    return start;
}

static void the_protocol_lists_exactly_the_lengths_that_the_counts_give(void **state) {
    (void)state;
    char *listing = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&listing, &size);
    assert_non_null(stream);
    delta_codes_print_lengths(stream, &DELTA_COUNTS);
    fclose(stream);
    assert_string_equal(listing, read_listing());
    free(listing);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_committed_counts_give_exactly_the_committed_lengths),
        cmocka_unit_test(every_committed_table_is_one_of_the_codes),
        cmocka_unit_test(the_protocol_lists_exactly_the_lengths_that_the_counts_give),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
