// SPDX-License-Identifier: MIT
// generator_usage.h -- the cost of the load to the machine that generated it.
//
// Threads: plain data.
// Units:   as the names say; 0 where nothing was measured.
#ifndef TICKSTORM_SWARM_MEASURE_GENERATOR_USAGE_H
#define TICKSTORM_SWARM_MEASURE_GENERATOR_USAGE_H

#include <stdint.h>

// CPU time is of the measured time, memory of the moment when most bots played.
typedef struct GeneratorUsage {
    uint32_t count; // of programs that share the load
    uint32_t threads;
    uint32_t io_uring_threads; // of these; the others use epoll
    uint32_t cpu_count;        // of the machine
    double cpu_cores;          // on average
    double busiest_thread_cpu; // 0..1
    double cpu_us_per_bot_s;
    uint64_t rss_bytes;
    double rss_bytes_per_bot; // above the program without bots, baselines included
    double baseline_bytes_per_bot;
} GeneratorUsage;

#endif
