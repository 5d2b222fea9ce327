// SPDX-License-Identifier: MIT
// bot_state.h -- a bot's state, and what the bots of a thread share.
//
// Flow:    bot.h opens a Bot and runs it; bot_attack.h sends for it, bot_measure.h and bot_count.h
//          measure and count it
// Threads: a Bot belongs to one swarm thread.
// Memory:  a Bot lives in its thread's array; its Client allocates while the bot is connected.
#ifndef TICKSTORM_SWARM_LOAD_BOT_STATE_H
#define TICKSTORM_SWARM_LOAD_BOT_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "client/core/client.h"
#include "tools/swarm/load/brain.h"
#include "tools/swarm/load/load_spec.h"
#include "tools/swarm/load/pending_inputs.h"
#include "tools/swarm/measure/due_gap.h"
#include "tools/swarm/measure/swarm_progress.h"
#include "tools/swarm/measure/tally.h"

// Shared by the bots of one thread.
typedef struct BotShared {
    const LoadSpec *spec;
    const char *address;            // the server's, in numbers
    uint64_t start_ns;              // of the run
    uint64_t overdue_ns;            // time after which a bot should be in the game
    uint64_t input_period_ns;       // between two sends of a bot
    const ImpairConfig *impairment; // of spec; NULL: the network as it is
    Tally *tally;                   // of the current window
} BotShared;

// The part of a bot's traffic that was counted.
typedef struct BotTraffic {
    uint64_t bytes_in, bytes_out, packets_in, packets_out;
    ImpairStats impair_in, impair_out;
} BotTraffic;

// Fields that a poll or a send touches stand together, as in the Client.
typedef struct Bot {
    // Constant after bot_init.
    const BotShared *shared;
    uint32_t index;  // in the swarm
    bool is_hostile; // an attacker; its figures are kept apart
    bool is_control; // of the control group, which the impairment spares
    // State.
    BotState state;
    uint64_t open_at_ns;  // WAITING: when to connect; UINT64_MAX: when it is wanted
    uint64_t leave_at_ns; // PLAYING: when to say goodbye; UINT64_MAX: at the run's end
    uint32_t sends;
    uint32_t target_slot; // found by the last search
    uint64_t last_snapshot_ns;
    uint32_t last_snapshot_tick;
    DueGap snapshot_gap, round_trip_gap;
    Brain brain;
    Client client;
    PendingInputs pending;
    uint32_t visits;
    Rng rng; // for its visits and pauses
    // Measuring. The rates due by the server's snapshot rate; constant during a visit.
    DueRate snapshot_rate, round_trip_rate;
    uint64_t silence_ns; // without a snapshot, after which the server counts as silent
    bool is_owed;        // ENDED: was dropped, so its snapshots stay due until it would have left
    // Counted of this visit so far, so that only the rest is counted next.
    uint64_t first_snapshot_ns;
    uint64_t counted_until_ns; // of the playing time
    uint64_t counted_expected;
    uint64_t counted_judged;
    ReceiveReport counted_out;
    ClientStats counted;
    BotTraffic counted_traffic;
} Bot;

static inline bool bot_is_open(const Bot *bot) {
    return bot->state == BOT_CONNECTING || bot->state == BOT_PLAYING;
}

#endif
