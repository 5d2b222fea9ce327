// SPDX-License-Identifier: MIT
#include "base/spsc_queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

// Stands before every record. A filler covers the end of the buffer when it is too short for the
// next record.
typedef struct RecordHeader {
    uint32_t size; // payload bytes
    uint32_t is_filler;
} RecordHeader;

static size_t record_bytes(size_t size) {
    return sizeof(RecordHeader) + ((size + 7) & ~(size_t)7);
}

bool spsc_queue_create(SpscQueue *queue, size_t capacity_bytes) {
    size_t capacity = 64;
    while (capacity < capacity_bytes) {
        capacity *= 2;
    }
    memset(queue, 0, sizeof *queue);
    queue->buffer = aligned_alloc(CACHE_LINE_BYTES, capacity);
    queue->capacity = capacity;
    return queue->buffer != NULL;
}

void spsc_queue_destroy(SpscQueue *queue) {
    free(queue->buffer);
    memset(queue, 0, sizeof *queue);
}

static RecordHeader *header_at(const SpscQueue *queue, size_t cursor) {
    return (RecordHeader *)(void *)(queue->buffer + (cursor & (queue->capacity - 1)));
}

void *spsc_queue_reserve(SpscQueue *queue, size_t size) {
    ASSERT_CLAIM(&queue->producer);
    // Relaxed: only this thread writes head.
    const size_t head = atomic_load_explicit(&queue->head, memory_order_relaxed);
    const size_t need = record_bytes(size);
    const size_t to_end = queue->capacity - (head & (queue->capacity - 1));
    const size_t filler = need > to_end ? to_end : 0;
    if (need > queue->capacity / 2 || head + filler + need - queue->tail_seen > queue->capacity) {
        // Acquire: pairs with the release in spsc_queue_pop, so that the consumer's reads of the
        // bytes that are about to be overwritten have happened.
        queue->tail_seen = atomic_load_explicit(&queue->tail, memory_order_acquire);
        if (need > queue->capacity / 2 ||
            head + filler + need - queue->tail_seen > queue->capacity) {
            return NULL;
        }
    }
    if (filler > 0) {
        *header_at(queue, head) = (RecordHeader){(uint32_t)(filler - sizeof(RecordHeader)), 1};
    }
    queue->reserved = filler;
    return header_at(queue, head + filler) + 1;
}

void spsc_queue_commit(SpscQueue *queue, size_t size) {
    ASSERT_CLAIM(&queue->producer);
    const size_t head = atomic_load_explicit(&queue->head, memory_order_relaxed);
    const size_t start = head + queue->reserved;
    *header_at(queue, start) = (RecordHeader){(uint32_t)size, 0};
    queue->reserved = 0;
    // Release: the record's bytes become visible before the cursor that announces them.
    atomic_store_explicit(&queue->head, start + record_bytes(size), memory_order_release);
}

bool spsc_queue_push(SpscQueue *queue, const void *record, size_t size) {
    void *room = spsc_queue_reserve(queue, size);
    if (room == NULL) {
        return false;
    }
    memcpy(room, record, size);
    spsc_queue_commit(queue, size);
    return true;
}

const void *spsc_queue_peek(SpscQueue *queue, size_t *size) {
    ASSERT_CLAIM(&queue->consumer);
    // Relaxed: only this thread writes tail.
    size_t tail = atomic_load_explicit(&queue->tail, memory_order_relaxed);
    for (;;) {
        if (tail == queue->head_seen) {
            // Acquire: pairs with the release in spsc_queue_commit; the record's bytes are then
            // visible.
            queue->head_seen = atomic_load_explicit(&queue->head, memory_order_acquire);
            if (tail == queue->head_seen) {
                return NULL;
            }
        }
        const RecordHeader *header = header_at(queue, tail);
        if (!header->is_filler) {
            *size = header->size;
            return header + 1;
        }
        tail += record_bytes(header->size);
        // Release: as in spsc_queue_pop.
        atomic_store_explicit(&queue->tail, tail, memory_order_release);
    }
}

void spsc_queue_pop(SpscQueue *queue) {
    ASSERT_CLAIM(&queue->consumer);
    const size_t tail = atomic_load_explicit(&queue->tail, memory_order_relaxed);
    assert(tail != queue->head_seen);
    const RecordHeader *header = header_at(queue, tail);
    assert(!header->is_filler);
    // Release: this thread's reads of the record end before the producer may overwrite it.
    atomic_store_explicit(&queue->tail, tail + record_bytes(header->size), memory_order_release);
}

size_t spsc_queue_used_bytes(const SpscQueue *queue) {
    // Relaxed: a hint; the two loads may straddle changes.
    const size_t tail = atomic_load_explicit(&queue->tail, memory_order_relaxed);
    const size_t head = atomic_load_explicit(&queue->head, memory_order_relaxed);
    return head >= tail ? head - tail : 0;
}

Fault spsc_queue_validate(const SpscQueue *queue) {
    // Acquire: the records before the producer's cursor are complete. The caller is one of the two
    // sides, so the bytes in between stay as they are: to overwrite a record takes a pop by the one
    // and a push by the other.
    const size_t tail = atomic_load_explicit(&queue->tail, memory_order_acquire);
    const size_t head = atomic_load_explicit(&queue->head, memory_order_acquire);
    if (head - tail > queue->capacity) {
        return (Fault){.what = "a queue's cursors are further apart than its capacity"};
    }
    size_t cursor = tail;
    while (cursor < head) {
        const RecordHeader *header = header_at(queue, cursor);
        const size_t to_end = queue->capacity - (cursor & (queue->capacity - 1));
        if (header->is_filler > 1 || header->size > to_end - sizeof(RecordHeader)) {
            return (Fault){.what = "a queue's record does not end within its buffer",
                           .place = "byte",
                           .index = (uint32_t)(cursor & (queue->capacity - 1))};
        }
        cursor += record_bytes(header->size);
    }
    return cursor == head ? (Fault){0} : (Fault){.what = "a queue's last record passes its head"};
}
