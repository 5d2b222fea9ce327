// SPDX-License-Identifier: MIT
// delta_codes.h -- the fourteen prefix codes of common/wire/delta_tables.c by index, and how often
//                  their symbols occur.
//
// Flow:    delta_counter.h, or the committed DELTA_COUNTS -> code_lengths() -> the lengths of
//          common/wire/delta_tables.c
// Threads: pure functions but for the stream.
// Units:   counts are integers, so that every machine makes the same code; only the ratios within a
//          code matter.
#ifndef TICKSTORM_DELTA_TABLES_DELTA_CODES_H
#define TICKSTORM_DELTA_TABLES_DELTA_CODES_H

#include <stdint.h>
#include <stdio.h>

#include "wire/delta.h"
#include "wire/delta_tables.h"

typedef struct DeltaCounts {
    uint64_t symbols[DELTA_TABLE_COUNT][DELTA_SYMBOL_COUNT];
    uint64_t residuals[DELTA_RESIDUAL_COUNT][DELTA_RESIDUAL_SYMBOLS];
    uint64_t angles[DELTA_ANGLE_SYMBOLS];
} DeltaCounts;

// The counts that the committed code lengths are made from; delta_counts.c says how they arose.
extern const DeltaCounts DELTA_COUNTS;

typedef struct DeltaCode {
    const char *name;       // "DRONE_0", "RESIDUAL_SHIP_FAR", "ANGLE": as PROTOCOL.md lists it
    const uint8_t *lengths; // the committed ones
    uint32_t symbol_count;
    bool has_escape; // a symbol without a code word travels as DELTA_ESCAPE
} DeltaCode;

#define DELTA_CODE_COUNT (DELTA_TABLE_COUNT + DELTA_RESIDUAL_COUNT + 1)

DeltaCode delta_code(uint32_t index);

// The counts of the code with this index.
uint64_t *delta_code_counts(DeltaCounts *counts, uint32_t index);

// Prints the initialiser of DELTA_COUNTS.
void delta_codes_print_counts(FILE *stream, const DeltaCounts *counts);

// Prints the lengths made from *counts as PROTOCOL.md lists them.
void delta_codes_print_lengths(FILE *stream, const DeltaCounts *counts);

#endif
