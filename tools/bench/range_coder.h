// SPDX-License-Identifier: MIT
// range_coder.h -- an adaptive binary range coder, to measure the wire's prefix codes against.
//
// Flow:    range_begin -> range_put (a bit and its context) ... -> range_finish
// Threads: pure functions on the caller's coder and contexts.
// Source:  the scheme is that of LZMA (Igor Pavlov): 32 bits of range, probabilities of 12 bits
//          that move by a shift towards the bits seen, carries kept back in a run of 0xff.
#ifndef TICKSTORM_BENCH_RANGE_CODER_H
#define TICKSTORM_BENCH_RANGE_CODER_H

#include <stddef.h>
#include <stdint.h>

#define RANGE_PROBABILITY_BITS 12
#define RANGE_EVEN             (1u << (RANGE_PROBABILITY_BITS - 1))
#define RANGE_TOP              (1u << 24)

typedef struct RangeCoder {
    uint8_t *buffer; // must hold all output
    size_t size;
    uint64_t low;
    uint32_t range;
    uint32_t pending; // bytes of 0xff, and the one before them, that a carry may still change
    uint8_t held;
} RangeCoder;

static inline void range_begin(RangeCoder *coder, uint8_t *buffer) {
    *coder = (RangeCoder){.buffer = buffer, .range = UINT32_MAX, .pending = 1};
}

static inline void range_shift(RangeCoder *coder) {
    const uint32_t carry = (uint32_t)(coder->low >> 32);
    if (carry != 0 || (uint32_t)coder->low < 0xff000000u) {
        for (uint8_t byte = coder->held; coder->pending > 0; byte = 0xff) {
            coder->buffer[coder->size++] = (uint8_t)(byte + carry);
            coder->pending--;
        }
        coder->held = (uint8_t)(coder->low >> 24);
    }
    coder->pending++;
    coder->low = (uint32_t)coder->low << 8;
}

// One bit; *zero is the probability that it is 0, which adapts by 1 / 2^rate.
static inline void range_put(RangeCoder *coder, uint16_t *zero, uint32_t bit, uint32_t rate) {
    const uint32_t bound = (coder->range >> RANGE_PROBABILITY_BITS) * *zero;
    if (bit == 0) {
        coder->range = bound;
        *zero = (uint16_t)(*zero + (((1u << RANGE_PROBABILITY_BITS) - *zero) >> rate));
    } else {
        coder->low += bound;
        coder->range -= bound;
        *zero = (uint16_t)(*zero - (*zero >> rate));
    }
    while (coder->range < RANGE_TOP) {
        coder->range <<= 8;
        range_shift(coder);
    }
}

// Bits without a context, the highest first.
static inline void range_put_raw(RangeCoder *coder, uint32_t value, uint32_t count) {
    while (count-- > 0) {
        coder->range >>= 1;
        coder->low += (value >> count & 1) != 0 ? coder->range : 0;
        while (coder->range < RANGE_TOP) {
            coder->range <<= 8;
            range_shift(coder);
        }
    }
}

// The size in bytes, with the fewest at the end that still determine the last bits: trailing zeros
// are left out, and so is the first byte, which always is zero.
static inline size_t range_finish(RangeCoder *coder) {
    // The value with the most zeros at its end that still lies within the range.
    for (uint32_t shift = 24;; shift -= 8) {
        const uint64_t mask = (1ull << shift) - 1;
        const uint64_t value = (coder->low + mask) & ~mask;
        if (value < coder->low + coder->range) {
            coder->low = value;
            break;
        }
    }
    for (int i = 0; i < 5; i++) {
        range_shift(coder);
    }
    while (coder->size > 1 && coder->buffer[coder->size - 1] == 0) {
        coder->size--;
    }
    return coder->size - 1;
}

#endif
