// SPDX-License-Identifier: MIT
#include "tools/swarm/load/swarm_thread.h"

#include <assert.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/thread_role.h"
#include "tools/swarm/load/bot_attack.h"
#include "tools/swarm/load/bot_count.h"
#include "tools/swarm/load/bot_measure.h"
#include "tools/swarm/measure/expectation.h"

#define TURN_NS          NS_PER_MS        // a loop that has nothing to read looks around so often
#define EVENTS_MAX       URING_EVENTS_MAX // that are handled before the loop looks around
#define PREFETCH_AHEAD   4                // from the bot that is handled to the one that is fetched
#define PREFETCH_BEYOND  2                // ... and to the one whose pointers are followed
#define RETURN_BYTES_MIN (4u * 1024u * 1024u)
#define HAND_OVER_NS     (250 * NS_PER_MS)
#define WORK_INTERVAL_NS (20 * NS_PER_MS) // between two rounds of what is due, at most
#define WORK_TURN_NS     (5 * NS_PER_MS)  // for each part of it, when the loop is behind
#define SPAM_TURN_NS     (NS_PER_MS / 4)  // for all spammers, in a turn that is not
#define SPAM_PER_TURN    4u               // packets of each
// ENet pings and retransmits from within polls, and a bot that hears nothing has to notice. Twice
// as long as it takes from one snapshot to the next, or every other poll would find nothing.
#define POLL_INTERVAL_NS (100 * NS_PER_MS)

// ------------------------------------------------------------------ sockets

static void send_due(SwarmThread *thread, uint64_t now_ns, uint64_t until_ns);
static void do_work(SwarmThread *thread, uint64_t now_ns);

static void attend_by(SwarmThread *thread, uint32_t bot, uint64_t due_ns) {
    if (due_ns < thread->attention_ns[bot]) {
        thread->attention_ns[bot] = due_ns;
    }
}

// When a bot that is not open wants to be.
static uint64_t wait_of(const Bot *bot) {
    return bot->state == BOT_WAITING ? bot->open_at_ns : UINT64_MAX;
}

static void poll_bot(SwarmThread *thread, uint32_t bot, uint64_t now_ns) {
    bot_poll(&thread->bots[bot], now_ns);
    if (bot_is_open(&thread->bots[bot])) {
        thread->attention_ns[bot] = now_ns + POLL_INTERVAL_NS;
        attend_by(thread, bot, bot_due_ns(&thread->bots[bot]));
    } else {
        thread->attention_ns[bot] = wait_of(&thread->bots[bot]);
    }
}

static void read_bot(SwarmThread *thread, uint32_t bot) {
    const uint64_t now_ns = clock_now_ns();
    // It may have left, or been thrown out, since it was told to be readable.
    if (bot_is_open(&thread->bots[bot])) {
        poll_bot(thread, bot, now_ns);
    }
    // A server sends to all its clients in one go. Sends that come due while the loop works through
    // such a burst do not wait for its end, but take no more of the time than what arrives: when
    // the loop is behind, neither crowds out the other.
    const uint64_t read_ns = clock_now_ns();
    send_due(thread, read_ns, read_ns + (read_ns - now_ns));
    if (read_ns >= thread->work_due_ns) {
        do_work(thread, read_ns);
    }
}

// Relaxed: nothing else is read because of it.
static bool is_stop_asked(const SwarmThread *thread) {
    return atomic_load_explicit(&thread->is_stop_asked, memory_order_relaxed);
}

// Waits for timeout_ms at most, and tells whose sockets have something.
static uint32_t await_sockets(SwarmThread *thread, uint32_t timeout_ms, uint32_t *bots) {
    struct epoll_event events[EVENTS_MAX];
    if (thread->uring != NULL) {
        const uint32_t count = uring_wait(thread->uring, timeout_ms);
        for (uint32_t i = 0; i < count; i++) {
            bots[i] = uring_index(thread->uring, i);
        }
        return count;
    }
    const int count = epoll_wait(thread->epoll, events, EVENTS_MAX, (int)timeout_ms);
    for (int i = 0; i < count; i++) {
        bots[i] = events[i].data.u32;
    }
    return count > 0 ? (uint32_t)count : 0;
}

