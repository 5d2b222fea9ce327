// SPDX-License-Identifier: MIT
// code_lengths.h -- the lengths of an optimal prefix code of bounded length, from counts.
//
// Threads: pure functions.
// Source:  Larmore and Hirschberg, "A fast algorithm for optimal length-limited Huffman codes"
//          (1990): package-merge. Integers throughout and ties broken by number: every machine
//          makes the same lengths.
#ifndef TICKSTORM_DELTA_TABLES_CODE_LENGTHS_H
#define TICKSTORM_DELTA_TABLES_CODE_LENGTHS_H

#include <stdint.h>

#include "wire/prefix_code.h"

// Fills lengths[symbol_count], each at most PREFIX_LENGTH_MAX; 0 for a symbol with count 0. At
// least two symbols have a count, and the counts' sum is below 2^59. If two counts are equal, the
// lower symbol has the longer code word; a symbol precedes a package of equal weight.
void code_lengths(const uint64_t *counts, uint32_t symbol_count, uint8_t *lengths);

// The bits that all counted symbols take with these lengths.
uint64_t code_lengths_cost(const uint64_t *counts, uint32_t symbol_count, const uint8_t *lengths);

#endif
