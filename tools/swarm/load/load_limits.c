// SPDX-License-Identifier: MIT
#include "tools/swarm/load/load_limits.h"

#include <stdio.h>
#include <sys/resource.h>

#include "base/thread_role.h"

#define DESCRIPTORS_PER_THREAD 1  // epoll or io_uring
#define DESCRIPTORS_OTHER      40 // standard streams, libuv, files, HTTP

uint64_t load_limits_descriptors_needed(uint32_t bot_count, uint32_t thread_count) {
    return (uint64_t)bot_count + (uint64_t)thread_count * DESCRIPTORS_PER_THREAD +
           DESCRIPTORS_OTHER;
}

bool load_limits_reserve_descriptors(uint64_t needed, uint64_t *limit) {
    ASSERT_MAIN_THREAD();
    struct rlimit bounds;
    if (getrlimit(RLIMIT_NOFILE, &bounds) != 0) {
        *limit = 0;
        return false;
    }
    if (bounds.rlim_cur < bounds.rlim_max) {
        bounds.rlim_cur = bounds.rlim_max;
        setrlimit(RLIMIT_NOFILE, &bounds);
        getrlimit(RLIMIT_NOFILE, &bounds);
    }
    *limit = bounds.rlim_cur;
    return bounds.rlim_cur >= needed;
}

// The range of the network namespace that this program is in; IPv6 uses the same one.
bool load_limits_have_local_ports(uint64_t needed, uint64_t *limit) {
    FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "r");
    unsigned first = 0, last = 0;
    const bool is_known =
        file != NULL && fscanf(file, "%u %u", &first, &last) == 2 && last >= first;
    if (file != NULL) {
        (void)fclose(file);
    }
    *limit = is_known ? (uint64_t)(last - first) + 1 : UINT64_MAX;
    return needed <= *limit;
}
