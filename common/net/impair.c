// SPDX-License-Identifier: MIT
#include "net/impair.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

// Datagrams of one route keep their order. Routes differ by a hash; two routes in one bucket keep
// the order between them too, which does no harm.
#define FLOW_BUCKETS 256

struct Impair {
    ImpairConfig config;
    ImpairStats stats;
    Rng rng;
    uint64_t next_order;
    uint64_t flow_due_ns[FLOW_BUCKETS];              // when the newest datagram in order is due
    ImpairDatagram *reordered[IMPAIR_REORDERED_MAX]; // datagrams that wait to be overtaken
    uint32_t reordered_count;
    uint32_t capacity;
    uint32_t count;
    ImpairDatagram *heap[]; // the one due first on top
};

Impair *impair_create(const ImpairConfig *config, uint64_t seed, uint32_t capacity) {
    Impair *impair = calloc(1, sizeof *impair + capacity * sizeof impair->heap[0]);
    if (impair == NULL) {
        return NULL;
    }
    impair->config = *config;
    impair->capacity = capacity;
    impair->rng = rng_seeded(seed);
    return impair;
}

void impair_destroy(Impair *impair) {
    if (impair == NULL) {
        return;
    }
    for (uint32_t i = 0; i < impair->count; i++) {
        free(impair->heap[i]);
    }
    free(impair);
}

void impair_set_config(Impair *impair, const ImpairConfig *config) {
    impair->config = *config;
}

static uint32_t flow_of(const ImpairRoute *route) {
    const uint64_t to = net_address_hash(&route->to, 0);
    return (uint32_t)(net_address_hash(&route->from, to) % FLOW_BUCKETS);
}

static bool datagram_is_before(const ImpairDatagram *a, const ImpairDatagram *b) {
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->order < b->order;
}

static void heap_put(Impair *impair, uint32_t at, ImpairDatagram *datagram) {
    impair->heap[at] = datagram;
    datagram->at = at;
}

// From `at` towards the top.
static void heap_rise(Impair *impair, uint32_t at, ImpairDatagram *datagram) {
    while (at > 0) {
        const uint32_t parent = (at - 1) / 2;
        if (!datagram_is_before(datagram, impair->heap[parent])) {
            break;
        }
        heap_put(impair, at, impair->heap[parent]);
        at = parent;
    }
    heap_put(impair, at, datagram);
}

static ImpairDatagram *heap_pop(Impair *impair) {
    ImpairDatagram *top = impair->heap[0];
    ImpairDatagram *last = impair->heap[--impair->count];
    uint32_t at = 0;
    while (true) {
        uint32_t child = 2 * at + 1;
        if (child >= impair->count) {
            break;
        }
        if (child + 1 < impair->count &&
            datagram_is_before(impair->heap[child + 1], impair->heap[child])) {
            child++;
        }
        if (!datagram_is_before(impair->heap[child], last)) {
            break;
        }
        heap_put(impair, at, impair->heap[child]);
        at = child;
    }
    heap_put(impair, at, last);
    return top;
}

static void forget_reordered(Impair *impair, const ImpairDatagram *datagram) {
    for (uint32_t i = 0; i < impair->reordered_count; i++) {
        if (impair->reordered[i] == datagram) {
            impair->reordered[i] = impair->reordered[--impair->reordered_count];
            return;
        }
    }
}

// A later datagram passes at due_ns: a reordered datagram that has waited for it may follow.
static void overtake(Impair *impair, uint32_t flow, uint64_t due_ns) {
    for (uint32_t i = impair->reordered_count; i > 0; i--) {
        ImpairDatagram *datagram = impair->reordered[i - 1];
        if (datagram->flow != flow || --datagram->overtakes_left > 0) {
            continue;
        }
        impair->reordered[i - 1] = impair->reordered[--impair->reordered_count];
        const uint64_t after_ns = due_ns + 1;
        const uint64_t goes_ns =
            after_ns > datagram->earliest_ns ? after_ns : datagram->earliest_ns;
        if (goes_ns < datagram->due_ns) {
            impair->stats.delay_ns -= datagram->due_ns - goes_ns;
            datagram->due_ns = goes_ns;
            heap_rise(impair, datagram->at, datagram);
        }
    }
}