static void read_sockets(SwarmThread *thread, uint32_t timeout_ms) {
    uint32_t bots[EVENTS_MAX];
    const uint32_t count = await_sockets(thread, timeout_ms, bots);
    for (uint32_t i = 0; i < count && !is_stop_asked(thread); i++) {
        if (i + PREFETCH_AHEAD < count) {
            bot_prefetch(&thread->bots[bots[i + PREFETCH_AHEAD]]);
        }
        if (i + PREFETCH_BEYOND < count) {
            const Bot *next = &thread->bots[bots[i + PREFETCH_BEYOND]];
            bot_prefetch_connection(next);
            bot_prefetch_view(next);
        }
        if (thread->uring == NULL || uring_deliver(thread->uring, i)) {
            read_bot(thread, bots[i]);
        }
    }
}

static bool watch(const SwarmThread *thread, uint32_t bot) {
    Transport *transport = thread->bots[bot].client.transport;
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = bot};
    if (thread->uring != NULL) {
        uring_add(thread->uring, bot, transport);
        return true;
    }
    // A socket that is closed needs not be let go of.
    return epoll_ctl(thread->epoll, EPOLL_CTL_ADD, transport_descriptor(transport), &event) == 0;
}

// ------------------------------------------------------------------ what is due

static void log_open_error(SwarmThread *thread, TransportError error) {
    uv_mutex_lock(&thread->mutex);
    thread->open_error = error;
    uv_mutex_unlock(&thread->mutex);
}

static void open_bot(SwarmThread *thread, uint32_t bot, uint64_t now_ns) {
    TransportError error = TRANSPORT_OK;
    thread->attention_ns[bot] = UINT64_MAX;
    if (!bot_open(&thread->bots[bot], now_ns, &error)) {
        log_open_error(thread, error);
    } else if (!watch(thread, bot)) {
        bot_leave(&thread->bots[bot], now_ns, true);
        log_open_error(thread, TRANSPORT_ERROR_RESOURCES);
    } else {
        thread->attention_ns[bot] = now_ns; // its request to connect waits for the first poll
    }
}

static void look_after_bot(SwarmThread *thread, uint32_t index, uint64_t now_ns) {
    Bot *bot = &thread->bots[index];
    if (bot->state == BOT_WAITING) {
        if (now_ns >= bot->open_at_ns) {
            open_bot(thread, index, now_ns);
        }
    } else if (bot_is_open(bot)) {
        poll_bot(thread, index, now_ns);
    }
}

// In turn, at least one, until nobody is due or it is until_ns.
static void look_after_bots(SwarmThread *thread, uint64_t now_ns, uint64_t until_ns) {
    for (uint32_t looked_at = 0; looked_at < thread->bot_count; looked_at++) {
        const uint32_t index = thread->next_looked_after;
        thread->next_looked_after = (index + 1) % thread->bot_count;
        if (now_ns >= thread->attention_ns[index]) {
            look_after_bot(thread, index, now_ns);
            now_ns = clock_now_ns();
            if (now_ns >= until_ns) {
                return;
            }
        }
    }
}

static void leave_if_due(SwarmThread *thread, uint32_t index, uint64_t now_ns) {
    Bot *bot = &thread->bots[index];
    if (bot_wants_to_leave(bot, now_ns)) {
        bot_leave(bot, now_ns, false);
        thread->attention_ns[index] = bot->open_at_ns;
    }
}

// Sends what is due, at least one, until nothing is or it is until_ns.
static void send_due(SwarmThread *thread, uint64_t now_ns, uint64_t until_ns) {
    ScheduledSend send;
    while (schedule_pop(&thread->schedule, now_ns, &send)) {
        Bot *bot = &thread->bots[send.bot];
        bot_prefetch(&thread->bots[schedule_bot_ahead(&thread->schedule, 1)]);
        bot_prefetch_connection(&thread->bots[schedule_bot_ahead(&thread->schedule, 0)]);
        if (bot->state != BOT_PLAYING) {
            continue;
        }
        if (send.is_missed) {
            thread->window->missed_sends += !bot->is_hostile;
            continue;
        }
        bot_send(bot, now_ns, send.scheduled_ns);
        attend_by(thread, send.bot, bot_due_ns(bot));
        leave_if_due(thread, send.bot, now_ns);
        now_ns = clock_now_ns();
        if (now_ns >= until_ns) {
            return;
        }
    }
}

