// SPDX-License-Identifier: MIT
#include "tools/delta_tables/delta_codes.h"

#include <assert.h>
#include <inttypes.h>

#include "tools/delta_tables/code_lengths.h"

static const char *const NAMES[DELTA_CODE_COUNT] = {"DRONE_0",
                                                    "DRONE_1",
                                                    "DRONE_2",
                                                    "DRONE_3",
                                                    "SHIP_NEAR",
                                                    "SHIP_FAR",
                                                    "SHIP_NEAR_SENT",
                                                    "SHIP_FAR_SENT",
                                                    "STILL",
                                                    "RESIDUAL_DRONE_2",
                                                    "RESIDUAL_DRONE_3",
                                                    "RESIDUAL_SHIP_NEAR",
                                                    "RESIDUAL_SHIP_FAR",
                                                    "ANGLE"};

static bool is_residual(uint32_t index) {
    return index >= DELTA_TABLE_COUNT && index < DELTA_TABLE_COUNT + DELTA_RESIDUAL_COUNT;
}

DeltaCode delta_code(uint32_t index) {
    assert(index < DELTA_CODE_COUNT);
    if (index < DELTA_TABLE_COUNT) {
        return (DeltaCode){NAMES[index], DELTA_LENGTHS[index], DELTA_SYMBOL_COUNT, true};
    }
    if (is_residual(index)) {
        return (DeltaCode){NAMES[index], DELTA_RESIDUAL_LENGTHS[index - DELTA_TABLE_COUNT],
                           DELTA_RESIDUAL_SYMBOLS, false};
    }
    return (DeltaCode){NAMES[index], DELTA_ANGLE_LENGTHS, DELTA_ANGLE_SYMBOLS, false};
}

uint64_t *delta_code_counts(DeltaCounts *counts, uint32_t index) {
    assert(index < DELTA_CODE_COUNT);
    return index < DELTA_TABLE_COUNT ? counts->symbols[index]
           : is_residual(index)      ? counts->residuals[index - DELTA_TABLE_COUNT]
                                     : counts->angles;
}

// ------------------------------------------------------------------ listings

// Lines end behind the marks of a table, behind `columns` pairs or residuals, and at the end.
static bool ends_line(uint32_t index, uint32_t symbol, uint32_t columns) {
    if (index < DELTA_TABLE_COUNT) {
        return symbol + 1 == DELTA_PAIRS ||
               (symbol >= DELTA_PAIRS && (symbol - DELTA_PAIRS + 1) % columns == 0);
    }
    return is_residual(index) ? (symbol + 1) % DELTA_CLASSES == 0
                              : symbol + 1 == DELTA_ANGLE_SYMBOLS;
}

void delta_codes_print_counts(FILE *stream, const DeltaCounts *counts) {
    DeltaCounts copy = *counts;
    for (uint32_t index = 0; index < DELTA_CODE_COUNT; index++) {
        const uint64_t *numbers = delta_code_counts(&copy, index);
        if (index == 0 || index == DELTA_TABLE_COUNT) {
            fprintf(stream, "%s    .%s = {\n", index > 0 ? "    },\n" : "",
                    index == 0 ? "symbols" : "residuals");
        }
        if (index == DELTA_CODE_COUNT - 1) {
            fputs("    },\n    .angles = {\n", stream);
        } else {
            fprintf(stream, "        [DELTA_%s%s] = {\n", is_residual(index) ? "" : "TABLE_",
                    NAMES[index]);
        }
        for (uint32_t i = 0; i < delta_code(index).symbol_count; i++) {
            const bool begins_line = i == 0 || ends_line(index, i - 1, DELTA_CLASSES);
            fprintf(stream, "%s%" PRIu64 ",%s", begins_line ? "            " : " ", numbers[i],
                    ends_line(index, i, DELTA_CLASSES) ? "\n" : "");
        }
        fputs(index == DELTA_CODE_COUNT - 1 ? "    },\n" : "        },\n", stream);
    }
}

void delta_codes_print_lengths(FILE *stream, const DeltaCounts *counts) {
    DeltaCounts copy = *counts;
    for (uint32_t index = 0; index < DELTA_CODE_COUNT; index++) {
        const DeltaCode code = delta_code(index);
        uint8_t lengths[PREFIX_SYMBOLS_MAX];
        code_lengths(delta_code_counts(&copy, index), code.symbol_count, lengths);
        fprintf(stream, "%s:%s", code.name, is_residual(index) ? "\n" : "");
        for (uint32_t i = 0; i < code.symbol_count; i++) {
            const bool is_in_row = is_residual(index) || (code.has_escape && i >= DELTA_PAIRS);
            const bool begins_line = i == 0 || ends_line(index, i - 1, 2 * DELTA_CLASSES);
            fprintf(stream, is_in_row ? "%s%2u%s" : "%s%u%s",
                    is_in_row && begins_line ? "    " : " ", (unsigned)lengths[i],
                    ends_line(index, i, 2 * DELTA_CLASSES) ? "\n" : "");
        }
    }
}
