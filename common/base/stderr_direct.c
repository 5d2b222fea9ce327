// SPDX-License-Identifier: MIT
#include "base/stderr_direct.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

void stderr_direct_write(const char *text) {
    struct pollfd room = {.fd = STDERR_FILENO, .events = POLLOUT};
    if (poll(&room, 1, 0) == 1 && (room.revents & POLLOUT) != 0) {
        (void)!write(STDERR_FILENO, text, strlen(text));
    }
}
