// SPDX-License-Identifier: MIT
#include "tools/swarm/load/swarm.h"

#include <arpa/inet.h>
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/thread_role.h"

#define PROGRESS_MS            250
#define DESCRIPTORS_PER_THREAD 1  // epoll or io_uring
#define DESCRIPTORS_OTHER      40 // standard streams, libuv, files, HTTP

typedef struct Swarm {
    const SwarmConfig *config;
    uint32_t peak; // of the shape
    SwarmPlan plan;
    Behaviour *behaviours;
    SwarmThread *threads;
    uint32_t started;
    uv_loop_t loop;
    uv_timer_t progress_timer;
    uv_timer_t warmup_timer;
    uv_timer_t end_timer;
    uv_poll_t interrupt;
    bool has_interrupt; // else nobody catches them
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

// ------------------------------------------------------------------ before the run

uint64_t swarm_descriptors_needed(uint32_t bot_count, uint32_t thread_count) {
    return (uint64_t)bot_count + (uint64_t)thread_count * DESCRIPTORS_PER_THREAD +
           DESCRIPTORS_OTHER;
}

bool swarm_reserve_descriptors(uint64_t needed, uint64_t *limit) {
    struct rlimit bounds;
    if (getrlimit(RLIMIT_NOFILE, &bounds) != 0) {
        *limit = 0;
        return false;
    }
    if (bounds.rlim_cur < bounds.rlim_max) {
        bounds.rlim_cur = bounds.rlim_max;
        setrlimit(RLIMIT_NOFILE, &bounds);
        getrlimit(RLIMIT_NOFILE, &bounds);
    }
    *limit = bounds.rlim_cur;
    return bounds.rlim_cur >= needed;
}

// Of the network namespace that this program is in; IPv6 uses the same range.
bool swarm_has_local_ports(uint64_t needed, uint64_t *limit) {
    FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "r");
    unsigned first = 0, last = 0;
    const bool is_announced =
        file != NULL && fscanf(file, "%u %u", &first, &last) == 2 && last >= first;
    if (file != NULL) {
        (void)fclose(file);
    }
    *limit = is_announced ? (uint64_t)(last - first) + 1 : UINT64_MAX;
    return needed <= *limit;
}

// ------------------------------------------------------------------ the end

