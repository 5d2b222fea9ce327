// SPDX-License-Identifier: MIT
#include "server/replication/send_rate.h"

#include <assert.h>

#include "base/thread_role.h"
#include "wire/baseline_set.h"

static_assert(SEND_RATE_USUAL_MAX + SEND_RATE_STEP_MAX < BASELINE_SETS_MAX,
              "what is late is sent as a change");
static_assert(SEND_RATE_FORGET_TURNS == UINT8_MAX + 1, "turns are counted until they overflow");

void send_rate_reset(SendRate *send_rate) {
    *send_rate = (SendRate){.usual = SEND_RATE_USUAL_MAX};
}

static void learn(SendRate *send_rate, uint32_t unacked) {
    send_rate->turns++;
    if (unacked < send_rate->usual) {
        send_rate->usual = (uint8_t)unacked;
        send_rate->turns = 0;
    } else if (send_rate->turns == 0 && send_rate->usual < SEND_RATE_USUAL_MAX) {
        send_rate->usual++;
    }
}

// The client gets a snapshot in one of so many turns.
static uint32_t divisor_for(uint32_t excess, uint32_t step) {
    return excess < step ? 1 : excess < 2 * step ? 2 : excess < 4 * step ? 4 : 8;
}

uint32_t send_rate_step(uint32_t snapshot_rate_hz) {
    const uint32_t step = snapshot_rate_hz * SEND_RATE_STEP_MS / 1000;
    return step < SEND_RATE_STEP_MIN   ? SEND_RATE_STEP_MIN
           : step < SEND_RATE_STEP_MAX ? step
                                       : SEND_RATE_STEP_MAX;
}

bool send_rate_throttles(SendRate *send_rate, uint32_t step, uint32_t unacked, bool has_acked) {
    ASSERT_SIM_THREAD();
    if (has_acked) {
        learn(send_rate, unacked);
    }
    const uint32_t excess = unacked > send_rate->usual ? unacked - send_rate->usual : 0;
    if (send_rate->throttled_run + 1u < divisor_for(excess, step)) {
        send_rate->throttled_run++;
        return true;
    }
    send_rate->throttled_run = 0;
    return false;
}
