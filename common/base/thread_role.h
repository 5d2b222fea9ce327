// SPDX-License-Identifier: MIT
// thread_role.h -- which part of the program a thread runs, so that a function that is bound to one
//                  asserts it on entry.
//
// Flow:    a thread starts -> thread_role_enter(THREAD_SIM) -> functions: ASSERT_SIM_THREAD()
// Threads: a role belongs to the thread that entered it. A thread that entered none has all roles:
//          the main thread before it starts others and after it has joined them, and a test or a
//          benchmark that runs everything on one thread. Every other thread of a program enters one
//          at its start; tests/tidy.py looks for that.
// Errors:  a call from the wrong thread is a bug: one line on stderr, then abort().
//
// Asserts cost a load and a branch; they are on in every build, as all asserts are.
#ifndef TICKSTORM_BASE_THREAD_ROLE_H
#define TICKSTORM_BASE_THREAD_ROLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Roles are bits: a function may belong to several.
#define THREAD_MAIN     (1u << 0)
#define THREAD_NET_LOOP (1u << 1)
#define THREAD_SIM      (1u << 2) // in a serial phase of the tick
#define THREAD_WORKER   (1u << 3) // in a parallel phase: the pool's threads, and its caller too
#define THREAD_WRITER   (1u << 4)
#define THREAD_SWARM    (1u << 5)
#define THREAD_WATCH    (1u << 6)
#define THREAD_ROLES    7
#define THREAD_ANY      ((1u << THREAD_ROLES) - 1)

extern _Thread_local uint32_t g_thread_role;

// Returns the role that the calling thread had before.
static inline uint32_t thread_role_enter(uint32_t role) {
    const uint32_t before = g_thread_role;
    g_thread_role = role;
    return before;
}

#define ASSERT_THREAD(roles)                                                                       \
    ((g_thread_role & (roles)) != 0 ? (void)0                                                      \
                                    : thread_role_fail((roles), __func__, __FILE__, __LINE__))

#define ASSERT_MAIN_THREAD()   ASSERT_THREAD(THREAD_MAIN)
#define ASSERT_NET_LOOP()      ASSERT_THREAD(THREAD_NET_LOOP)
#define ASSERT_SIM_THREAD()    ASSERT_THREAD(THREAD_SIM)
#define ASSERT_WORKER()        ASSERT_THREAD(THREAD_WORKER)
#define ASSERT_SIM_OR_WORKER() ASSERT_THREAD(THREAD_SIM | THREAD_WORKER)
#define ASSERT_SWARM_THREAD()  ASSERT_THREAD(THREAD_SWARM)

// Prints the function, its threads and the calling thread, and aborts.
_Noreturn void thread_role_fail(uint32_t roles, const char *function, const char *file, int line);

// ---- one object, one thread: the first that uses it, until it releases the object

// All zero: without an owner.
typedef struct ThreadOwner {
    const void *thread; // an address that only this thread has
} ThreadOwner;

// The calling thread owns the object from now on, if no thread did. False: another one owns it.
static inline bool thread_owner_claim(ThreadOwner *owner) {
    if (owner->thread == NULL) {
        owner->thread = &g_thread_role;
    }
    return owner->thread == &g_thread_role;
}

static inline bool thread_owner_allows(const ThreadOwner *owner) {
    return owner->thread == NULL || owner->thread == &g_thread_role;
}

// The owner's: the next thread that uses the object owns it. Something else has to order the two.
static inline void thread_owner_release(ThreadOwner *owner) {
    owner->thread = NULL;
}

#define ASSERT_CLAIM(owner)                                                                        \
    (thread_owner_claim(owner) ? (void)0 : thread_owner_fail(__func__, __FILE__, __LINE__))
#define ASSERT_OWNER(owner)                                                                        \
    (thread_owner_allows(owner) ? (void)0 : thread_owner_fail(__func__, __FILE__, __LINE__))

_Noreturn void thread_owner_fail(const char *function, const char *file, int line);

#endif
