// SPDX-License-Identifier: MIT
#include <stdio.h>

#include "base/clock.h"
#include "base/pool.h"
#include "tools/bench/bench_cases.h"

#define DISPATCHES        1000 // per repetition
#define PIECES_PER_WORKER 4

static void empty_task(void *context, uint32_t piece, uint32_t worker) {
    (void)context;
    (void)piece;
    (void)worker;
}

// The median of many dispatches in a row, in microseconds: the workers are awake, as they are
// within a tick.
static double measure(Pool *pool, uint32_t piece_count) {
    double samples[DISPATCHES];
    for (uint32_t i = 0; i < DISPATCHES; i++) {
        const uint64_t start_ns = clock_now_ns();
        pool_run(pool, empty_task, NULL, piece_count);
        samples[i] = (double)(clock_now_ns() - start_ns) / NS_PER_US;
    }
    return bench_median(samples, DISPATCHES);
}

void bench_pool_dispatch(Bench *bench) {
    for (uint32_t i = 0; i < bench->worker_count_count; i++) {
        const uint32_t workers = bench->worker_counts[i];
        double samples[BENCH_REPETITIONS_MAX];
        char name[64];
        snprintf(name, sizeof name, "pool_dispatch/workers=%u", workers);
        Pool *pool = pool_create(workers);
        if (pool == NULL) {
            bench_fail(bench, name, "cannot start the workers");
            continue;
        }
        for (uint32_t repetition = 0; repetition < bench->repetitions; repetition++) {
            samples[repetition] = measure(pool, workers * PIECES_PER_WORKER);
        }
        pool_destroy(pool);
        bench_record(bench, name, "us", samples, bench->repetitions);
    }
}