// Lets the spammers send in turn, a bounded number of packets each, while nothing else is due: they
// shall burden the server, not the measuring of what it does to the others.
static void send_spam(SwarmThread *thread, uint64_t now_ns) {
    const uint64_t until_ns = now_ns + SPAM_TURN_NS;
    for (uint32_t i = 0; i < thread->spammer_count * SPAM_PER_TURN && now_ns < until_ns &&
                         now_ns < schedule_due_ns(&thread->schedule);
         i++) {
        bot_attack_spam(&thread->bots[thread->spammers[thread->next_spammer]]);
        thread->next_spammer = (thread->next_spammer + 1) % thread->spammer_count;
        now_ns = clock_now_ns();
    }
}

// ------------------------------------------------------------------ handing over

static SwarmCpuMark cpu_mark(uint64_t now_ns) {
    return (SwarmCpuMark){.at_ns = now_ns, .cpu_ns = clock_thread_cpu_ns()};
}

static double cpu_between(const SwarmCpuMark *from, const SwarmCpuMark *to) {
    return to->at_ns > from->at_ns
               ? (double)(to->cpu_ns - from->cpu_ns) / (double)(to->at_ns - from->at_ns)
               : 0;
}

// After a stall the bots free most of their rosters (baseline_pool.h), but the C library keeps what
// does not lie at the end of its memory.
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

// What has happened to a bot, or should have, since the last time.
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

static void hand_over(SwarmThread *thread, uint64_t now_ns) {
    const SwarmCpuMark mark = cpu_mark(now_ns);
    SwarmGauges gauges = {
        .thread_cpu = cpu_between(&thread->window_mark, &mark),
        .measured_thread_cpu = cpu_between(&thread->measured_mark, &mark),
        .uring_threads = thread->uring != NULL,
    };
    thread->window_mark = mark;
    for (uint32_t i = 0; i < thread->bot_count; i++) {
        count_bot(&thread->bots[i], now_ns, &gauges);
    }
    uv_mutex_lock(&thread->mutex);
    tally_merge(thread->is_warming_up ? thread->warming : thread->handed_over, thread->window);
    gauges.tick_rate_hz =
        gauges.tick_rate_hz != 0 ? gauges.tick_rate_hz : thread->gauges.tick_rate_hz;
    thread->gauges = gauges;
    uv_mutex_unlock(&thread->mutex);
    tally_reset(thread->window);
    return_memory(thread, gauges.baseline_bytes);
}

// What was measured until now belongs to the warm-up.
static void end_warmup_if_due(SwarmThread *thread, uint64_t now_ns) {
    if (thread->is_warming_up && now_ns - thread->plan->start_ns >= thread->plan->warmup_ns) {
        hand_over(thread, now_ns);
        thread->is_warming_up = false;
        thread->measured_mark = cpu_mark(now_ns);
    }
}

// ------------------------------------------------------------------ what the shape wants

// Of the first `target` bots of the swarm, those that are this thread's: first, first + stride, ...
static uint32_t share_of(const SwarmThread *thread, uint32_t target) {
    const uint32_t stride = thread->plan->thread_count;
    return target > thread->index ? (target - thread->index + stride - 1) / stride : 0;
}

static void follow_shape(SwarmThread *thread, uint64_t now_ns) {
    const uint32_t target = load_shape_target(thread->plan->shape, now_ns - thread->plan->start_ns);
    const uint32_t wanted = share_of(thread, target);
    for (; thread->wanted < wanted; thread->wanted++) {
        bot_want(&thread->bots[thread->wanted], now_ns);
        thread->attention_ns[thread->wanted] = now_ns;
    }
    while (thread->wanted > wanted) {
        thread->wanted--;
        bot_unwant(&thread->bots[thread->wanted], now_ns);
        thread->attention_ns[thread->wanted] = UINT64_MAX;
    }
}

