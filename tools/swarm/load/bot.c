// SPDX-License-Identifier: MIT
#include "tools/swarm/load/bot.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/spsc_queue.h"
#include "base/thread_role.h"
#include "tools/swarm/load/bot_attack.h"
#include "tools/swarm/load/bot_count.h"
#include "tools/swarm/load/bot_measure.h"

// Sends of a bot between two samples of its view, entity by entity: enough samples for the
// percentiles of a second, at a cost that does not show in a profile.
#define SAMPLE_SENDS 8

// How often a bot looks for the nearest target: five times a second at 20 inputs a second.
#define SEARCH_SENDS 4
#define TARGET_NONE  UINT32_MAX

// Baseline sets in use by a bot that keeps up.
#define BASELINE_SET_HEADS 6

// How long a bot that comes and goes stays, and how long it stays away.
#define STAY_MIN_MS 5000u
#define STAY_MAX_MS 15000u
#define AWAY_MIN_MS 1000u
#define AWAY_MAX_MS 3000u

// The time after which a hostile bot reconnects that the server ended or refused.
#define RETURN_MIN_MS 2000u
#define RETURN_MAX_MS 5000u

// The control group of a bad network: one in CONTROL_EVERY bots has no impairment.
#define CONTROL_EVERY  100u
#define CONTROL_OFFSET 19u // so that twenty bots have one

// Behind a bad network, bots request the server's receive report on their inputs. Each report
// covers all inputs since the connection began except the last 33, so a run misses only its last
// seconds.
#define UPLINK_PERIOD_NS (2 * NS_PER_S)

void bot_init(Bot *bot, const BotShared *shared, uint32_t index, Behaviour behaviour) {
    memset(bot, 0, sizeof *bot);
    bot->shared = shared;
    bot->index = index;
    bot->is_hostile = behaviour_is_hostile(behaviour);
    bot->is_control = shared->impairment != NULL && index % CONTROL_EVERY == CONTROL_OFFSET;
    bot->sends = index; // spreads the sends with which views are sampled
    bot->state = BOT_WAITING;
    bot->open_at_ns = UINT64_MAX;
    bot->rng = rng_seeded(rng_hash(shared->spec->seed, 0, index, 1));
    brain_init(&bot->brain, behaviour, rng_hash(shared->spec->seed, 0, index, 2));
}

static uint64_t random_span_ns(Bot *bot, uint32_t min_ms, uint32_t max_ms) {
    return (min_ms + rng_below(&bot->rng, max_ms - min_ms + 1)) * NS_PER_MS;
}

// ------------------------------------------------------------------ coming and going

static void on_playing(void *user, uint64_t now_ns) {
    Bot *bot = user;
    bot->state = BOT_PLAYING;
    bot->first_snapshot_ns = now_ns;
    bot->counted_until_ns = now_ns;
    bot->leave_at_ns = bot->brain.behaviour == BEHAVIOUR_CHURN
                           ? now_ns + random_span_ns(bot, STAY_MIN_MS, STAY_MAX_MS)
                           : UINT64_MAX;
    bot_measure_begin(bot);
    if (bot->is_hostile) {
        bot->shared->tally->hostile.ok++;
        return;
    }
    bot->shared->tally->ok++;
    histogram_record(&bot->shared->tally->connect_ns, now_ns - bot->client.opened_ns);
}

// Puts the spec's bad network around the bot's connection, with a seed of its own for each visit.
static bool impair(Bot *bot) {
    const uint64_t seed = rng_hash(bot->shared->spec->seed, bot->visits, bot->index, 3);
    return bot->shared->impairment == NULL || bot->is_control ||
           transport_set_impairment(bot->client.transport, bot->shared->impairment, seed);
}

