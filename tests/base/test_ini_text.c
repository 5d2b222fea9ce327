// SPDX-License-Identifier: MIT
#include "base/ini_text.h"

#include <stdint.h>
#include <string.h>

#include "support.h"

static IniReader g_reader;

// All items of a text as "[section]key=value|...", with the problem at the end, if there is one.
static const char *read_all(const char *text, size_t size) {
    static char printed[65536];
    size_t used = 0;
    IniItem item;
    ini_reader_begin(&g_reader, text, size);
    printed[0] = '\0';
    while ((item = ini_reader_next(&g_reader)) == INI_SECTION || item == INI_ENTRY) {
        used += (size_t)(item == INI_SECTION ? snprintf(printed + used, sizeof printed - used,
                                                        "[%s]", g_reader.section)
                                             : snprintf(printed + used, sizeof printed - used,
                                                        "%s=%s|", g_reader.key, g_reader.value));
        assert_true(used < sizeof printed);
    }
    if (item == INI_BAD) {
        snprintf(printed + used, sizeof printed - used, "%d: %s", g_reader.lines.line,
                 g_reader.problem);
    }
    return printed;
}

static void assert_read(const char *text, const char *expected) {
    assert_string_equal(read_all(text, strlen(text)), expected);
}

static void sections_keys_values_and_comments_are_read(void **state) {
    (void)state;
    assert_read("; all\n# of it\n[one]\na = 1\nb=2\n\n[two]\nc  =  x y \n",
                "[one]a=1|b=2|[two]c=x y|");
    assert_read("[one] ; comment\na = 1 ; comment\nb = 2\t# comment\nc = x;y#z\n",
                "[one]a=1|b=2|c=x;y#z|");
    assert_read("[ one ]\nlong-key_2.x = a = b\n", "[one]long-key_2.x=a = b|");
    assert_read("a = 1", "a=1|");
    assert_read("a = 1\r\n[s]\r\nb =\r\n", "a=1|[s]b=|");
    assert_read("a = ; nothing\n", "a=|");
    assert_read("\xef\xbb\xbf[s]\na = \xc3\xa9\n", "[s]a=\xc3\xa9|");
    assert_read("", "");
}

static void names_have_letters_digits_and_three_signs(void **state) {
    (void)state;
    assert_read("[azAZ09-_.]\nzaZA90._- = 1\n", "[azAZ09-_.]zaZA90._-=1|");
    static const char OTHERS[] = "`{@[/:,!'\xc3";
    for (size_t i = 0; i < sizeof OTHERS - 1; i++) {
        const char line[] = {'a', OTHERS[i], '=', '1', '\n'};
        read_all(line, sizeof line);
        assert_non_null(g_reader.problem);
    }
}

// Bytes behind the end of a text are never read.
static void nothing_is_read_beyond_the_end(void **state) {
    (void)state;
    assert_string_equal(read_all("[s]", 2), "1: not a [section] line");
    assert_string_equal(read_all("a=1", 1), "1: not a key = value line");
    assert_string_equal(read_all("a=\"1\"", 4), "1: the quoted value has no end");
    assert_string_equal(read_all("a=12", 3), "a=1|");
    assert_string_equal(read_all("a=\"\\x41\"", 6),
                        "1: a backslash in a quoted value must be one of \\\\ \\\" \\xHH");
}

static void an_escaped_byte_has_two_digits_of_any_kind(void **state) {
    (void)state;
    assert_read("a = \"\\x10\\x0a\\x41\\x7A\\xFf\\x99\"\n", "a=\x10\nAz\xff\x99|");
    static const char *const BAD[] = {"\\x00", "\\x4g", "\\xg4", "\\x4",  "\\x",  "\\n",
                                      "\\x4/", "\\x4:", "\\x4@", "\\x4G", "\\x4`"};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        char line[32];
        snprintf(line, sizeof line, "a = \"%s\"\n", BAD[i]);
        assert_read(line, "1: a backslash in a quoted value must be one of \\\\ \\\" \\xHH");
    }
}

static void an_indented_line_is_a_line(void **state) {
    (void)state;
    assert_read("name = X\n   drones = 100\n\tside = 5k\n  [s]\n  ; comment\n",
                "name=X|drones=100|side=5k|[s]");
}

static void long_lines_are_one_line(void **state) {
    (void)state;
    static char text[3 * INI_VALUE_BYTES_MAX];
    for (size_t length = 1; length < 2 * INI_VALUE_BYTES_MAX; length += 1 + length / 7) {
        text[0] = ';';
        memset(text + 1, 'a', length);
        strncpy(text + 1 + length, "port = 9\n[s]\n", 32);
        assert_read(text, "[s]");
    }
    for (size_t length = 180; length < 220; length++) {
        memset(text, ' ', length);
        strncpy(text + length, "port = 9\n", 32);
        assert_read(text, "port=9|");
    }
}

static void a_value_may_have_4095_bytes(void **state) {
    (void)state;
    static char text[3 * INI_VALUE_BYTES_MAX] = "a = ";
    memset(text + 4, 'x', INI_VALUE_BYTES_MAX);
    read_all(text, strlen(text));
    assert_null(g_reader.problem);
    assert_int_equal(strlen(g_reader.value), INI_VALUE_BYTES_MAX);
    text[4 + INI_VALUE_BYTES_MAX] = 'x';
    assert_read(text, "1: the value is longer than 4095 bytes");
    text[4] = text[5 + INI_VALUE_BYTES_MAX] = '"';
    read_all(text, strlen(text));
    assert_null(g_reader.problem);
    text[5 + INI_VALUE_BYTES_MAX] = 'x';
    text[6 + INI_VALUE_BYTES_MAX] = '"';
    assert_read(text, "1: the value is longer than 4095 bytes");
}

