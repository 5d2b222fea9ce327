// SPDX-License-Identifier: MIT
#include "client/view/error_smoothing.h"

#include <math.h>

#include "support.h"

static void an_error_is_shown_in_full_and_then_decays(void **state) {
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

static void a_large_error_decays_faster(void **state) {
    (void)state;
    ErrorSmoothing small = {0}, large = {0};
    error_smoothing_add(&small, 2, 0, 0, 0);
    error_smoothing_add(&large, 0, 50, 0, 0);
    assert_float_equal(error_smoothing_share(&small, 0.225), 0.5, 1e-6);
    assert_float_equal(error_smoothing_share(&large, 0.071), 0.5, 1e-6);
}

static void a_second_error_adds_to_the_rest_of_the_first(void **state) {
    (void)state;
    ErrorSmoothing smoothing = {0};
    error_smoothing_add(&smoothing, 2, 0, 0.4, 0);
    error_smoothing_add(&smoothing, 1, -1, 0, 0.225);
    assert_float_equal(smoothing.x, 2, 1e-6);
    assert_float_equal(smoothing.y, -1, 1e-6);
    assert_float_equal(smoothing.angle, 0.2, 1e-6);
    assert_float_equal(error_smoothing_share(&smoothing, 0.225), 1, 1e-6);
}

static void a_teleport_ends_the_smoothing(void **state) {
    (void)state;
    ErrorSmoothing smoothing = {0};
    error_smoothing_add(&smoothing, 10, 0, 1, 0);
    error_smoothing_add(&smoothing, ERROR_SMOOTHING_TELEPORT_UNITS, 0, 1, 0);
    assert_float_equal(smoothing.x, 0, 1e-6);
    assert_float_equal(smoothing.angle, 0, 1e-6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_is_shown_in_full_and_then_decays),
        cmocka_unit_test(a_large_error_decays_faster),
        cmocka_unit_test(a_second_error_adds_to_the_rest_of_the_first),
        cmocka_unit_test(a_teleport_ends_the_smoothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
