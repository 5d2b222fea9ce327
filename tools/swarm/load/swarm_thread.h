// SPDX-License-Identifier: MIT
// swarm_thread.h -- one thread of the swarm: an event loop and the bots that live on it.
//
// Flow:    swarm_thread_start -> loop: sockets readable -> bot_poll; every millisecond: the shape
//          wants more bots or fewer, bots that are due connect, leave, send; a few times a second:
//          what was measured is handed over
//          -> swarm_thread_stop -> every bot says goodbye -> swarm_thread_join
// Threads: the loop, the bots and the window belong to the thread. Between it and the main thread:
//          a flag to stop, and what stands under the mutex.
// Memory:  allocated by swarm_thread_start, freed by swarm_thread_join.
#ifndef TICKSTORM_SWARM_LOAD_SWARM_THREAD_H
#define TICKSTORM_SWARM_LOAD_SWARM_THREAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "tools/swarm/load/bot.h"
#include "tools/swarm/load/load_shape.h"
#include "tools/swarm/load/schedule.h"
#include "tools/swarm/load/uring.h"
#include "tools/swarm/measure/swarm_progress.h"
#include "tools/swarm/measure/tally.h"

// What all threads are told.
typedef struct SwarmPlan {
    const char *host; // an IPv4 address
    uint16_t port;
    uint32_t bot_count; // the most that the shape wants
    const LoadShape *shape;
    uint32_t thread_count;
    uint64_t seed;
    uint64_t start_ns;
    uint64_t warmup_ns;
    double input_rate_hz;
    uint64_t connect_timeout_ns;
    const Behaviour *behaviours;    // [bot_count]
    const ImpairConfig *impairment; // NULL: the network as it is
    bool wants_verify;              // ask the server for checksums
    bool wants_epoll;               // even where a ring of sockets would do
    uv_async_t *on_thread_end;      // sent when a thread is through
} SwarmPlan;

// What a thread had used by when.
typedef struct SwarmCpuMark {
    uint64_t at_ns, cpu_ns;
} SwarmCpuMark;

typedef struct SwarmThread {
    // Constant after swarm_thread_start.
    const SwarmPlan *plan;
    uint32_t index;
    uint32_t bot_count;
    uv_thread_t thread;
    atomic_bool is_stop_asked; // set by whoever wants it to stop, seen within a millisecond
    // The thread's own.
    Uring *uring; // moves the datagrams of all bots, made by the thread; NULL: system calls do
    int epoll;    // their sockets, with their indices, when there is no ring
    uint64_t turn_due_ns;
    uint64_t hand_over_ns; // when to hand over next
    uint64_t work_due_ns;  // when to do what is due, however long the loop's turn takes
    uint32_t wanted;       // so many of its bots, the first ones
    bool is_warming_up;
    SwarmCpuMark window_mark;   // when the window began
    SwarmCpuMark measured_mark; // when measuring began
    uint32_t next_looked_after;
    uint64_t most_baseline_bytes; // since memory was last given back to the system
    BotShared shared;
    Bot *bots;
    uint64_t *attention_ns; // by bot: when to look after it if nothing arrives before
    Schedule schedule;
    uint32_t *spammers; // indices of the bots that send whenever there is time
    uint32_t spammer_count;
    uint32_t next_spammer;
    Tally *window;
    // Under the mutex.
    uv_mutex_t mutex;
    Tally *handed_over; // since the last collection
    Tally *warming;     // the same, of the warm-up
    SwarmGauges gauges;
    TransportError open_error; // a bot could not even open its socket
    bool has_ended;
} SwarmThread;

// False when memory, descriptors or threads are short; nothing is left behind then.
bool swarm_thread_start(SwarmThread *thread, const SwarmPlan *plan, uint32_t index);

// From any thread. The thread ends soon after; its last window is handed over before it ends.
void swarm_thread_stop(SwarmThread *thread);

// Adds what was handed over since the last call to *into, and what of it belongs to the warm-up to
// *warming instead; tells the gauges. False with *error when a bot could not open its socket.
bool swarm_thread_collect(SwarmThread *thread, Tally *into, Tally *warming, SwarmGauges *gauges,
                          TransportError *error);

bool swarm_thread_has_ended(SwarmThread *thread);

// Waits for the end and frees everything.
void swarm_thread_join(SwarmThread *thread);

#endif
