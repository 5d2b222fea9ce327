// SPDX-License-Identifier: MIT
#include "base/process_start.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"

#define DESCRIPTORS_MIN 12u

static bool is_open(int descriptor) {
    return fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF;
}

// open() returns the lowest free number. Standard output is opened for reading, so that writing to
// it fails: a result that nobody gets must not look as if it had been written.
static void open_standard_streams(void) {
    static const int modes[] = {O_RDONLY, O_RDONLY, O_WRONLY};
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++) {
        if (!is_open(descriptor) && open("/dev/null", modes[descriptor]) != descriptor) {
            (void)!open("/", O_RDONLY | O_DIRECTORY); // a root directory without devices
        }
    }
}

// Whether the process can open `count` more descriptors.
static bool has_descriptors(uint32_t count) {
    if (count == 0) {
        return true;
    }
    const int descriptor = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
    const bool is_good = descriptor >= 0 && has_descriptors(count - 1);
    if (descriptor >= 0) {
        close(descriptor);
    }
    return is_good;
}

void process_start(void) {
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    open_standard_streams();
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGXFSZ, &ignore, NULL);
    if (!has_descriptors(DESCRIPTORS_MIN)) {
        log_print_line("too few files may be open: %u more are needed (ulimit -n)",
                       DESCRIPTORS_MIN);
        exit(EXIT_FAILURE);
    }
    log_start();
}
