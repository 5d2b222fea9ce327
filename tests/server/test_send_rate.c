// SPDX-License-Identifier: MIT
#include "server/replication/send_rate.h"

#include "support.h"

static uint32_t count_sent(SendRate *send_rate, uint32_t unacked, uint32_t turns) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < turns; i++) {
        count += !send_rate_throttles(send_rate, SEND_RATE_STEP_MIN, unacked, true);
    }
    return count;
}

static void a_long_path_is_not_throttled_while_its_length_stays(void **state) {
    (void)state;
    for (uint32_t usual = 0; usual <= SEND_RATE_USUAL_MAX; usual++) {
        SendRate send_rate;
        send_rate_reset(&send_rate);
        assert_int_equal(count_sent(&send_rate, usual, 200), 200);
        assert_int_equal(count_sent(&send_rate, usual + SEND_RATE_STEP_MIN - 1, 20),
                         20); // jitter, a lost packet
    }
}

static void later_acknowledgements_lower_the_send_rate(void **state) {
    (void)state;
    static const uint32_t EXCESS[] = {4, 7, 8, 15, 16, 60};
    static const uint32_t SENT[] = {8, 8, 4, 4, 2, 2};
    for (uint32_t i = 0; i < sizeof EXCESS / sizeof EXCESS[0]; i++) {
        SendRate send_rate;
        send_rate_reset(&send_rate);
        assert_int_equal(count_sent(&send_rate, 2, 1), 1);
        assert_int_equal(count_sent(&send_rate, 2 + EXCESS[i], 16), SENT[i]);
        assert_int_equal(count_sent(&send_rate, 2, 16), 16); // caught up: the full rate at once
    }
}

static void a_client_that_never_acknowledged_is_given_time(void **state) {
    (void)state;
    SendRate send_rate;
    send_rate_reset(&send_rate);
    for (uint32_t unacked = 0; unacked < SEND_RATE_USUAL_MAX + SEND_RATE_STEP_MIN; unacked++) {
        assert_false(send_rate_throttles(&send_rate, SEND_RATE_STEP_MIN, unacked, false));
    }
    assert_true(send_rate_throttles(&send_rate, SEND_RATE_STEP_MIN,
                                    SEND_RATE_USUAL_MAX + SEND_RATE_STEP_MIN, false));
}

static void a_permanently_longer_path_becomes_the_usual_one(void **state) {
    (void)state;
    SendRate send_rate;
    send_rate_reset(&send_rate);
    assert_int_equal(count_sent(&send_rate, 1, 1), 1);
    assert_int_equal(count_sent(&send_rate, 6, 16), 8);
    assert_int_equal(count_sent(&send_rate, 6, 2 * SEND_RATE_FORGET_TURNS),
                     2 * SEND_RATE_FORGET_TURNS - 248);
    assert_int_equal(count_sent(&send_rate, 6, 100), 100);
    // But a path over a second long is never usual.
    for (int i = 0; i < 20; i++) {
        count_sent(&send_rate, 30, SEND_RATE_FORGET_TURNS);
    }
    assert_int_equal(send_rate.usual, SEND_RATE_USUAL_MAX);
    assert_int_equal(count_sent(&send_rate, 30, 16), 2);
}

static void acknowledgements_between_many_snapshots_are_not_late(void **state) {
    (void)state;
    static const uint32_t RATES_HZ[] = {5, 20, 30, 60, 120, 240};
    static const uint32_t STEPS[] = {4, 4, 6, 12, 16, 16};
    for (uint32_t i = 0; i < sizeof RATES_HZ / sizeof *RATES_HZ; i++) {
        const uint32_t step = send_rate_step(RATES_HZ[i]);
        const uint32_t period = (RATES_HZ[i] + 19) / 20; // one acknowledgement in so many
        SendRate send_rate;
        send_rate_reset(&send_rate);
        assert_int_equal(step, STEPS[i]);
        for (uint32_t turn = 0; turn < 1000; turn++) {
            assert_false(send_rate_throttles(&send_rate, step, 1 + turn % period, true));
        }
        assert_false(send_rate_throttles(&send_rate, step, step, true));
        assert_true(send_rate_throttles(&send_rate, step, 1 + step, true));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_path_is_not_throttled_while_its_length_stays),
        cmocka_unit_test(later_acknowledgements_lower_the_send_rate),
        cmocka_unit_test(acknowledgements_between_many_snapshots_are_not_late),
        cmocka_unit_test(a_client_that_never_acknowledged_is_given_time),
        cmocka_unit_test(a_permanently_longer_path_becomes_the_usual_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
