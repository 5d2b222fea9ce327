// SPDX-License-Identifier: MIT
#include "client/core/uplink_report.h"

#include "support.h"

static void one_request_is_open_at_a_time(void **state) {
    (void)state;
    UplinkReport uplink = {0};
    uint64_t now_ns = 50 * NS_PER_S;
    assert_true(uplink_report_is_due(&uplink, now_ns));
    uplink_report_requested(&uplink, now_ns, 2 * NS_PER_S);
    assert_false(uplink_report_is_due(&uplink, now_ns + NS_PER_S));
    assert_false(uplink_report_is_due(&uplink, now_ns + 100 * NS_PER_S)); // no report yet
    assert_true(uplink_report_accept(&uplink, &(ReceiveReport){.judged = 3, .lost = 1}));
    assert_false(uplink_report_is_due(&uplink, now_ns + 2 * NS_PER_S - 1));
    assert_true(uplink_report_is_due(&uplink, now_ns + 2 * NS_PER_S));
    assert_int_equal(uplink.reported.judged, 3);
    assert_int_equal(uplink.reported.lost, 1);
}

static void requests_keep_the_server_s_period(void **state) {
    (void)state;
    UplinkReport uplink = {0};
    uplink_report_requested(&uplink, NS_PER_S, 1);
    assert_true(uplink_report_accept(&uplink, &(ReceiveReport){0}));
    assert_false(uplink_report_is_due(&uplink, NS_PER_S + RECEIVE_REPORT_PERIOD_NS - 1));
    assert_true(uplink_report_is_due(&uplink, NS_PER_S + RECEIVE_REPORT_PERIOD_NS));
}

static void a_report_without_a_request_is_rejected(void **state) {
    (void)state;
    UplinkReport uplink = {0};
    assert_false(uplink_report_accept(&uplink, &(ReceiveReport){.judged = 3}));
    assert_int_equal(uplink.reported.judged, 0);
    uplink_report_requested(&uplink, NS_PER_S, NS_PER_S);
    assert_true(uplink_report_accept(&uplink, &(ReceiveReport){.judged = 3}));
    assert_false(uplink_report_accept(&uplink, &(ReceiveReport){.judged = 4})); // once more
    assert_int_equal(uplink.reported.judged, 3);
}

static void a_report_with_falling_counts_is_rejected(void **state) {
    (void)state;
    const ReceiveReport reported = {
        .judged = 9, .lost = 5, .received = 20, .overtaken = 3, .duplicated = 2, .jitter_pairs = 1};
    for (int field = 0; field < 6; field++) {
        UplinkReport uplink = {.is_waiting = true, .reported = reported};
        ReceiveReport less = reported;
        uint32_t *const fields[] = {&less.judged,    &less.lost,       &less.received,
                                    &less.overtaken, &less.duplicated, &less.jitter_pairs};
        --*fields[field];
        assert_false(uplink_report_accept(&uplink, &less));
        assert_int_equal(uplink.reported.judged, reported.judged);
        assert_true(uplink_report_accept(&uplink, &reported));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_request_is_open_at_a_time),
        cmocka_unit_test(requests_keep_the_server_s_period),
        cmocka_unit_test(a_report_without_a_request_is_rejected),
        cmocka_unit_test(a_report_with_falling_counts_is_rejected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
