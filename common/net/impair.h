// SPDX-License-Identifier: MIT
// impair.h -- an impaired network: seeded latency, jitter, loss, duplication and reordering.
//
// Flow:    datagram -> impair_submit() -> held back, doubled or lost -> impair_next_due()
// Threads: an Impair belongs to one thread. Time is a parameter.
// Memory:  a bounded number of datagrams, each allocated to its size; above the bound they are
//          dropped and counted.
#ifndef TICKSTORM_NET_IMPAIR_H
#define TICKSTORM_NET_IMPAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/net_address.h"

typedef struct ImpairConfig {
    uint64_t latency_ns; // added to every datagram, one way
    uint64_t jitter_ns;  // plus uniformly 0..jitter; order is kept unless reorder says otherwise
    double loss;         // probabilities, 0..1
    double duplicate;
    double reorder; // this datagram is overtaken
} ImpairConfig;

// A reordered datagram is delayed by one more latency + jitter, at least this much, and until so
// many later ones have passed it: a single one could be a bare acknowledgement, and no receiver
// would notice the reordering. When too few follow, it is released after a time.
#define IMPAIR_REORDER_MIN_NS    5000000ull
#define IMPAIR_REORDER_MAX_NS    250000000ull
#define IMPAIR_REORDER_OVERTAKES 2u
#define IMPAIR_REORDERED_MAX     64u // at a time; further ones wait by the clock alone

typedef struct ImpairStats {
    uint64_t submitted, delivered, lost, duplicated, reordered, overflowed;
    uint64_t delay_ns;    // sum of the intended delays of all held datagrams
    uint64_t late_ns;     // sum of the delays behind schedule of all delivered datagrams
    uint64_t late_max_ns; // the largest such delay of one datagram
} ImpairStats;

// The source and the destination of a datagram.
typedef struct ImpairRoute {
    NetAddress from, to;
} ImpairRoute;

typedef struct ImpairDatagram {
    struct ImpairDatagram *next; // for the caller that received it
    uint64_t due_ns;
    uint64_t order; // of submission; breaks ties
    uint32_t at;    // in the heap
    uint32_t flow;
    // Reordered datagrams: how many later ones still have to pass, and the earliest time to go on.
    uint32_t overtakes_left;
    uint64_t earliest_ns;
    ImpairRoute route;
    size_t size;
    uint8_t bytes[];
} ImpairDatagram;

typedef struct Impair Impair;

// NULL when memory is short. The same seed and the same submissions give the same results.
Impair *impair_create(const ImpairConfig *config, uint64_t seed, uint32_t capacity);
void impair_destroy(Impair *impair);
void impair_set_config(Impair *impair, const ImpairConfig *config);

void impair_submit(Impair *impair, uint64_t now_ns, const ImpairRoute *route, const void *bytes,
                   size_t size);

// The next datagram that is due, or NULL. The caller frees it with impair_free().
ImpairDatagram *impair_next_due(Impair *impair, uint64_t now_ns);
// The next datagram, due or not: for an end that delivers everything.
ImpairDatagram *impair_next(Impair *impair);
void impair_free(ImpairDatagram *datagram);

// When impair_next_due() will return the next datagram; UINT64_MAX when none is held.
uint64_t impair_next_due_ns(const Impair *impair);
ImpairStats impair_stats(const Impair *impair);

#endif
