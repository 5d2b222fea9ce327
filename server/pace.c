// SPDX-License-Identifier: MIT
#include "server/pace.h"

#include <assert.h>

#include "wire/roster.h"

static_assert(PACE_USUAL_MAX + PACE_STEP_MAX < ROSTER_RING, "what is late is sent as a change");
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
static uint32_t divisor_for(uint32_t excess, uint32_t step) {
    return excess < step ? 1 : excess < 2 * step ? 2 : excess < 4 * step ? 4 : 8;
}

uint32_t pace_step(uint32_t snapshot_rate_hz) {
    const uint32_t step = snapshot_rate_hz * PACE_STEP_MS / 1000;
    return step < PACE_STEP_MIN ? PACE_STEP_MIN : step < PACE_STEP_MAX ? step : PACE_STEP_MAX;
}

bool pace_rests(Pace *pace, uint32_t step, uint32_t unacked, bool has_acked) {
    if (has_acked) {
        learn(pace, unacked);
    }
    const uint32_t excess = unacked > pace->usual ? unacked - pace->usual : 0;
    if (pace->resting + 1u < divisor_for(excess, step)) {
        pace->resting++;
        return true;
    }
    pace->resting = 0;
    return false;
}
