// SPDX-License-Identifier: MIT
// bot_group.h -- the bots of one thread: which of them is due to connect, to be polled, to send or
//                to leave.
//
// Flow:    bot_group_follow_shape sets how many bots are wanted -> bot_group_serve_due connects and
//          polls those that are due, bot_group_send_due sends on schedule, bot_group_send_spam uses
//          the time that is left; bot_group_poll when a datagram has arrived
// Threads: a BotGroup belongs to one swarm thread.
// Memory:  allocated by bot_group_init, freed by bot_group_free.
// Units:   monotonic nanoseconds.
#ifndef TICKSTORM_SWARM_LOAD_BOT_GROUP_H
#define TICKSTORM_SWARM_LOAD_BOT_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/swarm/load/bot.h"
#include "tools/swarm/load/bot_io.h"
#include "tools/swarm/load/schedule.h"
#include "tools/swarm/load/swarm_plan.h"
#include "tools/swarm/measure/tally.h"

typedef struct BotGroup {
    // Constant after bot_group_init.
    const SwarmPlan *plan;
    uint32_t index; // the group's: it has the bots index, index + group count, ... of the swarm
    uint32_t count;
    BotShared shared;
    Bot *bots;          // [count]
    uint32_t *spammers; // indices of the bots that send whenever there is time
    uint32_t spammer_count;
    BotIo *io; // moves their datagrams; set before the first bot connects
    // State.
    Schedule schedule;
    uint64_t *due_ns;     // [count]: when to open or to poll a bot even if nothing arrives for it
    uint32_t wanted;      // the first `wanted` bots are to play
    uint32_t next_served; // the next bot of bot_group_serve_due
    uint32_t next_spammer;
    TransportError open_error; // why a bot could not open its socket; TRANSPORT_OK: all could
} BotGroup;

// The group's bots count into *tally. False when memory is short; bot_group_free() is due then too.
bool bot_group_init(BotGroup *group, const SwarmPlan *plan, uint32_t index, Tally *tally);
void bot_group_free(BotGroup *group);

// Wants as many bots as the load shape asks of this group now.
void bot_group_follow_shape(BotGroup *group, uint64_t now_ns);

// Opens and polls the bots that are due, in turn: at least one, until none is due or until_ns.
void bot_group_serve_due(BotGroup *group, uint64_t now_ns, uint64_t until_ns);

// Sends for the bots whose turn in the schedule has come: at least one, until none is due or
// until_ns.
void bot_group_send_due(BotGroup *group, uint64_t now_ns, uint64_t until_ns);

// Lets the spammers send in turn, a bounded number of packets each, while nothing else is due, so
// that they load the server and do not disturb the measuring of the other bots.
void bot_group_send_spam(BotGroup *group, uint64_t now_ns);

// Handles the arrivals of one bot. Nothing for a bot that is closed.
void bot_group_poll(BotGroup *group, uint32_t bot, uint64_t now_ns);

// The run is over: counts the sends that were missed in the last turn, and closes every bot.
void bot_group_say_goodbye(BotGroup *group, uint64_t now_ns);

#endif
