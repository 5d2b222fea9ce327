// SPDX-License-Identifier: MIT
#include "tools/swarm/load/swarm.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/thread_role.h"
#include "tools/swarm/load/swarm_plan.h"
#include "tools/swarm/load/swarm_thread.h"

#define PROGRESS_MS 250

typedef struct Swarm {
    const LoadSpec *spec;
    SwarmObserver observer;
    SwarmPlan plan;
    Behaviour *behaviours;
    SwarmThread *threads;
    uint32_t started;
    uv_loop_t loop;
    uv_timer_t progress_timer;
    uv_timer_t warmup_timer;
    uv_timer_t end_timer;
    uv_poll_t interrupt;
    bool has_interrupt; // false: the program does not catch interrupts
    uv_async_t thread_end;
    bool is_stopping;
    // Measuring.
    Tally *recent;
    Tally *warming; // the part of it that belongs to the warm-up
    Tally *total;
    uint64_t progress_ns; // of the last progress
    uint64_t progress_cpu_ns;
    uint64_t measured_from_ns;
    uint64_t measured_from_cpu_ns;
    uint64_t end_ns; // of the measured time
    uint64_t end_cpu_ns;
    uint64_t start_rss_bytes;
    SwarmGauges gauges;
    SwarmOutcome outcome;
} Swarm;

// ------------------------------------------------------------------ the end

static void stop(Swarm *swarm, SwarmEnd end) {
    if (swarm->is_stopping) {
        return;
    }
    swarm->is_stopping = true;
    if (swarm->observer.on_end != NULL) {
        swarm->observer.on_end(swarm->observer.user);
    }
    SwarmOutcome *outcome = &swarm->outcome;
    const uint64_t now_ns = swarm->end_ns = clock_now_ns();
    swarm->end_cpu_ns = clock_process_cpu_ns();
    const uint64_t cpu_ns = swarm->end_cpu_ns - swarm->measured_from_cpu_ns;
    outcome->end = end;
    outcome->duration_s = (double)(now_ns - swarm->plan.start_ns) / (double)NS_PER_S;
    outcome->measured_s = (double)(now_ns - swarm->measured_from_ns) / (double)NS_PER_S;
    outcome->cpu_cores =
        outcome->measured_s > 0 ? (double)cpu_ns / (double)NS_PER_S / outcome->measured_s : 0;
    uv_timer_stop(&swarm->progress_timer);
    uv_timer_stop(&swarm->warmup_timer);
    uv_timer_stop(&swarm->end_timer);
    for (uint32_t i = 0; i < swarm->started; i++) {
        swarm_thread_stop(&swarm->threads[i]);
    }
}

static void on_end(uv_timer_t *timer) {
    stop(timer->data, SWARM_END_DURATION);
}

// Rates count from here; the threads switch by their own clocks.
static void on_warmup_end(uv_timer_t *timer) {
    Swarm *swarm = timer->data;
    swarm->measured_from_ns = clock_now_ns();
    swarm->measured_from_cpu_ns = clock_process_cpu_ns();
}

static void on_interrupt(uv_poll_t *handle, int status, int events) {
    (void)status;
    (void)events;
    interrupt_clear();
    if (interrupt_count() > 0) {
        stop(handle->data, SWARM_END_INTERRUPTED);
    }
}

// ------------------------------------------------------------------ progress

static void add_gauges(SwarmGauges *into, const SwarmGauges *from) {
    into->uring_threads += from->uring_threads;
    for (uint32_t i = 0; i <= BOT_ENDED; i++) {
        into->bots[i] += from->bots[i];
    }
    into->hostile += from->hostile;
    into->silent += from->silent;
    into->baseline_bytes += from->baseline_bytes;
    into->thread_cpu = fmax(into->thread_cpu, from->thread_cpu);
    into->measured_thread_cpu = fmax(into->measured_thread_cpu, from->measured_thread_cpu);
    into->tick_rate_hz = from->tick_rate_hz != 0 ? from->tick_rate_hz : into->tick_rate_hz;
}

