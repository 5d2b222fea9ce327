// SPDX-License-Identifier: MIT
#include "wire/reason.h"

#include <ctype.h>
#include <string.h>

#include "support.h"

static void every_reason_has_a_name_of_its_own_and_a_sentence(void **state) {
    (void)state;
    for (uint32_t i = 0; i < REASON_COUNT; i++) {
        for (const char *c = reason_name(i); *c != '\0'; c++) {
            assert_true(islower((unsigned char)*c) || *c == '_');
        }
        for (uint32_t j = 0; j < i; j++) {
            assert_string_not_equal(reason_name(i), reason_name(j));
        }
        const char *sentence = reason_sentence(i);
        assert_true(isupper((unsigned char)sentence[0]));
        assert_int_equal(sentence[strlen(sentence) - 1], '.');
    }
}

static void numbers_on_the_wire_never_change(void **state) {
    (void)state;
    assert_string_equal(reason_name(1), "client_left");
    assert_string_equal(reason_name(2), "timed_out");
    assert_string_equal(reason_name(3), "server_full");
    assert_string_equal(reason_name(4), "version_mismatch");
    assert_string_equal(reason_name(5), "bad_hello");
    assert_string_equal(reason_name(6), "hello_timeout");
    assert_string_equal(reason_name(7), "server_shutdown");
    assert_string_equal(reason_name(8), "kicked");
    assert_string_equal(reason_name(9), "protocol_error");
    assert_string_equal(reason_name(10), "server_busy");
    assert_string_equal(reason_name(11), "no_answer");
    assert_string_equal(reason_name(12), "out_of_memory");
    assert_string_equal(reason_name(13), "chat_flood");
    assert_string_equal(reason_name(14), "input_flood");
}

static void a_number_without_a_reason_is_unknown(void **state) {
    (void)state;
    assert_string_equal(reason_name(REASON_COUNT), "unknown");
    assert_string_equal(reason_name(UINT32_MAX), "unknown");
    assert_true(strlen(reason_sentence(UINT32_MAX)) > 0);
}

static void a_reason_of_a_later_version_has_a_sentence_too(void **state) {
    (void)state;
    static const uint32_t LATER[] = {REASON_COUNT, REASON_COUNT + 1, 255, UINT32_MAX};
    for (size_t i = 0; i < sizeof LATER / sizeof *LATER; i++) {
        assert_string_equal(reason_name(LATER[i]), "unknown");
        assert_non_null(strstr(reason_sentence(LATER[i]), "unknown to this version"));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reason_has_a_name_of_its_own_and_a_sentence),
        cmocka_unit_test(numbers_on_the_wire_never_change),
        cmocka_unit_test(a_number_without_a_reason_is_unknown),
        cmocka_unit_test(a_reason_of_a_later_version_has_a_sentence_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
