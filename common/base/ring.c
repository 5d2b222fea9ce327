// SPDX-License-Identifier: MIT
#include "base/ring.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

// In front of every record. A filler covers the unusable rest of the buffer before a wrap.
typedef struct RecordHeader {
    uint32_t size; // payload bytes
    uint32_t is_filler;
} RecordHeader;

static size_t record_bytes(size_t size) {
    return sizeof(RecordHeader) + ((size + 7) & ~(size_t)7);
}

bool ring_create(Ring *ring, size_t capacity_bytes) {
    size_t capacity = 64;
    while (capacity < capacity_bytes) {
        capacity *= 2;
    }
    memset(ring, 0, sizeof *ring);
    ring->buffer = aligned_alloc(CACHE_LINE_BYTES, capacity);
    ring->capacity = capacity;
    return ring->buffer != NULL;
}

void ring_destroy(Ring *ring) {
    free(ring->buffer);
    memset(ring, 0, sizeof *ring);
}

static RecordHeader *header_at(const Ring *ring, size_t cursor) {
    return (RecordHeader *)(void *)(ring->buffer + (cursor & (ring->capacity - 1)));
}

void *ring_reserve(Ring *ring, size_t size) {
    // Relaxed: only this thread writes head.
    const size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    const size_t need = record_bytes(size);
    const size_t to_end = ring->capacity - (head & (ring->capacity - 1));
    const size_t filler = need > to_end ? to_end : 0;
    if (need > ring->capacity / 2 || head + filler + need - ring->tail_seen > ring->capacity) {
        // Acquire: pairs with the release in ring_pop, so that the consumer's reads of the bytes
        // that are about to be overwritten have happened.
        ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
        if (need > ring->capacity / 2 || head + filler + need - ring->tail_seen > ring->capacity) {
            // Relaxed: a statistic.
            atomic_fetch_add_explicit(&ring->refused, 1, memory_order_relaxed);
            return NULL;
        }
    }
    if (filler > 0) {
        *header_at(ring, head) = (RecordHeader){(uint32_t)(filler - sizeof(RecordHeader)), 1};
    }
    ring->reserved = filler;
    return header_at(ring, head + filler) + 1;
}

void ring_commit(Ring *ring, size_t size) {
    const size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    const size_t start = head + ring->reserved;
    *header_at(ring, start) = (RecordHeader){(uint32_t)size, 0};
    ring->reserved = 0;
    // Release: the record's bytes become visible before the cursor that announces them.
    atomic_store_explicit(&ring->head, start + record_bytes(size), memory_order_release);
}

bool ring_push(Ring *ring, const void *record, size_t size) {
    void *room = ring_reserve(ring, size);
    if (room == NULL) {
        return false;
    }
    memcpy(room, record, size);
    ring_commit(ring, size);
    return true;
}

const void *ring_peek(Ring *ring, size_t *size) {
    // Relaxed: only this thread writes tail.
    size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    for (;;) {
        if (tail == ring->head_seen) {
            // Acquire: pairs with the release in ring_commit; the record's bytes are then visible.
            ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
            if (tail == ring->head_seen) {
                return NULL;
            }
        }
        const RecordHeader *header = header_at(ring, tail);
        if (!header->is_filler) {
            *size = header->size;
            return header + 1;
        }
        tail += record_bytes(header->size);
        // Release: as in ring_pop.
        atomic_store_explicit(&ring->tail, tail, memory_order_release);
    }
}

void ring_pop(Ring *ring) {
    const size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    assert(tail != ring->head_seen);
    const RecordHeader *header = header_at(ring, tail);
    assert(!header->is_filler);
    // Release: this thread's reads of the record end before the producer may overwrite it.
    atomic_store_explicit(&ring->tail, tail + record_bytes(header->size), memory_order_release);
}

size_t ring_used_bytes(const Ring *ring) {
    // Relaxed: a hint; the two loads may straddle changes.
    const size_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    const size_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
    return head >= tail ? head - tail : 0;
}

uint64_t ring_refused(const Ring *ring) {
    return atomic_load_explicit(&ring->refused, memory_order_relaxed); // a statistic
}
