// SPDX-License-Identifier: MIT
#include "net/arrivals.h"

#include <assert.h>

static uint32_t count_bits(uint32_t bits) {
    return (uint32_t)__builtin_popcount(bits);
}

// All below bit `count`.
static uint32_t low_bits(uint32_t count) {
    return count < ARRIVALS_WINDOW ? (1u << count) - 1 : UINT32_MAX;
}

void arrivals_take_newer(Arrivals *arrivals, uint32_t advance) {
    assert(advance >= 1);
    const uint32_t skipped = advance - 1;
    if (advance < ARRIVALS_WINDOW) {
        arrivals->lost += count_bits(arrivals->missing >> (ARRIVALS_WINDOW - advance));
        arrivals->missing = arrivals->missing << advance | low_bits(skipped);
        return;
    }
    // Everything leaves the window, of what was skipped all that it cannot hold.
    arrivals->lost += count_bits(arrivals->missing);
    arrivals->lost += skipped > ARRIVALS_WINDOW ? skipped - ARRIVALS_WINDOW : 0;
    arrivals->missing = low_bits(skipped);
}

ArrivalKind arrivals_take_older(Arrivals *arrivals, uint32_t behind) {
    if (behind > ARRIVALS_WINDOW) {
        return ARRIVAL_FORGOTTEN;
    }
    const uint32_t bit = behind > 0 ? 1u << (behind - 1) : 0;
    if ((arrivals->missing & bit) == 0) {
        return ARRIVAL_DUPLICATE;
    }
    arrivals->missing &= ~bit;
    arrivals->overtaken++;
    return ARRIVAL_OVERTAKEN;
}
