// SPDX-License-Identifier: MIT
#include "base/pool.h"

#include <assert.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/spsc_queue.h" // CACHE_LINE_BYTES
#include "base/thread_priority.h"
#include "base/thread_role.h"

// How long a worker without a piece, or a caller whose pieces are out, spins before it sleeps. The
// gaps between the stages of a tick are a few microseconds; a wake-up through the kernel costs 5 to
// 50. Between ticks all of them sleep.
#define SPIN_NS           (30 * NS_PER_US)
#define SPIN_LOOKS_A_TIME 64 // between two looks at the clock

// The unclaimed pieces of one worker's share, [first, end), in one word: a claim is one
// compare-and-swap. The owner claims from the front, in the order of memory; workers without pieces
// of their own claim from the back.
#define SHARE_FIRST_SHIFT 32
#define SHARE_END_MASK    0xffffffffull

// One worker's own cache lines.
typedef struct Seat {
    alignas(CACHE_LINE_BYTES) _Atomic uint64_t share;
    alignas(CACHE_LINE_BYTES) _Atomic uint64_t busy_ns;
    _Atomic uint64_t wait_ns;
    pthread_t thread;
    Pool *pool;
    uint32_t index;
} Seat;

struct Pool {
    // Constant.
    uint32_t worker_count;
    Seat *seats; // by worker; 0 is the caller's
    // The job. Written by the caller while no piece is out, read by workers that hold a piece.
    PoolTask task;
    void *context;
    uint32_t piece_count;
    _Atomic int caller_processor; // where the caller ran when it opened the last job
    bool is_running;              // used by the caller only
    // Contended by all.
    alignas(CACHE_LINE_BYTES) _Atomic uint32_t done_count; // pieces of this job; a futex
    _Atomic uint32_t caller_sleeps;
    // How sleepers are woken.
    alignas(CACHE_LINE_BYTES) _Atomic uint32_t bell; // changes with every job; a futex
    _Atomic uint32_t sleeper_count;
    _Atomic uint32_t is_ending;
};

// ------------------------------------------------------------------ sleeping and spinning

static void futex_sleep(_Atomic uint32_t *word, uint32_t expected) {
    // Returns at once when the word has changed, and sometimes without a reason: callers loop.
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, NULL, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *word, uint32_t count) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

static inline void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

// Relaxed: a statistic with one writer.
static void add_ns(_Atomic uint64_t *counter, uint64_t ns) {
    const uint64_t before = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, before + ns, memory_order_relaxed);
}

// ------------------------------------------------------------------ claiming

static uint64_t make_share(uint32_t first, uint32_t end) {
    return (uint64_t)first << SHARE_FIRST_SHIFT | end;
}

// The next piece of a share, or false when none is left. A worker that was away for any number of
// jobs claims a piece of the open one or none at all: a share that is not empty belongs
// to the open job, and task, context and piece_count are read only after the claim and do not
// change while a piece is out.
static bool claim_from(Seat *seat, bool is_owner, uint32_t *piece) {
    // Relaxed: a guess that the exchange below verifies.
    uint64_t share = atomic_load_explicit(&seat->share, memory_order_relaxed);
    for (;;) {
        const uint32_t first = (uint32_t)(share >> SHARE_FIRST_SHIFT);
        const uint32_t end = (uint32_t)(share & SHARE_END_MASK);
        if (first == end) {
            return false;
        }
        const uint64_t rest = is_owner ? make_share(first + 1, end) : make_share(first, end - 1);
        // Acquire: pairs with the release in open_job(); other workers' exchanges in between
        // continue its release sequence. The job's fields and all that the caller wrote before are
        // then visible. Release is not needed: a claim publishes nothing.
        if (atomic_compare_exchange_weak_explicit(&seat->share, &share, rest, memory_order_acquire,
                                                  memory_order_relaxed)) {
            *piece = is_owner ? first : end - 1;
            return true;
        }
    }
}

// From the own share first, then from the others', beginning with the next worker's.
static bool claim_piece(Pool *pool, uint32_t worker, uint32_t *piece) {
    if (claim_from(&pool->seats[worker], true, piece)) {
        return true;
    }
    for (uint32_t i = 1; i < pool->worker_count; i++) {
        if (claim_from(&pool->seats[(worker + i) % pool->worker_count], false, piece)) {
            return true;
        }
    }
    return false;
}

// Reports `count` pieces at once: done_count's line travels between the cores with every report.
static void finish_pieces(Pool *pool, uint32_t count, uint32_t piece_count) {
    // Release: what the task wrote is visible to the caller, which acquires done_count.
    // Sequentially consistent, so that it is not reordered with the load of caller_sleeps below:
    // either the caller's sleep sees the new count, or this thread sees that it sleeps.
    const uint32_t done = atomic_fetch_add(&pool->done_count, count) + count;
    if (done == piece_count && atomic_load(&pool->caller_sleeps) != 0) {
        futex_wake(&pool->done_count, 1);
    }
}