static void do_work(SwarmThread *thread, uint64_t now_ns) {
    end_warmup_if_due(thread, now_ns);
    follow_shape(thread, now_ns);
    send_due(thread, now_ns, now_ns + WORK_TURN_NS);
    now_ns = clock_now_ns();
    look_after_bots(thread, now_ns, now_ns + WORK_TURN_NS);
    now_ns = clock_now_ns();
    if (now_ns >= thread->hand_over_ns) {
        hand_over(thread, now_ns);
        thread->hand_over_ns = now_ns + HAND_OVER_NS;
    }
    thread->work_due_ns = now_ns + WORK_INTERVAL_NS;
}

// A turn of the loop that is late stands for all the turns that it kept from happening; counting
// them too makes the percentiles those of time, not of turns (HdrHistogram's expected interval).
static void record_lag(SwarmThread *thread, uint64_t lag_ns) {
    Histogram *histogram = &thread->window->loop_lag_ns;
    histogram_record(histogram, lag_ns);
    while (lag_ns >= TURN_NS) {
        lag_ns -= TURN_NS;
        histogram_record(histogram, lag_ns);
    }
}

// What is due, once a millisecond.
static void run_turn(SwarmThread *thread, uint64_t now_ns) {
    record_lag(thread, now_ns > thread->turn_due_ns ? now_ns - thread->turn_due_ns : 0);
    do_work(thread, now_ns);
    send_spam(thread, clock_now_ns());
    thread->turn_due_ns = clock_now_ns() + TURN_NS;
}

// ------------------------------------------------------------------ the thread

// A run may end before the loop, which stood still, gets to its next turn.
static void count_last_turn(SwarmThread *thread, uint64_t now_ns) {
    ScheduledSend send;
    record_lag(thread, now_ns > thread->turn_due_ns ? now_ns - thread->turn_due_ns : 0);
    while (schedule_pop(&thread->schedule, now_ns, &send)) {
        const Bot *bot = &thread->bots[send.bot];
        const bool was_wanted = bot->state == BOT_PLAYING && !bot->is_hostile;
        thread->window->missed_sends += send.is_missed && was_wanted;
    }
}

static void say_goodbye(SwarmThread *thread) {
    const uint64_t now_ns = clock_now_ns();
    count_last_turn(thread, now_ns);
    for (uint32_t i = 0; i < thread->bot_count; i++) {
        if (bot_is_open(&thread->bots[i])) {
            bot_leave(&thread->bots[i], now_ns, true);
        }
        bot_settle(&thread->bots[i], now_ns);
    }
    hand_over(thread, now_ns);
}

static void run_thread(void *argument) {
    SwarmThread *thread = argument;
    thread_role_enter(THREAD_SWARM);
    thread->window_mark = cpu_mark(clock_now_ns());
    thread->measured_mark = thread->window_mark;
    // A ring belongs to the thread that makes it.
    thread->uring = thread->plan->wants_epoll ? NULL : uring_create(thread->bot_count);
    while (!is_stop_asked(thread)) {
        const uint64_t now_ns = clock_now_ns();
        if (now_ns >= thread->turn_due_ns) {
            run_turn(thread, now_ns);
        }
        read_sockets(thread, clock_now_ns() >= thread->turn_due_ns ? 0 : 1);
    }
    say_goodbye(thread);
    uring_destroy(thread->uring);
    // Both under the mutex: whoever sees that the thread has ended may close the handle.
    uv_mutex_lock(&thread->mutex);
    thread->has_ended = true;
    uv_async_send(thread->plan->on_thread_end);
    uv_mutex_unlock(&thread->mutex);
}

static void free_memory(SwarmThread *thread) {
    free(thread->bots);
    free(thread->attention_ns);
    free(thread->spammers);
    free(thread->window);
    free(thread->handed_over);
    free(thread->warming);
}

