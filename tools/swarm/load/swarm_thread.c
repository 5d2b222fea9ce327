// SPDX-License-Identifier: MIT
#include "tools/swarm/load/swarm_thread.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/thread_role.h"
#include "tools/swarm/load/bot_count.h"
#include "tools/swarm/load/bot_measure.h"

#define TURN_NS          NS_PER_MS // between two turns of a loop that is not late
#define PREFETCH_AHEAD   4         // prefetch distance in events: a bot
#define PREFETCH_BEYOND  2         // ... and the memory that a bot points to
#define RETURN_BYTES_MIN (4u * 1024u * 1024u)
#define PUSH_INTERVAL_NS (250 * NS_PER_MS)
#define WORK_INTERVAL_NS (20 * NS_PER_MS) // between two rounds of due work, at most
#define WORK_TURN_NS     (5 * NS_PER_MS)  // for each part of it, when the loop is behind

// ------------------------------------------------------------------ results

static SwarmCpuMark cpu_mark(uint64_t now_ns) {
    return (SwarmCpuMark){.at_ns = now_ns, .cpu_ns = clock_thread_cpu_ns()};
}

static double cpu_between(const SwarmCpuMark *from, const SwarmCpuMark *to) {
    return to->at_ns > from->at_ns
               ? (double)(to->cpu_ns - from->cpu_ns) / (double)(to->at_ns - from->at_ns)
               : 0;
}

// After a stall the bots free most of their baseline sets (baseline_pool.h), but the C library
// keeps all memory that does not lie at the end of its heap.
static void return_memory(SwarmThread *thread, uint64_t baseline_bytes) {
    if (baseline_bytes > thread->most_baseline_bytes) {
        thread->most_baseline_bytes = baseline_bytes;
    }
    if (thread->most_baseline_bytes > baseline_bytes + baseline_bytes / 2 + RETURN_BYTES_MIN) {
        thread->most_baseline_bytes = baseline_bytes;
#ifdef __GLIBC__
        (void)malloc_trim(0);
#endif
    }
}

// Counts a bot's events since the last call, and the due events that did not come.
static void count_bot(Bot *bot, uint64_t now_ns, SwarmGauges *gauges) {
    gauges->bots[bot->state]++;
    if (bot_is_open(bot)) {
        bot_count(bot, now_ns);
        gauges->baseline_bytes +=
            bot->client.baseline_sets.bytes + sizeof bot->client.baseline_sets;
    }
    if (bot->state == BOT_PLAYING) {
        gauges->hostile += bot->is_hostile;
        gauges->silent += !bot->is_hostile && bot_measure_wait(bot, now_ns);
        gauges->tick_rate_hz = bot->client.welcome.tick_rate_hz;
    } else if (bot->is_owed) {
        bot_count_owed(bot, now_ns);
        (void)bot_measure_wait(bot, now_ns);
    }
}

static void push_results(SwarmThread *thread, uint64_t now_ns) {
    const SwarmCpuMark mark = cpu_mark(now_ns);
    SwarmGauges gauges = {
        .thread_cpu = cpu_between(&thread->window_mark, &mark),
        .measured_thread_cpu = cpu_between(&thread->measured_mark, &mark),
        .uring_threads = thread->io->kind == BOT_IO_URING,
    };
    thread->window_mark = mark;
    for (uint32_t i = 0; i < thread->group.count; i++) {
        count_bot(&thread->group.bots[i], now_ns, &gauges);
    }
    thread_results_push(&thread->results, thread->window, thread->is_warming_up, &gauges,
                        thread->group.open_error);
    tally_reset(thread->window);
    return_memory(thread, gauges.baseline_bytes);
}

// ------------------------------------------------------------------ due work

// Everything measured until now belongs to the warm-up.
static void end_warmup_if_due(SwarmThread *thread, uint64_t now_ns) {
    if (thread->is_warming_up && now_ns - thread->plan->start_ns >= thread->plan->spec->warmup_ns) {
        push_results(thread, now_ns);
        thread->is_warming_up = false;
        thread->measured_mark = cpu_mark(now_ns);
    }
}

static void do_work(SwarmThread *thread, uint64_t now_ns) {
    end_warmup_if_due(thread, now_ns);
    bot_group_follow_shape(&thread->group, now_ns);
    bot_group_send_due(&thread->group, now_ns, now_ns + WORK_TURN_NS);
    now_ns = clock_now_ns();
    bot_group_serve_due(&thread->group, now_ns, now_ns + WORK_TURN_NS);
    now_ns = clock_now_ns();
    if (now_ns >= thread->push_due_ns) {
        push_results(thread, now_ns);
        thread->push_due_ns = now_ns + PUSH_INTERVAL_NS;
    }
    thread->work_due_ns = now_ns + WORK_INTERVAL_NS;
}

// A late turn prevents other turns. Counting the prevented turns too makes the percentiles those of
// time, not of turns (HdrHistogram's expected interval).
static void record_lag(SwarmThread *thread, uint64_t now_ns) {
    Histogram *histogram = &thread->window->loop_lag_ns;
    uint64_t lag_ns = now_ns > thread->turn_due_ns ? now_ns - thread->turn_due_ns : 0;
    histogram_record(histogram, lag_ns);
    while (lag_ns >= TURN_NS) {
        lag_ns -= TURN_NS;
        histogram_record(histogram, lag_ns);
    }
}

