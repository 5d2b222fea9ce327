// SPDX-License-Identifier: MIT
#include "base/fault.h"

#include "thread_rules.h"

static Fault g_fault;
static uint32_t g_tick;

static void check(void) {
    fault_check(g_tick, g_fault);
}

static const char *text_of(uint32_t tick, Fault fault) {
    static char text[256];
    g_tick = tick;
    g_fault = fault;
    thread_rules_abort_text(check, THREAD_ANY, text, sizeof text);
    return text;
}

static void a_fault_ends_the_program_with_one_line(void **state) {
    (void)state;
    const Fault slot = {.what = "it is out of order", .place = "slot", .index = 7};
    assert_string_equal(text_of(12, slot), "tick 12, slot 7: it is out of order\n");
    assert_string_equal(text_of(12, (Fault){.what = "no order"}), "tick 12: no order\n");
    assert_string_equal(text_of(FAULT_NO_TICK, slot), "slot 7: it is out of order\n");
}

static void without_a_fault_nothing_happens(void **state) {
    (void)state;
    fault_check(12, (Fault){0});
    assert_string_equal(text_of(12, (Fault){0}), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fault_ends_the_program_with_one_line),
        cmocka_unit_test(without_a_fault_nothing_happens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
