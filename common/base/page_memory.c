// SPDX-License-Identifier: MIT
#include "base/page_memory.h"

#include <stdint.h>
#include <sys/mman.h>

#define HUGE_PAGE_BYTES  ((size_t)2 << 20)
#define SMALL_PAGE_BYTES 4096

static size_t round_up(size_t size) {
    return (size + HUGE_PAGE_BYTES - 1) & ~(HUGE_PAGE_BYTES - 1);
}

void *page_memory_allocate(size_t size) {
    const size_t bytes = round_up(size);
    if (bytes == 0 || bytes < size) {
        return NULL;
    }
    // Maps one huge page more than needed, so that an aligned piece lies within; the ends are
    // unmapped.
    uint8_t *mapped = mmap(NULL, bytes + HUGE_PAGE_BYTES, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) {
        return NULL;
    }
    const size_t head = -(uintptr_t)mapped & (HUGE_PAGE_BYTES - 1);
    if (head > 0) {
        munmap(mapped, head);
    }
    munmap(mapped + head + bytes, HUGE_PAGE_BYTES - head);
    // This is only advice: without it everything works, a little slower.
    (void)madvise(mapped + head, bytes, MADV_HUGEPAGE);
    return mapped + head;
}

void page_memory_touch(void *memory, size_t size) {
    volatile uint8_t *bytes = memory;
    for (size_t i = 0; i < size; i += SMALL_PAGE_BYTES) {
        bytes[i] = 0;
    }
}

void page_memory_free(void *memory, size_t size) {
    if (memory != NULL) {
        munmap(memory, round_up(size));
    }
}
