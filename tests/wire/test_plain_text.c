// SPDX-License-Identifier: MIT
// The characters allowed in a name or a line of chat, and the cleaning of the others.
#include "wire/plain_text.h"

#include <string.h>

#include "support.h"

static size_t utf8_write(char *out, uint32_t code) {
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    const size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = size; i-- > 1; code >>= 6) {
        out[i] = (char)(0x80 | (code & 0x3f));
    }
    out[0] = (char)((0xf00 >> size & 0xff) | code);
    return size;
}

typedef enum Fate {
    FATE_SHOWN,
    FATE_HIDDEN, // is dropped
    FATE_BLANK,  // becomes a space
} Fate;

static Fate fate_of(uint32_t code) {
    char text[8] = "a";
    char clean[16];
    size_t size = 1 + utf8_write(text + 1, code);
    text[size++] = 'b';
    plain_text_clean(clean, sizeof clean, text, size);
    if (strcmp(clean, "ab") == 0) {
        return FATE_HIDDEN;
    }
    if (strcmp(clean, "a b") == 0) {
        return FATE_BLANK;
    }
    assert_memory_equal(clean, text, size);
    return FATE_SHOWN;
}

// Every Unicode character, against a list of the hidden ones.
static void exactly_the_invisible_characters_are_removed(void **state) {
    (void)state;
    static const struct {
        uint32_t first, last;
        Fate fate;
    } RANGES[] = {
        {0x0000, 0x001f, FATE_HIDDEN},   {0x0020, 0x0020, FATE_BLANK},
        {0x007f, 0x009f, FATE_HIDDEN},   {0x00a0, 0x00a0, FATE_BLANK},
        {0x00ad, 0x00ad, FATE_HIDDEN}, // soft hyphen
        {0x034f, 0x034f, FATE_HIDDEN}, // combining grapheme joiner
        {0x061c, 0x061c, FATE_HIDDEN}, // Arabic letter mark
        {0x115f, 0x1160, FATE_HIDDEN},   {0x1680, 0x1680, FATE_BLANK},
        {0x17b4, 0x17b5, FATE_HIDDEN},   {0x180b, 0x180f, FATE_HIDDEN},
        {0x2000, 0x200a, FATE_BLANK},    {0x200b, 0x200f, FATE_HIDDEN},
        {0x2028, 0x202e, FATE_HIDDEN},   {0x202f, 0x202f, FATE_BLANK},
        {0x205f, 0x205f, FATE_BLANK},    {0x2060, 0x206f, FATE_HIDDEN},
        {0x2800, 0x2800, FATE_BLANK},    {0x3000, 0x3000, FATE_BLANK},
        {0x3164, 0x3164, FATE_HIDDEN},   {0xfe00, 0xfe0f, FATE_HIDDEN},
        {0xfeff, 0xfeff, FATE_HIDDEN},   {0xffa0, 0xffa0, FATE_HIDDEN},
        {0xfff0, 0xfffb, FATE_HIDDEN},   {0xfffe, 0xffff, FATE_HIDDEN},
        {0x1bca0, 0x1bca3, FATE_HIDDEN}, {0x1d173, 0x1d17a, FATE_HIDDEN},
        {0xe0000, 0xe0fff, FATE_HIDDEN},
    };
    size_t range = 0;
    for (uint32_t code = 0; code <= 0x10ffff; code++) {
        if (code == 0xd800) {
            code = 0xe000; // surrogates are no characters
        }
        while (range < sizeof RANGES / sizeof *RANGES && RANGES[range].last < code) {
            range++;
        }
        const bool is_listed =
            range < sizeof RANGES / sizeof *RANGES && RANGES[range].first <= code;
        if (fate_of(code) != (is_listed ? RANGES[range].fate : FATE_SHOWN)) {
            fail_msg("U+%04X", code);
        }
    }
}

static void blanks_are_one_space_between_characters(void **state) {
    (void)state;
    static const struct {
        const char *text, *clean;
    } CASES[] = {{" a", "a"}, {"a ", "a"},         {"a  b", "a b"}, {"  ", ""},
                 {"", ""},    {"a \x01 b", "a b"}, {"\x01 a", "a"}, {"a b c", "a b c"}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char clean[16];
        memset(clean, 'x', sizeof clean);
        const size_t length =
            plain_text_clean(clean, sizeof clean, CASES[i].text, strlen(CASES[i].text));
        assert_string_equal(clean, CASES[i].clean);
        assert_int_equal(length, strlen(clean));
        for (size_t j = length; j < sizeof clean; j++) {
            assert_int_equal(clean[j], 0);
        }
        assert_int_equal(plain_text_is_valid(CASES[i].text, 16),
                         strcmp(CASES[i].text, CASES[i].clean) == 0);
    }
}

// A character needs room for all its bytes, and for the blank before it.
static void a_text_ends_at_the_last_character_with_room(void **state) {
    (void)state;
    static const char TEXT[] = "ab \xc3\xa9z";
    static const char *const CLEAN[] = {"",   "a",           "ab",           "ab",
                                        "ab", "ab \xc3\xa9", "ab \xc3\xa9z", "ab \xc3\xa9z"};
    for (size_t room = 0; room < sizeof CLEAN / sizeof *CLEAN; room++) {
        char *clean = malloc(room + 1);
        assert_int_equal(plain_text_clean(clean, room + 1, TEXT, strlen(TEXT)),
                         strlen(CLEAN[room]));
        assert_string_equal(clean, CLEAN[room]);
        free(clean);
    }
    // A valid text ends within its capacity.
    assert_true(plain_text_is_valid("abc", 4));
    assert_false(plain_text_is_valid("abc", 3));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exactly_the_invisible_characters_are_removed),
        cmocka_unit_test(blanks_are_one_space_between_characters),
        cmocka_unit_test(a_text_ends_at_the_last_character_with_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
