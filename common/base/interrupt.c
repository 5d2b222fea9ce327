// SPDX-License-Identifier: MIT
#include "base/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/stderr_direct.h"
#include "base/thread_role.h"

// Set before the handlers are installed.
static int g_exit_code;
static HangUp g_hang_up;
static int g_event = -1;

// Shared with the handlers, which may run on any thread. Relaxed: none depends on another.
static _Atomic uint32_t g_allowed;
static _Atomic uint32_t g_count;         // SIGINT and SIGTERM
static _Atomic uint32_t g_hang_up_count; // SIGHUP
static const char *_Atomic g_farewell;

static uint32_t get(const _Atomic uint32_t *count) {
    return atomic_load_explicit(count, memory_order_relaxed);
}

// ------------------------------------------------------------------ the handlers

static void say_farewell(void) {
    const char *text = atomic_load_explicit(&g_farewell, memory_order_relaxed);
    if (text != NULL) {
        stderr_direct_write(text);
    }
}

static void signal_main(void) {
    const uint64_t one = 1;
    (void)!write(g_event, &one, sizeof one);
}

static void on_interrupt(int number) {
    (void)number;
    const int error = errno;
    const uint32_t before = atomic_fetch_add_explicit(&g_count, 1, memory_order_relaxed);
    if (before >= get(&g_allowed)) {
        say_farewell();
        _exit(g_exit_code);
    }
    signal_main();
    errno = error;
}

static void on_hang_up(int number) {
    (void)number;
    const int error = errno;
    atomic_fetch_add_explicit(&g_hang_up_count, 1, memory_order_relaxed);
    if (g_hang_up == HANG_UP_INTERRUPTS && get(&g_allowed) == 0) {
        _exit(g_exit_code);
    }
    signal_main();
    errno = error;
}

static bool is_ignored(int number) {
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

void interrupt_leave(void) {
    ASSERT_MAIN_THREAD();
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

void interrupt_catch(int exit_code, HangUp hang_up) {
    ASSERT_MAIN_THREAD();
    // One handler at a time, so that the farewell is written once.
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = SA_RESTART};
    sigaddset(&action.sa_mask, SIGINT);
    sigaddset(&action.sa_mask, SIGTERM);
    sigaddset(&action.sa_mask, SIGHUP);
    g_exit_code = exit_code;
    g_hang_up = hang_up;
    if (g_event < 0) {
        g_event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    }
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = on_hang_up;
    if (hang_up == HANG_UP_IS_COUNTED || !is_ignored(SIGHUP)) {
        sigaction(SIGHUP, &action, NULL);
    }
    interrupt_leave(); // pending signals are delivered now, to the handlers
}

// ------------------------------------------------------------------ the program

void interrupt_allow(uint32_t count) {
    ASSERT_MAIN_THREAD();
    atomic_store_explicit(&g_allowed, get(&g_count) + count, memory_order_relaxed);
}

uint32_t interrupt_count(void) {
    const uint32_t count = get(&g_count);
    return g_hang_up == HANG_UP_INTERRUPTS && count == 0 ? get(&g_hang_up_count) : count;
}

uint32_t interrupt_hang_up_count(void) {
    return get(&g_hang_up_count);
}

void interrupt_reset(void) {
    ASSERT_MAIN_THREAD();
    interrupt_clear();
    atomic_store_explicit(&g_count, 0, memory_order_relaxed);
    atomic_store_explicit(&g_hang_up_count, 0, memory_order_relaxed);
}

int interrupt_descriptor(void) {
    return g_event;
}

void interrupt_clear(void) {
    uint64_t count;
    (void)!read(g_event, &count, sizeof count);
}

bool interrupt_wait(uint64_t duration_ns) {
    const uint64_t end_ns = clock_now_ns() + duration_ns;
    for (uint64_t now_ns; interrupt_count() == 0 && (now_ns = clock_now_ns()) < end_ns;) {
        const uint64_t left_ms = (end_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS;
        struct pollfd event = {.fd = g_event, .events = POLLIN};
        poll(&event, 1, left_ms < 1000 ? (int)left_ms : 1000);
    }
    return interrupt_count() > 0;
}

void interrupt_set_farewell(const char *text) {
    ASSERT_MAIN_THREAD();
    atomic_store_explicit(&g_farewell, text, memory_order_relaxed);
}
