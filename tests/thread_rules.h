// SPDX-License-Identifier: MIT
// thread_rules.h -- tables of functions that are bound to a thread, each called from all others.
//
// Flow:    THREAD_RULES(X): X(roles, function, (arguments)) a row -> thread_rules_check()
//          one child process for each row and wrong role: enters the role, calls the function, and
//          must abort with a line that names the function and both threads
//
// A call never gets past the assert on entry, so its arguments may be meaningless: nothing() points
// to zeroes.
#ifndef TICKSTORM_TESTS_THREAD_RULES_H
#define TICKSTORM_TESTS_THREAD_RULES_H

#include "support.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/thread_role.h"

typedef struct ThreadRule {
    const char *function;
    uint32_t roles;
    void (*call)(void);
} ThreadRule;

#define THREAD_RULE_CALL(roles, function, arguments)                                               \
    static void call_##function(void) {                                                            \
        (void)function arguments;                                                                  \
    }
#define THREAD_RULE_ROW(roles, function, arguments) {#function, roles, call_##function},

static inline void *nothing(void) {
    static _Alignas(64) uint8_t zeroes[4096];
    return zeroes;
}

// The text that a child process wrote to stderr before it aborted; empty when it did not abort.
static inline void thread_rules_abort_text(void (*call)(void), uint32_t role, char *text,
                                           size_t size) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        signal(SIGABRT, SIG_DFL);
        dup2(ends[1], STDERR_FILENO);
        thread_role_enter(role);
        call();
        _exit(0);
    }
    close(ends[1]);
    size_t length = 0;
    for (ssize_t count;
         length + 1 < size && (count = read(ends[0], text + length, size - 1 - length)) > 0;) {
        length += (size_t)count;
    }
    text[length] = '\0';
    close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT) {
        text[0] = '\0';
    }
}

static inline void thread_rules_check(const ThreadRule *rules, size_t count) {
    for (size_t i = 0; i < count; i++) {
        for (uint32_t role = 1; role < THREAD_ANY; role <<= 1) {
            if ((rules[i].roles & role) != 0) {
                continue;
            }
            char text[1024];
            char wanted[256];
            thread_rules_abort_text(rules[i].call, role, text, sizeof text);
            snprintf(wanted, sizeof wanted, ": %s() belongs to ", rules[i].function);
            if (strstr(text, wanted) == NULL) {
                fail_msg("%s() accepts a call from role %#x: '%s'", rules[i].function, role, text);
            }
        }
    }
}

// The same for objects that another thread owns.
static inline void thread_rules_check_owners(const ThreadRule *rules, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char text[1024];
        char wanted[256];
        thread_rules_abort_text(rules[i].call, rules[i].roles, text, sizeof text);
        snprintf(wanted, sizeof wanted, ": %s() was called for what another thread owns",
                 rules[i].function);
        if (strstr(text, wanted) == NULL) {
            fail_msg("%s() accepts another thread's object: '%s'", rules[i].function, text);
        }
    }
}

#endif
