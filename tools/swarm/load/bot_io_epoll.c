// SPDX-License-Identifier: MIT
// bot_io_epoll.c -- waits for the bots' sockets by epoll; the transports move their own datagrams.
#include "tools/swarm/load/bot_io.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

typedef struct EpollIo {
    BotIo io;
    int descriptor;
} EpollIo;

static void destroy(BotIo *io) {
    EpollIo *epoll = (EpollIo *)io;
    (void)close(epoll->descriptor);
    free(epoll);
}

// Closing a socket removes it from the set.
static bool add(BotIo *io, uint32_t bot, Transport *transport) {
    const EpollIo *epoll = (const EpollIo *)io;
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = bot};
    return epoll_ctl(epoll->descriptor, EPOLL_CTL_ADD, transport_descriptor(transport), &event) ==
           0;
}

static uint32_t wait_for_events(BotIo *io, uint32_t timeout_ms, uint32_t bots[BOT_IO_EVENTS_MAX]) {
    const EpollIo *epoll = (const EpollIo *)io;
    struct epoll_event events[BOT_IO_EVENTS_MAX];
    const int count = epoll_wait(epoll->descriptor, events, BOT_IO_EVENTS_MAX, (int)timeout_ms);
    for (int i = 0; i < count; i++) {
        bots[i] = events[i].data.u32;
    }
    return count > 0 ? (uint32_t)count : 0;
}

static bool deliver(BotIo *io, uint32_t event) {
    (void)io;
    (void)event;
    return true;
}

BotIo *bot_io_create_epoll(void) {
    static const BotIoMethods METHODS = {
        .destroy = destroy, .add = add, .wait = wait_for_events, .deliver = deliver};
    EpollIo *epoll = calloc(1, sizeof *epoll);
    if (epoll == NULL) {
        return NULL;
    }
    epoll->io = (BotIo){.kind = BOT_IO_EPOLL, .methods = &METHODS};
    epoll->descriptor = epoll_create1(EPOLL_CLOEXEC);
    if (epoll->descriptor < 0) {
        free(epoll);
        return NULL;
    }
    return &epoll->io;
}
