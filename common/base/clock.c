// SPDX-License-Identifier: MIT
#include "base/clock.h"

#include <assert.h>
#include <errno.h>
#include <time.h>

static uint64_t read_clock_ns(clockid_t id) {
    struct timespec now;
    clock_gettime(id, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

uint64_t clock_now_ns(void) {
    return read_clock_ns(CLOCK_MONOTONIC);
}

uint64_t clock_process_cpu_ns(void) {
    return read_clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

uint64_t clock_thread_cpu_ns(void) {
    return read_clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

void clock_sleep_until_ns(uint64_t deadline_ns) {
    const struct timespec deadline = {.tv_sec = (time_t)(deadline_ns / NS_PER_S),
                                      .tv_nsec = (long)(deadline_ns % NS_PER_S)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL) == EINTR) {
    }
}

void fixed_step_start(FixedStep *step, uint64_t now_ns, uint32_t rate_hz, uint32_t catch_up_ticks) {
    assert(rate_hz > 0);
    *step = (FixedStep){.start_ns = now_ns, .rate_hz = rate_hz, .catch_up_ticks = catch_up_ticks};
}

// Whole seconds and the rest apart, so that the product cannot overflow within 580 years.
static uint64_t tick_time_ns(const FixedStep *step, uint64_t tick) {
    const uint64_t seconds = tick / step->rate_hz;
    const uint64_t rest = tick % step->rate_hz;
    return step->start_ns + seconds * NS_PER_S + rest * NS_PER_S / step->rate_hz;
}

uint64_t fixed_step_deadline_ns(const FixedStep *step) {
    return tick_time_ns(step, step->next);
}

bool fixed_step_consume(FixedStep *step, uint64_t now_ns, uint64_t *lag_ns) {
    if (now_ns < fixed_step_deadline_ns(step)) {
        return false;
    }
    // Skips the ticks that lie too far back: afterwards at most catch_up_ticks are due besides this
    // one.
    while (tick_time_ns(step, step->next + step->catch_up_ticks + 1) <= now_ns) {
        const uint64_t behind_ns = now_ns - tick_time_ns(step, step->next);
        const uint64_t period_ns = NS_PER_S / step->rate_hz + 1;
        const uint64_t behind_ticks = behind_ns / period_ns;
        const uint64_t excess =
            behind_ticks > step->catch_up_ticks ? behind_ticks - step->catch_up_ticks : 1;
        step->next += excess;
        step->skipped += excess;
    }
    *lag_ns = now_ns - fixed_step_deadline_ns(step);
    step->next++;
    return true;
}
