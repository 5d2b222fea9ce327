// SPDX-License-Identifier: MIT
#include "base/output_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

static char g_directory[64];
static char g_path[96];
static char g_other[96];

static uint32_t count_entries(bool removes) {
    char path[512];
    uint32_t count = 0;
    DIR *directory = opendir(g_directory);
    assert_non_null(directory);
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            count++;
            snprintf(path, sizeof path, "%s/%s", g_directory, entry->d_name);
            assert_true(!removes || unlink(path) == 0);
        }
    }
    closedir(directory);
    return count;
}

static int setup(void **state) {
    (void)state;
    snprintf(g_directory, sizeof g_directory, "/tmp/test_output_file.XXXXXX");
    assert_non_null(mkdtemp(g_directory));
    snprintf(g_path, sizeof g_path, "%s/file", g_directory);
    snprintf(g_other, sizeof g_other, "%s/other", g_directory);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    count_entries(true);
    return rmdir(g_directory);
}

static bool write_text(const char *path, const char *text) {
    return output_file_write(path, text, strlen(text));
}

static void put(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void assert_holds(const char *path, const char *text) {
    char buffer[64] = "";
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    buffer[fread(buffer, 1, sizeof buffer - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(buffer, text);
}

static void a_file_is_created_with_the_umask(void **state) {
    (void)state;
    struct stat status;
    const mode_t before = umask(027);
    assert_true(write_text(g_path, "new"));
    umask(before);
    assert_holds(g_path, "new");
    assert_int_equal(stat(g_path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0640);
    assert_int_equal(count_entries(false), 1);
}

static void an_older_file_is_replaced_and_keeps_its_mode(void **state) {
    (void)state;
    struct stat status;
    put(g_path, "a longer text from before");
    assert_int_equal(chmod(g_path, 0604), 0);
    assert_true(write_text(g_path, "new"));
    assert_holds(g_path, "new");
    assert_int_equal(stat(g_path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0604);
    assert_int_equal(count_entries(false), 1);
}

static void a_reader_of_the_older_file_reads_it_to_its_end(void **state) {
    (void)state;
    char text[8] = "";
    put(g_path, "older");
    const int descriptor = open(g_path, O_RDONLY);
    assert_true(write_text(g_path, "new"));
    assert_int_equal(read(descriptor, text, sizeof text - 1), strlen("older"));
    assert_string_equal(text, "older");
    close(descriptor);
}

static void a_symbolic_link_keeps_pointing_to_the_file(void **state) {
    (void)state;
    struct stat status;
    put(g_other, "older");
    assert_int_equal(symlink("other", g_path), 0);
    assert_true(write_text(g_path, "new"));
    assert_holds(g_other, "new");
    assert_int_equal(lstat(g_path, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
}

static void a_dangling_link_gets_its_file(void **state) {
    (void)state;
    assert_int_equal(symlink(g_other, g_path), 0);
    assert_true(output_file_check(g_path));
    assert_int_equal(count_entries(false), 1);
    assert_true(write_text(g_path, "new"));
    assert_holds(g_other, "new");
}

static void a_circle_of_links_is_an_error(void **state) {
    (void)state;
    assert_int_equal(symlink(g_other, g_path), 0);
    assert_int_equal(symlink(g_path, g_other), 0);
    assert_false(write_text(g_path, "new"));
    assert_int_equal(errno, ELOOP);
}

static void all_links_of_a_file_see_the_new_content(void **state) {
    (void)state;
    put(g_path, "a longer text from before");
    assert_int_equal(link(g_path, g_other), 0);
    assert_true(write_text(g_path, "new"));
    assert_holds(g_other, "new");
}

static void a_name_may_be_as_long_as_names_can_be(void **state) {
    (void)state;
    char path[512];
    const int length = snprintf(path, sizeof path, "%s/", g_directory);
    memset(path + length, 'n', NAME_MAX);
    path[length + NAME_MAX] = '\0';
    assert_true(output_file_check(path));
    assert_true(write_text(path, "new"));
    assert_holds(path, "new");
}

static void a_pipe_receives_the_content(void **state) {
    (void)state;
    assert_int_equal(mkfifo(g_path, 0600), 0);
    assert_true(output_file_check(g_path)); // does not wait for the reader
    const pid_t child = fork();
    if (child == 0) {
        _exit(write_text(g_path, "new") ? 0 : 1);
    }
    int status;
    assert_holds(g_path, "new");
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void an_unwritable_path_has_a_reason(void **state) {
    (void)state;
    static const struct {
        const char *path;
        int error;
    } cases[] = {
        {"/no/such/place/file", ENOENT},
        {"", ENOENT},
        {"/tmp", EISDIR},
        {"/tmp/", EISDIR},
        {"/tmp/no/", ENOENT},
        {"/dev/null/file", ENOTDIR},
        {"/tmp/no-such-file/", EISDIR},
        {"/proc/new", ENOENT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_false(output_file_check(cases[i].path));
        assert_false(write_text(cases[i].path, "new"));
        if (strcmp(cases[i].path, "/tmp/no/") != 0) {
            assert_int_equal(errno, cases[i].error);
        }
    }
    assert_false(write_text(g_directory, "new"));
    assert_int_equal(errno, EISDIR);
}

static void a_full_device_is_an_error(void **state) {
    (void)state;
    assert_true(output_file_check("/dev/full"));
    assert_true(write_text("/dev/full", ""));
    assert_false(write_text("/dev/full", "new"));
    assert_int_equal(errno, ENOSPC);
    assert_true(write_text("/dev/null", "new"));
}

static void a_text_gets_its_line_break_and_is_freed_either_way(void **state) {
    (void)state;
    assert_true(output_file_write_text(g_path, strdup("a line")));
    assert_holds(g_path, "a line\n");
    assert_true(output_file_write_owned(g_path, strdup("bytes"), 4));
    assert_holds(g_path, "byte");
    assert_false(output_file_write_text(g_directory, strdup("a line")));
    assert_int_equal(errno, EISDIR);
    assert_false(output_file_write_text(g_path, NULL));
    assert_int_equal(errno, ENOMEM);
    assert_holds(g_path, "byte");
}

static void a_check_leaves_everything_as_it_is(void **state) {
    (void)state;
    assert_true(output_file_check(g_path));
    assert_int_equal(count_entries(false), 0);
    put(g_path, "older");
    assert_true(output_file_check(g_path));
    assert_holds(g_path, "older");
    assert_true(output_file_check("-"));
}

// In a process without root's rights, since root can write every file.
static void a_file_that_is_not_writable_stays(void **state) {
    (void)state;
    int status;
    put(g_path, "older");
    assert_int_equal(chmod(g_path, 0444), 0);
    assert_int_equal(chmod(g_directory, 0777), 0);
    const pid_t child = fork();
    if (child == 0) {
        const bool is_nobody = geteuid() != 0 || setuid(65534) == 0;
        const bool is_refused = !output_file_check(g_path) && errno == EACCES &&
                                !write_text(g_path, "new") && errno == EACCES;
        _exit(is_nobody && is_refused ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_holds(g_path, "older");
}

// When its directory allows no new file, or a new one would have another owner.
static void a_file_that_cannot_be_replaced_is_written_in_place(void **state) {
    (void)state;
    int status;
    struct stat before;
    struct stat after;
    put(g_path, "a longer text from before");
    assert_int_equal(chmod(g_path, 0666), 0);
    assert_int_equal(chmod(g_directory, 0555), 0);
    assert_int_equal(stat(g_path, &before), 0);
    const pid_t child = fork();
    if (child == 0) {
        const bool is_nobody = geteuid() != 0 || setuid(65534) == 0;
        _exit(is_nobody && output_file_check(g_path) && write_text(g_path, "new") ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(chmod(g_directory, 0700), 0);
    assert_int_equal(status, 0);
    assert_holds(g_path, "new");
    assert_int_equal(stat(g_path, &after), 0);
    assert_int_equal(after.st_ino, before.st_ino);
    assert_int_equal(after.st_uid, before.st_uid);
}

static void standard_output_has_several_names(void **state) {
    (void)state;
    assert_true(output_file_is_stdout("-"));
    assert_true(output_file_is_stdout("/dev/stdout"));
    assert_true(output_file_is_stdout("/dev/fd/1"));
    assert_false(output_file_is_stdout("/dev/stderr"));
    assert_false(output_file_is_stdout("./-"));
    assert_false(output_file_is_stdout(NULL));
}

// The child's output arrives in order, also the parts through output_file_write().
static void print_in_turn(const char *path) {
    const int descriptor = open(g_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(descriptor, STDOUT_FILENO);
    close(descriptor);
    printf("one ");
    const bool is_good = write_text(path, "two ");
    printf("three");
    _exit(is_good && output_stdout_finish("test", 0) == 0 ? 0 : 1);
}

static void a_path_that_is_standard_output_goes_there_in_turn(void **state) {
    (void)state;
    const char *const paths[] = {"-", "/dev/stdout", "/proc/self/fd/1", g_path};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        int status;
        fflush(NULL);
        const pid_t child = fork();
        if (child == 0) {
            print_in_turn(paths[i]);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        assert_holds(g_path, "one two three");
    }
}

// The exit code that output_stdout_finish() returns when all output is lost.
static int finish_full(int code, uint32_t bytes) {
    int status;
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO);
        dup2(open(g_path, O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
        for (uint32_t i = 0; i < bytes; i++) {
            putchar('x');
        }
        _exit(output_stdout_finish("test", code));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status);
}

static void lost_standard_output_fails_the_program(void **state) {
    (void)state;
    const char *line = "test: cannot write to standard output: No space left on device\n";
    assert_int_equal(finish_full(0, 1), 1);
    assert_holds(g_path, line);
    assert_int_equal(finish_full(0, 1 << 20), 1);
    assert_holds(g_path, line);
    assert_int_equal(finish_full(99, 1), 1);
    assert_int_equal(finish_full(2, 1), 2);
    assert_int_equal(finish_full(99, 0), 99);
    assert_holds(g_path, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_created_with_the_umask),
        cmocka_unit_test(an_older_file_is_replaced_and_keeps_its_mode),
        cmocka_unit_test(a_reader_of_the_older_file_reads_it_to_its_end),
        cmocka_unit_test(a_symbolic_link_keeps_pointing_to_the_file),
        cmocka_unit_test(a_dangling_link_gets_its_file),
        cmocka_unit_test(a_circle_of_links_is_an_error),
        cmocka_unit_test(all_links_of_a_file_see_the_new_content),
        cmocka_unit_test(a_name_may_be_as_long_as_names_can_be),
        cmocka_unit_test(a_pipe_receives_the_content),
        cmocka_unit_test(an_unwritable_path_has_a_reason),
        cmocka_unit_test(a_full_device_is_an_error),
        cmocka_unit_test(a_text_gets_its_line_break_and_is_freed_either_way),
        cmocka_unit_test(a_check_leaves_everything_as_it_is),
        cmocka_unit_test(a_file_that_is_not_writable_stays),
        cmocka_unit_test(a_file_that_cannot_be_replaced_is_written_in_place),
        cmocka_unit_test(standard_output_has_several_names),
        cmocka_unit_test(a_path_that_is_standard_output_goes_there_in_turn),
        cmocka_unit_test(lost_standard_output_fails_the_program),
    };
    struct CMUnitTest all[sizeof tests / sizeof *tests];
    memcpy(all, tests, sizeof tests);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
        all[i].setup_func = setup;
        all[i].teardown_func = teardown;
    }
    return cmocka_run_group_tests(all, NULL, NULL);
}
