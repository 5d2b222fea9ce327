// SPDX-License-Identifier: MIT
#include "base/spelling.h"

#include <string.h>

#include "support.h"

static const char *suggest(const char *written) {
    static const char *const KNOWN[] = {"port", "max-clients", "workers", "bind", "drain-timeout"};
    static char text[SPELLING_BYTES];
    Spelling spelling = {.written = written};
    for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++) {
        spelling_offer(&spelling, KNOWN[i]);
    }
    spelling_suggest(&spelling, text, sizeof text);
    return text;
}

static void letters_put_in_left_out_replaced_and_swapped_count_one(void **state) {
    (void)state;
    assert_int_equal(spelling_distance("port", "port", 9), 0);
    assert_int_equal(spelling_distance("prt", "port", 9), 1);
    assert_int_equal(spelling_distance("portt", "port", 9), 1);
    assert_int_equal(spelling_distance("pert", "port", 9), 1);
    assert_int_equal(spelling_distance("prot", "port", 9), 1);
    assert_int_equal(spelling_distance("", "port", 9), 4);
    assert_int_equal(spelling_distance("kitten", "sitting", 9), 3);
    assert_int_equal(spelling_distance("kitten", "sitting", 2), 2);
}

static void the_nearest_name_is_suggested_if_one_is_near(void **state) {
    (void)state;
    assert_string_equal(suggest("prot"), " (did you mean 'port'?)");
    assert_string_equal(suggest("max_clients"), " (did you mean 'max-clients'?)");
    assert_string_equal(suggest("worker"), " (did you mean 'workers'?)");
    assert_string_equal(suggest("drain-timeuot"), " (did you mean 'drain-timeout'?)");
    assert_string_equal(suggest("colour"), "");
    assert_string_equal(suggest(""), "");
}

static void words_that_are_too_long_are_near_nothing(void **state) {
    (void)state;
    char word[200];
    memset(word, 'a', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    assert_string_equal(suggest(word), "");
    assert_int_equal(spelling_distance(word, word, 5), 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_put_in_left_out_replaced_and_swapped_count_one),
        cmocka_unit_test(the_nearest_name_is_suggested_if_one_is_near),
        cmocka_unit_test(words_that_are_too_long_are_near_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