static void quotes_keep_blanks_comment_signs_and_any_byte(void **state) {
    (void)state;
    assert_read("a = \" x ; y # z \"\n", "a= x ; y # z |");
    assert_read("a = \"\" ; empty\n", "a=|");
    assert_read("a = \"\\\"\\\\\\x0a\\xE9\"\n", "a=\"\\\n\xe9|");
    assert_read("a = x\"y\\n\n", "a=x\"y\\n|");
    assert_read("a = \"x\n", "1: the quoted value has no end");
    assert_read("a = \"x\\\"\n", "1: the quoted value has no end");
    assert_read("a = \"x\" y\n", "1: something stands behind the quoted value");
    static const char *const escapes[] = {"\\n", "\\x0", "\\x", "\\xg0", "\\x00", "\\"};
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++) {
        char text[32];
        snprintf(text, sizeof text, "a = \"%s", escapes[i]);
        read_all(text, strlen(text));
        assert_non_null(strstr(g_reader.problem, "backslash"));
    }
}

static void a_line_that_is_neither_is_refused_with_its_number(void **state) {
    (void)state;
    assert_read("a = 1\nnonsense\nb = 2\n", "a=1|2: not a key = value line");
    assert_read("a: 1\n", "1: not a key = value line");
    assert_read("= 1\n", "1: not a key = value line");
    assert_read("a b = 1\n", "1: not a key = value line");
    assert_read("\xef\xbb\xbf\xef\xbb\xbf"
                "a = 1\n",
                "1: not a key = value line");
    assert_read("\n[s\na = 1\n", "2: not a [section] line");
    assert_read("[]\n", "1: not a [section] line");
    assert_read("[a b]\n", "1: not a [section] line");
    assert_read("[arena] drones = 10\n", "1: something stands behind the section's ]");
    assert_read("a = 1\rb = 2\r", "1: the line has a carriage return that does not end it");
    char text[2 * INI_NAME_BYTES_MAX];
    memset(text, 'k', sizeof text);
    strncpy(text + INI_NAME_BYTES_MAX, "=", 2);
    read_all(text, strlen(text));
    assert_null(g_reader.problem);
    strncpy(text + INI_NAME_BYTES_MAX, "k=", 3);
    assert_read(text, "1: the key is longer than 63 bytes");
}

static void a_nul_ends_the_reading_with_its_line(void **state) {
    (void)state;
    assert_string_equal(read_all("[s]\na = 1\n\0b = 2\n", 17), "[s]a=1|3: the line has a NUL byte");
    assert_int_equal(ini_reader_next(&g_reader), INI_BAD);
}

static void a_quoted_value_is_read_back_unchanged(void **state) {
    (void)state;
    static char value[INI_VALUE_BYTES_MAX + 1];
    static char quoted[INI_QUOTED_BYTES];
    static char line[INI_QUOTED_BYTES + 8];
    static const char SIGNS[] = " ;#\"\\=[]\t\n\r\x01\x7f\xc3\xa9\xff"
                                "ab";
    Rng rng = test_rng();
    for (int i = 0; i < 20000; i++) {
        const uint32_t length = rng_below(&rng, i % 100 == 0 ? INI_VALUE_BYTES_MAX + 1 : 8);
        for (uint32_t at = 0; at < length; at++) {
            value[at] = i % 200 == 0 ? '\x01' : SIGNS[rng_below(&rng, sizeof SIGNS - 1)];
        }
        value[length] = '\0';
        ini_quote(value, quoted, sizeof quoted);
        const int size = snprintf(line, sizeof line, "a = %s\n", quoted);
        ini_reader_begin(&g_reader, line, (size_t)size);
        if (ini_reader_next(&g_reader) != INI_ENTRY) {
            fail_msg("%s: %s", quoted, g_reader.problem);
        }
        assert_string_equal(g_reader.value, value);
        assert_int_equal(ini_reader_next(&g_reader), INI_END);
    }
}

static void plain_values_are_not_quoted(void **state) {
    (void)state;
    char text[64];
    ini_quote("/etc/a-b_c.ini:7=9", text, sizeof text);
    assert_string_equal(text, "/etc/a-b_c.ini:7=9");
    ini_quote("a b", text, sizeof text);
    assert_string_equal(text, "\"a b\"");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_keys_values_and_comments_are_read),
        cmocka_unit_test(names_have_letters_digits_and_three_signs),
        cmocka_unit_test(nothing_is_read_beyond_the_end),
        cmocka_unit_test(an_escaped_byte_has_two_digits_of_any_kind),
        cmocka_unit_test(an_indented_line_is_a_line),
        cmocka_unit_test(long_lines_are_one_line),
        cmocka_unit_test(a_value_may_have_4095_bytes),
        cmocka_unit_test(quotes_keep_blanks_comment_signs_and_any_byte),
        cmocka_unit_test(a_line_that_is_neither_is_refused_with_its_number),
        cmocka_unit_test(a_nul_ends_the_reading_with_its_line),
        cmocka_unit_test(a_quoted_value_is_read_back_unchanged),
        cmocka_unit_test(plain_values_are_not_quoted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
