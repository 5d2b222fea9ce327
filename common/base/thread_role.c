// SPDX-License-Identifier: MIT
#include "base/thread_role.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stderr_direct.h"

_Thread_local uint32_t g_thread_role = THREAD_ANY;

static void append_roles(char *text, size_t size, uint32_t roles) {
    static const char *const names[THREAD_ROLES] = {
        "the main thread",   "a net loop",     "the sim thread", "a worker",
        "the writer thread", "a swarm thread", "the watch"};
    const char *separator = "";
    for (uint32_t i = 0; i < THREAD_ROLES; i++) {
        if ((roles >> i & 1) != 0) {
            const size_t length = strlen(text);
            snprintf(text + length, size - length, "%s%s", separator, names[i]);
            separator = " or ";
        }
    }
}

void thread_role_fail(uint32_t roles, const char *function, const char *file, int line) {
    char allowed[256] = "";
    char caller[256] = "";
    char text[768];
    append_roles(allowed, sizeof allowed, roles);
    append_roles(caller, sizeof caller, g_thread_role);
    snprintf(text, sizeof text, "%s:%d: %s() belongs to %s, but was called by %s\n", file, line,
             function, allowed, caller);
    stderr_direct_write(text);
    abort();
}

void thread_owner_fail(const char *function, const char *file, int line) {
    char text[512];
    snprintf(text, sizeof text, "%s:%d: %s() was called for what another thread owns\n", file, line,
             function);
    stderr_direct_write(text);
    abort();
}
