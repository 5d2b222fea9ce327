// SPDX-License-Identifier: MIT
// ring.h -- a bounded single-producer single-consumer queue of variable-sized records.
//
// Flow:    producer: ring_reserve -> fill -> ring_commit;  consumer: ring_peek -> use -> ring_pop
// Threads: one thread produces, one consumes, both without waiting. The two cursors are the only
//          shared words; each is written by one side.
// Memory:  one power-of-two buffer, allocated by ring_create. A record is contiguous: where it does
//          not fit before the end of the buffer, a filler record skips to the start.
// Errors:  a full ring refuses the record and counts it; what that means is the caller's to define.
#ifndef TICKSTORM_BASE_RING_H
#define TICKSTORM_BASE_RING_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CACHE_LINE_BYTES 64

typedef struct Ring {
    uint8_t *buffer;
    size_t capacity; // bytes, a power of two
    // Written by the producer.
    alignas(CACHE_LINE_BYTES) _Atomic size_t head; // bytes ever committed
    size_t tail_seen;                              // the consumer's cursor as last read
    size_t reserved;                               // bytes of the open reservation, filler included
    _Atomic uint64_t refused;                      // records that found the ring full
    // Written by the consumer.
    alignas(CACHE_LINE_BYTES) _Atomic size_t tail; // bytes ever popped
    size_t head_seen;                              // the producer's cursor as last read
} Ring;

// Capacity is rounded up to a power of two. False when memory is short.
bool ring_create(Ring *ring, size_t capacity_bytes);
void ring_destroy(Ring *ring);

// Producer. Room for size bytes, aligned to 8, or NULL when the ring is full (counted). Nothing is
// visible to the consumer before ring_commit(); a reservation may be shrunk by committing less.
void *ring_reserve(Ring *ring, size_t size);
void ring_commit(Ring *ring, size_t size);

// Producer. Reserve, copy, commit; false when full.
bool ring_push(Ring *ring, const void *record, size_t size);

// Consumer. The oldest record and its size, or NULL when empty. Valid until ring_pop().
const void *ring_peek(Ring *ring, size_t *size);
void ring_pop(Ring *ring);

// Either side or a third thread, as a hint: bytes in use now, and records refused so far.
size_t ring_used_bytes(const Ring *ring);
uint64_t ring_refused(const Ring *ring);

#endif
