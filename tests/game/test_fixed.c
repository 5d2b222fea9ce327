// SPDX-License-Identifier: MIT
#include "game/fixed.h"

#include <math.h>

#include "support.h"

static const double turn = 6.283185307179586;

static void sine_and_cosine_agree_with_the_mathematics_library(void **state) {
    (void)state;
    for (uint32_t angle = 0; angle < 65536; angle++) {
        const double radians = angle * turn / 65536.0;
        assert_true(fabs(fixed_sin((uint16_t)angle) - sin(radians) * FIXED_ONE) <= 1.6);
        assert_true(fabs(fixed_cos((uint16_t)angle) - cos(radians) * FIXED_ONE) <= 1.6);
    }
}

static void the_quarters_are_exact(void **state) {
    (void)state;
    assert_int_equal(fixed_sin(0), 0);
    assert_int_equal(fixed_sin(0x4000), FIXED_ONE);
    assert_int_equal(fixed_sin(0x8000), 0);
    assert_int_equal(fixed_sin(0xc000), -FIXED_ONE);
    assert_int_equal(fixed_cos(0), FIXED_ONE);
    assert_int_equal(fixed_atan2(0, 1), 0);
    assert_int_equal(fixed_atan2(5, 0), 0x4000);
    assert_int_equal(fixed_atan2(0, -5), 0x8000);
    assert_int_equal(fixed_atan2(-5, 0), 0xc000);
    assert_int_equal(fixed_atan2(7, 7), 0x2000);
    assert_int_equal(fixed_atan2(0, 0), 0);
}

static void the_direction_of_any_vector_is_close(void **state) {
    (void)state;
    Rng rng = test_rng();
    for (int i = 0; i < 100000; i++) {
        const int32_t reach = 1 << rng_range(&rng, 4, 23);
        const int32_t x = rng_range(&rng, -reach, reach);
        const int32_t y = rng_range(&rng, -reach, reach);
        if (x == 0 && y == 0) {
            continue;
        }
        const double exact = atan2(y, x) / turn * 65536.0;
        const double error = remainder(fixed_atan2(y, x) - exact, 65536.0);
        assert_true(fabs(error) <= 4.0);
    }
}

static void the_root_is_the_floor_of_the_root(void **state) {
    (void)state;
    Rng rng = test_rng();
    for (uint64_t value = 0; value < 5000; value++) {
        const uint64_t root = fixed_isqrt(value);
        assert_true(root * root <= value && (root + 1) * (root + 1) > value);
    }
    for (int i = 0; i < 100000; i++) {
        const uint64_t value = rng_next(&rng) >> rng_below(&rng, 64);
        const uint64_t root = fixed_isqrt(value);
        assert_true(root * root <= value);
        assert_true(root == UINT32_MAX || (root + 1) * (root + 1) > value);
    }
    assert_int_equal(fixed_isqrt(UINT64_MAX), UINT32_MAX);
    assert_int_equal(fixed_isqrt((uint64_t)UINT32_MAX * UINT32_MAX), UINT32_MAX);
    assert_int_equal(fixed_isqrt((uint64_t)UINT32_MAX * UINT32_MAX - 1), UINT32_MAX - 1);
}

static void the_rough_length_is_within_four_percent(void **state) {
    (void)state;
    Rng rng = test_rng();
    for (int i = 0; i < 100000; i++) {
        const int32_t x = rng_range(&rng, -1000000, 1000000);
        const int32_t y = rng_range(&rng, -1000000, 1000000);
        const double exact = hypot(x, y);
        assert_true(fabs(fixed_length_rough(x, y) - exact) <= exact * 0.04 + 4);
    }
    assert_int_equal(fixed_length_rough(0, 0), 0);
}

static void scaling_does_not_overflow(void **state) {
    (void)state;
    assert_int_equal(fixed_scale(15000000, 15000000, 15000000), 15000000);
    assert_int_equal(fixed_scale(-7, 1, 2), -3);
    assert_int_equal(fixed_clamp(5, 1, 3), 3);
    assert_int_equal(fixed_clamp(-5, 1, 3), 1);
    assert_int_equal(fixed_clamp(2, 1, 3), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sine_and_cosine_agree_with_the_mathematics_library),
        cmocka_unit_test(the_quarters_are_exact),
        cmocka_unit_test(the_direction_of_any_vector_is_close),
        cmocka_unit_test(the_root_is_the_floor_of_the_root),
        cmocka_unit_test(the_rough_length_is_within_four_percent),
        cmocka_unit_test(scaling_does_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
