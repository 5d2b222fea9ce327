// SPDX-License-Identifier: MIT
// serial.h -- serial number arithmetic for counters that wrap around.
//
// Flow:    ticks, sequences -> serial_difference() instead of < and >
// Threads: pure functions.
// Units:   those of the counter.
// Source:  RFC 1982, Serial Number Arithmetic.
//
// A tick has 32 bits: it wraps after 828 days at 60 Hz, 207 at 240 Hz, while players are in the
// game. Two ticks compare as long as they are less than 2^31 apart, so stored ticks must be renewed
// or dropped within that time. Where that is not certain, serial_is_within() tests for a small
// span.
//
// A client measures time in doubles, which do not wrap: they go on beyond 2^32. serial_since() is
// the bridge.
#ifndef TICKSTORM_BASE_SERIAL_H
#define TICKSTORM_BASE_SERIAL_H

#include <stdbool.h>
#include <stdint.h>

// How much later a is than b; negative when it is earlier.
static inline int32_t serial_difference(uint32_t a, uint32_t b) {
    return (int32_t)(a - b);
}

// Whether a is one of the `span` numbers that follow b.
static inline bool serial_is_within(uint32_t a, uint32_t b, uint32_t span) {
    return a - b - 1 < span;
}

// How much later the moment `at` is than the number; at may have gone on beyond 2^32.
static inline double serial_since(uint32_t number, double at) {
    const int64_t whole = (int64_t)at;
    return serial_difference((uint32_t)(uint64_t)whole, number) + (at - (double)whole);
}

// The number that a moment lies in. The moment must not be negative.
static inline uint32_t serial_at(double at) {
    return (uint32_t)(uint64_t)at;
}

#endif
