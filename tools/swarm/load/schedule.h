// SPDX-License-Identifier: MIT
// schedule.h -- the times at which the bots of a thread send. Delays do not move them.
//
// Flow:    now -> schedule_pop, until no send is due -> ScheduledSend (bot, due time)
// Threads: a Schedule belongs to one thread.
// Units:   monotonic nanoseconds.
//
// Bot i of N sends at start + i * period / N + k * period: the swarm's sends are spread evenly over
// a period, and a late send or a late thread does not move later sends. Latencies are measured from
// the scheduled time, so a generator that falls behind cannot flatter the server (the "coordinated
// omission" that Gil Tene describes and wrk2 avoids in the same way).
#ifndef TICKSTORM_SWARM_LOAD_SCHEDULE_H
#define TICKSTORM_SWARM_LOAD_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct Schedule {
    // Constant after schedule_start.
    uint64_t start_ns;
    uint64_t period_ns;
    uint32_t swarm_count; // bots in all threads
    uint32_t first;       // this thread has the bots first, first + stride, ... of the swarm
    uint32_t stride;
    uint32_t count; // of these bots
    // State: the next send is that of bot `cursor` of the thread in period `cycle`.
    uint64_t cycle;
    uint32_t cursor;
} Schedule;

typedef struct ScheduledSend {
    uint32_t bot; // index within the thread
    uint64_t scheduled_ns;
    bool is_missed; // more than a period late: the bot's next send is due, so this one is skipped
} ScheduledSend;

// first < stride. A thread may have no bots.
void schedule_start(Schedule *schedule, uint64_t start_ns, double rate_hz, uint32_t swarm_count,
                    uint32_t first, uint32_t stride);

// When the next send is due; UINT64_MAX for a thread without bots.
uint64_t schedule_due_ns(const Schedule *schedule);

// The bot of the send that is `ahead` sends after the next one. The thread must have bots.
static inline uint32_t schedule_bot_ahead(const Schedule *schedule, uint32_t ahead) {
    return (schedule->cursor + ahead) % schedule->count;
}

// True, and advances by one send, when one is due at now_ns.
bool schedule_pop(Schedule *schedule, uint64_t now_ns, ScheduledSend *send);

#endif