// Works until no piece is left; true when there was any. piece_count is copied before the pieces
// are reported: afterwards the caller may open the next job.
static bool work(Pool *pool, uint32_t worker) {
    uint32_t piece = 0;
    if (!claim_piece(pool, worker, &piece)) {
        return false;
    }
    const uint64_t start_ns = clock_now_ns();
    const uint32_t piece_count = pool->piece_count;
    uint32_t count = 0;
    do {
        pool->task(pool->context, piece, worker);
        count++;
    } while (claim_piece(pool, worker, &piece));
    add_ns(&pool->seats[worker].busy_ns, clock_now_ns() - start_ns);
    finish_pieces(pool, count, piece_count);
    return true;
}

// ------------------------------------------------------------------ workers

// Spins until the bell has rung since the value `seen`, or SPIN_NS are over. True when it has
// rung.
static bool spin_for_bell(Pool *pool, uint32_t worker, uint32_t seen) {
    const uint64_t start_ns = clock_now_ns();
    uint64_t now_ns = start_ns;
    bool has_rung = false;
    while (!has_rung && now_ns - start_ns < SPIN_NS) {
        for (int i = 0; i < SPIN_LOOKS_A_TIME && !has_rung; i++) {
            // Relaxed: a hint; the worker loads it again before it looks for pieces.
            has_rung = atomic_load_explicit(&pool->bell, memory_order_relaxed) != seen;
            relax();
        }
        now_ns = clock_now_ns();
    }
    add_ns(&pool->seats[worker].wait_ns, now_ns - start_ns);
    return has_rung;
}

static void sleep_for_bell(Pool *pool, uint32_t seen) {
    // Sequentially consistent: the caller rings and then looks for sleepers, this thread counts
    // itself as one and then has the kernel compare the bell. One of the two sees the other.
    atomic_fetch_add(&pool->sleeper_count, 1);
    futex_sleep(&pool->bell, seen);
    atomic_fetch_sub(&pool->sleeper_count, 1);
}

// The system may wake a worker on the processor that runs the caller, and leave both there for many
// ticks while another processor is idle (seen on two cores without a common cache: a bench of two
// workers was then half as fast as one). A worker that detects this moves to another processor. No
// thread is pinned, so that several servers can share a machine.
static void step_aside(Pool *pool) {
    // Relaxed: a hint.
    const int here = atomic_load_explicit(&pool->caller_processor, memory_order_relaxed);
    cpu_set_t allowed;
    if (here < 0 || sched_getcpu() != here || sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
        return;
    }
    cpu_set_t others = allowed;
    CPU_CLR((size_t)here, &others);
    if (CPU_COUNT(&others) > 0 && sched_setaffinity(0, sizeof others, &others) == 0) {
        (void)sched_setaffinity(0, sizeof allowed, &allowed);
    }
}

static void *run_worker(void *argument) {
    const Seat *seat = argument;
    Pool *pool = seat->pool;
    pthread_setname_np(pthread_self(), "worker");
    thread_role_enter(THREAD_WORKER);
    thread_raise_priority();
    for (;;) {
        // Acquire, and before looking for pieces: pairs with ring_bell(). Pieces of the job that
        // this ring announced are visible; when none is left, only another ring brings more.
        const uint32_t seen = atomic_load_explicit(&pool->bell, memory_order_acquire);
        // Relaxed: it is set before the bell rings for the last time.
        if (atomic_load_explicit(&pool->is_ending, memory_order_relaxed) != 0) {
            return NULL;
        }
        if (!work(pool, seat->index) && !spin_for_bell(pool, seat->index, seen)) {
            sleep_for_bell(pool, seen);
            step_aside(pool);
        }
    }
}

// ------------------------------------------------------------------ the caller

// Worker w's share is the w-th part of the pieces. Stages over the same slots have the same parts,
// so that a worker finds in its cache what it wrote one stage, or one tick, before.
static void open_job(Pool *pool, PoolTask task, void *context, uint32_t piece_count) {
    pool->task = task;
    pool->context = context;
    pool->piece_count = piece_count;
    atomic_store_explicit(&pool->caller_processor, sched_getcpu(), memory_order_relaxed);
    // Relaxed: no worker touches it before it acquires a share below.
    atomic_store_explicit(&pool->done_count, 0, memory_order_relaxed);
    uint32_t first = 0;
    for (uint32_t i = 0; i < pool->worker_count; i++) {
        const uint32_t end = (uint32_t)((uint64_t)piece_count * (i + 1) / pool->worker_count);
        // Release: pairs with claim_from().
        atomic_store_explicit(&pool->seats[i].share, make_share(first, end), memory_order_release);
        first = end;
    }
}

// Wakes sleepers, no more than there are pieces besides the one that the caller runs itself.
static void ring_bell(Pool *pool, uint32_t wanted) {
    // Sequentially consistent, hence also release: see run_worker() and sleep_for_bell().
    atomic_fetch_add(&pool->bell, 1);
    const uint32_t sleepers = atomic_load(&pool->sleeper_count);
    if (sleepers > 0) {
        futex_wake(&pool->bell, sleepers < wanted ? sleepers : wanted);
    }
}