// Holds a copy until due_ns; NULL when there is no room.
static ImpairDatagram *hold(Impair *impair, uint64_t now_ns, uint64_t due_ns,
                            const ImpairRoute *route, const void *bytes, size_t size) {
    ImpairDatagram *datagram = NULL;
    if (impair->count < impair->capacity) {
        datagram = malloc(sizeof *datagram + size);
    }
    if (datagram == NULL) {
        impair->stats.overflowed++;
        return NULL;
    }
    *datagram = (ImpairDatagram){.due_ns = due_ns,
                                 .order = impair->next_order++,
                                 .flow = flow_of(route),
                                 .route = *route,
                                 .size = size};
    if (size > 0) {
        memcpy(datagram->bytes, bytes, size);
    }
    heap_rise(impair, impair->count++, datagram);
    impair->stats.delay_ns += due_ns - now_ns;
    return datagram;
}

// The datagram waits until later ones have overtaken it, or until its longest wait is over.
static void hold_back(Impair *impair, uint64_t now_ns, uint64_t due_ns, const ImpairRoute *route,
                      const void *bytes, size_t size) {
    const ImpairConfig *config = &impair->config;
    const uint64_t extra_ns = config->latency_ns + config->jitter_ns;
    const uint64_t earliest_ns =
        due_ns + (extra_ns > IMPAIR_REORDER_MIN_NS ? extra_ns : IMPAIR_REORDER_MIN_NS);
    const bool has_room = impair->reordered_count < IMPAIR_REORDERED_MAX;
    const uint64_t latest_ns = earliest_ns + (has_room ? IMPAIR_REORDER_MAX_NS : 0);
    ImpairDatagram *datagram = hold(impair, now_ns, latest_ns, route, bytes, size);
    if (datagram != NULL && has_room) {
        datagram->overtakes_left = IMPAIR_REORDER_OVERTAKES;
        datagram->earliest_ns = earliest_ns;
        impair->reordered[impair->reordered_count++] = datagram;
    }
}

static void hold_in_order(Impair *impair, uint64_t now_ns, uint64_t due_ns,
                          const ImpairRoute *route, const void *bytes, size_t size) {
    uint64_t *flow_due_ns = &impair->flow_due_ns[flow_of(route)];
    *flow_due_ns = due_ns > *flow_due_ns ? due_ns : *flow_due_ns;
    (void)hold(impair, now_ns, *flow_due_ns, route, bytes, size);
}

void impair_submit(Impair *impair, uint64_t now_ns, const ImpairRoute *route, const void *bytes,
                   size_t size) {
    const ImpairConfig *config = &impair->config;
    impair->stats.submitted++;
    // Every datagram uses the same number of draws, so that a change of one probability does not
    // affect the outcomes of the others.
    const bool is_lost = rng_chance(&impair->rng, config->loss);
    const bool is_doubled = rng_chance(&impair->rng, config->duplicate);
    const bool is_reordered = rng_chance(&impair->rng, config->reorder);
    const uint64_t jitter_ns = (uint64_t)(rng_unit(&impair->rng) * (double)config->jitter_ns);
    if (is_lost) {
        impair->stats.lost++;
        return;
    }
    impair->stats.duplicated += is_doubled;
    const uint64_t due_ns = now_ns + config->latency_ns + jitter_ns;
    for (uint32_t copy = 0; copy <= is_doubled; copy++) {
        if (is_reordered) {
            hold_back(impair, now_ns, due_ns, route, bytes, size);
        } else {
            hold_in_order(impair, now_ns, due_ns, route, bytes, size);
        }
    }
    impair->stats.reordered += is_reordered;
    if (!is_reordered) {
        const uint32_t flow = flow_of(route);
        overtake(impair, flow, impair->flow_due_ns[flow]);
    }
}

ImpairDatagram *impair_next_due(Impair *impair, uint64_t now_ns) {
    if (impair->count == 0 || impair->heap[0]->due_ns > now_ns) {
        return NULL;
    }
    const uint64_t late_ns = now_ns - impair->heap[0]->due_ns;
    impair->stats.late_ns += late_ns;
    if (late_ns > impair->stats.late_max_ns) {
        impair->stats.late_max_ns = late_ns;
    }
    return impair_next(impair);
}

ImpairDatagram *impair_next(Impair *impair) {
    if (impair->count == 0) {
        return NULL;
    }
    impair->stats.delivered++;
    ImpairDatagram *datagram = heap_pop(impair);
    if (datagram->overtakes_left > 0) {
        forget_reordered(impair, datagram);
    }
    return datagram;
}

void impair_free(ImpairDatagram *datagram) {
    free(datagram);
}

uint64_t impair_next_due_ns(const Impair *impair) {
    return impair->count > 0 ? impair->heap[0]->due_ns : UINT64_MAX;
}

ImpairStats impair_stats(const Impair *impair) {
    return impair->stats;
}
