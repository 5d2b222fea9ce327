// SPDX-License-Identifier: MIT
#include "client/input/chat_line.h"

#include <string.h>

#include "support.h"

static void multibyte_characters_are_appended_and_erased_as_one(void **state) {
    (void)state;
    ChatLine line;
    chat_line_open(&line);
    assert_true(line.is_open);
    chat_line_append(&line, "aß鳥🚀");
    assert_int_equal(line.size, 1 + 2 + 3 + 4);
    chat_line_erase(&line);
    assert_string_equal(line.text, "aß鳥");
    chat_line_erase(&line);
    assert_string_equal(line.text, "aß");
    chat_line_erase(&line);
    chat_line_erase(&line);
    chat_line_erase(&line);
    assert_string_equal(line.text, "");
    assert_int_equal(line.size, 0);
    chat_line_close(&line);
    assert_false(line.is_open);
}

static void a_full_line_drops_a_character_that_does_not_fit(void **state) {
    (void)state;
    ChatLine line;
    chat_line_open(&line);
    for (uint32_t i = 0; i < CHAT_TEXT_BYTES - 1; i++) {
        chat_line_append(&line, "x");
    }
    chat_line_append(&line, "ß");
    assert_int_equal(line.size, CHAT_TEXT_BYTES - 1);
    chat_line_append(&line, "yz");
    assert_int_equal(line.size, CHAT_TEXT_BYTES);
    assert_int_equal(line.text[CHAT_TEXT_BYTES - 1], 'y');
    assert_true(chat_text_is_valid(line.text));
}

static void control_characters_are_dropped(void **state) {
    (void)state;
    ChatLine line;
    chat_line_open(&line);
    chat_line_append(&line, "a\tb\nc\x7f"
                            "d");
    assert_string_equal(line.text, "abcd");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(multibyte_characters_are_appended_and_erased_as_one),
        cmocka_unit_test(a_full_line_drops_a_character_that_does_not_fit),
        cmocka_unit_test(control_characters_are_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
