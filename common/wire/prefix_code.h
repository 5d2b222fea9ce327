// SPDX-License-Identifier: MIT
// prefix_code.h -- a static canonical prefix code, built from its code lengths alone.
//
// Flow:    lengths (delta_tables.h) -> prefix_code_build() -> codes to write, tables to read by
// Threads: immutable once built.
// Order:   codes are assigned by length, then by symbol, counting up; a code is written with its
//          highest bit first. A decoder in another language thus needs the lengths only.
// Trust:   reading is total: a complete code decodes every string of bits; behind the end zeros are
//          read and the reader has failed.
#ifndef TICKSTORM_WIRE_PREFIX_CODE_H
#define TICKSTORM_WIRE_PREFIX_CODE_H

#include <stdint.h>

#include "wire/bits.h"

#define PREFIX_SYMBOLS_MAX 134
#define PREFIX_LENGTH_MAX  14
#define PREFIX_LOOKUP_BITS 8

typedef struct PrefixCode {
    uint16_t bits[PREFIX_SYMBOLS_MAX];   // by symbol, the first bit lowest
    uint8_t lengths[PREFIX_SYMBOLS_MAX]; // 0: the symbol has no code
    // For reading: by the next PREFIX_LOOKUP_BITS bits, as prefix_code_match(); 0 for longer codes,
    // which are found by counting through the lengths.
    uint16_t lookup[1 << PREFIX_LOOKUP_BITS];
    uint16_t counts[PREFIX_LENGTH_MAX + 1]; // codes of each length
    uint8_t sorted[PREFIX_SYMBOLS_MAX];     // symbols by length, then by number
} PrefixCode;

// The lengths must make a complete code: the sum of 2^-length over all symbols with a code is 1.
void prefix_code_build(PrefixCode *code, const uint8_t *lengths, uint32_t symbol_count);

// The symbol that `bits` begin with, and its length: symbol << PREFIX_MATCH_SHIFT | length. `bits`
// must hold at least PREFIX_LENGTH_MAX bits.
#define PREFIX_MATCH_SHIFT 4
uint32_t prefix_code_match_long(const PrefixCode *code, uint64_t bits);

static inline uint32_t prefix_code_match(const PrefixCode *code, uint64_t bits) {
    const uint32_t entry = code->lookup[bits & ((1u << PREFIX_LOOKUP_BITS) - 1)];
    return entry != 0 ? entry : prefix_code_match_long(code, bits);
}

// The next symbol.
static inline uint32_t prefix_code_read(const PrefixCode *code, BitReader *reader) {
    const uint32_t match = prefix_code_match(code, bit_peek(reader, PREFIX_LENGTH_MAX));
    bit_skip(reader, match & ((1u << PREFIX_MATCH_SHIFT) - 1));
    return match >> PREFIX_MATCH_SHIFT;
}

#endif
