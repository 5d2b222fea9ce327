// SPDX-License-Identifier: MIT
#include "server/allocation_count.h"

#include <stdatomic.h>
#include <stdlib.h>

#if defined(__has_feature)
#define HAS_FEATURE(name) __has_feature(name)
#else
#define HAS_FEATURE(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
    HAS_FEATURE(address_sanitizer) || HAS_FEATURE(thread_sanitizer) || !defined(__GLIBC__)
#define COUNTS 0
#else
#define COUNTS 1
#endif

static _Atomic uint64_t g_count;

bool allocation_count_works(void) {
    return COUNTS;
}

uint64_t allocation_count(void) {
    return atomic_load_explicit(&g_count, memory_order_relaxed); // a statistic
}

#if COUNTS

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);

static void count_one(void) {
    atomic_fetch_add_explicit(&g_count, 1, memory_order_relaxed); // a statistic
}

void *malloc(size_t size) {
    count_one();
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    count_one();
    return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size) {
    count_one();
    return __libc_realloc(block, size);
}

#endif
