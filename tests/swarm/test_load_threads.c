// SPDX-License-Identifier: MIT
// test_load_threads.c -- a row for every function of load/ that is bound to a thread: called from
//                        any other one, it aborts and names both.
#include "thread_rules.h"

#include "tools/swarm/load/bot_group.h"
#include "tools/swarm/load/bot_io.h"
#include "tools/swarm/load/swarm_thread.h"
#include "tools/swarm/load/thread_results.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define ROLE_RULES(X)                                                                              \
    X(THREAD_SWARM, bot_group_follow_shape, (nothing(), 0))                                        \
    X(THREAD_SWARM, bot_group_serve_due, (nothing(), 0, 0))                                        \
    X(THREAD_SWARM, bot_group_send_due, (nothing(), 0, 0))                                         \
    X(THREAD_SWARM, bot_group_send_spam, (nothing(), 0))                                           \
    X(THREAD_SWARM, bot_group_poll, (nothing(), 0, 0))                                             \
    X(THREAD_SWARM, bot_group_say_goodbye, (nothing(), 0))                                         \
    X(THREAD_SWARM, thread_results_push, (nothing(), nothing(), false, nothing(), TRANSPORT_OK))   \
    X(THREAD_SWARM, thread_results_end, (nothing(), nothing()))                                    \
    X(THREAD_MAIN, thread_results_collect,                                                         \
      (nothing(), nothing(), nothing(), nothing(), nothing()))                                     \
    X(THREAD_MAIN, thread_results_have_ended, (nothing()))                                         \
    X(THREAD_MAIN, swarm_thread_start, (nothing(), nothing(), 0))                                  \
    X(THREAD_MAIN, swarm_thread_join, (nothing()))

static BotIo g_io;

static void call_bot_io_destroy(void) {
    bot_io_destroy(&g_io);
}

static void call_bot_io_add(void) {
    (void)bot_io_add(&g_io, 0, nothing());
}

static void call_bot_io_wait(void) {
    uint32_t bots[BOT_IO_EVENTS_MAX];
    (void)bot_io_wait(&g_io, 0, bots);
}

static void call_bot_io_deliver(void) {
    (void)bot_io_deliver(&g_io, 0);
}

ROLE_RULES(THREAD_RULE_CALL)

static void load_functions_refuse_other_threads(void **state) {
    (void)state;
    static const ThreadRule rules[] = {ROLE_RULES(THREAD_RULE_ROW)};
    thread_rules_check(rules, COUNT(rules));
}

static void a_bot_io_refuses_all_threads_but_its_owner(void **state) {
    (void)state;
    static const ThreadRule rules[] = {{"bot_io_destroy", THREAD_ANY, call_bot_io_destroy},
                                       {"bot_io_add", THREAD_ANY, call_bot_io_add},
                                       {"bot_io_wait", THREAD_ANY, call_bot_io_wait},
                                       {"bot_io_deliver", THREAD_ANY, call_bot_io_deliver}};
    g_io.owner.thread = &g_io; // no thread's address
    thread_rules_check_owners(rules, COUNT(rules));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(load_functions_refuse_other_threads),
        cmocka_unit_test(a_bot_io_refuses_all_threads_but_its_owner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
