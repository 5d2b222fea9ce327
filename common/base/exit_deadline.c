// SPDX-License-Identifier: MIT
#include "base/exit_deadline.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const char *g_program;
static int g_exit_code;

// Whether stderr takes a line at once.
static int has_room(void) {
    struct pollfd room = {.fd = STDERR_FILENO, .events = POLLOUT};
    return poll(&room, 1, 0) == 1 && (room.revents & POLLOUT) != 0;
}

static void on_alarm(int number) {
    static const char text[] = ": nobody reads the output: given up\n";
    (void)number;
    if (has_room()) {
        (void)!write(STDERR_FILENO, g_program, strlen(g_program));
        (void)!write(STDERR_FILENO, text, sizeof text - 1);
    }
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
    const struct sigaction action = {.sa_handler = on_alarm};
    alarm(0);
    g_program = program;
    g_exit_code = exit_code;
    sigaction(SIGALRM, &action, NULL);
    leave_dead_terminal(STDOUT_FILENO);
    leave_dead_terminal(STDERR_FILENO);
    alarm(EXIT_DEADLINE_S);
}
