// SPDX-License-Identifier: MIT
// bot_attack.h -- sends for hostile bots: far too many valid inputs, or broken packets.
//
// Flow:    a scheduled send -> bot_attack_send; time left in a thread's turn -> bot_attack_spam
// Threads: as the Bot; packets are counted in the thread's tally.
#ifndef TICKSTORM_SWARM_LOAD_BOT_ATTACK_H
#define TICKSTORM_SWARM_LOAD_BOT_ATTACK_H

#include <stdint.h>

#include "tools/swarm/load/bot_state.h"

// Sends one packet of a spammer, besides its scheduled sends. Does nothing for other bots.
void bot_attack_spam(Bot *bot);

// Sends inputs as any client does, which keep the session alive, and with BEHAVIOUR_MALFORMED
// broken packets too. Only for a bot that is playing.
void bot_attack_send(Bot *bot, uint64_t now_ns);

#endif
