// SPDX-License-Identifier: MIT
// spsc_queue.h -- a bounded single-producer single-consumer queue of variable-sized records.
//
// Flow:    producer: spsc_queue_reserve -> fill -> spsc_queue_commit;  consumer: spsc_queue_peek ->
//          use -> spsc_queue_pop
// Threads: one thread produces, one consumes, both without waiting: the first that does so owns
//          that side (asserted). The two cursors are the only shared words; each is written by one
//          side.
// Memory:  one power-of-two buffer, allocated by spsc_queue_create. A record is contiguous: where
//          it does not fit before the end of the buffer, a filler record skips to the start.
// Errors:  a full queue refuses the record and counts it; the caller defines what that means.
#ifndef TICKSTORM_BASE_SPSC_QUEUE_H
#define TICKSTORM_BASE_SPSC_QUEUE_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/thread_role.h"

#define CACHE_LINE_BYTES 64

typedef struct SpscQueue {
    uint8_t *buffer;
    size_t capacity; // bytes, a power of two
    // Written by the producer.
    alignas(CACHE_LINE_BYTES) _Atomic size_t head; // bytes ever committed
    size_t tail_seen;                              // the consumer's cursor as last read
    size_t reserved;                               // bytes of the open reservation, filler included
    ThreadOwner producer;
    // Written by the consumer.
    alignas(CACHE_LINE_BYTES) _Atomic size_t tail; // bytes ever popped
    size_t head_seen;                              // the producer's cursor as last read
    ThreadOwner consumer;
} SpscQueue;

// Capacity is rounded up to a power of two. False when memory is short.
bool spsc_queue_create(SpscQueue *queue, size_t capacity_bytes);
void spsc_queue_destroy(SpscQueue *queue);

// Producer. Room for size bytes, aligned to 8, or NULL when the queue is full. Nothing is
// visible to the consumer before spsc_queue_commit(); a reservation may be shrunk by committing
// less.
void *spsc_queue_reserve(SpscQueue *queue, size_t size);
void spsc_queue_commit(SpscQueue *queue, size_t size);

// Producer. Reserve, copy, commit; false when full.
bool spsc_queue_push(SpscQueue *queue, const void *record, size_t size);

// Consumer. The oldest record and its size, or NULL when empty. Valid until spsc_queue_pop().
const void *spsc_queue_peek(SpscQueue *queue, size_t *size);
void spsc_queue_pop(SpscQueue *queue);

// Any thread, as a hint: bytes in use now.
size_t spsc_queue_used_bytes(const SpscQueue *queue);

// Producer or consumer: checks the cursors and every record between them.
Fault spsc_queue_validate(const SpscQueue *queue);

#endif
