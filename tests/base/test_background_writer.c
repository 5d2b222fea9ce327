// SPDX-License-Identifier: MIT
#include "base/background_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "thread_rules.h"

#define CAPACITY    4096
#define PATIENCE_NS (60 * NS_PER_S)  // the wait for an event that must happen: bounds a hang
#define SHORT_NS    (50 * NS_PER_MS) // the wait for an event that must not happen

static size_t notice(char *text, size_t size, uint64_t count) {
    return (size_t)snprintf(text, size, "[%llu dropped]\n", (unsigned long long)count);
}

// Fills a pipe up to the last byte.
static size_t fill(int descriptor) {
    static const char filler[4096];
    size_t size = 0;
    const int flags = fcntl(descriptor, F_GETFL);
    assert_int_equal(fcntl(descriptor, F_SETFL, flags | O_NONBLOCK), 0);
    for (size_t chunk = sizeof filler; chunk > 0; chunk /= 2) {
        for (ssize_t written; (written = write(descriptor, filler, chunk)) > 0;) {
            size += (size_t)written;
        }
    }
    assert_int_equal(fcntl(descriptor, F_SETFL, flags), 0);
    return size;
}

static void empty(int descriptor, size_t size) {
    char bytes[4096];
    while (size > 0) {
        const ssize_t count = read(descriptor, bytes, size < sizeof bytes ? size : sizeof bytes);
        assert_true(count > 0);
        size -= (size_t)count;
    }
}

// Reads the pipe up to a given text.
static const char *read_until(int descriptor, const char *end) {
    static char text[65536];
    size_t size = 0;
    text[0] = '\0';
    while (strstr(text, end) == NULL) {
        const ssize_t count = read(descriptor, text + size, sizeof text - 1 - size);
        assert_true(count > 0);
        size += (size_t)count;
        text[size] = '\0';
    }
    return text;
}

static bool push(BackgroundWriter *writer, const char *text) {
    return background_writer_push(writer, text, strlen(text));
}

static void texts_come_out_in_order(void **state) {
    (void)state;
    int ends[2];
    char expected[2048] = "";
    assert_int_equal(pipe(ends), 0);
    BackgroundWriter *writer = background_writer_start(ends[1], CAPACITY, notice);
    assert_non_null(writer);
    for (int i = 0; i < 100; i++) {
        char *line = expected + strlen(expected);
        snprintf(line, 16, "line %d\n", i);
        assert_true(push(writer, line));
    }
    assert_true(background_writer_stop(writer, PATIENCE_NS));
    close(ends[1]);
    assert_string_equal(read_until(ends[0], "line 99\n"), expected);
    close(ends[0]);
}

static void a_blocked_reader_costs_texts_and_no_time(void **state) {
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    const size_t filled = fill(ends[1]);
    BackgroundWriter *writer = background_writer_start(ends[1], CAPACITY, notice);
    assert_non_null(writer);
    uint64_t accepted = 0;
    for (int i = 0; i < 1000; i++) {
        accepted +=
            push(writer, "a line that nobody reads now\n"); // a push that waited would hang here
    }
    assert_in_range(accepted, CAPACITY / 64, CAPACITY / 32);
    assert_int_equal(background_writer_dropped(writer), 1000 - accepted);
    assert_int_equal(background_writer_error(writer), EAGAIN);
    assert_false(background_writer_is_idle(writer));
    assert_false(background_writer_flush(writer, SHORT_NS));
    // The reader reads again: the kept texts come first, then one notice with the number.
    empty(ends[0], filled);
    assert_true(background_writer_flush(writer, PATIENCE_NS));
    assert_true(push(writer, "the end\n"));
    const char *text = read_until(ends[0], "the end\n");
    char expected[64];
    snprintf(expected, sizeof expected, "now\n[%llu dropped]\nthe end\n",
             (unsigned long long)(1000 - accepted));
    const char *at = strstr(text, expected);
    assert_non_null(at);
    assert_ptr_equal(strchr(text, '['), at + 4);
    assert_int_equal((size_t)(at + 4 - text), accepted * strlen("a line that nobody reads now\n"));
    assert_false(background_writer_stop(writer, PATIENCE_NS)); // texts were dropped
    close(ends[1]);
    close(ends[0]);
}

