// SPDX-License-Identifier: MIT
#include "client/view/error_smoothing.h"

#include <math.h>

#include "support.h"

static void what_is_shown_stays_and_then_goes(void **state) {
    (void)state;
    ErrorSmoothing smoothing = {0};
    error_smoothing_add(&smoothing, 3, 4, 1, 10);
    assert_float_equal(error_smoothing_share(&smoothing, 10), 1, 1e-6);
    assert_float_equal(error_smoothing_share(&smoothing, 9), 1, 1e-6); // a clock that ran back
    double last = 1;
    for (int ms = 10; ms <= 2000; ms += 10) {
        const double share = error_smoothing_share(&smoothing, 10 + ms / 1000.0);
        assert_true(share < last);
        last = share;
    }
    assert_true(last * 5 < 0.05);
}

static void a_large_one_is_gone_sooner(void **state) {
    (void)state;
    ErrorSmoothing small = {0}, large = {0};
    error_smoothing_add(&small, 2, 0, 0, 0);
    error_smoothing_add(&large, 0, 50, 0, 0);
    assert_float_equal(error_smoothing_share(&small, 0.225), 0.5, 1e-6);
    assert_float_equal(error_smoothing_share(&large, 0.071), 0.5, 1e-6);
}

static void one_more_adds_to_what_is_left(void **state) {
    (void)state;
    ErrorSmoothing smoothing = {0};
    error_smoothing_add(&smoothing, 2, 0, 0.4, 0);
    error_smoothing_add(&smoothing, 1, -1, 0, 0.225);
    assert_float_equal(smoothing.x, 2, 1e-6);
    assert_float_equal(smoothing.y, -1, 1e-6);
    assert_float_equal(smoothing.angle, 0.2, 1e-6);
    assert_float_equal(error_smoothing_share(&smoothing, 0.225), 1, 1e-6);
}

static void another_place_is_gone_to_at_once(void **state) {
    (void)state;
    ErrorSmoothing smoothing = {0};
    error_smoothing_add(&smoothing, 10, 0, 1, 0);
    error_smoothing_add(&smoothing, ERROR_SMOOTHING_TELEPORT_UNITS, 0, 1, 0);
    assert_float_equal(smoothing.x, 0, 1e-6);
    assert_float_equal(smoothing.angle, 0, 1e-6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_shown_stays_and_then_goes),
        cmocka_unit_test(a_large_one_is_gone_sooner),
        cmocka_unit_test(one_more_adds_to_what_is_left),
        cmocka_unit_test(another_place_is_gone_to_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
