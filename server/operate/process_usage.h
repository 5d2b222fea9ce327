// SPDX-License-Identifier: MIT
// process_usage.h -- CPU time, memory and descriptors of this process, from the kernel.
//
// Threads: any; only reads /proc. Blocks for as long as the kernel takes.
#ifndef TICKSTORM_SERVER_OPERATE_PROCESS_USAGE_H
#define TICKSTORM_SERVER_OPERATE_PROCESS_USAGE_H

#include <stdint.h>

typedef struct ProcessUsage {
    double cpu_s;
    uint64_t resident_bytes;
    uint64_t open_fds;
} ProcessUsage;

// Fields are 0 where /proc cannot be read.
ProcessUsage process_usage_read(void);

// When the process started, in seconds since 1970.
uint64_t process_start_time_s(void);

#endif
