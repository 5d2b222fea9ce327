// SPDX-License-Identifier: MIT
#include "wire/prefix_code.h"

static_assert(PREFIX_LENGTH_MAX <= 15 && PREFIX_SYMBOLS_MAX <= 255, "lookups are packed");

static uint16_t reversed(uint32_t code, uint32_t length) {
    uint32_t bits = 0;
    for (uint32_t i = 0; i < length; i++) {
        bits |= (code >> i & 1) << (length - 1 - i);
    }
    return (uint16_t)bits;
}

static void fill_lookup(PrefixCode *code, uint32_t symbol, uint32_t length) {
    for (uint32_t at = code->bits[symbol]; at < 1u << PREFIX_LOOKUP_BITS; at += 1u << length) {
        code->lookup[at] = (uint16_t)(symbol << PREFIX_MATCH_SHIFT | length);
    }
}

void prefix_code_build(PrefixCode *code, const uint8_t *lengths, uint32_t symbol_count) {
    assert(symbol_count <= PREFIX_SYMBOLS_MAX);
    memset(code, 0, sizeof *code);
    memcpy(code->lengths, lengths, symbol_count);
    uint32_t next = 0;
    uint32_t sorted_count = 0;
    for (uint32_t length = 1; length <= PREFIX_LENGTH_MAX; length++) {
        next <<= 1;
        for (uint32_t symbol = 0; symbol < symbol_count; symbol++) {
            if (lengths[symbol] != length) {
                continue;
            }
            code->bits[symbol] = reversed(next++, length);
            code->counts[length]++;
            code->sorted[sorted_count++] = (uint8_t)symbol;
            if (length <= PREFIX_LOOKUP_BITS) {
                fill_lookup(code, symbol, length);
            }
        }
    }
    assert(next == 1u << PREFIX_LENGTH_MAX);
}

uint32_t prefix_code_match_long(const PrefixCode *code, uint64_t bits) {
    uint32_t value = 0;  // the first `length` bits as a number
    uint32_t first = 0;  // the first code of that length
    uint32_t before = 0; // the number of shorter codes
    for (uint32_t length = 1; length <= PREFIX_LENGTH_MAX; length++) {
        value = value << 1 | (uint32_t)(bits >> (length - 1) & 1);
        first <<= 1;
        if (value - first < code->counts[length]) {
            return (uint32_t)code->sorted[before + value - first] << PREFIX_MATCH_SHIFT | length;
        }
        first += code->counts[length];
        before += code->counts[length];
    }
    assert(false); // prefix_code_build() asserts a complete code, which decodes every string
    return PREFIX_LENGTH_MAX;
}
