// SPDX-License-Identifier: MIT
// bot_measure.h -- what a bot measures while it plays: when snapshots come, how long its inputs and
//                  round trips take, how far predictions are off, how old its view is.
//
// Flow:    bot_measure_start with each visit -> bot_measure_observer watches the client;
//          bot_measure_view now and then; bot_measure_overdue at the visit's end
// Threads: as the Bot; everything is recorded in the thread's tally.
#ifndef TICKSTORM_SWARM_BOT_MEASURE_H
#define TICKSTORM_SWARM_BOT_MEASURE_H

#include <stdint.h>

#include "tools/swarm/bot.h"

// A new visit: nothing has been measured, no input is pending.
void bot_measure_start(Bot *bot);

// All that is to be watched but the first snapshot (on_playing).
ClientObserver bot_measure_observer(Bot *bot);

// Samples how many entities are in view, and how old what was known of each had become when the
// newest snapshot arrived: those that it refreshed, and those that it had nothing to say about.
// Every entity counts once per look, however often it is refreshed, so that many that are cannot
// hide one that is not.
void bot_measure_view(const Bot *bot);

// Nothing more will come on this connection. What was already overdue counts as if it had come just
// now, since it would have come later still; what was not says nothing about the server.
void bot_measure_overdue(Bot *bot, uint64_t now_ns);

#endif
