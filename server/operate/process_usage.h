// SPDX-License-Identifier: MIT
// process_usage.h -- what the kernel knows about this process.
//
// Threads: pure reading of /proc, from any thread. Blocks for as long as the kernel takes.
#ifndef TICKSTORM_SERVER_OPERATE_PROCESS_USAGE_H
#define TICKSTORM_SERVER_OPERATE_PROCESS_USAGE_H

#include <stdint.h>

typedef struct ProcessUsage {
    double cpu_s;
    uint64_t resident_bytes;
    uint64_t open_fds;
} ProcessUsage;

// Zeros where the kernel will not tell.
ProcessUsage process_usage_read(void);

// When the process started, in seconds since 1970.
uint64_t process_start_time_s(void);

#endif
