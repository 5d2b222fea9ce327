// SPDX-License-Identifier: MIT
#include "tools/swarm/measure/expectation.h"

#include <math.h>

#include "base/clock.h"
#include "support.h"

#define PERIOD_NS (50 * NS_PER_MS)
#define RATE_HZ   20.0 // of snapshots and of inputs

static void nine_in_ten_must_come_without_a_bad_network(void **state) {
    (void)state;
    assert_true(fabs(expectation_received_percent(NULL, RATE_HZ, RATE_HZ) - 90) < 1e-9);
    assert_int_equal(expectation_patience(NULL), 1);
    assert_int_equal(expectation_silence_ns(PERIOD_NS, NULL), NS_PER_S);
    assert_int_equal(expectation_silence_ns(NS_PER_S, NULL), 10 * NS_PER_S);
    assert_int_equal(expectation_connect_ns(10 * NS_PER_S, NULL), NS_PER_S);
    assert_int_equal(expectation_connect_ns(NS_PER_S / 10, NULL), NS_PER_S / 10);
}

static void lost_and_overtaken_snapshots_are_not_due(void **state) {
    (void)state;
    const ImpairConfig bad = {.loss = 0.05, .reorder = 0.02};
    assert_true(fabs(expectation_received_percent(&bad, RATE_HZ, RATE_HZ) - 90 * 0.95 * 0.98) <
                0.1);
    const ImpairConfig doubled = {.duplicate = 0.5, .jitter_ns = 30 * NS_PER_MS};
    assert_true(fabs(expectation_received_percent(&doubled, RATE_HZ, RATE_HZ) - 90) < 1e-9);
    const ImpairConfig nothing = {.loss = 1};
    assert_true(expectation_received_percent(&nothing, RATE_HZ, RATE_HZ) < 1e-9);
    assert_true(expectation_patience(&nothing) > 1000);
    assert_true(expectation_silence_ns(PERIOD_NS, &nothing) > 1000 * NS_PER_S);
}

static void a_long_round_trip_lowers_the_limit(void **state) {
    (void)state;
    const ImpairConfig near = {.latency_ns = 300 * NS_PER_MS};
    const ImpairConfig far = {.latency_ns = 250 * NS_PER_MS, .jitter_ns = 51 * NS_PER_MS};
    assert_true(fabs(expectation_received_percent(&near, RATE_HZ, RATE_HZ) - 90) < 1e-9);
    assert_true(fabs(expectation_received_percent(&far, RATE_HZ, RATE_HZ) - 90.0 / 8) < 1e-9);
}

static void a_long_round_trip_is_measured_in_snapshots(void **state) {
    (void)state;
    const ImpairConfig way = {.latency_ns = 90 * NS_PER_MS};
    assert_true(fabs(expectation_received_percent(&way, 60, RATE_HZ) - 90) < 1e-9);
    assert_true(fabs(expectation_received_percent(&way, 120, RATE_HZ) - 90.0 / 8) < 1e-9);
    assert_true(fabs(expectation_received_percent(&way, 0, RATE_HZ) - 90) < 1e-9);
}

// The limit is nine tenths of the snapshots that bots of a healthy server received. At 20 Hz they
// received 99, 101 and 93 % of those not lost, at losses of 10, 30 and 50 %.
static void late_acknowledgements_lower_the_limit(void **state) {
    (void)state;
    const ImpairConfig tenth = {.loss = 0.1}, half = {.loss = 0.5};
    assert_true(expectation_received_percent(&tenth, RATE_HZ, RATE_HZ) > 80.9);
    const double at_half = expectation_received_percent(&half, RATE_HZ, RATE_HZ);
    assert_true(at_half > 45 * 0.8 && at_half < 45 * 0.9);
    // Fewer inputs to a snapshot acknowledge it later, more than one do not hasten it.
    const double sparse = expectation_received_percent(&tenth, 240, RATE_HZ);
    assert_true(sparse > 81 * 0.9 && sparse < 81 * 0.97);
    assert_true(expectation_received_percent(&half, RATE_HZ, 5) < at_half * 0.9);
    assert_true(fabs(expectation_received_percent(&half, RATE_HZ, 60) - at_half) < 1e-9);
}

static void few_snapshots_have_a_margin_for_chance(void **state) {
    (void)state;
    const ImpairConfig half = {.loss = 0.5}, all = {.loss = 1};
    assert_true(expectation_received_chance(NULL, 1e6) < 1e-9);
    assert_true(expectation_received_chance(&all, 1e6) < 1e-9);
    assert_true(fabs(expectation_received_chance(&half, 100) - 20) < 1e-9);
    assert_true(fabs(expectation_received_chance(&half, 10000) - 200) < 1e-9);
}

static void loss_makes_the_patience_longer(void **state) {
    (void)state;
    const ImpairConfig half = {.loss = 0.5};
    assert_int_equal(expectation_patience(&half), 10);                          // 2^-10
    assert_int_equal(expectation_silence_ns(PERIOD_NS, &half), 30 * PERIOD_NS); // 2^-20
    const ImpairConfig some = {.loss = 0.05, .latency_ns = 400 * NS_PER_MS};
    assert_int_equal(expectation_patience(&some), 3);
    assert_int_equal(expectation_silence_ns(PERIOD_NS, &some), 15 * PERIOD_NS + 400 * NS_PER_MS);
}

static void a_bad_network_leaves_bots_more_time_to_connect(void **state) {
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
        cmocka_unit_test(nine_in_ten_must_come_without_a_bad_network),
        cmocka_unit_test(lost_and_overtaken_snapshots_are_not_due),
        cmocka_unit_test(a_long_round_trip_lowers_the_limit),
        cmocka_unit_test(a_long_round_trip_is_measured_in_snapshots),
        cmocka_unit_test(late_acknowledgements_lower_the_limit),
        cmocka_unit_test(few_snapshots_have_a_margin_for_chance),
        cmocka_unit_test(loss_makes_the_patience_longer),
        cmocka_unit_test(a_bad_network_leaves_bots_more_time_to_connect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
