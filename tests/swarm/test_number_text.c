// SPDX-License-Identifier: MIT
#include "tools/swarm/report/number_text.h"

#include <math.h>

#include "support.h"

static void counts_have_commas(void **state) {
    (void)state;
    assert_string_equal(number_text_count(0).text, "0");
    assert_string_equal(number_text_count(999).text, "999");
    assert_string_equal(number_text_count(1000).text, "1,000");
    assert_string_equal(number_text_count(1234567).text, "1,234,567");
    assert_string_equal(number_text_count(UINT64_MAX).text, "18,446,744,073,709,551,615");
}

static void values_have_three_digits(void **state) {
    (void)state;
    assert_string_equal(number_text_value(0).text, "0");
    assert_string_equal(number_text_value(0.0421).text, "0.042");
    assert_string_equal(number_text_value(0.9999).text, "1.00");
    assert_string_equal(number_text_value(4.2).text, "4.20");
    assert_string_equal(number_text_value(9.999).text, "10.0");
    assert_string_equal(number_text_value(42.04).text, "42.0");
    assert_string_equal(number_text_value(420.4).text, "420");
    assert_string_equal(number_text_value(12345.6).text, "12,346");
    assert_string_equal(number_text_value(NAN).text, "-");
    assert_string_equal(number_text_value(INFINITY).text, "-");
}

static void bytes_have_units(void **state) {
    (void)state;
    assert_string_equal(number_text_bytes(0).text, "0 B");
    assert_string_equal(number_text_bytes(512).text, "512 B");
    assert_string_equal(number_text_bytes(999.9).text, "1.00 kB");
    assert_string_equal(number_text_bytes(18234).text, "18.2 kB");
    assert_string_equal(number_text_bytes(2.5e9).text, "2.50 GB");
    assert_string_equal(number_text_bytes(NAN).text, "-");
}

static void percentages_do_not_round_to_all_or_nothing(void **state) {
    (void)state;
    assert_string_equal(number_text_percent(0, 10).text, "0 %");
    assert_string_equal(number_text_percent(1, 1000000).text, "<0.01 %");
    assert_string_equal(number_text_percent(999999, 1000000).text, ">99.99 %");
    assert_string_equal(number_text_percent(10, 10).text, "100 %");
    assert_string_equal(number_text_percent(1, 3).text, "33.33 %");
    assert_string_equal(number_text_percent(0, 0).text, "-");
}

static void seconds_are_rounded_up(void **state) {
    (void)state;
    assert_string_equal(number_text_seconds(-1).text, "0 s");
    assert_string_equal(number_text_seconds(29.1).text, "30 s");
    assert_string_equal(number_text_seconds(185).text, "3 min 05 s");
    assert_string_equal(number_text_seconds(3720).text, "1 h 02 min");
    assert_string_equal(number_text_duration(0.9).text, "0.9 s");
    assert_string_equal(number_text_duration(5).text, "5 s");
    assert_string_equal(number_text_duration(90).text, "1 min 30 s");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_have_commas),
        cmocka_unit_test(values_have_three_digits),
        cmocka_unit_test(bytes_have_units),
        cmocka_unit_test(percentages_do_not_round_to_all_or_nothing),
        cmocka_unit_test(seconds_are_rounded_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
