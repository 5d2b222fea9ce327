// SPDX-License-Identifier: MIT
// swarm_thread.h -- one thread of the swarm: the event loop that its bots live on.
//
// Flow:    swarm_thread_start -> loop: datagrams -> bot_group_poll; every millisecond a turn: the
//          load shape, bots that are due, sends that are due; four times a second the window's
//          results are pushed (thread_results.h)
//          -> swarm_thread_stop -> every bot says goodbye -> swarm_thread_join
// Threads: everything belongs to the thread, except the flag to stop and the results.
// Memory:  allocated by swarm_thread_start, freed by swarm_thread_join.
#ifndef TICKSTORM_SWARM_LOAD_SWARM_THREAD_H
#define TICKSTORM_SWARM_LOAD_SWARM_THREAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "tools/swarm/load/bot_group.h"
#include "tools/swarm/load/bot_io.h"
#include "tools/swarm/load/swarm_plan.h"
#include "tools/swarm/load/thread_results.h"
#include "tools/swarm/measure/tally.h"

// CPU time used by the thread until a moment.
typedef struct SwarmCpuMark {
    uint64_t at_ns, cpu_ns;
} SwarmCpuMark;

typedef struct SwarmThread {
    // Constant after swarm_thread_start.
    const SwarmPlan *plan;
    uv_thread_t thread;
    uv_sem_t io_created;        // posted by the thread once it has tried to create `io`
    BotIo *io;                  // created by the thread that uses it; NULL: that failed
    atomic_bool is_stop_wanted; // set by the main thread, seen within a millisecond
    // The thread's own.
    BotGroup group;
    Tally *window; // since the last push
    uint64_t turn_due_ns;
    uint64_t push_due_ns;
    uint64_t work_due_ns; // when the due work is done, however long the loop's turn takes
    bool is_warming_up;
    SwarmCpuMark window_mark;     // when the window began
    SwarmCpuMark measured_mark;   // when the measured time began
    uint64_t most_baseline_bytes; // since memory was last given back to the system
    // Shared with the main thread.
    ThreadResults results;
} SwarmThread;

// False when memory, descriptors or threads are short; nothing is left behind then.
bool swarm_thread_start(SwarmThread *thread, const SwarmPlan *plan, uint32_t index);

// From any thread. The thread ends soon after; its last window is pushed before it ends.
void swarm_thread_stop(SwarmThread *thread);

// Waits for the end and frees everything.
void swarm_thread_join(SwarmThread *thread);

#endif
