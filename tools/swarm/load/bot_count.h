// SPDX-License-Identifier: MIT
// bot_count.h -- adds the counters of a bot's client and transport to the thread's tally.
//
// Flow:    bot_count_start with each visit -> bot_count a few times a second and at the visit's end
// Threads: as the Bot.
#ifndef TICKSTORM_SWARM_LOAD_BOT_COUNT_H
#define TICKSTORM_SWARM_LOAD_BOT_COUNT_H

#include <stdint.h>

#include "tools/swarm/load/bot_state.h"

// A new visit: nothing of it has been counted.
void bot_count_start(Bot *bot);

// Counts the events since the last call. Only for an open bot.
void bot_count(Bot *bot, uint64_t now_ns);

// For a bot that was dropped: counts the snapshots that became due since the last call and will
// never come.
void bot_count_owed(Bot *bot, uint64_t now_ns);

#endif
