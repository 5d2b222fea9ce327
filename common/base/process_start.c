// SPDX-License-Identifier: MIT
#include "base/process_start.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

#include "base/log.h"

static bool is_open(int descriptor) {
    return fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF;
}

// The lowest number that is free is the one that open() returns. Standard output is opened for
// reading: a result that nobody gets must not look as if it had been written.
static void open_standard_streams(void) {
    static const int modes[] = {O_RDONLY, O_RDONLY, O_WRONLY};
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++) {
        if (!is_open(descriptor) && open("/dev/null", modes[descriptor]) != descriptor) {
            (void)!open("/", O_RDONLY | O_DIRECTORY); // a root directory without devices
        }
    }
}

void process_start(void) {
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigset_t none;
    open_standard_streams();
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGXFSZ, &ignore, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    log_start();
}
