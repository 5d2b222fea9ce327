// SPDX-License-Identifier: MIT
#include "base/exit_deadline.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <termios.h>
#include <unistd.h>

#include "base/stderr_direct.h"
#include "base/thread_role.h"

static const char *g_program;
static int g_exit_code;

static void on_alarm(int number) {
    (void)number;
    stderr_direct_write(g_program);
    stderr_direct_write(": nobody reads the output: given up\n");
    _exit(g_exit_code);
}

static void leave_dead_terminal(int descriptor) {
    struct termios settings;
    if (tcgetattr(descriptor, &settings) == 0 || errno != EIO) {
        return;
    }
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere >= 0) {
        dup2(nowhere, descriptor);
        close(nowhere);
    }
}

void exit_deadline_set(const char *program, int exit_code) {
    ASSERT_MAIN_THREAD();
    const struct sigaction action = {.sa_handler = on_alarm};
    alarm(0);
    g_program = program;
    g_exit_code = exit_code;
    sigaction(SIGALRM, &action, NULL);
    leave_dead_terminal(STDOUT_FILENO);
    leave_dead_terminal(STDERR_FILENO);
    alarm(EXIT_DEADLINE_S);
}
