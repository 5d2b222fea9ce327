// SPDX-License-Identifier: MIT
#include "tools/delta_tables/delta_fit.h"

#include <assert.h>
#include <string.h>

#include "tools/delta_tables/code_lengths.h"

#define FITTED_SUM 10000000u
#define STEP_SHARE 64
#define STEPS_MAX  100000 // a bound against hanging; some hundreds are needed

// The counts over the symbols that have a committed code word, each of them at least 1.
static void fold(const DeltaCode *code, const uint64_t *counts, uint64_t *folded) {
    for (uint32_t i = 0; i < code->symbol_count; i++) {
        folded[i] = code->lengths[i] > 0 ? counts[i] : 0;
    }
    for (uint32_t i = 0; code->has_escape && i < code->symbol_count; i++) {
        folded[DELTA_ESCAPE] += code->lengths[i] > 0 ? 0 : counts[i];
    }
    for (uint32_t i = 0; i < code->symbol_count; i++) {
        folded[i] += code->lengths[i] > 0 && folded[i] == 0;
    }
}

DeltaFitCost delta_fit_cost(const DeltaCounts *counts, uint32_t index) {
    const DeltaCode code = delta_code(index);
    DeltaCounts copy = *counts;
    uint64_t folded[PREFIX_SYMBOLS_MAX];
    uint8_t best[PREFIX_SYMBOLS_MAX];
    fold(&code, delta_code_counts(&copy, index), folded);
    code_lengths(folded, code.symbol_count, best);
    return (DeltaFitCost){.committed_bits =
                              code_lengths_cost(folded, code.symbol_count, code.lengths),
                          .best_bits = code_lengths_cost(folded, code.symbol_count, best)};
}

// Scales to FITTED_SUM.
static void scale(uint64_t *counts, uint32_t symbol_count) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < symbol_count; i++) {
        sum += counts[i];
    }
    for (uint32_t i = 0; i < symbol_count; i++) {
        const uint64_t scaled = counts[i] * FITTED_SUM / sum;
        counts[i] = scaled == 0 && counts[i] > 0 ? 1 : scaled;
    }
}

// One step of every count whose symbol has another length; false when there is none.
static bool step(const DeltaCode *code, uint64_t *counts) {
    uint8_t lengths[PREFIX_SYMBOLS_MAX];
    bool has_moved = false;
    code_lengths(counts, code->symbol_count, lengths);
    for (uint32_t i = 0; i < code->symbol_count; i++) {
        if (lengths[i] > code->lengths[i]) {
            counts[i] += counts[i] / STEP_SHARE + 1;
            has_moved = true;
        } else if (lengths[i] < code->lengths[i]) {
            counts[i] -= counts[i] > 1 ? counts[i] / STEP_SHARE + (counts[i] < STEP_SHARE) : 0;
            has_moved = true;
        }
    }
    return has_moved;
}

static void note_moves(DeltaFitMoves *moves, const uint64_t *before, const uint64_t *after,
                       uint32_t symbol_count) {
    for (uint32_t i = 0; i < symbol_count; i++) {
        const uint64_t high = before[i] > after[i] ? before[i] : after[i];
        const uint64_t low = before[i] > after[i] ? after[i] : before[i];
        moves->symbols += high > 0;
        moves->kept += high > 0 && high == low;
        moves->by_a_fifth += high > low && high * 5 <= low * 6;
        moves->by_two += high * 5 > low * 6 && high <= 2 * low;
        moves->by_more += high > 2 * low;
    }
}

DeltaFitMoves delta_fit(const DeltaCounts *counts, DeltaCounts *fitted) {
    DeltaFitMoves moves = {0};
    DeltaCounts copy = *counts;
    *fitted = (DeltaCounts){0};
    for (uint32_t index = 0; index < DELTA_CODE_COUNT; index++) {
        const DeltaCode code = delta_code(index);
        uint64_t before[PREFIX_SYMBOLS_MAX];
        uint64_t *into = delta_code_counts(fitted, index);
        uint32_t steps = 0;
        fold(&code, delta_code_counts(&copy, index), before);
        scale(before, code.symbol_count);
        memcpy(into, before, code.symbol_count * sizeof *into);
        while (step(&code, into)) {
            assert(++steps < STEPS_MAX);
        }
        note_moves(&moves, before, into, code.symbol_count);
    }
    return moves;
}