static void stop(Swarm *swarm, SwarmEnd end) {
    if (swarm->is_stopping) {
        return;
    }
    swarm->is_stopping = true;
    if (swarm->config->on_end != NULL) {
        swarm->config->on_end(swarm->config->user);
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

// Where the rates count from; the threads switch by their own clocks.
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

// Takes what the threads have handed over. False when one of them cannot open sockets.
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

// Of the moment when most bots play. Twice the same counts anew: memory grows with the play.
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

// False when the run shall end.
static bool report_progress(Swarm *swarm, uint64_t now_ns, uint64_t cpu_ns) {
    const SwarmConfig *config = swarm->config;
    const uint64_t elapsed_ns = now_ns - swarm->plan.start_ns;
    const double recent_s = (double)(now_ns - swarm->progress_ns) / (double)NS_PER_S;
    const double cpu_s = (double)(cpu_ns - swarm->progress_cpu_ns) / (double)NS_PER_S;
    const double cpu_cores = recent_s > 0 ? cpu_s / recent_s : 0;
    const SwarmProgress progress = {
        .elapsed_s = (double)elapsed_ns / (double)NS_PER_S,
        .duration_s = (double)load_shape_duration_ns(&config->shape) / (double)NS_PER_S,
        .is_warming_up = elapsed_ns < config->warmup_ns,
        .target_bots = load_shape_target(&config->shape, elapsed_ns),
        .gauges = swarm->gauges,
        .recent = swarm->recent,
        .recent_s = recent_s,
        .total = swarm->total,
        .cpu_cores = cpu_cores,
        .is_last = swarm->is_stopping,
    };
    swarm->progress_ns = now_ns;
    swarm->progress_cpu_ns = cpu_ns;
    return config->on_progress == NULL || config->on_progress(config->user, &progress);
}

static bool nobody_answers(const Tally *total) {
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
    } else if (nobody_answers(swarm->total)) {
        stop(swarm, SWARM_END_NO_ANSWER);
    } else if (swarm->gauges.bots[BOT_ENDED] == swarm->peak) {
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
    BehaviourMix mix = swarm->config->mix;
    for (uint32_t i = 0; i < swarm->peak; i++) {
        swarm->behaviours[i] = behaviour_mix_next(&mix);
    }
}

static void make_plan(Swarm *swarm) {
    const SwarmConfig *config = swarm->config;
    swarm->plan = (SwarmPlan){
        .host = config->host,
        .port = config->port,
        .bot_count = swarm->peak,
        .shape = &config->shape,
        .warmup_ns = config->warmup_ns,
        .thread_count = config->thread_count,
        .seed = config->seed,
        .start_ns = clock_now_ns(),
        .input_rate_hz = config->input_rate_hz,
        .connect_timeout_ns = config->connect_timeout_ns,
        .behaviours = swarm->behaviours,
        .wants_verify = config->wants_verify,
        .wants_epoll = config->wants_epoll,
        .impairment = config->is_impaired ? &config->impairment : NULL,
        .on_thread_end = &swarm->thread_end,
    };
    swarm->progress_ns = swarm->plan.start_ns;
    swarm->progress_cpu_ns = clock_process_cpu_ns();
    swarm->measured_from_ns = swarm->plan.start_ns;
    swarm->measured_from_cpu_ns = swarm->progress_cpu_ns;
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
    if (swarm->config->warmup_ns > 0) {
        uv_timer_start(&swarm->warmup_timer, on_warmup_end, swarm->config->warmup_ns / NS_PER_MS,
                       0);
    }
    uv_timer_start(&swarm->end_timer, on_end,
                   load_shape_duration_ns(&swarm->config->shape) / NS_PER_MS, 0);
    return true;
}

static bool start_threads(Swarm *swarm) {
    while (swarm->started < swarm->config->thread_count) {
        if (!swarm_thread_start(&swarm->threads[swarm->started], &swarm->plan, swarm->started)) {
            return false;
        }
        swarm->started++;
    }
    return true;
}

// What came in after the last progress, as of the end of the measured time: the goodbyes are not
// measured, and the bots are told as they were before them.
static void collect_rest(Swarm *swarm) {
    SwarmGauges before = swarm->gauges;
    collect(swarm);
    before.measured_thread_cpu = swarm->gauges.measured_thread_cpu;
    swarm->gauges = before;
    report_progress(swarm, swarm->end_ns, swarm->end_cpu_ns);
}

// When everything is counted. With attackers the program's costs are those of two kinds of bots,
// and what one of either takes is not known.
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
    make_plan(swarm);
    swarm->start_rss_bytes = resident_bytes();
    if (!start_loop(swarm)) {
        swarm->outcome.end = SWARM_END_NO_START;
        return;
    }
    if (!start_threads(swarm)) {
        stop(swarm, SWARM_END_NO_START);
        uv_async_send(&swarm->thread_end); // also when no thread runs that could say so
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

SwarmOutcome swarm_run(const SwarmConfig *config, Tally *total) {
    const uint32_t role = thread_role_enter(THREAD_MAIN);
    Swarm swarm = {.config = config, .peak = load_shape_peak(&config->shape), .total = total};
    swarm.behaviours = calloc(swarm.peak > 0 ? swarm.peak : 1, sizeof *swarm.behaviours);
    swarm.threads = calloc(config->thread_count, sizeof *swarm.threads);
    swarm.recent = calloc(1, sizeof *swarm.recent);
    swarm.warming = calloc(1, sizeof *swarm.warming);
    if (swarm.behaviours != NULL && swarm.threads != NULL && swarm.recent != NULL &&
        swarm.warming != NULL) {
        deal_behaviours(&swarm);
        run(&swarm);
    } else {
        swarm.outcome.end = SWARM_END_NO_START;
    }
    free(swarm.behaviours);
    free(swarm.threads);
    free(swarm.recent);
    free(swarm.warming);
    thread_role_enter(role);
    return swarm.outcome;
}
