// SPDX-License-Identifier: MIT
#include "thread_rules.h"

#include <pthread.h>

#include "base/exit_deadline.h"
#include "base/interrupt.h"
#include "base/kept_text.h"
#include "base/log.h"
#include "base/options.h"
#include "base/options_completion.h"
#include "base/options_file.h"
#include "base/options_help.h"
#include "base/options_manual.h"
#include "base/output_file.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void sim_only(void) {
    ASSERT_SIM_THREAD();
}

static void sim_or_worker(void) {
    ASSERT_SIM_OR_WORKER();
}

static void a_thread_without_a_role_may_do_everything(void **state) {
    (void)state;
    assert_int_equal(g_thread_role, THREAD_ANY);
    sim_only();
    sim_or_worker();
    ASSERT_NET_LOOP();
    ASSERT_MAIN_THREAD();
    ASSERT_SWARM_THREAD();
}

static void a_role_allows_its_own_functions(void **state) {
    (void)state;
    const uint32_t before = thread_role_enter(THREAD_WORKER);
    assert_int_equal(before, THREAD_ANY);
    sim_or_worker();
    assert_int_equal(thread_role_enter(THREAD_SIM), THREAD_WORKER);
    sim_or_worker();
    sim_only();
    assert_int_equal(thread_role_enter(before), THREAD_SIM);
}

static void a_wrong_thread_aborts_with_one_line_that_names_both(void **state) {
    (void)state;
    static const ThreadRule rules[] = {
        {"sim_only", THREAD_SIM, sim_only},
        {"sim_or_worker", THREAD_SIM | THREAD_WORKER, sim_or_worker}};
    thread_rules_check(rules, COUNT(rules));
    char text[256];
    thread_rules_abort_text(sim_or_worker, THREAD_NET_LOOP, text, sizeof text);
    assert_non_null(strstr(text, "sim_or_worker() belongs to the sim thread or a worker, but was "
                                 "called by a net loop\n"));
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

#define MAIN_RULES(X)                                                                              \
    X(THREAD_MAIN, interrupt_catch, (0, HANG_UP_INTERRUPTS))                                       \
    X(THREAD_MAIN, interrupt_leave, ())                                                            \
    X(THREAD_MAIN, interrupt_allow, (1))                                                           \
    X(THREAD_MAIN, interrupt_reset, ())                                                            \
    X(THREAD_MAIN, interrupt_set_farewell, (""))                                                   \
    X(THREAD_MAIN, exit_deadline_set, ("test", 0))                                                 \
    X(THREAD_MAIN, log_start, ())                                                                  \
    X(THREAD_MAIN, keep_text, (""))                                                                \
    X(THREAD_MAIN, options_parse_traced, (nothing(), nothing(), 0, nothing(), nothing(), NULL))    \
    X(THREAD_MAIN, options_parse_quietly, (nothing(), nothing(), 0, nothing(), nothing(), 0))      \
    X(THREAD_MAIN, options_dump, (nothing(), nothing()))                                           \
    X(THREAD_MAIN, options_file_read, (nothing(), nothing(), nothing()))                           \
    X(THREAD_MAIN, options_print_help, (nothing()))                                                \
    X(THREAD_MAIN, options_print_manual, (nothing()))                                              \
    X(THREAD_MAIN, options_print_completion, (nothing(), nothing()))                               \
    X(THREAD_MAIN, given_add, (nothing(), nothing(), (OptionOrigin){0}, ""))                       \
    X(THREAD_MAIN, given_store, (nothing(), (OptionSource)0, nothing(), nothing(), 0))             \
    X(THREAD_MAIN, output_file_check, (""))                                                        \
    X(THREAD_MAIN, output_file_is_same, ("", ""))                                                  \
    X(THREAD_MAIN, output_file_write, ("", "", 0))                                                 \
    X(THREAD_MAIN, output_file_write_owned, ("", nothing(), 0))                                    \
    X(THREAD_MAIN, output_file_write_text, ("", nothing()))                                        \
    X(THREAD_MAIN, output_stdout_flush, ())                                                        \
    X(THREAD_MAIN, output_stdout_finish, ("", 0))

MAIN_RULES(THREAD_RULE_CALL)

static void main_thread_functions_refuse_other_threads(void **state) {
    (void)state;
    static const ThreadRule rules[] = {MAIN_RULES(THREAD_RULE_ROW)};
    thread_rules_check(rules, COUNT(rules));
}

static void *note_role(void *role) {
    *(uint32_t *)role = g_thread_role;
    return NULL;
}

static void a_role_is_the_threads_own(void **state) {
    (void)state;
    const uint32_t before = thread_role_enter(THREAD_NET_LOOP);
    uint32_t role = 0;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, note_role, &role), 0);
    pthread_join(thread, NULL);
    assert_int_equal(role, THREAD_ANY);
    thread_role_enter(before);
}

// ------------------------------------------------------------------ owners

static ThreadOwner g_owner;

static void *use_owned(void *result) {
    *(bool *)result = thread_owner_claim(&g_owner);
    return NULL;
}

static bool may_other_thread_use_it(void) {
    bool result = false;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, use_owned, &result), 0);
    pthread_join(thread, NULL);
    return result;
}

static void the_first_user_owns_an_object_until_it_is_released(void **state) {
    (void)state;
    g_owner = (ThreadOwner){0};
    ASSERT_CLAIM(&g_owner);
    ASSERT_CLAIM(&g_owner);
    ASSERT_OWNER(&g_owner);
    assert_false(may_other_thread_use_it());
    thread_owner_release(&g_owner);
    ASSERT_OWNER(&g_owner);
    assert_true(may_other_thread_use_it());
}

static void claim(void) {
    ASSERT_CLAIM(&g_owner);
}

static void check_owner(void) {
    ASSERT_OWNER(&g_owner);
}

static void another_threads_object_aborts(void **state) {
    (void)state;
    static int other;
    char text[256];
    g_owner.thread = &other;
    thread_rules_abort_text(claim, THREAD_ANY, text, sizeof text);
    assert_non_null(strstr(text, "claim() was called for what another thread owns\n"));
    thread_rules_abort_text(check_owner, THREAD_ANY, text, sizeof text);
    assert_non_null(strstr(text, "check_owner() was called for what another thread owns\n"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_without_a_role_may_do_everything),
        cmocka_unit_test(a_role_allows_its_own_functions),
        cmocka_unit_test(a_wrong_thread_aborts_with_one_line_that_names_both),
        cmocka_unit_test(main_thread_functions_refuse_other_threads),
        cmocka_unit_test(a_role_is_the_threads_own),
        cmocka_unit_test(the_first_user_owns_an_object_until_it_is_released),
        cmocka_unit_test(another_threads_object_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
