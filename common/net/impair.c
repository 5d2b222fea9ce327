// SPDX-License-Identifier: MIT
#include "net/impair.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

// Datagrams of one route keep their order; routes are told apart by a hash, and two that share a
// bucket merely keep their order between them too.
#define FLOW_BUCKETS 256

struct Impair {
    ImpairConfig config;
    ImpairStats stats;
    Rng rng;
    uint64_t next_order;
    uint64_t flow_due_ns[FLOW_BUCKETS]; // when the newest datagram in order is due
    uint32_t capacity;
    uint32_t count;
    ImpairDatagram *heap[]; // the one due first on top
};

Impair *impair_create(const ImpairConfig *config, uint64_t seed, uint32_t capacity) {
    Impair *impair = calloc(1, sizeof(*impair) + capacity * sizeof(impair->heap[0]));
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

static bool datagram_is_before(const ImpairDatagram *a, const ImpairDatagram *b) {
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->order < b->order;
}

static void heap_push(Impair *impair, ImpairDatagram *datagram) {
    uint32_t at = impair->count++;
    while (at > 0) {
        const uint32_t parent = (at - 1) / 2;
        if (!datagram_is_before(datagram, impair->heap[parent])) {
            break;
        }
        impair->heap[at] = impair->heap[parent];
        at = parent;
    }
    impair->heap[at] = datagram;
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
        impair->heap[at] = impair->heap[child];
        at = child;
    }
    impair->heap[at] = last;
    return top;
}

static void hold(Impair *impair, uint64_t now_ns, uint64_t due_ns, const ImpairRoute *route,
                 const void *bytes, size_t size) {
    ImpairDatagram *datagram = NULL;
    if (impair->count < impair->capacity) {
        datagram = malloc(sizeof(*datagram) + size);
    }
    if (datagram == NULL) {
        impair->stats.overflowed++;
        return;
    }
    datagram->next = NULL;
    datagram->due_ns = due_ns;
    datagram->order = impair->next_order++;
    datagram->route = *route;
    datagram->size = size;
    if (size > 0) {
        memcpy(datagram->bytes, bytes, size);
    }
    heap_push(impair, datagram);
    impair->stats.delay_ns += due_ns - now_ns;
}

static uint64_t *flow_of(Impair *impair, const ImpairRoute *route) {
    const uint64_t from = (uint64_t)route->from_host << 16 | route->from_port;
    const uint64_t to = (uint64_t)route->to_host << 16 | route->to_port;
    return &impair->flow_due_ns[rng_mix(from ^ rng_mix(to)) % FLOW_BUCKETS];
}

void impair_submit(Impair *impair, uint64_t now_ns, const ImpairRoute *route, const void *bytes,
                   size_t size) {
    const ImpairConfig *config = &impair->config;
    impair->stats.submitted++;
    // Every datagram takes the same number of draws, so that changing one probability leaves the
    // fate that the others give it as it was.
    const bool is_lost = rng_chance(&impair->rng, config->loss);
    const bool is_doubled = rng_chance(&impair->rng, config->duplicate);
    const bool is_reordered = rng_chance(&impair->rng, config->reorder);
    const uint64_t jitter_ns = (uint64_t)(rng_unit(&impair->rng) * (double)config->jitter_ns);
    if (is_lost) {
        impair->stats.lost++;
        return;
    }
    uint64_t due_ns = now_ns + config->latency_ns + jitter_ns;
    if (is_reordered) {
        const uint64_t extra_ns = config->latency_ns + config->jitter_ns;
        due_ns += extra_ns > IMPAIR_REORDER_MIN_NS ? extra_ns : IMPAIR_REORDER_MIN_NS;
        impair->stats.reordered++;
    } else {
        uint64_t *flow_due_ns = flow_of(impair, route);
        due_ns = due_ns > *flow_due_ns ? due_ns : *flow_due_ns;
        *flow_due_ns = due_ns;
    }
    hold(impair, now_ns, due_ns, route, bytes, size);
    if (is_doubled) {
        impair->stats.duplicated++;
        hold(impair, now_ns, due_ns, route, bytes, size);
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
    return heap_pop(impair);
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
