// SPDX-License-Identifier: MIT
// mpsc_queue.h -- a bounded multi-producer single-consumer queue of byte records.
//
// Flow:    producers: mpsc_queue_push;  consumer: mpsc_queue_peek -> use -> mpsc_queue_pop
// Threads: any number of threads push, one pops and owns that side (asserted); no thread waits. A
//          producer claims its bytes with one compare-and-swap and publishes them with one store.
// Order:   records come out in the order in which their bytes were claimed. A producer that is
//          stopped between its claim and its publication holds back the records behind it.
// Memory:  one power-of-two buffer, allocated by mpsc_queue_create.
// Errors:  a full queue refuses the record; the caller defines what that means.
#ifndef TICKSTORM_BASE_MPSC_QUEUE_H
#define TICKSTORM_BASE_MPSC_QUEUE_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/spsc_queue.h"

typedef struct MpscQueue {
    uint8_t *buffer;
    size_t capacity; // bytes, a power of two
    // Written by the producers.
    alignas(CACHE_LINE_BYTES) _Atomic uint64_t head; // bytes ever claimed
    // Written by the consumer.
    alignas(CACHE_LINE_BYTES) _Atomic uint64_t tail; // bytes ever popped
    ThreadOwner consumer;
} MpscQueue;

// A record in the queue: bytes of the buffer, in two parts where it wraps.
typedef struct MpscRecord {
    uint32_t tag;
    const uint8_t *parts[2];
    size_t sizes[2];
} MpscRecord;

// Capacity is rounded up to a power of two. False when memory is short.
bool mpsc_queue_create(MpscQueue *queue, size_t capacity_bytes);
void mpsc_queue_destroy(MpscQueue *queue);

// Any thread. Copies the record; false when there is no room. size is at least 1. The tag is the
// caller's and comes out with the record.
bool mpsc_queue_push(MpscQueue *queue, uint32_t tag, const void *record, size_t size);

// The consumer. The oldest record, valid until mpsc_queue_pop(); false when none is published.
bool mpsc_queue_peek(const MpscQueue *queue, MpscRecord *record);
void mpsc_queue_pop(MpscQueue *queue);

// The consumer: checks the cursors and every published record.
Fault mpsc_queue_validate(const MpscQueue *queue);

#endif
