// SPDX-License-Identifier: MIT
// pool.h -- persistent workers that share out the pieces of a parallel-for.
//
// Flow:    pool_run(task, n): pieces 0..n-1 are shared out, worker w's share being the w-th part;
//          each claims pieces of its own share, then of the others'; returns when all are done
// Threads: one thread at a time calls pool_run() and is worker 0; the pool's own threads are
//          workers 1..count-1. A task may touch the data of its piece, and data indexed by its
//          worker. Everything before pool_run() is visible to the task, everything the task did is
//          visible after it.
// Memory:  pool_create() allocates; pool_run() does not.
//
//   caller   ---- open job == piece 0 ==== 1 ==== 4 ====== 5 ==.  wait for 3  .---- next stage
//   worker 1 ..sleep/spin..... == piece 2 ======= 3 =================--done---' ..spin.. sleep
//   worker 2 ..sleep....................... (woke too late: its 4 and 5 are gone)
//
// The caller waits for claimed pieces, not for workers. So a worker that the machine does not run
// costs the tick nothing, unless it was stopped in the middle of a piece.
#ifndef TICKSTORM_BASE_POOL_H
#define TICKSTORM_BASE_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"

// piece is in [0, piece_count), worker in [0, worker_count).
typedef void (*PoolTask)(void *context, uint32_t piece, uint32_t worker);

typedef struct Pool Pool;

// Starts worker_count - 1 threads (1..WORKERS_MAX workers), all signals blocked in them. NULL when
// the system refuses.
Pool *pool_create(uint32_t worker_count);

// Ends the threads. Not while pool_run() is running.
void pool_destroy(Pool *pool);

// Runs task for every piece and returns when all are done. With one worker or one piece it runs in
// the caller alone, in order. Must not be called from a task.
void pool_run(Pool *pool, PoolTask task, void *context, uint32_t piece_count);

// Time spent in tasks so far, and time spent waiting: the caller for the pieces of others, asleep
// or awake; a worker while it spins for the next job, not while it sleeps. Any thread may read them
// at any time.
uint64_t pool_busy_ns(const Pool *pool, uint32_t worker);
uint64_t pool_wait_ns(const Pool *pool, uint32_t worker);

#endif
