// SPDX-License-Identifier: MIT
// bot_measure.h -- what a bot measures while it plays: when snapshots come, how long its inputs and
//                  round trips take, how far predictions are off, how old its view is.
//
// Flow:    bot_measure_start with each visit -> bot_measure_observer watches the client;
//          bot_measure_view and bot_measure_wait now and then; bot_measure_end, or
//          bot_measure_dropped, at the visit's end
// Threads: as the Bot; everything is recorded in the thread's tally.
#ifndef TICKSTORM_SWARM_LOAD_BOT_MEASURE_H
#define TICKSTORM_SWARM_LOAD_BOT_MEASURE_H

#include <stdint.h>

#include "tools/swarm/load/bot.h"

// A new visit: nothing has been measured, no input is pending.
void bot_measure_start(Bot *bot);

// All that is to be watched but the first snapshot (on_playing).
ClientObserver bot_measure_observer(Bot *bot);

// Samples how many entities are in view, and how old what was known of each had become when the
// newest snapshot arrived: those that it refreshed, and those that it had nothing to say about.
// Every entity counts once per look, however often it is refreshed, so that many that are cannot
// hide one that is not.
void bot_measure_view(const Bot *bot);

// The first snapshot of a visit has come: the welcome tells what is due from now on.
void bot_measure_begin(Bot *bot);

// Counts what was due until now and has not come, of a bot that plays or was dropped. Returns
// whether the server is silent by now.
bool bot_measure_wait(Bot *bot, uint64_t now_ns);

// The bot ends the visit. What was already overdue counts as if it had come just now, since it
// would have come later still; what was not says nothing about the server. A server that has
// fallen silent, or has not let the bot in for too long, is counted as such.
void bot_measure_end(Bot *bot, uint64_t now_ns);

// The server has ended the visit, or is gone: no input will be acknowledged any more. Snapshots and
// answers stay due.
void bot_measure_dropped(Bot *bot, uint64_t now_ns);

// Of a bot that was dropped: nothing is due any more.
void bot_measure_settle(Bot *bot, uint64_t now_ns);

#endif
