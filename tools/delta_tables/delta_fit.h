// SPDX-License-Identifier: MIT
// delta_fit.h -- how far counts are from the committed code lengths, and the nearest counts that
//                give exactly these.
//
// Threads: pure functions.
#ifndef TICKSTORM_DELTA_TABLES_DELTA_FIT_H
#define TICKSTORM_DELTA_TABLES_DELTA_FIT_H

#include "tools/delta_tables/delta_codes.h"

// Symbols of all codes: the bits they take with the committed lengths, and with the best lengths
// for the same symbols.
typedef struct DeltaFitCost {
    uint64_t committed_bits;
    uint64_t best_bits;
} DeltaFitCost;

// Figures of one code. Counts of symbols without a committed code word are added to ESCAPE, if the
// code has ESCAPE; in other codes they are left out.
DeltaFitCost delta_fit_cost(const DeltaCounts *counts, uint32_t index);

// By how much delta_fit() moved the counts of symbols that have a code word.
typedef struct DeltaFitMoves {
    uint32_t symbols; // the sum of those below
    uint32_t kept;
    uint32_t by_a_fifth; // or less
    uint32_t by_two;     // by more than a fifth, up to a factor of 2
    uint32_t by_more;
} DeltaFitMoves;

// Scales the counts of each code to a sum of 10^7, then repeatedly moves every count whose symbol
// would get another length by 1/64, until code_lengths() gives exactly the committed lengths.
DeltaFitMoves delta_fit(const DeltaCounts *counts, DeltaCounts *fitted);

#endif
