// SPDX-License-Identifier: MIT
// bot_measure.h -- measures a bot's game: gaps between snapshots, ages of inputs, round trips,
//                  mispredictions, the age of its view.
//
// Flow:    bot_measure_start with each visit -> bot_measure_observer watches the client;
//          bot_measure_view and bot_measure_wait now and then; bot_measure_end, or
//          bot_measure_dropped, at the visit's end
// Threads: as the Bot; everything is recorded in the thread's tally.
#ifndef TICKSTORM_SWARM_LOAD_BOT_MEASURE_H
#define TICKSTORM_SWARM_LOAD_BOT_MEASURE_H

#include <stdint.h>

#include "tools/swarm/load/bot_state.h"

// A new visit: nothing has been measured, no input is pending.
void bot_measure_start(Bot *bot);

// Observes everything except the first snapshot (on_playing).
ClientObserver bot_measure_observer(Bot *bot);

// Samples the number of entities in view, and the age of each entity's state when the newest
// snapshot arrived, refreshed by it or not. Each entity counts once a sample, however often it is
// refreshed, so that many fresh entities cannot hide a stale one.
void bot_measure_view(const Bot *bot);

// The first snapshot of a visit has come: from now on the welcome's rates are due.
void bot_measure_begin(Bot *bot);

// Counts the snapshots and round trips that were due until now and have not come, for a bot that
// plays or was dropped. Returns whether the server counts as silent.
bool bot_measure_wait(Bot *bot, uint64_t now_ns);

// The bot ends the visit. Overdue arrivals count as if they had come now, since they would have
// come even later. Arrivals that are not due yet say nothing about the server. A server that is
// silent, or has not let the bot in for too long, is counted as such.
void bot_measure_end(Bot *bot, uint64_t now_ns);

// The server has ended the visit, or is gone: no input will be acknowledged any more. Snapshots and
// round trips stay due.
void bot_measure_dropped(Bot *bot, uint64_t now_ns);

// For a bot that was dropped: nothing is due any more.
void bot_measure_settle(Bot *bot, uint64_t now_ns);

#endif