bool bot_open(Bot *bot, uint64_t now_ns, TransportError *error) {
    ASSERT_SWARM_THREAD();
    assert(bot->state == BOT_WAITING);
    ClientConfig config = {
        .host = bot->shared->address,
        .port = bot->shared->spec->port,
        .connect_timeout_ns = bot->shared->spec->connect_timeout_ns,
        .wants_verify = bot->shared->spec->wants_verify,
        .uplink_period_ns =
            bot->shared->impairment != NULL && !bot->is_hostile ? UPLINK_PERIOD_NS : 0,
        .observer = bot_measure_observer(bot),
    };
    config.observer.on_playing = on_playing;
    snprintf(config.name, sizeof config.name, "bot-%u", bot->index);
    bot->target_slot = TARGET_NONE;
    bot_measure_start(bot);
    bot_count_start(bot);
    if (!client_open(&bot->client, &config, now_ns, error)) {
        bot->state = BOT_ENDED;
        return false;
    }
    if (!impair(bot)) {
        client_close(&bot->client, now_ns);
        bot->state = BOT_ENDED;
        *error = TRANSPORT_ERROR_RESOURCES;
        return false;
    }
    bot->visits++;
    bot->state = BOT_CONNECTING;
    if (bot->is_hostile) {
        bot->shared->tally->hostile.attempted++;
    } else {
        bot->shared->tally->attempted++;
    }
    return true;
}

// An attacker is expected to be ended, and tries again.
static void end_hostile(Bot *bot, uint64_t now_ns) {
    tally_hostile_end(&bot->shared->tally->hostile, bot->client.reason);
    bot_count(bot, now_ns);
    client_close(&bot->client, now_ns);
    bot->state = BOT_WAITING;
    bot->open_at_ns = now_ns + random_span_ns(bot, RETURN_MIN_MS, RETURN_MAX_MS);
}

// The connection ended, and not by the bot's choice.
static void end_badly(Bot *bot, uint64_t now_ns) {
    Tally *tally = bot->shared->tally;
    const uint32_t reason = bot->client.reason;
    bot->is_owed = bot->state == BOT_PLAYING;
    if (bot->is_owed) {
        bot_measure_dropped(bot, now_ns);
        tally->dropped++;
    } else if (reason == REASON_NO_ANSWER || reason == REASON_TIMED_OUT) {
        tally->timed_out++;
    } else {
        tally->refused++;
    }
    tally_bad_end(tally, reason, bot->index, now_ns - bot->shared->start_ns);
    bot_count(bot, now_ns);
    client_close(&bot->client, now_ns);
    bot->state = BOT_ENDED;
}

static void prefetch(const void *from, size_t size) {
    for (size_t at = 0; at < size; at += CACHE_LINE_BYTES) {
        __builtin_prefetch((const char *)from + at, 1);
    }
}

// The baseline sets in use have the first heads.
void bot_prefetch(const Bot *bot) {
    const Client *client = &bot->client;
    prefetch(bot, offsetof(Bot, client) + offsetof(Client, clock) + offsetof(ClientClock, sent));
    prefetch(&client->prediction, offsetof(Prediction, ring));
    prefetch(&client->baseline_sets, offsetof(BaselinePool, baseline_sets[BASELINE_SET_HEADS]));
}

void bot_prefetch_connection(const Bot *bot) {
    if (bot->client.transport != NULL) {
        transport_prefetch(bot->client.transport);
    }
}

// A snapshot is a delta to the newest baseline set, or to one soon before it.
void bot_prefetch_view(const Bot *bot) {
    const BaselineSet *baseline_set = bot->client.baseline_set;
    if (baseline_set != NULL) {
        prefetch(baseline_set->entries, baseline_set->count * sizeof(BaselineEntry));
        prefetch(baseline_set->records, baseline_set->count * sizeof(EntityRecord));
    }
}

void bot_poll(Bot *bot, uint64_t now_ns) {
    ASSERT_SWARM_THREAD();
    assert(bot_is_open(bot));
    client_poll(&bot->client, now_ns);
    if (bot->client.state == CLIENT_CLOSED && bot->is_hostile) {
        end_hostile(bot, now_ns);
    } else if (bot->client.state == CLIENT_CLOSED) {
        end_badly(bot, now_ns);
    }
}

uint64_t bot_due_ns(const Bot *bot) {
    return bot->shared->impairment != NULL && bot_is_open(bot)
               ? transport_next_due_ns(bot->client.transport)
               : UINT64_MAX;
}

void bot_leave(Bot *bot, uint64_t now_ns, bool is_last) {
    ASSERT_SWARM_THREAD();
    Tally *tally = bot->shared->tally;
    assert(bot_is_open(bot));
    bot_measure_end(bot, now_ns);
    bot_count(bot, now_ns);
    client_close(&bot->client, now_ns);
    if (is_last) {
        bot->state = BOT_ENDED;
    } else {
        *(bot->is_hostile ? &tally->hostile.left : &tally->left) += 1;
        bot->state = BOT_WAITING;
        bot->open_at_ns = now_ns + random_span_ns(bot, AWAY_MIN_MS, AWAY_MAX_MS);
    }
}