// Collects the results of the threads. False when one of them cannot open sockets.
static bool collect(Swarm *swarm) {
    bool is_good = true;
    tally_reset(swarm->recent);
    tally_reset(swarm->warming);
    memset(&swarm->gauges, 0, sizeof swarm->gauges);
    for (uint32_t i = 0; i < swarm->started; i++) {
        SwarmGauges gauges;
        TransportError error;
        if (!thread_results_collect(&swarm->threads[i].results, swarm->recent, swarm->warming,
                                    &gauges, &error)) {
            swarm->outcome.open_error = error;
            is_good = false;
        }
        add_gauges(&swarm->gauges, &gauges);
    }
    tally_merge(swarm->total, swarm->recent);
    tally_merge_lasting(swarm->total, swarm->warming);
    tally_merge(swarm->recent, swarm->warming);
    if (swarm->gauges.tick_rate_hz != 0) {
        swarm->outcome.tick_rate_hz = swarm->gauges.tick_rate_hz;
    }
    return is_good;
}

static uint64_t resident_bytes(void) {
    size_t bytes = 0;
    return uv_resident_set_memory(&bytes) == 0 ? bytes : 0;
}

// Measures at the moment when most bots play. Of several moments with the same number the last one
// counts, since memory grows during the play.
static void measure_memory(Swarm *swarm) {
    SwarmCost *cost = &swarm->outcome.cost;
    const uint32_t bots = swarm->gauges.bots[BOT_PLAYING];
    if (bots == 0 || bots < cost->bots) {
        return;
    }
    cost->bots = bots;
    cost->rss_bytes = resident_bytes();
    const uint64_t more =
        cost->rss_bytes > swarm->start_rss_bytes ? cost->rss_bytes - swarm->start_rss_bytes : 0;
    cost->rss_bytes_per_bot = (double)more / bots;
    cost->baseline_bytes_per_bot = (double)swarm->gauges.baseline_bytes / bots;
}

// False when the observer ends the run.
static bool report_progress(Swarm *swarm, uint64_t now_ns, uint64_t cpu_ns) {
    const LoadSpec *spec = swarm->spec;
    const SwarmObserver *observer = &swarm->observer;
    const uint64_t elapsed_ns = now_ns - swarm->plan.start_ns;
    const double recent_s = (double)(now_ns - swarm->progress_ns) / (double)NS_PER_S;
    const double cpu_s = (double)(cpu_ns - swarm->progress_cpu_ns) / (double)NS_PER_S;
    const double cpu_cores = recent_s > 0 ? cpu_s / recent_s : 0;
    const SwarmProgress progress = {
        .elapsed_s = (double)elapsed_ns / (double)NS_PER_S,
        .duration_s = (double)load_shape_duration_ns(&spec->shape) / (double)NS_PER_S,
        .is_warming_up = elapsed_ns < spec->warmup_ns,
        .target_bots = load_shape_target(&spec->shape, elapsed_ns),
        .gauges = swarm->gauges,
        .recent = swarm->recent,
        .recent_s = recent_s,
        .total = swarm->total,
        .cpu_cores = cpu_cores,
        .is_last = swarm->is_stopping,
    };
    swarm->progress_ns = now_ns;
    swarm->progress_cpu_ns = cpu_ns;
    return observer->on_progress == NULL || observer->on_progress(observer->user, &progress);
}

static bool has_no_answer(const Tally *total) {
    return total->ok + total->hostile.ok == 0 &&
           total->bad_ends[REASON_NO_ANSWER] + total->hostile.ended[REASON_NO_ANSWER] > 0;
}

