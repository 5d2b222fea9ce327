// SPDX-License-Identifier: MIT
// bench.h -- the interface of a benchmark case: its options, and the record of its samples.
//
// Flow:    bench_cases.h (the table) -> case function -> bench_record() -> a line of text, an
//          object of JSON
// Threads: cases run one after another on the main thread; each ends the threads that it starts.
// Units:   each record names its own. The two sides of a ratio are sampled in turns within one run,
//          so that a noisy machine disturbs both alike.
//
// To add a case: a file bench_<name>.c that defines bench_<name>(), a row in bench_cases.h, and the
// file in CMakeLists.txt.
#ifndef TICKSTORM_BENCH_BENCH_H
#define TICKSTORM_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_REPETITIONS_MAX   1000
#define BENCH_WORKER_COUNTS_MAX 8

typedef struct Bench {
    // Constant while cases run.
    uint32_t repetitions; // 1..BENCH_REPETITIONS_MAX
    uint32_t worker_counts[BENCH_WORKER_COUNTS_MAX];
    uint32_t worker_count_count;
    // Where records go: used by bench_record().
    struct BenchReport *report;
    bool has_failed;
} Bench;

typedef void (*BenchFunction)(Bench *bench);

// Reports one figure from its samples, one per repetition: prints median, minimum and maximum, and
// adds them to the JSON. `name` begins with the case's name: "sim_tick/20k/workers=1".
void bench_record(Bench *bench, const char *name, const char *unit, const double *samples,
                  size_t count);

// The case cannot run here (no memory, no socket): prints the reason; the program will exit with 1.
void bench_fail(Bench *bench, const char *name, const char *why);

// Sorts the samples and returns their median. For cases with many samples per repetition.
double bench_median(double *samples, size_t count);

// Keeps the optimiser from removing a computation whose result is not used.
static inline void bench_keep(const void *result) {
    __asm__ volatile("" : : "r"(result) : "memory");
}

#endif