static void dropped_texts_are_noted_in_their_place(void **state) {
    (void)state;
    int ends[2];
    char big[CAPACITY / 2 + 1];
    memset(big, 'x', sizeof big);
    assert_int_equal(pipe(ends), 0);
    const size_t filled = fill(ends[1]);
    BackgroundWriter *writer = background_writer_start(ends[1], CAPACITY, notice);
    assert_non_null(writer);
    assert_true(push(writer, "before\n"));
    assert_false(background_writer_push(writer, big, sizeof big));
    assert_false(background_writer_push(writer, big, sizeof big));
    assert_true(push(writer, "behind\n"));
    assert_true(push(writer, "the end\n"));
    empty(ends[0], filled);
    assert_string_equal(read_until(ends[0], "the end\n"), "before\n[2 dropped]\nbehind\nthe end\n");
    assert_false(background_writer_stop(writer, PATIENCE_NS));
    close(ends[1]);
    close(ends[0]);
}

static void a_closed_reader_costs_texts_and_sets_the_error(void **state) {
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    BackgroundWriter *writer = background_writer_start(ends[1], CAPACITY, notice);
    assert_non_null(writer);
    for (int i = 0; i < 10; i++) {
        assert_true(push(writer, "to nobody\n"));
        assert_true(background_writer_flush(writer, PATIENCE_NS));
    }
    assert_int_equal(background_writer_dropped(writer), 10);
    assert_int_equal(background_writer_error(writer), EPIPE);
    assert_false(background_writer_stop(writer, PATIENCE_NS));
    close(ends[1]);
}

// As on a full disk: half a line fits, then nothing, then there is room again.
static void a_line_cut_by_an_error_is_ended_before_the_next(void **state) {
    (void)state;
    char path[] = "/tmp/test_background_writer.XXXXXX";
    const int file = mkstemp(path);
    assert_true(file >= 0);
    unlink(path);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    BackgroundWriter *writer = background_writer_start(file, CAPACITY, notice);
    assert_non_null(writer);
    const struct rlimit full = {.rlim_cur = 10, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
    assert_true(push(writer, "first\nand half\n"));
    assert_true(push(writer, "lost\n"));
    assert_true(background_writer_flush(writer, PATIENCE_NS));
    assert_int_equal(background_writer_dropped(writer), 2);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_true(push(writer, "again\n"));
    assert_true(background_writer_flush(writer, PATIENCE_NS));
    assert_int_equal(background_writer_error(writer), EFBIG);
    char text[128] = "";
    assert_true(pread(file, text, sizeof text - 1, 0) > 0);
    assert_string_equal(text, "first\nand \n[2 dropped]\nagain\n");
    background_writer_stop(writer, PATIENCE_NS);
    close(file);
}

// Another process that shares the description has set O_NONBLOCK.
static void a_non_blocking_descriptor_loses_nothing(void **state) {
    (void)state;
    int ends[2];
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    const size_t filled = fill(ends[1]);
    assert_int_equal(fcntl(ends[0], F_SETFL, 0), 0);
    assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    BackgroundWriter *writer = background_writer_start(ends[1], CAPACITY, notice);
    assert_non_null(writer);
    assert_true(push(writer, "kept\n"));
    assert_false(background_writer_flush(writer, SHORT_NS));
    empty(ends[0], filled);
    assert_string_equal(read_until(ends[0], "kept\n"), "kept\n");
    assert_true(background_writer_stop(writer, PATIENCE_NS));
    close(ends[1]);
    close(ends[0]);
}

static void *stop(void *writer) {
    background_writer_stop(writer, PATIENCE_NS);
    return NULL;
}

static void stop_on_another_thread(void) {
    BackgroundWriter *writer = background_writer_start(STDOUT_FILENO, CAPACITY, NULL);
    pthread_t thread;
    pthread_create(&thread, NULL, stop, writer);
    pthread_join(thread, NULL);
}

static void only_the_thread_that_started_a_writer_stops_it(void **state) {
    (void)state;
    char text[512];
    thread_rules_abort_text(stop_on_another_thread, THREAD_ANY, text, sizeof text);
    assert_non_null(strstr(text, "background_writer_stop() was called for what another"));
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_come_out_in_order),
        cmocka_unit_test(a_blocked_reader_costs_texts_and_no_time),
        cmocka_unit_test(dropped_texts_are_noted_in_their_place),
        cmocka_unit_test(a_closed_reader_costs_texts_and_sets_the_error),
        cmocka_unit_test(a_line_cut_by_an_error_is_ended_before_the_next),
        cmocka_unit_test(a_non_blocking_descriptor_loses_nothing),
        cmocka_unit_test(only_the_thread_that_started_a_writer_stops_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
