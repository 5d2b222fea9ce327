// SPDX-License-Identifier: MIT
#include "net/sequence_window.h"

#include <assert.h>

static uint32_t count_bits(uint32_t bits) {
    return (uint32_t)__builtin_popcount(bits);
}

// All below bit `count`.
static uint32_t low_bits(uint32_t count) {
    return count < SEQUENCE_WINDOW ? (1u << count) - 1 : UINT32_MAX;
}

void sequence_window_advance(SequenceWindow *window, uint32_t advance) {
    assert(advance >= 1);
    const uint32_t skipped = advance - 1;
    if (advance < SEQUENCE_WINDOW) {
        window->lost += count_bits(window->missing >> (SEQUENCE_WINDOW - advance));
        window->missing = window->missing << advance | low_bits(skipped);
        return;
    }
    // All numbers leave the window, and so do the skipped ones that it cannot hold.
    window->lost += count_bits(window->missing);
    window->lost += skipped > SEQUENCE_WINDOW ? skipped - SEQUENCE_WINDOW : 0;
    window->missing = low_bits(skipped);
}

SequenceArrival sequence_window_record_older(SequenceWindow *window, uint32_t behind) {
    if (behind > SEQUENCE_WINDOW) {
        return SEQUENCE_FORGOTTEN;
    }
    const uint32_t bit = behind > 0 ? 1u << (behind - 1) : 0;
    if ((window->missing & bit) == 0) {
        return SEQUENCE_DUPLICATE;
    }
    window->missing &= ~bit;
    window->overtaken++;
    return SEQUENCE_OVERTAKEN;
}