static bool is_done(Pool *pool, uint32_t piece_count) {
    // Acquire: pairs with finish_pieces(); all that the tasks wrote is visible to the caller.
    return atomic_load_explicit(&pool->done_count, memory_order_acquire) == piece_count;
}

// Waits for the pieces that others have claimed. Sleeping gives the processor to a worker that was
// stopped in the middle of one.
static void wait_until_done(Pool *pool, uint32_t piece_count) {
    if (is_done(pool, piece_count)) {
        return;
    }
    const uint64_t start_ns = clock_now_ns();
    uint64_t now_ns = start_ns;
    while (!is_done(pool, piece_count) && now_ns - start_ns < SPIN_NS) {
        for (int i = 0; i < SPIN_LOOKS_A_TIME && !is_done(pool, piece_count); i++) {
            relax();
        }
        now_ns = clock_now_ns();
    }
    // Sequentially consistent: see finish_pieces().
    atomic_store(&pool->caller_sleeps, 1);
    for (uint32_t done = 0; (done = atomic_load(&pool->done_count)) != piece_count;) {
        futex_sleep(&pool->done_count, done);
    }
    atomic_store(&pool->caller_sleeps, 0);
    add_ns(&pool->seats[0].wait_ns, clock_now_ns() - start_ns);
}

// The caller is a worker for as long as it works on pieces.
static void work_as_caller(Pool *pool) {
    const uint32_t role = thread_role_enter(THREAD_WORKER);
    work(pool, 0);
    thread_role_enter(role);
}

static void run_alone(Pool *pool, PoolTask task, void *context, uint32_t piece_count) {
    const uint32_t role = thread_role_enter(THREAD_WORKER);
    const uint64_t start_ns = clock_now_ns();
    for (uint32_t piece = 0; piece < piece_count; piece++) {
        task(context, piece, 0);
    }
    thread_role_enter(role);
    add_ns(&pool->seats[0].busy_ns, clock_now_ns() - start_ns);
}

void pool_run(Pool *pool, PoolTask task, void *context, uint32_t piece_count) {
    ASSERT_SIM_THREAD();
    assert(!pool->is_running);
    pool->is_running = true;
    if (pool->worker_count == 1 || piece_count <= 1) {
        run_alone(pool, task, context, piece_count);
    } else {
        open_job(pool, task, context, piece_count);
        ring_bell(pool, piece_count - 1);
        work_as_caller(pool);
        wait_until_done(pool, piece_count);
    }
    pool->is_running = false;
}

// ------------------------------------------------------------------ life

static void end_workers(Pool *pool, uint32_t started) {
    atomic_store(&pool->is_ending, 1);
    atomic_fetch_add(&pool->bell, 1); // sequentially consistent: see run_worker()
    futex_wake(&pool->bell, started);
    for (uint32_t i = 1; i <= started; i++) {
        pthread_join(pool->seats[i].thread, NULL);
    }
    free(pool->seats);
    free(pool);
}

// Threads inherit the mask: the main loop handles all signals.
static bool start_workers(Pool *pool, uint32_t *started) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool is_good = true;
    *started = 0;
    for (uint32_t i = 1; i < pool->worker_count && is_good; i++) {
        Seat *seat = &pool->seats[i];
        seat->pool = pool;
        seat->index = i;
        is_good = pthread_create(&seat->thread, NULL, run_worker, seat) == 0;
        *started += is_good;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return is_good;
}

Pool *pool_create(uint32_t worker_count) {
    assert(worker_count >= 1 && worker_count <= WORKERS_MAX);
    Pool *pool = aligned_alloc(CACHE_LINE_BYTES, sizeof *pool);
    if (pool == NULL) {
        return NULL;
    }
    memset(pool, 0, sizeof *pool);
    atomic_init(&pool->caller_processor, -1);
    pool->worker_count = worker_count;
    pool->seats = aligned_alloc(CACHE_LINE_BYTES, worker_count * sizeof *pool->seats);
    uint32_t started = 0;
    if (pool->seats == NULL) {
        free(pool);
        return NULL;
    }
    memset(pool->seats, 0, worker_count * sizeof *pool->seats);
    if (!start_workers(pool, &started)) {
        end_workers(pool, started);
        return NULL;
    }
    return pool;
}

void pool_destroy(Pool *pool) {
    ASSERT_SIM_THREAD();
    if (pool != NULL) {
        end_workers(pool, pool->worker_count - 1);
    }
}

uint64_t pool_busy_ns(const Pool *pool, uint32_t worker) {
    assert(worker < pool->worker_count);
    return atomic_load_explicit(&pool->seats[worker].busy_ns, memory_order_relaxed);
}

uint64_t pool_wait_ns(const Pool *pool, uint32_t worker) {
    assert(worker < pool->worker_count);
    return atomic_load_explicit(&pool->seats[worker].wait_ns, memory_order_relaxed);
}
