// SPDX-License-Identifier: MIT
#include "base/mpsc_queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 64

// In front of every record, one word: the tag above, the size below. Zero: not published yet. The
// consumer leaves zeroes behind, so a claimed header reads as zero until its producer writes it.
#define HEADER_BYTES sizeof(uint64_t)

static size_t record_bytes(size_t size) {
    return HEADER_BYTES + ((size + HEADER_BYTES - 1) & ~(HEADER_BYTES - 1));
}

bool mpsc_queue_create(MpscQueue *queue, size_t capacity_bytes) {
    size_t capacity = CAPACITY_MIN;
    while (capacity < capacity_bytes) {
        capacity *= 2;
    }
    memset(queue, 0, sizeof *queue);
    queue->buffer = calloc(1, capacity);
    queue->capacity = capacity;
    return queue->buffer != NULL;
}

void mpsc_queue_destroy(MpscQueue *queue) {
    free(queue->buffer);
    memset(queue, 0, sizeof *queue);
}

// Headers never wrap: records and the capacity are multiples of a header.
static _Atomic uint64_t *header_at(const MpscQueue *queue, uint64_t cursor) {
    return (_Atomic uint64_t *)(void *)(queue->buffer + (cursor & (queue->capacity - 1)));
}

// The record behind a header: where it starts, and how much of it lies before the buffer's end; the
// rest wraps to the start.
typedef struct Place {
    uint8_t *start;
    size_t before_end;
} Place;

static Place place_of(const MpscQueue *queue, uint64_t cursor, size_t size) {
    const size_t start = (size_t)((cursor + HEADER_BYTES) & (queue->capacity - 1));
    const size_t to_end = queue->capacity - start;
    return (Place){queue->buffer + start, size < to_end ? size : to_end};
}

// False when there is no room; else *cursor is where the claimed bytes begin.
static bool claim(MpscQueue *queue, size_t need, uint64_t *cursor) {
    // Relaxed: the bytes behind head are this producer's only after the exchange below.
    uint64_t head = atomic_load_explicit(&queue->head, memory_order_relaxed);
    do {
        // Acquire: pairs with the release in mpsc_queue_pop(), so that the consumer has read the
        // bytes, and zeroed them, that are about to be overwritten.
        const uint64_t tail = atomic_load_explicit(&queue->tail, memory_order_acquire);
        // Since head was read, another producer may have moved it, and the consumer's cursor may
        // have followed.
        if (head < tail || head + need - tail > queue->capacity) {
            const uint64_t seen = atomic_load_explicit(&queue->head, memory_order_relaxed);
            if (seen == head) {
                return false;
            }
            head = seen;
            continue;
        }
        // Relaxed: a claim publishes nothing.
        if (atomic_compare_exchange_weak_explicit(&queue->head, &head, head + need,
                                                  memory_order_relaxed, memory_order_relaxed)) {
            *cursor = head;
            return true;
        }
    } while (true);
}

bool mpsc_queue_push(MpscQueue *queue, uint32_t tag, const void *record, size_t size) {
    assert(size > 0);
    uint64_t cursor;
    if (size > queue->capacity / 2 || !claim(queue, record_bytes(size), &cursor)) {
        return false;
    }
    const Place place = place_of(queue, cursor, size);
    memcpy(place.start, record, place.before_end);
    memcpy(queue->buffer, (const uint8_t *)record + place.before_end, size - place.before_end);
    // Release: pairs with the acquire in mpsc_queue_peek(), which then sees the bytes.
    atomic_store_explicit(header_at(queue, cursor), (uint64_t)tag << 32 | size,
                          memory_order_release);
    return true;
}

bool mpsc_queue_peek(const MpscQueue *queue, MpscRecord *record) {
    ASSERT_OWNER(&queue->consumer);
    // Relaxed: only this thread writes tail.
    const uint64_t tail = atomic_load_explicit(&queue->tail, memory_order_relaxed);
    // Acquire: pairs with the release in mpsc_queue_push().
    const uint64_t header = atomic_load_explicit(header_at(queue, tail), memory_order_acquire);
    if (header == 0) {
        return false;
    }
    const size_t size = (uint32_t)header;
    const Place place = place_of(queue, tail, size);
    *record = (MpscRecord){.tag = (uint32_t)(header >> 32),
                           .parts = {place.start, queue->buffer},
                           .sizes = {place.before_end, size - place.before_end}};
    return true;
}

void mpsc_queue_pop(MpscQueue *queue) {
    ASSERT_CLAIM(&queue->consumer);
    // Relaxed: only this thread writes tail, and it has peeked at the header.
    const uint64_t tail = atomic_load_explicit(&queue->tail, memory_order_relaxed);
    const size_t size =
        (uint32_t)atomic_load_explicit(header_at(queue, tail), memory_order_relaxed);
    assert(size > 0);
    const Place place = place_of(queue, tail, size);
    memset(place.start, 0, place.before_end);
    memset(queue->buffer, 0, size - place.before_end);
    // Relaxed: the release below publishes it with the other zeroes.
    atomic_store_explicit(header_at(queue, tail), 0, memory_order_relaxed);
    // Release: pairs with the acquire in claim().
    atomic_store_explicit(&queue->tail, tail + record_bytes(size), memory_order_release);
}

Fault mpsc_queue_validate(const MpscQueue *queue) {
    ASSERT_OWNER(&queue->consumer);
    const uint64_t tail = atomic_load_explicit(&queue->tail, memory_order_relaxed);
    const uint64_t head = atomic_load_explicit(&queue->head, memory_order_relaxed);
    if (head - tail > queue->capacity || (head | tail) % HEADER_BYTES != 0) {
        return (Fault){.what = "a queue's cursors are not where records begin and end"};
    }
    uint64_t cursor = tail;
    while (cursor < head) {
        // Acquire: as in mpsc_queue_peek().
        const uint64_t header =
            atomic_load_explicit(header_at(queue, cursor), memory_order_acquire);
        const size_t size = (uint32_t)header;
        if (header == 0) {
            return (Fault){0}; // not published yet: the bytes behind it are unknown
        }
        if (size == 0 || size > queue->capacity / 2 || record_bytes(size) > head - cursor) {
            return (Fault){.what = "a queue's record passes its head",
                           .place = "byte",
                           .index = (uint32_t)(cursor & (queue->capacity - 1))};
        }
        cursor += record_bytes(size);
    }
    return (Fault){0};
}
