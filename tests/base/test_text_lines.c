// SPDX-License-Identifier: MIT
#include "base/text_lines.h"

#include <string.h>

#include "support.h"

#define TEXT(literal) literal, sizeof literal - 1

static TextLines g_lines;

// Reads all lines and joins them with '|'.
static const char *join(const char *text, size_t size) {
    static char joined[512];
    const char *line;
    size_t length;
    size_t used = 0;
    joined[0] = '\0';
    g_lines = text_lines_of(text, size);
    while (text_lines_next(&g_lines, &line, &length)) {
        used += (size_t)snprintf(joined + used, sizeof joined - used, "%.*s|", (int)length, line);
    }
    return joined;
}

static void assert_refused(const char *text, size_t size, int line, const char *words) {
    join(text, size);
    assert_non_null(g_lines.problem);
    if (strstr(g_lines.problem, words) == NULL) {
        fail_msg("'%s' does not say '%s'", g_lines.problem, words);
    }
    assert_int_equal(g_lines.line, line);
}

static void lines_end_with_lf_crlf_or_the_text(void **state) {
    (void)state;
    assert_string_equal(join(TEXT("a\nb\r\n\n\r\nc")), "a|b|||c|");
    assert_null(g_lines.problem);
    assert_int_equal(g_lines.line, 5);
    assert_string_equal(join(TEXT("")), "");
    assert_int_equal(g_lines.line, 0);
    assert_string_equal(join(TEXT("\n")), "|");
}

static void a_byte_order_mark_is_skipped_at_the_start_alone(void **state) {
    (void)state;
    assert_string_equal(join(TEXT("\xef\xbb\xbf"
                                  "a\n\xef\xbb\xbf"
                                  "b\n")),
                        "a|\xef\xbb\xbf"
                        "b|");
    assert_string_equal(join(TEXT("\xef\xbb\xbf")), "");
    assert_refused(TEXT("\xff\xfe[\0s\0"), 1, "UTF-16");
    assert_refused(TEXT("\xfe\xff\0[\0s"), 1, "UTF-16");
}

static void bytes_that_are_no_text_are_refused_with_their_line(void **state) {
    (void)state;
    assert_refused(TEXT("a\nb\0c\nd"), 2, "NUL");
    assert_refused(TEXT("a\rb\rc\r"), 1, "carriage return");
    assert_refused(TEXT("a\nb\r"), 2, "carriage return");
    assert_refused(TEXT("a\r\r\n"), 1, "carriage return");
    assert_refused(TEXT("a\n\x1b[2J\n"), 2, "control");
    assert_refused(TEXT("a\n\n\x7f"), 3, "control");
    assert_refused(TEXT("caf\xe9\n"), 1, "not UTF-8");
    assert_refused(TEXT("a\n\xc0\xaf\n"), 2, "not UTF-8");
    assert_refused(TEXT("\xed\xa0\x80"), 1, "not UTF-8"); // a surrogate
    assert_refused(TEXT("\xf0\x9f\x98"), 1, "not UTF-8"); // cut
}

static void tabs_and_characters_of_every_length_are_text(void **state) {
    (void)state;
    assert_string_equal(join(TEXT("\ta\t\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80")),
                        "\ta\t\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80|");
    assert_null(g_lines.problem);
}

static void half_a_byte_order_mark_of_utf16_is_none(void **state) {
    (void)state;
    assert_refused(TEXT("\xff\xff"), 1, "not UTF-8");
    assert_refused(TEXT("\xfe\xfe"), 1, "not UTF-8");
    assert_refused(TEXT("\xff"), 1, "not UTF-8");
    assert_refused(TEXT("a\n\xff\xfe"), 2, "not UTF-8"); // in the first line alone
    assert_string_equal(join(TEXT("\xff\xfe[\n")), "");
}

static void a_text_becomes_one_line_by_marks_for_its_control_characters(void **state) {
    (void)state;
    char text[] = "\x01 a\tb\nc\x1f~\x7f\xc3\xa9";
    text_make_one_line(text);
    assert_string_equal(text, "? a?b?c?~?\xc3\xa9");
}

static void nothing_comes_after_a_refused_line(void **state) {
    (void)state;
    const char *line;
    size_t length;
    assert_refused(TEXT("\x01\nb\n"), 1, "control");
    assert_false(text_lines_next(&g_lines, &line, &length));
    assert_int_equal(g_lines.line, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_end_with_lf_crlf_or_the_text),
        cmocka_unit_test(a_byte_order_mark_is_skipped_at_the_start_alone),
        cmocka_unit_test(bytes_that_are_no_text_are_refused_with_their_line),
        cmocka_unit_test(tabs_and_characters_of_every_length_are_text),
        cmocka_unit_test(half_a_byte_order_mark_of_utf16_is_none),
        cmocka_unit_test(a_text_becomes_one_line_by_marks_for_its_control_characters),
        cmocka_unit_test(nothing_comes_after_a_refused_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
