// SPDX-License-Identifier: MIT
#include "server/pace.h"

#include <assert.h>

static_assert(PACE_FORGET_TURNS == UINT8_MAX + 1, "turns are counted until they overflow");

void pace_reset(Pace *pace) {
    *pace = (Pace){.usual = PACE_USUAL_MAX};
}

static void learn(Pace *pace, uint32_t unacked) {
    pace->turns++;
    if (unacked < pace->usual) {
        pace->usual = (uint8_t)unacked;
        pace->turns = 0;
    } else if (pace->turns == 0 && pace->usual < PACE_USUAL_MAX) {
        pace->usual++;
    }
}

// Of so many turns one is taken.
static uint32_t divisor_for(uint32_t excess) {
    return excess < PACE_STEP ? 1 : excess < 2 * PACE_STEP ? 2 : excess < 4 * PACE_STEP ? 4 : 8;
}

bool pace_rests(Pace *pace, uint32_t unacked, bool has_acked) {
    if (has_acked) {
        learn(pace, unacked);
    }
    const uint32_t excess = unacked > pace->usual ? unacked - pace->usual : 0;
    if (pace->resting + 1u < divisor_for(excess)) {
        pace->resting++;
        return true;
    }
    pace->resting = 0;
    return false;
}
