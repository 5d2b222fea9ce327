// SPDX-License-Identifier: MIT
#include "client/core/outbound.h"

#include "support.h"

static void one_request_is_open_at_a_time(void **state) {
    (void)state;
    Outbound outbound = {0};
    uint64_t now_ns = 50 * NS_PER_S;
    assert_true(outbound_wants_to_ask(&outbound, now_ns));
    outbound_asked(&outbound, now_ns, 2 * NS_PER_S);
    assert_false(outbound_wants_to_ask(&outbound, now_ns + NS_PER_S));
    assert_false(outbound_wants_to_ask(&outbound, now_ns + 100 * NS_PER_S)); // no report yet
    assert_true(outbound_take(&outbound, &(ReceptionReport){.judged = 3, .lost = 1}));
    assert_false(outbound_wants_to_ask(&outbound, now_ns + 2 * NS_PER_S - 1));
    assert_true(outbound_wants_to_ask(&outbound, now_ns + 2 * NS_PER_S));
    assert_int_equal(outbound.told.judged, 3);
    assert_int_equal(outbound.told.lost, 1);
}

static void nobody_asks_faster_than_the_server_answers(void **state) {
    (void)state;
    Outbound outbound = {0};
    outbound_asked(&outbound, NS_PER_S, 1);
    assert_true(outbound_take(&outbound, &(ReceptionReport){0}));
    assert_false(outbound_wants_to_ask(&outbound, NS_PER_S + RECEPTION_PERIOD_NS - 1));
    assert_true(outbound_wants_to_ask(&outbound, NS_PER_S + RECEPTION_PERIOD_NS));
}

static void a_report_that_nobody_asked_for_changes_nothing(void **state) {
    (void)state;
    Outbound outbound = {0};
    assert_false(outbound_take(&outbound, &(ReceptionReport){.judged = 3}));
    assert_int_equal(outbound.told.judged, 0);
    outbound_asked(&outbound, NS_PER_S, NS_PER_S);
    assert_true(outbound_take(&outbound, &(ReceptionReport){.judged = 3}));
    assert_false(outbound_take(&outbound, &(ReceptionReport){.judged = 4})); // once more
    assert_int_equal(outbound.told.judged, 3);
}

static void counts_that_fall_are_not_believed(void **state) {
    (void)state;
    const ReceptionReport told = {
        .judged = 9, .lost = 5, .received = 20, .overtaken = 3, .duplicated = 2, .jitter_pairs = 1};
    for (int field = 0; field < 6; field++) {
        Outbound outbound = {.is_waiting = true, .told = told};
        ReceptionReport less = told;
        uint32_t *const fields[] = {&less.judged,    &less.lost,       &less.received,
                                    &less.overtaken, &less.duplicated, &less.jitter_pairs};
        --*fields[field];
        assert_false(outbound_take(&outbound, &less));
        assert_int_equal(outbound.told.judged, told.judged);
        assert_true(outbound_take(&outbound, &told));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_request_is_open_at_a_time),
        cmocka_unit_test(nobody_asks_faster_than_the_server_answers),
        cmocka_unit_test(a_report_that_nobody_asked_for_changes_nothing),
        cmocka_unit_test(counts_that_fall_are_not_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