static void on_progress_timer(uv_timer_t *timer) {
    Swarm *swarm = timer->data;
    const bool can_open = collect(swarm);
    measure_memory(swarm);
    const bool goes_on = report_progress(swarm, clock_now_ns(), clock_process_cpu_ns());
    if (!can_open) {
        stop(swarm, SWARM_END_OPEN_FAILED);
    } else if (!goes_on) {
        stop(swarm, SWARM_END_ABORTED);
    } else if (has_no_answer(swarm->total)) {
        stop(swarm, SWARM_END_NO_ANSWER);
    } else if (swarm->gauges.bots[BOT_ENDED] == swarm->plan.bot_count) {
        stop(swarm, SWARM_END_ALL_ENDED);
    }
}

// ------------------------------------------------------------------ the run

static void on_thread_end(uv_async_t *async) {
    Swarm *swarm = async->data;
    for (uint32_t i = 0; i < swarm->started; i++) {
        if (!thread_results_have_ended(&swarm->threads[i].results)) {
            return;
        }
    }
    uv_close((uv_handle_t *)&swarm->progress_timer, NULL);
    uv_close((uv_handle_t *)&swarm->warmup_timer, NULL);
    uv_close((uv_handle_t *)&swarm->end_timer, NULL);
    if (swarm->has_interrupt) {
        uv_close((uv_handle_t *)&swarm->interrupt, NULL);
    }
    uv_close((uv_handle_t *)&swarm->thread_end, NULL);
}

static void deal_behaviours(Swarm *swarm) {
    BehaviourMix mix = swarm->spec->mix;
    for (uint32_t i = 0; i < swarm->plan.bot_count; i++) {
        swarm->behaviours[i] = behaviour_mix_next(&mix);
    }
}

static void start_clocks(Swarm *swarm) {
    swarm->plan.start_ns = clock_now_ns();
    swarm->progress_ns = swarm->plan.start_ns;
    swarm->progress_cpu_ns = clock_process_cpu_ns();
    swarm->measured_from_ns = swarm->plan.start_ns;
    swarm->measured_from_cpu_ns = swarm->progress_cpu_ns;
    swarm->start_rss_bytes = resident_bytes();
}

// An interrupt from before the run ends it as soon as it begins.
static void watch_interrupts(Swarm *swarm) {
    swarm->interrupt.data = swarm;
    swarm->has_interrupt =
        interrupt_descriptor() >= 0 &&
        uv_poll_init(&swarm->loop, &swarm->interrupt, interrupt_descriptor()) == 0;
    if (swarm->has_interrupt) {
        uv_poll_start(&swarm->interrupt, UV_READABLE, on_interrupt);
    }
}

static bool start_loop(Swarm *swarm) {
    if (uv_loop_init(&swarm->loop) != 0) {
        return false;
    }
    uv_timer_init(&swarm->loop, &swarm->progress_timer);
    uv_timer_init(&swarm->loop, &swarm->warmup_timer);
    uv_timer_init(&swarm->loop, &swarm->end_timer);
    uv_async_init(&swarm->loop, &swarm->thread_end, on_thread_end);
    swarm->progress_timer.data = swarm;
    swarm->warmup_timer.data = swarm;
    swarm->end_timer.data = swarm;
    swarm->thread_end.data = swarm;
    watch_interrupts(swarm);
    uv_timer_start(&swarm->progress_timer, on_progress_timer, PROGRESS_MS, PROGRESS_MS);
    if (swarm->spec->warmup_ns > 0) {
        uv_timer_start(&swarm->warmup_timer, on_warmup_end, swarm->spec->warmup_ns / NS_PER_MS, 0);
    }
    uv_timer_start(&swarm->end_timer, on_end,
                   load_shape_duration_ns(&swarm->spec->shape) / NS_PER_MS, 0);
    return true;
}

static bool start_threads(Swarm *swarm) {
    while (swarm->started < swarm->spec->thread_count) {
        if (!swarm_thread_start(&swarm->threads[swarm->started], &swarm->plan, swarm->started)) {
            return false;
        }
        swarm->started++;
    }
    return true;
}

