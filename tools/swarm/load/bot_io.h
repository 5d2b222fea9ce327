// SPDX-License-Identifier: MIT
// bot_io.h -- moves the datagrams of all bots of one thread, by io_uring or by epoll.
//
// Flow:    bot_io_create -> bot_io_add for each connection -> loop: bot_io_wait -> for each event
//          bot_io_deliver, then a poll of the bot's transport
// Threads: the thread that creates it owns it.
// Memory:  allocated by bot_io_create, freed by bot_io_destroy; an event stays valid until the next
//          wait.
//
// Two implementations, chosen at creation:
//   epoll      waits only; each transport sends and receives with system calls of its own
//   io_uring   waits, receives and sends for all transports; their datagrams are queued and leave a
//              few at a time, no later than with the next wait
#ifndef TICKSTORM_SWARM_LOAD_BOT_IO_H
#define TICKSTORM_SWARM_LOAD_BOT_IO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/thread_role.h"
#include "net/transport.h"

#define BOT_IO_EVENTS_MAX 256 // of one wait

typedef enum BotIoKind { BOT_IO_EPOLL, BOT_IO_URING } BotIoKind;

typedef struct BotIo BotIo;

typedef struct BotIoMethods {
    void (*destroy)(BotIo *io);
    bool (*add)(BotIo *io, uint32_t bot, Transport *transport);
    uint32_t (*wait)(BotIo *io, uint32_t timeout_ms, uint32_t bots[BOT_IO_EVENTS_MAX]);
    bool (*deliver)(BotIo *io, uint32_t event);
} BotIoMethods;

// The first member of each implementation's own structure.
struct BotIo {
    BotIoKind kind;
    const BotIoMethods *methods;
    ThreadOwner owner;
};

// For bots with indices below `bot_count`: io_uring where the kernel has it and wants_epoll is
// false, epoll otherwise. NULL when memory or descriptors are short.
BotIo *bot_io_create(uint32_t bot_count, bool wants_epoll);

// One implementation. NULL also where the kernel lacks it or does not permit it.
BotIo *bot_io_create_epoll(void);
BotIo *bot_io_create_uring(uint32_t bot_count);

// Every transport must have been closed.
static inline void bot_io_destroy(BotIo *io) {
    ASSERT_CLAIM(&io->owner);
    io->methods->destroy(io);
}

// Serves a bot's connection until its transport is closed. False when the kernel is out of memory.
static inline bool bot_io_add(BotIo *io, uint32_t bot, Transport *transport) {
    ASSERT_CLAIM(&io->owner);
    return io->methods->add(io, bot, transport);
}

// Sends queued datagrams, and waits for timeout_ms at most until something arrives. Returns the
// number of events, with the bot of each in `bots`.
static inline uint32_t bot_io_wait(BotIo *io, uint32_t timeout_ms,
                                   uint32_t bots[BOT_IO_EVENTS_MAX]) {
    ASSERT_CLAIM(&io->owner);
    return io->methods->wait(io, timeout_ms, bots);
}

// Gives the bot's transport the event's datagram, if the event carries one; poll the transport
// next. False when the connection that the event belongs to was closed after the wait. Epoll cannot
// detect it and returns true: check that the bot is open; a poll without a datagram does no harm.
static inline bool bot_io_deliver(BotIo *io, uint32_t event) {
    ASSERT_CLAIM(&io->owner);
    return io->methods->deliver(io, event);
}

#endif
