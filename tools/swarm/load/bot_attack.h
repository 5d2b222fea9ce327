// SPDX-License-Identifier: MIT
// bot_attack.h -- what a hostile bot sends: more valid inputs than anybody wants, or broken ones.
//
// Flow:    a scheduled send -> bot_attack_send; whenever the thread has time -> bot_attack_spam
// Threads: as the Bot; what was sent is counted in the thread's tally.
#ifndef TICKSTORM_SWARM_LOAD_BOT_ATTACK_H
#define TICKSTORM_SWARM_LOAD_BOT_ATTACK_H

#include <stdint.h>

#include "tools/swarm/load/bot.h"

// A spammer's work besides its scheduled sends, one packet; nothing for any other.
void bot_attack_spam(Bot *bot);

// Inputs as everybody's, so that the server has a session to feel attacked by, and broken packets
// with them if that is what the bot does. Only for one that is playing.
void bot_attack_send(Bot *bot, uint64_t now_ns);

#endif
