// SPDX-License-Identifier: MIT
// Each case runs in its own process, with its own handlers, counts and exit code.
#include "base/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/process_start.h"
#include "support.h"

#define AT_ONCE  42
#define IN_ORDER 7

static bool is_announced(void) {
    struct pollfd event = {.fd = interrupt_descriptor(), .events = POLLIN};
    return poll(&event, 1, 0) == 1;
}

// Resets the signals, as a shell does for a program in the foreground: under nohup, and in the
// background of a script, the tests inherit ignored signals.
static void receive_signals(void) {
    sigset_t none;
    sigemptyset(&none);
    signal(SIGHUP, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

// Runs `body` in a child. Returns its exit code, or minus the signal that ended it.
static int run(void (*body)(void)) {
    const pid_t child = fork();
    int status;
    if (child == 0) {
        receive_signals();
        body();
        _exit(IN_ORDER);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void expect(bool is_so) {
    if (!is_so) {
        _exit(1);
    }
}

static void interrupt_in_start_up(void) {
    interrupt_catch(AT_ONCE, HANG_UP_INTERRUPTS);
    raise(SIGTERM);
}

static void hang_up_in_start_up(void) {
    interrupt_catch(AT_ONCE, HANG_UP_INTERRUPTS);
    raise(SIGHUP);
}

static void an_interrupt_during_start_up_ends_the_program_at_once(void **state) {
    (void)state;
    assert_int_equal(run(interrupt_in_start_up), AT_ONCE);
    assert_int_equal(run(hang_up_in_start_up), AT_ONCE);
}

static void count_one(void) {
    interrupt_catch(AT_ONCE, HANG_UP_INTERRUPTS);
    interrupt_allow(1);
    expect(!is_announced() && interrupt_count() == 0);
    raise(SIGINT);
    expect(is_announced() && interrupt_count() == 1);
    interrupt_clear();
    expect(!is_announced() && interrupt_count() == 1);
}

static void count_two(void) {
    count_one();
    raise(SIGTERM);
}

static void one_interrupt_is_counted_and_a_second_ends_at_once(void **state) {
    (void)state;
    assert_int_equal(run(count_one), IN_ORDER);
    assert_int_equal(run(count_two), AT_ONCE);
}

static void hang_up_often(void) {
    interrupt_catch(AT_ONCE, HANG_UP_INTERRUPTS);
    interrupt_allow(1);
    raise(SIGHUP);
    raise(SIGHUP);
    expect(is_announced() && interrupt_count() > 0);
    raise(SIGTERM); // the supervisor's, soon after
    raise(SIGHUP);
}

static void a_hang_up_never_counts_as_the_second_interrupt(void **state) {
    (void)state;
    assert_int_equal(run(hang_up_often), IN_ORDER);
}

static void ignore_hang_ups(void) {
    signal(SIGHUP, SIG_IGN);
    interrupt_catch(AT_ONCE, HANG_UP_INTERRUPTS);
    raise(SIGHUP);
    expect(interrupt_count() == 0);
}

static void ignore_interrupts(void) {
    signal(SIGINT, SIG_IGN);
    interrupt_catch(AT_ONCE, HANG_UP_INTERRUPTS);
    raise(SIGINT);
}

static void an_ignored_hang_up_stays_ignored_and_other_signals_do_not(void **state) {
    (void)state;
    assert_int_equal(run(ignore_hang_ups), IN_ORDER);
    assert_int_equal(run(ignore_interrupts), AT_ONCE);
}

static void count_hang_ups(void) {
    interrupt_catch(AT_ONCE, HANG_UP_IS_COUNTED);
    raise(SIGHUP); // during start-up too
    interrupt_allow(2);
    raise(SIGHUP);
    expect(is_announced() && interrupt_count() == 0 && interrupt_hang_up_count() == 2);
}

static void hang_ups_are_counted_where_they_are_requests(void **state) {
    (void)state;
    assert_int_equal(run(count_hang_ups), IN_ORDER);
}

static void wait_for_interrupt(void) {
    interrupt_catch(AT_ONCE, HANG_UP_INTERRUPTS);
    interrupt_allow(1);
    expect(!interrupt_wait(NS_PER_MS));
    raise(SIGINT);
    expect(interrupt_wait(3600 * NS_PER_S));
}

static void a_wait_ends_with_an_interrupt(void **state) {
    (void)state;
    assert_int_equal(run(wait_for_interrupt), IN_ORDER);
}

static void wait_in_vain(void) {
    const uint64_t start_ns = clock_now_ns();
    interrupt_catch(AT_ONCE, HANG_UP_INTERRUPTS);
    interrupt_allow(1);
    expect(!interrupt_wait(20 * NS_PER_MS));
    expect(clock_now_ns() - start_ns >= 20 * NS_PER_MS);
}

static void a_wait_without_an_interrupt_lasts_its_time(void **state) {
    (void)state;
    assert_int_equal(run(wait_in_vain), IN_ORDER);
}

static void start_over(void) {
    interrupt_catch(AT_ONCE, HANG_UP_IS_COUNTED);
    interrupt_allow(1);
    raise(SIGINT);
    raise(SIGHUP);
    interrupt_reset();
    expect(!is_announced() && interrupt_count() == 0 && interrupt_hang_up_count() == 0);
    interrupt_allow(1);
    raise(SIGINT);
    expect(is_announced() && interrupt_count() == 1);
    raise(SIGINT);
}

static void a_reset_sets_the_counts_to_zero(void **state) {
    (void)state;
    assert_int_equal(run(start_over), AT_ONCE);
}

static void keep_an_error(void) {
    interrupt_catch(AT_ONCE, HANG_UP_IS_COUNTED);
    interrupt_allow(1);
    for (int i = 0; i < 2; i++) {
        const int numbers[] = {SIGINT, SIGHUP};
        close(interrupt_descriptor()); // makes the handler's write() fail
        errno = ENOTDIR;
        raise(numbers[i]);
        expect(errno == ENOTDIR);
    }
}

static void a_handler_keeps_errno(void **state) {
    (void)state;
    assert_int_equal(run(keep_an_error), IN_ORDER);
}

static int g_ends[2]; // of the pipe that replaces standard error

static void leave_with_a_farewell(void) {
    dup2(g_ends[1], STDERR_FILENO);
    interrupt_catch(AT_ONCE, HANG_UP_INTERRUPTS);
    interrupt_set_farewell("farewell");
    raise(SIGINT);
}

static void leave_while_nobody_reads(void) {
    char bytes[4096] = {0};
    fcntl(g_ends[1], F_SETFL, O_NONBLOCK);
    while (write(g_ends[1], bytes, sizeof bytes) > 0) {
    }
    fcntl(g_ends[1], F_SETFL, 0);
    leave_with_a_farewell(); // hangs if it waits for the reader
}

static void the_farewell_is_written_only_where_stderr_accepts_it(void **state) {
    (void)state;
    char text[32] = "";
    assert_int_equal(pipe(g_ends), 0);
    assert_int_equal(run(leave_with_a_farewell), AT_ONCE);
    assert_int_equal(read(g_ends[0], text, sizeof text - 1), 8);
    assert_string_equal(text, "farewell");
    assert_int_equal(run(leave_while_nobody_reads), AT_ONCE);
    close(g_ends[0]);
    close(g_ends[1]);
}

// ------------------------------------------------------------------ process_start

static void start_with_signals_blocked(void) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    raise(SIGTERM); // for example while the loader runs
    process_start();
    interrupt_catch(AT_ONCE, HANG_UP_INTERRUPTS);
}

static void blocked_signals_are_unblocked(void **state) {
    (void)state;
    assert_int_equal(run(start_with_signals_blocked), AT_ONCE);
}

static void start_without_descriptors(void) {
    close(STDIN_FILENO);
    close(STDOUT_FILENO);
    close(STDERR_FILENO);
    process_start();
    expect(dup(STDERR_FILENO) > STDERR_FILENO);
    expect(write(STDOUT_FILENO, "x", 1) < 0); // there is no reader, and write() says so
    expect(write(STDERR_FILENO, "x", 1) == 1);
    char byte;
    expect(read(STDIN_FILENO, &byte, 1) == 0);
}

static void closed_standard_descriptors_are_opened(void **state) {
    (void)state;
    assert_int_equal(run(start_without_descriptors), IN_ORDER);
}

static void write_to_nobody(void) {
    int ends[2];
    signal(SIGPIPE, SIG_DFL);
    process_start();
    expect(pipe(ends) == 0 && close(ends[0]) == 0);
    expect(write(ends[1], "x", 1) < 0);
}

static void a_closed_reader_is_an_error_and_does_not_end_the_program(void **state) {
    (void)state;
    assert_int_equal(run(write_to_nobody), IN_ORDER);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_interrupt_during_start_up_ends_the_program_at_once),
        cmocka_unit_test(one_interrupt_is_counted_and_a_second_ends_at_once),
        cmocka_unit_test(a_hang_up_never_counts_as_the_second_interrupt),
        cmocka_unit_test(an_ignored_hang_up_stays_ignored_and_other_signals_do_not),
        cmocka_unit_test(hang_ups_are_counted_where_they_are_requests),
        cmocka_unit_test(a_wait_ends_with_an_interrupt),
        cmocka_unit_test(a_wait_without_an_interrupt_lasts_its_time),
        cmocka_unit_test(a_reset_sets_the_counts_to_zero),
        cmocka_unit_test(a_handler_keeps_errno),
        cmocka_unit_test(the_farewell_is_written_only_where_stderr_accepts_it),
        cmocka_unit_test(blocked_signals_are_unblocked),
        cmocka_unit_test(closed_standard_descriptors_are_opened),
        cmocka_unit_test(a_closed_reader_is_an_error_and_does_not_end_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
