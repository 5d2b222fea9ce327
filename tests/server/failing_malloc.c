// SPDX-License-Identifier: MIT
// failing_malloc.c -- preloaded into a program: makes chosen allocations fail.
//
// Flow:    FAILING_MALLOC names a file that the test and the program map -> each allocation of the
//          program and of its libraries is counted there, and fails where the test says so
// Threads: any.
// Source:  as allocation_count.c; a library that is preloaded replaces malloc for all.
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

// As in allocation_failures.py.
typedef struct Control {
    _Atomic uint64_t count;  // so far
    _Atomic uint64_t failed; // of them
    _Atomic uint64_t nth;    // fails, counted from 1; 0: none
    _Atomic uint64_t every;  // each multiple of this fails; 0: none
} Control;

static Control *g_control;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

__attribute__((constructor)) static void open_control(void) {
    const char *name = getenv("FAILING_MALLOC");
    const int descriptor = name != NULL ? open(name, O_RDWR | O_CLOEXEC) : -1;
    if (descriptor < 0) {
        return;
    }
    void *mapped = mmap(NULL, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    close(descriptor);
    g_control = mapped != MAP_FAILED ? mapped : NULL;
}

static int fails_now(void) {
    Control *control = g_control;
    if (control == NULL) {
        return 0;
    }
    const uint64_t count = atomic_fetch_add(&control->count, 1) + 1;
    const uint64_t every = control->every;
    if (count != control->nth && (every == 0 || count % every != 0)) {
        return 0;
    }
    atomic_fetch_add(&control->failed, 1);
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size) {
    return fails_now() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    return fails_now() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *block, size_t size) {
    return fails_now() ? NULL : __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    return fails_now() ? NULL : __libc_memalign(alignment, size);
}
