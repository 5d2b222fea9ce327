// SPDX-License-Identifier: MIT
#include "base/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "support.h"

enum { PIECES_MAX = 1000 };

typedef struct Job {
    uint32_t piece_count;
    uint32_t worker_count;
    uint32_t runs[PIECES_MAX]; // by piece; plain memory: pool_run() must order it
    uint64_t per_worker[WORKERS_MAX];
    uint64_t input;
    uint64_t outputs[PIECES_MAX];
} Job;

static void note_task(void *context, uint32_t piece, uint32_t worker) {
    Job *job = context;
    assert_true(piece < job->piece_count && worker < job->worker_count);
    job->runs[piece]++;
    job->per_worker[worker]++;
    job->outputs[piece] = job->input * 3 + piece;
}

// job->worker_count is the pool's.
static void run_and_check(Pool *pool, Job *job, uint32_t piece_count, uint64_t input) {
    *job = (Job){.piece_count = piece_count, .worker_count = job->worker_count, .input = input};
    pool_run(pool, note_task, job, piece_count);
    uint64_t total = 0;
    for (uint32_t i = 0; i < job->worker_count; i++) {
        total += job->per_worker[i];
    }
    assert_int_equal(total, piece_count);
    for (uint32_t i = 0; i < piece_count; i++) {
        assert_int_equal(job->runs[i], 1);
        assert_int_equal(job->outputs[i], input * 3 + i);
    }
}

static void every_piece_runs_exactly_once_for_any_worker_count(void **state) {
    (void)state;
    static Job job;
    const uint32_t worker_counts[] = {1, 2, 3, 8, 16};
    for (size_t i = 0; i < sizeof worker_counts / sizeof worker_counts[0]; i++) {
        Pool *pool = pool_create(worker_counts[i]);
        assert_non_null(pool);
        job.worker_count = worker_counts[i];
        for (uint32_t pieces = 0; pieces < 40; pieces++) {
            run_and_check(pool, &job, pieces, pieces);
        }
        run_and_check(pool, &job, PIECES_MAX, 7);
        pool_destroy(pool);
    }
}

// Jobs of changing size back to back, so that a late worker finds another job than the one that
// woke it. The job lies in fresh memory each time: a stale claim would write to freed memory.
static void a_late_worker_never_runs_a_job_that_is_over(void **state) {
    (void)state;
    Rng rng = test_rng();
    Pool *pool = pool_create(4);
    assert_non_null(pool);
    for (int i = 0; i < 4000; i++) {
        Job *job = malloc(sizeof *job);
        assert_non_null(job);
        job->worker_count = 4;
        run_and_check(pool, job, rng_below(&rng, 24), (uint64_t)i);
        memset(job, 0xff, sizeof *job);
        free(job);
    }
    pool_destroy(pool);
}

static void lone_task(void *context, uint32_t piece, uint32_t worker) {
    uint32_t *next = context;
    assert_int_equal(worker, 0);
    assert_int_equal(piece, *next);
    *next += 1;
}

static void one_worker_runs_the_pieces_in_order_on_the_caller(void **state) {
    (void)state;
    Pool *pool = pool_create(1);
    assert_non_null(pool);
    uint32_t next = 0;
    pool_run(pool, lone_task, &next, 100);
    assert_int_equal(next, 100);
    pool_destroy(pool);
}

// Every worker holds a piece until all of them do, so they run at the same time, and wake from
// sleep for it.
typedef struct Meeting {
    _Atomic uint32_t arrived;
    uint32_t expected;
} Meeting;

static void meet_task(void *context, uint32_t piece, uint32_t worker) {
    (void)piece;
    (void)worker;
    Meeting *meeting = context;
    atomic_fetch_add(&meeting->arrived, 1);
    while (atomic_load(&meeting->arrived) < meeting->expected) {
        sched_yield();
    }
}

static void all_workers_get_pieces(void **state) {
    (void)state;
    Pool *pool = pool_create(5);
    assert_non_null(pool);
    for (int i = 0; i < 200; i++) {
        Meeting meeting = {.expected = 5};
        pool_run(pool, meet_task, &meeting, 5);
        assert_int_equal(atomic_load(&meeting.arrived), 5);
    }
    pool_destroy(pool);
}

static void blocked_task(void *context, uint32_t piece, uint32_t worker) {
    (void)piece;
    _Atomic uint32_t *unblocked = context;
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    if (worker != 0 && sigismember(&mask, SIGTERM) == 0) {
        atomic_fetch_add(unblocked, 1);
    }
}

static void workers_block_signals_and_the_caller_keeps_its_mask(void **state) {
    (void)state;
    Pool *pool = pool_create(3);
    assert_non_null(pool);
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    assert_int_equal(sigismember(&mask, SIGTERM), 0);
    _Atomic uint32_t unblocked = 0;
    for (int i = 0; i < 50; i++) {
        pool_run(pool, blocked_task, &unblocked, 30);
    }
    assert_int_equal(atomic_load(&unblocked), 0);
    pool_destroy(pool);
}

static void busy_time_is_counted_for_each_worker_that_ran_a_piece(void **state) {
    (void)state;
    Pool *pool = pool_create(2);
    assert_non_null(pool);
    Meeting meeting = {.expected = 2};
    pool_run(pool, meet_task, &meeting, 2);
    assert_true(pool_busy_ns(pool, 0) > 0);
    // The other worker adds its time after the piece, perhaps after pool_run() has returned. When
    // it runs a piece of the second job, it has added the time of the first.
    Meeting second = {.expected = 2};
    pool_run(pool, meet_task, &second, 2);
    assert_true(pool_busy_ns(pool, 1) > 0);
    pool_destroy(pool);
}

static void pools_come_and_go_without_having_run(void **state) {
    (void)state;
    for (int i = 0; i < 50; i++) {
        Pool *pool = pool_create(4);
        assert_non_null(pool);
        pool_destroy(pool);
    }
    pool_destroy(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_piece_runs_exactly_once_for_any_worker_count),
        cmocka_unit_test(a_late_worker_never_runs_a_job_that_is_over),
        cmocka_unit_test(one_worker_runs_the_pieces_in_order_on_the_caller),
        cmocka_unit_test(all_workers_get_pieces),
        cmocka_unit_test(workers_block_signals_and_the_caller_keeps_its_mask),
        cmocka_unit_test(busy_time_is_counted_for_each_worker_that_ran_a_piece),
        cmocka_unit_test(pools_come_and_go_without_having_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