// The results since the last progress, as of the end of the measured time: the goodbyes are not
// measured, and the gauges keep their values from before the goodbyes.
static void collect_rest(Swarm *swarm) {
    SwarmGauges before = swarm->gauges;
    collect(swarm);
    before.measured_thread_cpu = swarm->gauges.measured_thread_cpu;
    swarm->gauges = before;
    report_progress(swarm, swarm->end_ns, swarm->end_cpu_ns);
}

// Called after everything is counted. With attackers the program's cost is the sum of two kinds of
// bots, and the share of each is unknown.
static void judge_cost(Swarm *swarm) {
    SwarmOutcome *outcome = &swarm->outcome;
    const bool is_mixed = swarm->total->hostile.attempted > 0;
    const double played_s = (double)swarm->total->playing_ns / (double)NS_PER_S;
    const double cpu_us = outcome->cpu_cores * outcome->measured_s * 1e6;
    outcome->busiest_thread = swarm->gauges.measured_thread_cpu;
    outcome->uring_threads = swarm->gauges.uring_threads;
    outcome->cost.cpu_us_per_bot_s = played_s > 0 && !is_mixed ? cpu_us / played_s : 0;
    outcome->cost.rss_bytes_per_bot = is_mixed ? 0 : outcome->cost.rss_bytes_per_bot;
    outcome->cost.baseline_bytes_per_bot = is_mixed ? 0 : outcome->cost.baseline_bytes_per_bot;
}

static void run(Swarm *swarm) {
    deal_behaviours(swarm);
    start_clocks(swarm);
    if (!start_loop(swarm)) {
        swarm->outcome.end = SWARM_END_NO_START;
        return;
    }
    if (!start_threads(swarm)) {
        stop(swarm, SWARM_END_NO_START);
        uv_async_send(&swarm->thread_end); // needed when no thread runs that could send it
    }
    uv_run(&swarm->loop, UV_RUN_DEFAULT);
    collect_rest(swarm);
    judge_cost(swarm);
    for (uint32_t i = 0; i < swarm->started; i++) {
        swarm_thread_join(&swarm->threads[i]);
    }
    const int result = uv_loop_close(&swarm->loop);
    assert(result == 0);
}

static bool allocate_memory(Swarm *swarm) {
    const uint32_t bots = swarm->plan.bot_count > 0 ? swarm->plan.bot_count : 1;
    swarm->behaviours = calloc(bots, sizeof *swarm->behaviours);
    swarm->threads = calloc(swarm->spec->thread_count, sizeof *swarm->threads);
    swarm->recent = calloc(1, sizeof *swarm->recent);
    swarm->warming = calloc(1, sizeof *swarm->warming);
    return swarm->behaviours != NULL && swarm->threads != NULL && swarm->recent != NULL &&
           swarm->warming != NULL;
}

static void free_memory(Swarm *swarm) {
    free(swarm->behaviours);
    free(swarm->threads);
    free(swarm->recent);
    free(swarm->warming);
}

SwarmOutcome swarm_run(const LoadSpec *spec, const char *address, const SwarmObserver *observer,
                       Tally *total) {
    ASSERT_MAIN_THREAD();
    const uint32_t role = thread_role_enter(THREAD_MAIN);
    Swarm swarm = {
        .spec = spec,
        .observer = observer != NULL ? *observer : (SwarmObserver){0},
        .total = total,
        .outcome = {.end = SWARM_END_NO_START},
    };
    swarm.plan = (SwarmPlan){
        .spec = spec,
        .address = address,
        .bot_count = load_shape_peak(&spec->shape),
        .on_thread_end = &swarm.thread_end,
    };
    if (allocate_memory(&swarm)) {
        swarm.plan.behaviours = swarm.behaviours;
        run(&swarm);
    }
    free_memory(&swarm);
    thread_role_enter(role);
    return swarm.outcome;
}
