// SPDX-License-Identifier: MIT
#include "tools/swarm/expectation.h"

#include <math.h>

#include "base/clock.h"
#include "support.h"

#define PERIOD_NS (50 * NS_PER_MS)

static void on_the_network_as_it_is_nine_in_ten_must_come(void **state) {
    (void)state;
    assert_true(fabs(expectation_received_percent(NULL) - 90) < 1e-9);
    assert_int_equal(expectation_patience(NULL), 1);
    assert_int_equal(expectation_silence_ns(PERIOD_NS, NULL), NS_PER_S);
    assert_int_equal(expectation_silence_ns(NS_PER_S, NULL), 10 * NS_PER_S);
    assert_int_equal(expectation_connect_ns(10 * NS_PER_S, NULL), NS_PER_S);
    assert_int_equal(expectation_connect_ns(NS_PER_S / 10, NULL), NS_PER_S / 10);
}

static void what_is_lost_or_overtaken_on_purpose_is_not_due(void **state) {
    (void)state;
    const ImpairConfig bad = {.loss = 0.05, .reorder = 0.02};
    assert_true(fabs(expectation_received_percent(&bad) - 90 * 0.95 * 0.98) < 1e-9);
    const ImpairConfig doubled = {.duplicate = 0.5, .jitter_ns = 30 * NS_PER_MS};
    assert_true(fabs(expectation_received_percent(&doubled) - 90) < 1e-9);
    const ImpairConfig nothing = {.loss = 1};
    assert_true(expectation_received_percent(&nothing) < 1e-9);
    assert_true(expectation_patience(&nothing) > 1000);
    assert_true(expectation_silence_ns(PERIOD_NS, &nothing) > 1000 * NS_PER_S);
}

static void a_long_way_makes_the_server_send_less_on_purpose(void **state) {
    (void)state;
    const ImpairConfig near = {.latency_ns = 300 * NS_PER_MS};
    const ImpairConfig far = {.latency_ns = 250 * NS_PER_MS, .jitter_ns = 51 * NS_PER_MS};
    assert_true(fabs(expectation_received_percent(&near) - 90) < 1e-9);
    assert_true(fabs(expectation_received_percent(&far) - 90.0 / 8) < 1e-9);
}

static void the_more_is_lost_the_longer_silence_is_chance(void **state) {
    (void)state;
    const ImpairConfig half = {.loss = 0.5};
    assert_int_equal(expectation_patience(&half), 10);                          // 2^-10
    assert_int_equal(expectation_silence_ns(PERIOD_NS, &half), 30 * PERIOD_NS); // 2^-20
    const ImpairConfig some = {.loss = 0.05, .latency_ns = 400 * NS_PER_MS};
    assert_int_equal(expectation_patience(&some), 3);
    assert_int_equal(expectation_silence_ns(PERIOD_NS, &some), 15 * PERIOD_NS + 400 * NS_PER_MS);
}

static void a_bad_network_lets_bots_in_late(void **state) {
    (void)state;
    const ImpairConfig far = {.latency_ns = 80 * NS_PER_MS, .jitter_ns = 20 * NS_PER_MS};
    assert_int_equal(expectation_connect_ns(10 * NS_PER_S, &far), 2600 * NS_PER_MS);
    const ImpairConfig lossy = {.loss = 0.01};
    assert_int_equal(expectation_connect_ns(10 * NS_PER_S, &lossy), 5 * NS_PER_S);
    assert_true(expectation_under_way_share(NULL) < 0.11);
    assert_true(expectation_under_way_share(&far) < 0.11);
    assert_true(expectation_under_way_share(&lossy) >= 1);
    // More than half of the time-out for the way alone: a loss does not make it less.
    const ImpairConfig far_and_lossy = {.latency_ns = 400 * NS_PER_MS, .loss = 0.01};
    assert_int_equal(expectation_connect_ns(10 * NS_PER_S, &far_and_lossy), 7400 * NS_PER_MS);
    const ImpairConfig very_far = {.latency_ns = 10 * NS_PER_S};
    assert_int_equal(expectation_connect_ns(10 * NS_PER_S, &very_far), 10 * NS_PER_S);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_the_network_as_it_is_nine_in_ten_must_come),
        cmocka_unit_test(what_is_lost_or_overtaken_on_purpose_is_not_due),
        cmocka_unit_test(a_long_way_makes_the_server_send_less_on_purpose),
        cmocka_unit_test(the_more_is_lost_the_longer_silence_is_chance),
        cmocka_unit_test(a_bad_network_lets_bots_in_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
