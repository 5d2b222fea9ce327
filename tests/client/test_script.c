// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/input/script.h"
#include "game/ship.h"

static Script script; // large

static void parse(const char *text) {
    char error[128] = "";
    int line = 0;
    if (!script_parse(&script, text, strlen(text), error, sizeof error, &line)) {
        fail_msg("line %d %s", line, error);
    }
}

static void assert_refused(const char *text, int expected_line, const char *expected_words) {
    char error[128] = "";
    int line = 0;
    assert_false(script_parse(&script, text, strlen(text), error, sizeof error, &line));
    assert_int_equal(line, expected_line);
    if (strstr(error, expected_words) == NULL) {
        fail_msg("'%s' does not say '%s'", error, expected_words);
    }
}

static void keys_are_held_until_released(void **state) {
    (void)state;
    parse("at 10 hold right\nat 12 hold up\nat 20 release right\nat 30 release all\n");
    script_advance(&script, 9);
    assert_int_equal(script_buttons(&script, 9), 0);
    script_advance(&script, 10);
    assert_int_equal(script_buttons(&script, 10), INPUT_RIGHT);
    script_advance(&script, 15);
    assert_int_equal(script_buttons(&script, 15), INPUT_RIGHT | INPUT_UP);
    script_advance(&script, 20);
    assert_int_equal(script_buttons(&script, 20), INPUT_UP);
    script_advance(&script, 30);
    assert_int_equal(script_buttons(&script, 30), 0);
}

static void one_line_is_said_per_frame_and_only_once(void **state) {
    (void)state;
    parse("at 5 say  Hello,  you ß # not this\nat 5 say again\nat 6 hold up\n");
    script_advance(&script, 4);
    assert_null(script.said);
    script_advance(&script, 5);
    assert_string_equal(script.said, "Hello, you ß");
    script_advance(&script, 6);
    assert_string_equal(script.said, "again");
    script_advance(&script, 7);
    assert_null(script.said);
    assert_int_equal(script_buttons(&script, 7), INPUT_UP);
}

static void a_say_without_valid_text_is_refused(void **state) {
    (void)state;
    assert_refused("at 5 say\n", 1, "nothing behind 'say'");
    assert_refused("at 5 say # nothing\n", 1, "nothing behind 'say'");
    assert_refused("at 5 say \xe2\x80\x8b\n", 1, "nothing behind 'say'");
    char text[200] = "at 5 say ";
    memset(text + 9, 'x', CHAT_TEXT_BYTES);
    parse(text);
    text[9 + CHAT_TEXT_BYTES] = 'x';
    assert_refused(text, 1, "more than 120 bytes");
}

static void a_tap_releases_after_some_frames(void **state) {
    (void)state;
    parse("at 5 fire\nat 20 tap missile\n");
    script_advance(&script, 5);
    assert_int_equal(script_buttons(&script, 5), INPUT_PULSE);
    assert_int_equal(script_buttons(&script, 5 + SCRIPT_TAP_FRAMES - 1), INPUT_PULSE);
    assert_int_equal(script_buttons(&script, 5 + SCRIPT_TAP_FRAMES), 0);
    script_advance(&script, 20);
    assert_int_equal(script_buttons(&script, 20), INPUT_MISSILE);
}

static void angles_are_degrees_and_may_be_negative(void **state) {
    (void)state;
    parse("at 1 aim 90\nat 2 aim -90\nat 3 aim 360\nat 4 aim 0.5");
    script_advance(&script, 1);
    assert_int_equal(script.aim, 0x4000);
    script_advance(&script, 2);
    assert_int_equal(script.aim, 0xc000);
    script_advance(&script, 3);
    assert_int_equal(script.aim, 0);
    script_advance(&script, 4);
    assert_int_equal(script.aim, 91);
}

static void pressed_actions_are_returned_once(void **state) {
    (void)state;
    parse("at 3 press figures\nat 3 press help\n");
    assert_int_equal(script_advance(&script, 2), 0);
    assert_int_equal(script_advance(&script, 3), 1u << ACTION_FIGURES | 1u << ACTION_HELP);
    assert_int_equal(script_advance(&script, 4), 0);
}

static void steps_of_skipped_frames_are_run(void **state) {
    (void)state;
    parse("at 3 hold up\nat 4 hold left\nat 5 release up\n");
    script_advance(&script, 100);
    assert_int_equal(script_buttons(&script, 100), INPUT_LEFT);
}

static void comments_and_blank_lines_are_no_steps(void **state) {
    (void)state;
    parse("# all of it\n\n   \t\nat 1 hold up # why not\r\n");
    assert_int_equal(script.count, 1);
}