static void run_turn(SwarmThread *thread, uint64_t now_ns) {
    record_lag(thread, now_ns);
    do_work(thread, now_ns);
    bot_group_send_spam(&thread->group, clock_now_ns());
    thread->turn_due_ns = clock_now_ns() + TURN_NS;
}

// ------------------------------------------------------------------ arrivals

static void poll_bot(SwarmThread *thread, uint32_t bot) {
    const uint64_t now_ns = clock_now_ns();
    bot_group_poll(&thread->group, bot, now_ns);
    // A server sends to all its clients in one burst. Sends that come due while the loop works
    // through the burst do not wait for its end, but get no more of the time than the arrivals:
    // when the loop is behind, sends and arrivals each get their share.
    const uint64_t polled_ns = clock_now_ns();
    bot_group_send_due(&thread->group, polled_ns, polled_ns + (polled_ns - now_ns));
    if (polled_ns >= thread->work_due_ns) {
        do_work(thread, polled_ns);
    }
}

// Relaxed: nothing else is read because of the flag.
static bool is_stop_wanted(const SwarmThread *thread) {
    return atomic_load_explicit(&thread->is_stop_wanted, memory_order_relaxed);
}

static void wait_and_receive(SwarmThread *thread, uint32_t timeout_ms) {
    uint32_t events[BOT_IO_EVENTS_MAX]; // the bot of each
    const Bot *bots = thread->group.bots;
    const uint32_t count = bot_io_wait(thread->io, timeout_ms, events);
    for (uint32_t i = 0; i < count && !is_stop_wanted(thread); i++) {
        if (i + PREFETCH_AHEAD < count) {
            bot_prefetch(&bots[events[i + PREFETCH_AHEAD]]);
        }
        if (i + PREFETCH_BEYOND < count) {
            bot_prefetch_connection(&bots[events[i + PREFETCH_BEYOND]]);
            bot_prefetch_view(&bots[events[i + PREFETCH_BEYOND]]);
        }
        if (bot_io_deliver(thread->io, i)) {
            poll_bot(thread, events[i]);
        }
    }
}

// ------------------------------------------------------------------ the thread

static void run_loop(SwarmThread *thread) {
    thread->window_mark = cpu_mark(clock_now_ns());
    thread->measured_mark = thread->window_mark;
    while (!is_stop_wanted(thread)) {
        const uint64_t now_ns = clock_now_ns();
        if (now_ns >= thread->turn_due_ns) {
            run_turn(thread, now_ns);
        }
        wait_and_receive(thread, clock_now_ns() >= thread->turn_due_ns ? 0 : 1);
    }
    const uint64_t end_ns = clock_now_ns();
    record_lag(thread, end_ns); // of the turn that the end has cut short
    bot_group_say_goodbye(&thread->group, end_ns);
    push_results(thread, end_ns);
}

static void run_thread(void *argument) {
    SwarmThread *thread = argument;
    thread_role_enter(THREAD_SWARM);
    thread->io = bot_io_create(thread->group.count, thread->plan->spec->wants_epoll);
    thread->group.io = thread->io;
    const bool can_run = thread->io != NULL;
    uv_sem_post(&thread->io_created);
    if (can_run) {
        run_loop(thread);
        bot_io_destroy(thread->io);
        thread_results_end(&thread->results, thread->plan->on_thread_end);
    }
}

// Creates the thread and waits until it can move datagrams.
static bool start_loop(SwarmThread *thread) {
    if (uv_sem_init(&thread->io_created, 0) != 0) {
        return false;
    }
    bool is_started = uv_thread_create(&thread->thread, run_thread, thread) == 0;
    if (is_started) {
        uv_sem_wait(&thread->io_created);
        is_started = thread->io != NULL;
        if (!is_started) {
            uv_thread_join(&thread->thread);
        }
    }
    uv_sem_destroy(&thread->io_created);
    return is_started;
}

static void free_memory(SwarmThread *thread) {
    bot_group_free(&thread->group);
    thread_results_free(&thread->results);
    free(thread->window);
}

bool swarm_thread_start(SwarmThread *thread, const SwarmPlan *plan, uint32_t index) {
    ASSERT_MAIN_THREAD();
    memset(thread, 0, sizeof *thread);
    thread->plan = plan;
    thread->turn_due_ns = clock_now_ns() + TURN_NS;
    thread->push_due_ns = plan->start_ns + PUSH_INTERVAL_NS;
    thread->is_warming_up = plan->spec->warmup_ns > 0;
    thread->window = calloc(1, sizeof *thread->window);
    if (thread->window == NULL || !thread_results_init(&thread->results)) {
        free(thread->window);
        return false;
    }
    if (!bot_group_init(&thread->group, plan, index, thread->window) || !start_loop(thread)) {
        free_memory(thread);
        return false;
    }
    return true;
}

void swarm_thread_stop(SwarmThread *thread) {
    atomic_store_explicit(&thread->is_stop_wanted, true, memory_order_relaxed);
}

void swarm_thread_join(SwarmThread *thread) {
    ASSERT_MAIN_THREAD();
    uv_thread_join(&thread->thread);
    free_memory(thread);
}