static bool allocate_memory(SwarmThread *thread) {
    const uint32_t count = thread->bot_count > 0 ? thread->bot_count : 1;
    thread->bots = calloc(count, sizeof *thread->bots);
    thread->attention_ns = calloc(count, sizeof *thread->attention_ns);
    thread->spammers = calloc(count, sizeof *thread->spammers);
    thread->window = calloc(1, sizeof *thread->window);
    thread->handed_over = calloc(1, sizeof *thread->handed_over);
    thread->warming = calloc(1, sizeof *thread->warming);
    return thread->bots != NULL && thread->attention_ns != NULL && thread->spammers != NULL &&
           thread->window != NULL && thread->handed_over != NULL && thread->warming != NULL;
}

static void init_bots(SwarmThread *thread) {
    const SwarmPlan *plan = thread->plan;
    thread->shared = (BotShared){
        .host = plan->host,
        .port = plan->port,
        .connect_timeout_ns = plan->connect_timeout_ns,
        .overdue_ns = expectation_connect_ns(plan->connect_timeout_ns, plan->impairment),
        .input_period_ns = thread->schedule.period_ns,
        .seed = plan->seed,
        .start_ns = plan->start_ns,
        .impairment = plan->impairment,
        .wants_verify = plan->wants_verify,
        .tally = thread->window,
    };
    for (uint32_t i = 0; i < thread->bot_count; i++) {
        const uint32_t in_swarm = thread->index + i * plan->thread_count;
        bot_init(&thread->bots[i], &thread->shared, in_swarm, plan->behaviours[in_swarm]);
        thread->attention_ns[i] = UINT64_MAX;
        if (plan->behaviours[in_swarm] == BEHAVIOUR_SPAM) {
            thread->spammers[thread->spammer_count++] = i;
        }
    }
}

static bool start_loop(SwarmThread *thread) {
    thread->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (thread->epoll < 0) {
        return false;
    }
    if (uv_thread_create(&thread->thread, run_thread, thread) != 0) {
        (void)close(thread->epoll);
        return false;
    }
    return true;
}

bool swarm_thread_start(SwarmThread *thread, const SwarmPlan *plan, uint32_t index) {
    memset(thread, 0, sizeof *thread);
    thread->plan = plan;
    thread->index = index;
    schedule_start(&thread->schedule, plan->start_ns, plan->input_rate_hz, plan->bot_count, index,
                   plan->thread_count);
    thread->bot_count = thread->schedule.count;
    thread->turn_due_ns = clock_now_ns() + TURN_NS;
    thread->hand_over_ns = plan->start_ns + HAND_OVER_NS;
    thread->is_warming_up = plan->warmup_ns > 0;
    if (!allocate_memory(thread) || uv_mutex_init(&thread->mutex) != 0) {
        free_memory(thread);
        return false;
    }
    init_bots(thread);
    if (!start_loop(thread)) {
        uv_mutex_destroy(&thread->mutex);
        free_memory(thread);
        return false;
    }
    return true;
}

void swarm_thread_stop(SwarmThread *thread) {
    atomic_store_explicit(&thread->is_stop_asked, true, memory_order_relaxed);
}

bool swarm_thread_collect(SwarmThread *thread, Tally *into, Tally *warming, SwarmGauges *gauges,
                          TransportError *error) {
    uv_mutex_lock(&thread->mutex);
    tally_merge(into, thread->handed_over);
    tally_reset(thread->handed_over);
    tally_merge(warming, thread->warming);
    tally_reset(thread->warming);
    *gauges = thread->gauges;
    *error = thread->open_error;
    uv_mutex_unlock(&thread->mutex);
    return *error == TRANSPORT_OK;
}

bool swarm_thread_has_ended(SwarmThread *thread) {
    uv_mutex_lock(&thread->mutex);
    const bool has_ended = thread->has_ended;
    uv_mutex_unlock(&thread->mutex);
    return has_ended;
}

void swarm_thread_join(SwarmThread *thread) {
    uv_thread_join(&thread->thread);
    (void)close(thread->epoll);
    uv_mutex_destroy(&thread->mutex);
    free_memory(thread);
}
