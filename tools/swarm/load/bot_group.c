// SPDX-License-Identifier: MIT
#include "tools/swarm/load/bot_group.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/thread_role.h"
#include "tools/swarm/load/bot_attack.h"
#include "tools/swarm/measure/expectation.h"

#define SPAM_TURN_NS  (NS_PER_MS / 4) // for all spammers, in a turn that is not late
#define SPAM_PER_TURN 4u              // packets of each
// ENet pings and retransmits inside polls, and a bot without arrivals has to notice the silence.
// The time is twice the usual time between two snapshots: with less, every other poll would find
// nothing.
#define POLL_INTERVAL_NS (100 * NS_PER_MS)

// ------------------------------------------------------------------ creation

static void init_bots(BotGroup *group) {
    const SwarmPlan *plan = group->plan;
    for (uint32_t i = 0; i < group->count; i++) {
        const uint32_t in_swarm = group->index + i * plan->spec->thread_count;
        const Behaviour behaviour = plan->behaviours[in_swarm];
        bot_init(&group->bots[i], &group->shared, in_swarm, behaviour);
        group->due_ns[i] = UINT64_MAX;
        if (behaviour == BEHAVIOUR_SPAM) {
            group->spammers[group->spammer_count++] = i;
        }
    }
}

bool bot_group_init(BotGroup *group, const SwarmPlan *plan, uint32_t index, Tally *tally) {
    const LoadSpec *spec = plan->spec;
    const ImpairConfig *impairment = load_spec_impairment(spec);
    *group = (BotGroup){.plan = plan, .index = index};
    schedule_start(&group->schedule, plan->start_ns, spec->input_rate_hz, plan->bot_count, index,
                   spec->thread_count);
    group->count = group->schedule.count;
    group->shared = (BotShared){
        .spec = spec,
        .address = plan->address,
        .start_ns = plan->start_ns,
        .overdue_ns = expectation_connect_ns(spec->connect_timeout_ns, impairment),
        .input_period_ns = group->schedule.period_ns,
        .impairment = impairment,
        .tally = tally,
    };
    const uint32_t room = group->count > 0 ? group->count : 1;
    group->bots = calloc(room, sizeof *group->bots);
    group->due_ns = calloc(room, sizeof *group->due_ns);
    group->spammers = calloc(room, sizeof *group->spammers);
    if (group->bots == NULL || group->due_ns == NULL || group->spammers == NULL) {
        return false;
    }
    init_bots(group);
    return true;
}

void bot_group_free(BotGroup *group) {
    free(group->bots);
    free(group->due_ns);
    free(group->spammers);
}

// ------------------------------------------------------------------ the shape

// How many of the swarm's first `target` bots are this group's: index, index + group count, ...
static uint32_t share_of(const BotGroup *group, uint32_t target) {
    const uint32_t stride = group->plan->spec->thread_count;
    return target > group->index ? (target - group->index + stride - 1) / stride : 0;
}

void bot_group_follow_shape(BotGroup *group, uint64_t now_ns) {
    ASSERT_SWARM_THREAD();
    const SwarmPlan *plan = group->plan;
    const uint32_t target = load_shape_target(&plan->spec->shape, now_ns - plan->start_ns);
    const uint32_t wanted = share_of(group, target);
    for (; group->wanted < wanted; group->wanted++) {
        bot_want(&group->bots[group->wanted], now_ns);
        group->due_ns[group->wanted] = now_ns;
    }
    while (group->wanted > wanted) {
        group->wanted--;
        bot_unwant(&group->bots[group->wanted], now_ns);
        group->due_ns[group->wanted] = UINT64_MAX;
    }
}

// ------------------------------------------------------------------ opening and polling

// Serves the bot no later than at due_ns.
static void serve_by(BotGroup *group, uint32_t bot, uint64_t due_ns) {
    if (due_ns < group->due_ns[bot]) {
        group->due_ns[bot] = due_ns;
    }
}

static void poll_open_bot(BotGroup *group, uint32_t index, uint64_t now_ns) {
    Bot *bot = &group->bots[index];
    bot_poll(bot, now_ns);
    if (bot_is_open(bot)) {
        group->due_ns[index] = now_ns + POLL_INTERVAL_NS;
        serve_by(group, index, bot_due_ns(bot));
    } else {
        group->due_ns[index] = bot->state == BOT_WAITING ? bot->open_at_ns : UINT64_MAX;
    }
}