static void mistakes_are_reported_with_their_line(void **state) {
    (void)state;
    assert_refused("hold up\n", 1, "at FRAME");
    assert_refused("at 1 hold up\nat x hold up\n", 2, "at FRAME");
    assert_refused("at 1 hold up\nat -3 hold up\n", 2, "at FRAME");
    assert_refused("at 99999999999 hold up\n", 1, "at FRAME");
    assert_refused("\nat 1 hold sideways\n", 2, "unknown action");
    assert_refused("at 1 hold figures\n", 1, "pressed");
    assert_refused("at 1 press up\n", 1, "held");
    assert_refused("at 1 dance up\n", 1, "verb");
    assert_refused("at 1 aim north\n", 1, "angle");
    assert_refused("at 1 aim nan\n", 1, "angle");
    assert_refused("at 1 hold\n", 1, "is not");
    assert_refused("at 1 hold up now\n", 1, "is not");
    assert_refused("at 9 hold up\nat 8 hold down\n", 2, "back in time");
}

static void too_long_lines_and_scripts_are_refused(void **state) {
    (void)state;
    char line[600];
    memset(line, 'a', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    assert_refused(line, 1, "too long");
    static char many[(SCRIPT_STEPS_MAX + 1) * 16 + 1];
    size_t size = 0;
    for (int i = 0; i <= SCRIPT_STEPS_MAX; i++) {
        size += (size_t)snprintf(many + size, sizeof many - size, "at 1 hold up\n");
    }
    assert_refused(many, SCRIPT_STEPS_MAX + 1, "too many");
}

static void control_characters_are_refused_and_long_comments_are_not(void **state) {
    (void)state;
    parse("\xef\xbb\xbf  at 1 hold up\r\n\tat 2 hold down");
    assert_int_equal(script.count, 2);
    char text[700];
    snprintf(text, sizeof text, "#%0300d\nat 1 hold up #%0300d at 2 hold down\n", 0, 0);
    parse(text);
    assert_int_equal(script.count, 1);
    snprintf(text, sizeof text, "at 1%300s hold up%300s\n", "", "");
    assert_refused(text, 1, "too long");
    snprintf(text, sizeof text, "at 1 hold up%600s\n", "");
    parse(text);
    assert_refused("at 1 hold up\rat 2 hold down\r", 1, "carriage return");
    assert_refused("at 1 hold up\nat 2 say caf\xe9\n", 2, "UTF-8");
    assert_refused("at 1 hold up\nat 2 say \x1b[2K\n", 2, "control");
    static const char with_nul[] = "at 1 hold up\n\0at 2 hold down\n";
    char error[128];
    int line = 0;
    assert_false(script_parse(&script, with_nul, sizeof with_nul - 1, error, sizeof error, &line));
    assert_int_equal(line, 2);
}

static void a_file_that_cannot_be_read_is_named(void **state) {
    (void)state;
    char error[256] = "";
    assert_false(script_load(&script, "/nonexistent/flight.txt", error, sizeof error));
    assert_non_null(strstr(error, "/nonexistent/flight.txt"));
    assert_false(script_load(&script, "/", error, sizeof error));
}

static void a_mistake_in_a_file_names_file_and_line(void **state) {
    (void)state;
    char path[] = "/tmp/tickstorm_script_XXXXXX";
    const int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    static const char text[] = "at 1 hold up\nat 2 hld down\n";
    assert_int_equal(write(descriptor, text, sizeof text - 1), sizeof text - 1);
    close(descriptor);
    char error[256] = "";
    assert_false(script_load(&script, path, error, sizeof error));
    unlink(path);
    assert_non_null(strstr(error, path));
    assert_non_null(strstr(error, ":2: "));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_held_until_released),
        cmocka_unit_test(one_line_is_said_per_frame_and_only_once),
        cmocka_unit_test(a_say_without_valid_text_is_refused),
        cmocka_unit_test(a_tap_releases_after_some_frames),
        cmocka_unit_test(angles_are_degrees_and_may_be_negative),
        cmocka_unit_test(pressed_actions_are_returned_once),
        cmocka_unit_test(steps_of_skipped_frames_are_run),
        cmocka_unit_test(comments_and_blank_lines_are_no_steps),
        cmocka_unit_test(mistakes_are_reported_with_their_line),
        cmocka_unit_test(too_long_lines_and_scripts_are_refused),
        cmocka_unit_test(control_characters_are_refused_and_long_comments_are_not),
        cmocka_unit_test(a_file_that_cannot_be_read_is_named),
        cmocka_unit_test(a_mistake_in_a_file_names_file_and_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
