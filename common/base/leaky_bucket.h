// SPDX-License-Identifier: MIT
// leaky_bucket.h -- so much at once, and so much in the long run.
//
// Threads: pure; time is a parameter.
// Source:  the virtual-scheduling form of ITU-T I.371's generic cell rate algorithm: all state is
//          the time at which the next one would be due at the allowed rate. Zero is a full
//          allowance.
#ifndef TICKSTORM_BASE_LEAKY_BUCKET_H
#define TICKSTORM_BASE_LEAKY_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

// Takes one, unless `burst` have been taken faster than one every period_ns allows.
static inline bool leaky_bucket_take(uint64_t *due_ns, uint64_t now_ns, uint64_t period_ns,
                                     uint32_t burst) {
    const uint64_t start_ns = *due_ns > now_ns ? *due_ns : now_ns;
    if (start_ns - now_ns > (burst - 1) * period_ns) {
        return false;
    }
    *due_ns = start_ns + period_ns;
    return true;
}

#endif
