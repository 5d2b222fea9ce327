// SPDX-License-Identifier: MIT
#include "base/text_file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support.h"

static char g_folder[] = "/tmp/tickstorm-text-XXXXXX";
static char g_path[64];
static TextFile g_file;
static char g_problem[256];

static int make_folder(void **state) {
    (void)state;
    const bool is_made = mkdtemp(g_folder) != NULL;
    snprintf(g_path, sizeof g_path, "%s/file", g_folder);
    return is_made ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    return rmdir(g_folder);
}

static int remove_file(void **state) {
    (void)state;
    text_file_free(&g_file);
    unlink(g_path);
    return 0;
}

static bool read_again(const char *path) {
    text_file_free(&g_file);
    g_problem[0] = '\0';
    return text_file_read(path, &g_file, g_problem, sizeof g_problem);
}

static void assert_refused(const char *path, const char *words) {
    assert_false(read_again(path));
    assert_null(g_file.text);
    if (strstr(g_problem, words) == NULL) {
        fail_msg("%s: '%s' does not say '%s'", path, g_problem, words);
    }
}

static void write_file(const char *text, size_t size) {
    const int descriptor = open(g_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, text, size), (ssize_t)size);
    close(descriptor);
}

static void a_file_is_read_completely_with_its_nul_bytes(void **state) {
    (void)state;
    write_file("a\0b\n", 4);
    assert_true(read_again(g_path));
    assert_int_equal(g_file.size, 4);
    assert_memory_equal(g_file.text, "a\0b\n", 4);
    write_file("", 0);
    assert_true(read_again(g_path));
    assert_int_equal(g_file.size, 0);
    assert_true(read_again("/dev/null"));
    assert_int_equal(g_file.size, 0);
}

static void an_unreadable_file_is_refused_with_the_reason(void **state) {
    (void)state;
    assert_refused("/nonexistent/file", "No such file");
    assert_refused("/tmp", "directory");
    assert_refused("", "No such file");
    assert_refused("/dev/zero", "1 MiB");
}

static void a_file_may_have_one_mebibyte_and_no_byte_more(void **state) {
    (void)state;
    write_file("a", 1);
    assert_int_equal(truncate(g_path, TEXT_FILE_BYTES_MAX), 0);
    assert_true(read_again(g_path));
    assert_int_equal(g_file.size, TEXT_FILE_BYTES_MAX);
    assert_int_equal(truncate(g_path, TEXT_FILE_BYTES_MAX + 1), 0);
    assert_refused(g_path, "1 MiB");
}

// As with a shell's <(command).
static void a_pipe_is_read_to_its_end_and_never_a_second_time(void **state) {
    (void)state;
    int ends[2];
    char path[32];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "a = b\n", 6), 6);
    close(ends[1]);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    assert_true(read_again(path));
    assert_int_equal(g_file.size, 6);
    assert_refused(path, "pipe");
    close(ends[0]);
}

static void a_pipe_that_is_written_piece_by_piece_is_waited_for(void **state) {
    (void)state;
    int ends[2];
    char path[32];
    assert_int_equal(pipe(ends), 0);
    const pid_t writer = fork();
    assert_true(writer >= 0);
    if (writer == 0) {
        for (int i = 0; i < 3; i++) {
            nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL); // until the reader waits
            (void)!write(ends[1], &"abcdef"[2 * i], 2);
        }
        _exit(0);
    }
    close(ends[1]);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    assert_true(read_again(path));
    assert_int_equal(g_file.size, 6);
    assert_memory_equal(g_file.text, "abcdef", 6);
    close(ends[0]);
    assert_int_equal(waitpid(writer, NULL, 0), writer);
}

static void a_pipe_without_a_writer_does_not_block(void **state) {
    (void)state;
    assert_int_equal(mkfifo(g_path, 0600), 0);
    assert_refused(g_path, "pipe");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_file_is_read_completely_with_its_nul_bytes, remove_file),
        cmocka_unit_test_teardown(an_unreadable_file_is_refused_with_the_reason, remove_file),
        cmocka_unit_test_teardown(a_file_may_have_one_mebibyte_and_no_byte_more, remove_file),
        cmocka_unit_test_teardown(a_pipe_is_read_to_its_end_and_never_a_second_time, remove_file),
        cmocka_unit_test_teardown(a_pipe_that_is_written_piece_by_piece_is_waited_for, remove_file),
        cmocka_unit_test_teardown(a_pipe_without_a_writer_does_not_block, remove_file),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
