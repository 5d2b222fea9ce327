// SPDX-License-Identifier: MIT
#include "server/allocation_failure.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

static _Atomic uint64_t g_count;
static _Atomic uint64_t g_nth;
static _Atomic bool g_is_counting;
static _Atomic bool g_has_failed;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
char *__real_strdup(const char *text);
void *__real_enet_pool_malloc(size_t size);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
char *__wrap_strdup(const char *text);
void *__wrap_enet_pool_malloc(size_t size);

void allocation_failure_begin(uint64_t nth) {
    g_count = 0;
    g_nth = nth;
    g_has_failed = false;
}

void allocation_failure_resume(void) {
    g_is_counting = true;
}

void allocation_failure_pause(void) {
    g_is_counting = false;
}

bool allocation_failure_end(void) {
    g_is_counting = false;
    return g_has_failed;
}

static bool fails_now(void) {
    if (!g_is_counting || atomic_fetch_add(&g_count, 1) + 1 != g_nth) {
        return false;
    }
    g_has_failed = true;
    errno = ENOMEM;
    return true;
}

void *__wrap_malloc(size_t size) {
    return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    return fails_now() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size) {
    return fails_now() ? NULL : __real_realloc(block, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size) {
    return fails_now() ? NULL : __real_aligned_alloc(alignment, size);
}

char *__wrap_strdup(const char *text) {
    return fails_now() ? NULL : __real_strdup(text);
}

void *__wrap_enet_pool_malloc(size_t size) {
    return fails_now() ? NULL : __real_enet_pool_malloc(size);
}
