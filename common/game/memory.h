// SPDX-License-Identifier: MIT
// memory.h -- arrays that several workers share: zeroed, and aligned to cache lines, so that pieces
//             of whole lines never meet in one.
#ifndef TICKSTORM_GAME_MEMORY_H
#define TICKSTORM_GAME_MEMORY_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_LINE_BYTES 64

// NULL when memory is short. Freed with free().
static inline void *memory_allocate(size_t count, size_t size) {
    const size_t lines = count * size / MEMORY_LINE_BYTES + 1;
    void *memory = aligned_alloc(MEMORY_LINE_BYTES, lines * MEMORY_LINE_BYTES);
    return memory != NULL ? memset(memory, 0, lines * MEMORY_LINE_BYTES) : NULL;
}

// Prefetches the cache line of an address for writing. A line fetched for reading must be requested
// again before a write. __builtin_prefetch(p, 1) compiles to a read prefetch where the compiler
// cannot assume prefetchw, hence the instruction itself; processors without it execute a no-op.
static inline void memory_acquire(const void *address) {
#if defined(__x86_64__)
    __asm__ volatile("prefetchw %0" : : "m"(*(const char *)address));
#else
    __builtin_prefetch(address, 1);
#endif
}

#endif