void bot_settle(Bot *bot, uint64_t now_ns) {
    ASSERT_SWARM_THREAD();
    if (bot->is_owed) {
        bot_count_owed(bot, now_ns);
        bot_measure_settle(bot, now_ns);
        bot->is_owed = false;
    }
}

void bot_want(Bot *bot, uint64_t now_ns) {
    ASSERT_SWARM_THREAD();
    assert(!bot_is_open(bot));
    bot_settle(bot, now_ns);
    bot->state = BOT_WAITING;
    bot->open_at_ns = now_ns;
}

void bot_unwant(Bot *bot, uint64_t now_ns) {
    ASSERT_SWARM_THREAD();
    if (bot_is_open(bot)) {
        bot_leave(bot, now_ns, false);
    }
    bot_settle(bot, now_ns);
    bot->state = BOT_WAITING;
    bot->open_at_ns = UINT64_MAX;
}

// ------------------------------------------------------------------ playing

static bool is_candidate(const Client *client, uint32_t slot) {
    return slot < client->welcome.ranges.first[ENTITY_MISSILE] &&
           slot != client->welcome.player_index;
}

static bool consider(BrainSight *sight, const EntityRecord *record) {
    return brain_consider_target(sight, record->x, record->y, record->status);
}

// The nearest target of all in view.
static void search_target(Bot *bot, BrainSight *sight) {
    const BaselineSet *baseline_set = bot->client.baseline_set;
    for (uint32_t i = 0; i < baseline_set->count; i++) {
        const uint32_t slot = baseline_set->entries[i].slot;
        if (is_candidate(&bot->client, slot) && consider(sight, &baseline_set->records[i])) {
            bot->target_slot = slot;
        }
    }
}

static int compare_slot(const void *slot, const void *entry) {
    const uint32_t a = *(const uint32_t *)slot;
    const uint32_t b = ((const BaselineEntry *)entry)->slot;
    return (a > b) - (a < b);
}

static void look_at_target(const Bot *bot, BrainSight *sight) {
    const BaselineSet *baseline_set = bot->client.baseline_set;
    const BaselineEntry *entry =
        bsearch(&bot->target_slot, baseline_set->entries, baseline_set->count,
                sizeof baseline_set->entries[0], compare_slot);
    if (entry != NULL) {
        consider(sight, &baseline_set->records[entry - baseline_set->entries]);
    }
}

// The complete view is searched only now and then, because the baseline sets of a thousand bots do
// not fit into a cache. In between the bot follows the target that the last search found.
static void look_for_target(Bot *bot, BrainSight *sight) {
    if (bot->sends % SEARCH_SENDS == 0) {
        bot->target_slot = TARGET_NONE;
        search_target(bot, sight);
    } else if (bot->target_slot != TARGET_NONE) {
        look_at_target(bot, sight);
    }
}

static BrainSight look_around(Bot *bot) {
    const Client *client = &bot->client;
    const Ship *predicted = prediction_ship(&client->prediction);
    const Ship *own = predicted != NULL ? predicted : &client->latest.own;
    BrainSight sight = {
        .is_alive = ship_is_alive(own),
        .x = own->motion.x,
        .y = own->motion.y,
        .side = client->arena->side,
    };
    if (sight.is_alive && bot->brain.behaviour != BEHAVIOUR_IDLE) {
        look_for_target(bot, &sight);
    }
    return sight;
}

void bot_send(Bot *bot, uint64_t now_ns, uint64_t scheduled_ns) {
    ASSERT_SWARM_THREAD();
    if (bot->state != BOT_PLAYING) {
        return;
    }
    if (bot->is_hostile) {
        bot_attack_send(bot, now_ns);
        return;
    }
    const BrainSight sight = look_around(bot);
    const ShipInput input = brain_decide(&bot->brain, &sight, now_ns);
    client_step(&bot->client, now_ns, input);
    const uint64_t sent_before = bot->client.stats.inputs_sent;
    client_send_inputs(&bot->client, now_ns);
    if (bot->client.stats.inputs_sent != sent_before) {
        pending_inputs_add(&bot->pending, bot->client.prediction.newest_tick, scheduled_ns);
    }
    bot->shared->tally->sends++;
    if (bot->sends % SAMPLE_SENDS == 0) {
        bot_measure_view(bot);
    }
    bot->sends++;
}
