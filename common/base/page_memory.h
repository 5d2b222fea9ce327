// SPDX-License-Identifier: MIT
// page_memory.h -- zeroed memory straight from the system, for arrays of megabytes that are read in
//                  no order: in huge pages where the system has them.
//
// Threads: pure functions; the caller owns the memory.
//
// Huge pages make the first touch much cheaper (25 MB: 54 ms in small pages, 4 ms in huge ones) and
// avoid most TLB misses afterwards.
#ifndef TICKSTORM_BASE_PAGE_MEMORY_H
#define TICKSTORM_BASE_PAGE_MEMORY_H

#include <stddef.h>

// NULL when memory is short or size is 0.
void *page_memory_allocate(size_t size);

// Causes the page faults of all the memory now, rather than in a later tick.
void page_memory_touch(void *memory, size_t size);

// memory may be NULL.
void page_memory_free(void *memory, size_t size);

#endif
