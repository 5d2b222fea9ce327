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

// Asks for the line of an address in order to write it. One that was asked for only to be read has
// to be asked for again. The compiler's own prefetch for writing is one for reading where it may
// not take prefetchw for granted; processors that lack the instruction pass over it.
static inline void memory_acquire(const void *address) {
#if defined(__x86_64__)
    __asm__ volatile("prefetchw %0" : : "m"(*(const char *)address));
#else
    __builtin_prefetch(address, 1);
#endif
}

#endif
