// SPDX-License-Identifier: MIT
// impair.h -- a bad network on demand: latency, jitter, loss, duplication, reordering, from a seed.
//
// Flow:    datagram -> impair_submit() -> held back, doubled or lost -> impair_next_due()
// Threads: an Impair belongs to one thread. Time is a parameter.
// Memory:  a bounded pool of datagrams, allocated at create; a full one drops and counts.
#ifndef TICKSTORM_NET_IMPAIR_H
#define TICKSTORM_NET_IMPAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ImpairConfig {
    uint64_t latency_ns; // added to every datagram, one way
    uint64_t jitter_ns;  // plus uniformly 0..jitter; order is kept unless reorder says otherwise
    double loss;         // probabilities, 0..1
    double duplicate;
    double reorder; // this datagram is overtaken: it waits one more latency + jitter
} ImpairConfig;

#endif
