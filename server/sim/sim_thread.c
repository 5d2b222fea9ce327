// SPDX-License-Identifier: MIT
#include "server/sim/sim_thread.h"

#include <pthread.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread_priority.h"
#include "base/thread_role.h"

// A server that cannot keep up logs a warning this often.
#define COMPLAIN_EVERY_NS (10 * NS_PER_S)

static bool is_stopping(const SimThread *sim_thread) {
    // Relaxed: a flag on its own.
    return atomic_load_explicit(&sim_thread->is_stopping, memory_order_relaxed);
}

static void time_tick(Match *match, uint64_t due_ns, uint64_t now_ns) {
    SimMetrics *metrics = &match->config.metrics->sim;
    match_tick(match, due_ns, now_ns);
    const uint64_t end_ns = clock_now_ns();
    match->last_tick_ns = end_ns - now_ns;
    metric_histogram_record(&metrics->tick_ns, &METRIC_TICK_BOUNDS, match->last_tick_ns);
    metric_histogram_record(&metrics->start_lag_ns, &METRIC_LAG_BOUNDS, now_ns - due_ns);
    metric_add(&metrics->overruns, match->last_tick_ns > match->tick_ns);
    metric_set(&metrics->last_tick_end_ns, end_ns);
}

// The phase that needs the most time of a tick, for the warning.
static const char *slowest_phase(const SimMetrics *metrics) {
    int slowest = 0;
    for (int phase = 1; phase < PHASE_COUNT; phase++) {
        if (metric_get(&metrics->phase_ns[phase]) > metric_get(&metrics->phase_ns[slowest])) {
            slowest = phase;
        }
    }
    return tick_phase_name((uint32_t)slowest);
}

static void run_unpaced(SimThread *sim_thread) {
    for (uint64_t i = 0; i < sim_thread->tick_limit && !is_stopping(sim_thread); i++) {
        const uint64_t now_ns = clock_now_ns();
        time_tick(sim_thread->match, now_ns, now_ns);
    }
}

static void run_paced(SimThread *sim_thread) {
    Match *match = sim_thread->match;
    SimMetrics *metrics = &match->config.metrics->sim;
    FixedStep step;
    fixed_step_start(&step, clock_now_ns(), match->config.tick_rate_hz, SIM_CATCH_UP_TICKS);
    uint64_t done = 0;
    uint64_t sent_skipped = 0;
    uint64_t complain_ns = 0;
    while (!is_stopping(sim_thread) &&
           (sim_thread->tick_limit == 0 || done < sim_thread->tick_limit)) {
        clock_sleep_until_ns(fixed_step_deadline_ns(&step));
        const uint64_t now_ns = clock_now_ns();
        uint64_t lag_ns;
        if (!fixed_step_consume(&step, now_ns, &lag_ns)) {
            continue;
        }
        metric_set(&metrics->skipped, step.skipped);
        if (step.skipped > sent_skipped && now_ns >= complain_ns) {
            LOG_WARN("sim", "too slow: %llu ticks skipped; most of a tick goes into %s",
                     (unsigned long long)(step.skipped - sent_skipped), slowest_phase(metrics));
            sent_skipped = step.skipped;
            complain_ns = now_ns + COMPLAIN_EVERY_NS;
        }
        time_tick(match, now_ns - lag_ns, now_ns);
        done++;
    }
}

void sim_thread_run(SimThread *sim_thread) {
    ASSERT_SIM_THREAD();
    if (sim_thread->is_unpaced) {
        run_unpaced(sim_thread);
    } else {
        run_paced(sim_thread);
    }
    if (sim_thread->on_end != NULL) {
        uv_async_send(sim_thread->on_end);
    }
}

static void sim_thread_main(void *context) {
    thread_role_enter(THREAD_SIM);
    pthread_setname_np(pthread_self(), "sim");
    thread_raise_priority();
    sim_thread_run(context);
}

bool sim_thread_start(SimThread *sim_thread) {
    ASSERT_MAIN_THREAD();
    return uv_thread_create(&sim_thread->thread, sim_thread_main, sim_thread) == 0;
}

void sim_thread_join(SimThread *sim_thread) {
    ASSERT_MAIN_THREAD();
    atomic_store_explicit(&sim_thread->is_stopping, true, memory_order_relaxed);
    uv_thread_join(&sim_thread->thread);
}
