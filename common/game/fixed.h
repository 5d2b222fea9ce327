// SPDX-License-Identifier: MIT
// fixed.h -- the mathematics of the world: angles, lengths and roots in integers.
//
// Threads: pure functions; the tables are constants.
// Units:   an angle is 1/65,536 turn, 0 along +x, growing towards +y. FIXED_ONE is 1.0.
//          Nothing here depends on the compiler, its options or a mathematics library, so client
//          and server compute the same bits.
#ifndef TICKSTORM_GAME_FIXED_H
#define TICKSTORM_GAME_FIXED_H

#include <stdint.h>

#define FIXED_SHIFT 15
#define FIXED_ONE   (1 << FIXED_SHIFT)

#define ANGLE_QUARTER 0x4000u

// Sine and cosine, -FIXED_ONE..FIXED_ONE, right to 1 part in 20,000.
int32_t fixed_sin(uint16_t angle);
int32_t fixed_cos(uint16_t angle);

// The direction of (x, y), right to 1/16,000 turn; 0 for the null vector. |x| and |y| must be below
// 2^24.
uint16_t fixed_atan2(int32_t y, int32_t x);

// The largest integer whose square does not exceed value.
uint32_t fixed_isqrt(uint64_t value);

// The length of (x, y) within 4 %, without a root: good enough to steer by, not to collide by.
// |x| and |y| must be below 2^24.
static inline int32_t fixed_length_rough(int32_t x, int32_t y) {
    const int32_t a = x < 0 ? -x : x;
    const int32_t b = y < 0 ? -y : y;
    const int32_t longer = a > b ? a : b;
    const int32_t shorter = a > b ? b : a;
    // The greater of two lines through the octant (Levitt and Morris's alpha-max plus beta-min).
    const int32_t steep = longer + (shorter >> 3);
    const int32_t flat = (longer * 7 >> 3) + (shorter >> 1);
    return steep > flat ? steep : flat;
}

// value * numerator / denominator without overflow, towards zero. The result must fit.
static inline int32_t fixed_scale(int32_t value, int32_t numerator, int32_t denominator) {
    return (int32_t)((int64_t)value * numerator / denominator);
}

static inline int32_t fixed_clamp(int32_t value, int32_t low, int32_t high) {
    return value < low ? low : value > high ? high : value;
}

#endif