void bot_group_poll(BotGroup *group, uint32_t bot, uint64_t now_ns) {
    ASSERT_SWARM_THREAD();
    if (bot_is_open(&group->bots[bot])) {
        poll_open_bot(group, bot, now_ns);
    }
}

static void open_bot(BotGroup *group, uint32_t index, uint64_t now_ns) {
    Bot *bot = &group->bots[index];
    TransportError error = TRANSPORT_OK;
    group->due_ns[index] = UINT64_MAX;
    if (!bot_open(bot, now_ns, &error)) {
        group->open_error = error;
    } else if (!bot_io_add(group->io, index, bot->client.transport)) {
        bot_leave(bot, now_ns, true);
        group->open_error = TRANSPORT_ERROR_RESOURCES;
    } else {
        group->due_ns[index] = now_ns; // the first poll sends its request to connect
    }
}

static void serve(BotGroup *group, uint32_t index, uint64_t now_ns) {
    const Bot *bot = &group->bots[index];
    if (bot->state == BOT_WAITING && now_ns >= bot->open_at_ns) {
        open_bot(group, index, now_ns);
    } else {
        bot_group_poll(group, index, now_ns);
    }
}

void bot_group_serve_due(BotGroup *group, uint64_t now_ns, uint64_t until_ns) {
    ASSERT_SWARM_THREAD();
    for (uint32_t seen = 0; seen < group->count; seen++) {
        const uint32_t index = group->next_served;
        group->next_served = (index + 1) % group->count;
        if (now_ns >= group->due_ns[index]) {
            serve(group, index, now_ns);
            now_ns = clock_now_ns();
            if (now_ns >= until_ns) {
                return;
            }
        }
    }
}

// ------------------------------------------------------------------ sending

static void leave_if_due(BotGroup *group, uint32_t index, uint64_t now_ns) {
    Bot *bot = &group->bots[index];
    if (bot_wants_to_leave(bot, now_ns)) {
        bot_leave(bot, now_ns, false);
        group->due_ns[index] = bot->open_at_ns;
    }
}

void bot_group_send_due(BotGroup *group, uint64_t now_ns, uint64_t until_ns) {
    ASSERT_SWARM_THREAD();
    ScheduledSend send;
    while (schedule_pop(&group->schedule, now_ns, &send)) {
        Bot *bot = &group->bots[send.bot];
        bot_prefetch(&group->bots[schedule_bot_ahead(&group->schedule, 1)]);
        bot_prefetch_connection(&group->bots[schedule_bot_ahead(&group->schedule, 0)]);
        if (bot->state != BOT_PLAYING) {
            continue;
        }
        if (send.is_missed) {
            group->shared.tally->missed_sends += !bot->is_hostile;
            continue;
        }
        bot_send(bot, now_ns, send.scheduled_ns);
        serve_by(group, send.bot, bot_due_ns(bot));
        leave_if_due(group, send.bot, now_ns);
        now_ns = clock_now_ns();
        if (now_ns >= until_ns) {
            return;
        }
    }
}

void bot_group_send_spam(BotGroup *group, uint64_t now_ns) {
    ASSERT_SWARM_THREAD();
    const uint64_t until_ns = now_ns + SPAM_TURN_NS;
    for (uint32_t i = 0; i < group->spammer_count * SPAM_PER_TURN && now_ns < until_ns &&
                         now_ns < schedule_due_ns(&group->schedule);
         i++) {
        bot_attack_spam(&group->bots[group->spammers[group->next_spammer]]);
        group->next_spammer = (group->next_spammer + 1) % group->spammer_count;
        now_ns = clock_now_ns();
    }
}

// ------------------------------------------------------------------ the end

// A run may end while the loop stands still, before its next turn counts the sends that it missed.
static void count_missed_sends(BotGroup *group, uint64_t now_ns) {
    ScheduledSend send;
    while (schedule_pop(&group->schedule, now_ns, &send)) {
        const Bot *bot = &group->bots[send.bot];
        const bool was_wanted = bot->state == BOT_PLAYING && !bot->is_hostile;
        group->shared.tally->missed_sends += send.is_missed && was_wanted;
    }
}

void bot_group_say_goodbye(BotGroup *group, uint64_t now_ns) {
    ASSERT_SWARM_THREAD();
    count_missed_sends(group, now_ns);
    for (uint32_t i = 0; i < group->count; i++) {
        if (bot_is_open(&group->bots[i])) {
            bot_leave(&group->bots[i], now_ns, true);
        }
        bot_settle(&group->bots[i], now_ns);
    }
}
