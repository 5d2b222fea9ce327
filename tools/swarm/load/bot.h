// SPDX-License-Identifier: MIT
// bot.h -- one bot: a client without a window, a brain that flies it, and its measurements.
//
// Flow:    bot_open -> bot_poll on arrivals, bot_send on schedule -> bot_leave, or the server ends
//          the connection; meanwhile it is measured (bot_measure.h) and counted (bot_count.h)
// Threads: a Bot belongs to one swarm thread.
#ifndef TICKSTORM_SWARM_LOAD_BOT_H
#define TICKSTORM_SWARM_LOAD_BOT_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/swarm/load/bot_state.h"

// The bot waits until it is wanted.
void bot_init(Bot *bot, const BotShared *shared, uint32_t index, Behaviour behaviour);

// The load shape wants the bot, or no longer wants it. A wanted bot is due to be opened at once,
// even if it had ended; an unwanted bot says goodbye.
void bot_want(Bot *bot, uint64_t now_ns);
void bot_unwant(Bot *bot, uint64_t now_ns);

// Starts to connect. False with *error when that is impossible; the bot has ended then.
bool bot_open(Bot *bot, uint64_t now_ns, TransportError *error);

// Prefetches the memory that a poll or a send touches: with a thousand bots on a thread it is no
// longer in the cache. The bot itself comes first. When it has arrived, its connection follows, and
// its view, which only some sends look through.
void bot_prefetch(const Bot *bot);
void bot_prefetch_connection(const Bot *bot);
void bot_prefetch_view(const Bot *bot);

// For a bot that was dropped: counts the snapshots due until now, and no more become due.
void bot_settle(Bot *bot, uint64_t now_ns);

// Handles arrivals. When the server ended the connection, or did not answer in time, the end is
// counted, everything is freed and the bot is no longer open.
void bot_poll(Bot *bot, uint64_t now_ns);

// When the bot must be polled even if nothing arrives: the impairment's next datagram is due.
// UINT64_MAX when it holds none.
uint64_t bot_due_ns(const Bot *bot);

// Decides, predicts and sends the inputs due at scheduled_ns. Does nothing before BOT_PLAYING.
void bot_send(Bot *bot, uint64_t now_ns, uint64_t scheduled_ns);

// True when a bot that comes and goes is due to leave.
static inline bool bot_wants_to_leave(const Bot *bot, uint64_t now_ns) {
    return bot->state == BOT_PLAYING && now_ns >= bot->leave_at_ns;
}

// Says goodbye. A bot that comes and goes waits for its next visit, unless the run is over.
void bot_leave(Bot *bot, uint64_t now_ns, bool is_last);

#endif
