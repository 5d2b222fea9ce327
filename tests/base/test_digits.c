// SPDX-License-Identifier: MIT
#include "base/digits.h"

#include <string.h>

#include "support.h"

static void large_numbers_are_grouped(void **state) {
    (void)state;
    char text[DIGITS_BYTES];
    assert_string_equal(digits_group(text, 0), "0");
    assert_string_equal(digits_group(text, 999), "999");
    assert_string_equal(digits_group(text, 1000), "1,000");
    assert_string_equal(digits_group(text, 4294967295u), "4,294,967,295");
    assert_string_equal(digits_group(text, UINT64_MAX), "18,446,744,073,709,551,615");
    assert_true(strlen(text) < DIGITS_BYTES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_numbers_are_grouped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
