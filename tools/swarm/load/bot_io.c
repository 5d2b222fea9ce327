// SPDX-License-Identifier: MIT
#include "tools/swarm/load/bot_io.h"

#include <stddef.h>

BotIo *bot_io_create(uint32_t bot_count, bool wants_epoll) {
    BotIo *io = wants_epoll ? NULL : bot_io_create_uring(bot_count);
    return io != NULL ? io : bot_io_create_epoll();
}
