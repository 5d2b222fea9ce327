// SPDX-License-Identifier: MIT
#include "base/log.h"

#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/allocation_count.h"
#include "support.h"

// Runs `write_lines` with stderr in a pipe, and returns the text.
static const char *capture(void (*write_lines)(void)) {
    static char text[16384];
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    const int saved = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    write_lines();
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(ends[1]);
    const ssize_t size = read(ends[0], text, sizeof text - 1);
    close(ends[0]);
    text[size > 0 ? size : 0] = '\0';
    return text;
}

static void write_three_levels(void) {
    LOG_INFO("net", "listening on %d", 7777);
    LOG_DEBUG("net", "hidden");
    LOG_ERROR("sim", "broken");
}

static void write_forged_line(void) {
    LOG_WARN("session", "name is \"%s\"", "x\n2024 error sim: forged \x1b[31m\\");
}

static void write_long_line(void) {
    char text[4 * LOG_LINE_BYTES];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    LOG_INFO("test", "%s", text);
}

static void lines_below_the_level_are_not_written(void **state) {
    (void)state;
    log_configure(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    const char *text = capture(write_three_levels);
    assert_non_null(strstr(text, "info  net: listening on 7777\n"));
    assert_non_null(strstr(text, "error sim: broken\n"));
    assert_null(strstr(text, "hidden"));
}

static void control_characters_cannot_forge_a_line(void **state) {
    (void)state;
    log_configure(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    const char *text = capture(write_forged_line);
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    assert_null(strchr(text, '\x1b'));
    assert_non_null(strstr(text, "\\u000a"));
}

static void json_lines_parse_with_any_text(void **state) {
    (void)state;
    log_configure(LOG_LEVEL_INFO, LOG_FORMAT_JSON);
    json_t *line = json_loads(capture(write_forged_line), 0, NULL);
    assert_non_null(line);
    assert_string_equal(json_string_value(json_object_get(line, "level")), "warn");
    assert_string_equal(json_string_value(json_object_get(line, "area")), "session");
    assert_non_null(strstr(json_string_value(json_object_get(line, "message")), "\x1b[31m\\"));
    json_decref(line);
}

static void a_long_line_is_cut_and_still_ends(void **state) {
    (void)state;
    log_configure(LOG_LEVEL_INFO, LOG_FORMAT_JSON);
    json_t *line = json_loads(capture(write_long_line), 0, NULL);
    assert_non_null(line);
    json_decref(line);
}

static char g_message[2 * LOG_LINE_BYTES];

static void write_message(void) {
    LOG_INFO("test", "%s", g_message);
}

// Escapes make a line up to six times as long. The cut is never inside an escape.
static void a_line_of_escapes_is_cut_between_two_of_them(void **state) {
    (void)state;
    log_configure(LOG_LEVEL_INFO, LOG_FORMAT_JSON);
    static const char SIGNS[] = "\x01\"\\\x7f";
    for (size_t sign = 0; sign < sizeof SIGNS - 1; sign++) {
        for (size_t plain = 0; plain < 8; plain++) {
            memset(g_message, SIGNS[sign], sizeof g_message - 1);
            memset(g_message, 'a', plain);
            const char *text = capture(write_message);
            assert_in_range(strlen(text), LOG_LINE_BYTES, LOG_LINE_BYTES + 128);
            json_t *line = json_loads(text, 0, NULL);
            assert_non_null(line);
            const char *message = json_string_value(json_object_get(line, "message"));
            assert_true(strlen(message) > LOG_LINE_BYTES / 8);
            assert_memory_equal(message, g_message, strlen(message));
            json_decref(line);
        }
    }
}

static void only_control_characters_are_escaped_in_text(void **state) {
    (void)state;
    log_configure(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    snprintf(g_message, sizeof g_message, "\x1f ~\x7f\x7e\"\\\xc3\xa9");
    assert_non_null(strstr(capture(write_message), ": \\u001f ~\\u007f~\"\\\xc3\xa9\n"));
}

static void print_short(void) {
    assert_true(log_print("%d %s\n", 7, "lines"));
}

static void print_too_long(void) {
    assert_true(log_print("%*s", 2 * LOG_PRINT_BYTES, "x"));
}

static void printed_text_is_unchanged_and_cut_at_its_limit(void **state) {
    (void)state;
    assert_string_equal(capture(print_short), "7 lines\n");
    assert_int_equal(strlen(capture(print_too_long)), LOG_PRINT_BYTES - 1);
}

static void print_to_stream(void) {
    FILE *stream = log_stream_open();
    assert_non_null(stream);
    fprintf(stream, "one %d\n", 1);
    fputs("two\n", stream);
    fclose(stream);
}

static void a_stream_of_the_log_writes_to_stderr(void **state) {
    (void)state;
    assert_string_equal(capture(print_to_stream), "one 1\ntwo\n");
}

// Reads everything that the log writes until it is idle.
static char *read_rest(int descriptor) {
    static char text[1 << 21];
    struct pollfd event = {.fd = descriptor, .events = POLLIN};
    size_t size = 0;
    // In this order: an idle log has written its last line to the pipe.
    for (bool is_idle = false; !is_idle || poll(&event, 1, 0) == 1; is_idle = log_is_idle()) {
        if (poll(&event, 1, 1) == 1) {
            const ssize_t count = read(descriptor, text + size, sizeof text - 1 - size);
            assert_true(count > 0);
            size += (size_t)count;
        }
    }
    text[size] = '\0';
    return text;
}

// Runs last: from then on the writer thread writes all lines.
static void a_started_log_drops_lines_and_does_not_wait(void **state) {
    (void)state;
    enum { LINES = 20000 }; // far more than pipe and queue hold: a log that waits hangs here
    int ends[2];
    log_configure(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    assert_int_equal(pipe(ends), 0);
    const int saved = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    log_start();
    LOG_INFO("test", "line %d", 0);
    const uint64_t allocations = allocation_count();
    for (int i = 1; i < LINES; i++) {
        LOG_INFO("test", "line %d", i);
    }
    if (allocation_count_works()) {
        assert_int_equal(allocation_count(), allocations); // a tick may log
    }
    const uint64_t dropped = log_dropped_count();
    assert_in_range(dropped, 1, LINES - 1);
    // The pipe is read: the kept lines in order, with notices in place of the dropped ones.
    char *text = read_rest(ends[0]);
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(ends[0]);
    int next = 0;
    int said = 0;
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        int number;
        if (strstr(line, "dropped") != NULL) {
            assert_int_equal(sscanf(line, "%*s warn log: %d log line", &number), 1);
            next += number;
            said += number;
        } else {
            assert_int_equal(sscanf(line, "%*s info test: line %d", &number), 1);
            assert_int_equal(number, next++);
        }
    }
    assert_int_equal(next, LINES);
    assert_int_equal(said, dropped);
}

static void names_of_levels_and_formats_are_checked(void **state) {
    (void)state;
    LogLevel level;
    LogFormat format;
    static const char *const LEVELS[] = {"error", "warn", "info", "debug"};
    for (int i = 0; i <= LOG_LEVEL_DEBUG; i++) {
        assert_true(log_level_from_name(LEVELS[i], &level));
        assert_int_equal(level, i);
    }
    assert_false(log_level_from_name("loud", &level));
    assert_true(log_format_from_name("json", &format));
    assert_int_equal(format, LOG_FORMAT_JSON);
    assert_true(log_format_from_name("text", &format));
    assert_int_equal(format, LOG_FORMAT_TEXT);
    assert_false(log_format_from_name("xml", &format));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_below_the_level_are_not_written),
        cmocka_unit_test(control_characters_cannot_forge_a_line),
        cmocka_unit_test(json_lines_parse_with_any_text),
        cmocka_unit_test(a_long_line_is_cut_and_still_ends),
        cmocka_unit_test(a_line_of_escapes_is_cut_between_two_of_them),
        cmocka_unit_test(only_control_characters_are_escaped_in_text),
        cmocka_unit_test(printed_text_is_unchanged_and_cut_at_its_limit),
        cmocka_unit_test(a_stream_of_the_log_writes_to_stderr),
        cmocka_unit_test(names_of_levels_and_formats_are_checked),
        cmocka_unit_test(a_started_log_drops_lines_and_does_not_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
