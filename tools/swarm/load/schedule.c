// SPDX-License-Identifier: MIT
#include "tools/swarm/load/schedule.h"

#include <assert.h>
#include <math.h>

#include "base/clock.h"

void schedule_start(Schedule *schedule, uint64_t start_ns, double rate_hz, uint32_t swarm_count,
                    uint32_t first, uint32_t stride) {
    assert(rate_hz > 0 && first < stride);
    *schedule = (Schedule){
        .start_ns = start_ns,
        .period_ns = (uint64_t)llround((double)NS_PER_S / rate_hz),
        .swarm_count = swarm_count,
        .first = first,
        .stride = stride,
        .count = swarm_count > first ? (swarm_count - first + stride - 1) / stride : 0,
    };
}

uint64_t schedule_due_ns(const Schedule *schedule) {
    if (schedule->count == 0) {
        return UINT64_MAX;
    }
    const uint64_t index = schedule->first + (uint64_t)schedule->cursor * schedule->stride;
    return schedule->start_ns + schedule->cycle * schedule->period_ns +
           index * schedule->period_ns / schedule->swarm_count;
}

bool schedule_pop(Schedule *schedule, uint64_t now_ns, ScheduledSend *send) {
    const uint64_t due_ns = schedule_due_ns(schedule);
    if (now_ns < due_ns) {
        return false;
    }
    *send = (ScheduledSend){
        .bot = schedule->cursor,
        .scheduled_ns = due_ns,
        .is_missed = now_ns - due_ns > schedule->period_ns,
    };
    schedule->cursor++;
    if (schedule->cursor == schedule->count) {
        schedule->cursor = 0;
        schedule->cycle++;
    }
    return true;
}
