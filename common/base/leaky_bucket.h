// SPDX-License-Identifier: MIT
// leaky_bucket.h -- a rate limit with a burst.
//
// Threads: pure; time is a parameter.
// Source:  the virtual-scheduling form of ITU-T I.371's generic cell rate algorithm: the only state
//          is the time at which the next event would be due at the allowed rate. Zero is a full
//          allowance.
#ifndef TICKSTORM_BASE_LEAKY_BUCKET_H
#define TICKSTORM_BASE_LEAKY_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

// Consumes `count` at once, all or none. None is consumed when the burst is used up and the rate of
// one every period_ns would be exceeded. No fraction of a period is lost between calls: the rate is
// exact as long as `burst` exceeds the allowance between two calls.
static inline bool leaky_bucket_consume_many(uint64_t *due_ns, uint64_t now_ns, uint32_t count,
                                             uint64_t period_ns, uint32_t burst) {
    if (count == 0) {
        return true;
    }
    const uint64_t start_ns = *due_ns > now_ns ? *due_ns : now_ns;
    if (start_ns - now_ns + count * period_ns > burst * period_ns) {
        return false;
    }
    *due_ns = start_ns + count * period_ns;
    return true;
}

static inline bool leaky_bucket_consume(uint64_t *due_ns, uint64_t now_ns, uint64_t period_ns,
                                        uint32_t burst) {
    return leaky_bucket_consume_many(due_ns, now_ns, 1, period_ns, burst);
}

#endif
