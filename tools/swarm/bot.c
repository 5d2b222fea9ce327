// SPDX-License-Identifier: MIT
#include "tools/swarm/bot.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/ring.h"

// The view is measured entity by entity with every so many sends of a bot: enough samples for the
// percentiles of a second, at a cost that does not show in a profile.
#define SAMPLE_SENDS 8

// How often a bot looks for the nearest target: five times a second at 20 inputs a second.
#define SEARCH_SENDS 4
#define TARGET_NONE  UINT32_MAX

// A bot that comes and goes stays and stays away for so long.
#define STAY_MIN_MS 5000u
#define STAY_MAX_MS 15000u
#define AWAY_MIN_MS 1000u
#define AWAY_MAX_MS 3000u

static const double milliunits_per_unit = 1e3;

void bot_init(Bot *bot, const BotShared *shared, uint32_t index, Behaviour behaviour) {
    memset(bot, 0, sizeof *bot);
    bot->shared = shared;
    bot->index = index;
    bot->sends = index; // spreads the sends with which views are sampled
    bot->state = BOT_WAITING;
    bot->open_at_ns = UINT64_MAX;
    bot->rng = rng_seeded(rng_hash(shared->seed, 0, index, 1));
    brain_init(&bot->brain, behaviour, rng_hash(shared->seed, 0, index, 2));
}

static uint64_t random_span_ns(Bot *bot, uint32_t min_ms, uint32_t max_ms) {
    return (min_ms + rng_below(&bot->rng, max_ms - min_ms + 1)) * NS_PER_MS;
}

// ------------------------------------------------------------------ measuring

static void on_playing(void *user, uint64_t now_ns) {
    Bot *bot = user;
    bot->state = BOT_PLAYING;
    bot->first_snapshot_ns = now_ns;
    bot->counted_until_ns = now_ns;
    bot->leave_at_ns = bot->brain.behaviour == BEHAVIOUR_CHURN
                           ? now_ns + random_span_ns(bot, STAY_MIN_MS, STAY_MAX_MS)
                           : UINT64_MAX;
    bot->shared->tally->ok++;
    histogram_record(&bot->shared->tally->connect_ns, now_ns - bot->client.opened_ns);
}

static void on_snapshot(void *user, const Snapshot *snapshot, size_t bytes, uint64_t now_ns) {
    Bot *bot = user;
    (void)snapshot; // the entities are looked at in sample_view()
    (void)bytes;    // counted by the client
    if (bot->last_snapshot_ns != 0) {
        histogram_record(&bot->shared->tally->snapshot_gap_ns, now_ns - bot->last_snapshot_ns);
    }
    bot->last_snapshot_ns = now_ns;
}

static void on_input_ack(void *user, uint64_t input_age_ns) {
    const Bot *bot = user;
    histogram_record(&bot->shared->tally->input_ack_ns, input_age_ns);
}

static void on_round_trip(void *user, uint64_t round_trip_ns) {
    const Bot *bot = user;
    histogram_record(&bot->shared->tally->round_trip_ns, round_trip_ns);
}

static void on_prediction_check(void *user, double distance_units) {
    const Bot *bot = user;
    if (distance_units > 0) {
        histogram_record(&bot->shared->tally->correction_milliunits,
                         (uint64_t)llround(distance_units * milliunits_per_unit));
    }
}

static void on_verify_difference(void *user, uint16_t sequence, VerifyDifference difference) {
    const Bot *bot = user;
    const TallyDifference found = {.bot = bot->index,
                                   .after_ns = bot->last_snapshot_ns - bot->shared->start_ns,
                                   .sequence = sequence,
                                   .difference = difference};
    tally_difference(bot->shared->tally, &found);
}

// How many snapshots the server's rate promises from the first one until now, both included.
static uint64_t expected_snapshots(const Bot *bot, uint64_t now_ns) {
    return 1 + (now_ns - bot->first_snapshot_ns) * bot->client.welcome.snapshot_rate_hz / NS_PER_S;
}

static void count_playing(Bot *bot, uint64_t now_ns) {
    Tally *tally = bot->shared->tally;
    const ClientStats now = bot->client.stats;
    const ClientStats *before = &bot->counted;
    const uint64_t expected = expected_snapshots(bot, now_ns);
    tally->snapshots_expected += expected - bot->counted_expected;
    tally->playing_ns += now_ns - bot->counted_until_ns;
    tally->snapshots_received += now.snapshots_received - before->snapshots_received;
    tally->snapshots_lost += now.snapshots_lost - before->snapshots_lost;
    tally->snapshots_stale += now.snapshots_stale - before->snapshots_stale;
    tally->snapshot_bytes += now.snapshot_bytes - before->snapshot_bytes;
    tally->entity_updates += now.entity_updates - before->entity_updates;
    tally->entity_newcomers += now.entity_newcomers - before->entity_newcomers;
    tally->entity_skips += now.entity_skips - before->entity_skips;
    tally->verify_checks += now.verify_checks - before->verify_checks;
    tally->verify_mismatches += now.verify_mismatches - before->verify_mismatches;
    tally->prediction_checks += now.prediction_checks - before->prediction_checks;
    tally->prediction_corrections += now.prediction_corrections - before->prediction_corrections;
    bot->counted_expected = expected;
    bot->counted_until_ns = now_ns;
}

static void count_traffic(Bot *bot) {
    Tally *tally = bot->shared->tally;
    TransportStats now;
    if (bot->client.transport == NULL) {
        return;
    }
    transport_stats(bot->client.transport, &now);
    tally->bytes_in += now.bytes_in - bot->counted_traffic.bytes_in;
    tally->bytes_out += now.bytes_out - bot->counted_traffic.bytes_out;
    tally->packets_in += now.packets_in - bot->counted_traffic.packets_in;
    tally->packets_out += now.packets_out - bot->counted_traffic.packets_out;
    if (now.largest_in > tally->largest_datagram) {
        tally->largest_datagram = now.largest_in;
    }
    tally_impaired(&tally->impaired_in, &now.impair_in, &bot->counted_traffic.impair_in);
    tally_impaired(&tally->impaired_out, &now.impair_out, &bot->counted_traffic.impair_out);
    bot->counted_traffic = now;
}

void bot_count(Bot *bot, uint64_t now_ns) {
    assert(bot_is_open(bot));
    if (bot->state == BOT_PLAYING) {
        count_playing(bot, now_ns);
    }
    bot->shared->tally->decode_errors +=
        bot->client.stats.decode_errors - bot->counted.decode_errors;
    bot->counted = bot->client.stats;
    count_traffic(bot);
}

// ------------------------------------------------------------------ coming and going

// Puts the bad network that was asked for around the bot's connection, another one for each visit.
static bool impair(Bot *bot) {
    const uint64_t seed = rng_hash(bot->shared->seed, bot->visits, bot->index, 3);
    return bot->shared->impairment == NULL ||
           transport_set_impairment(bot->client.transport, bot->shared->impairment, seed);
}

bool bot_open(Bot *bot, uint64_t now_ns, TransportError *error) {
    assert(bot->state == BOT_WAITING);
    ClientConfig config = {
        .host = bot->shared->host,
        .port = bot->shared->port,
        .connect_timeout_ns = bot->shared->connect_timeout_ns,
        .wants_verify = bot->shared->wants_verify,
        .observer = {.user = bot,
                     .on_playing = on_playing,
                     .on_snapshot = on_snapshot,
                     .on_input_ack = on_input_ack,
                     .on_round_trip = on_round_trip,
                     .on_prediction_check = on_prediction_check,
                     .on_verify_difference = on_verify_difference},
    };
    snprintf(config.name, sizeof config.name, "bot-%u", bot->index);
    bot->target_slot = TARGET_NONE;
    bot->first_snapshot_ns = 0;
    bot->last_snapshot_ns = 0;
    bot->counted_expected = 0;
    bot->counted = (ClientStats){0};
    bot->counted_traffic = (TransportStats){0};
    if (!client_open(&bot->client, &config, false, now_ns, error)) {
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
    bot->shared->tally->attempted++;
    return true;
}

// The connection is gone without the bot having asked for it.
static void end_badly(Bot *bot, uint64_t now_ns) {
    Tally *tally = bot->shared->tally;
    const uint32_t reason = bot->client.reason;
    if (bot->state == BOT_PLAYING) {
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

void bot_prefetch(const Bot *bot) {
    const Client *client = &bot->client;
    prefetch(bot, offsetof(Bot, counted));
    prefetch(&client->config, sizeof client->config + sizeof client->transport);
    prefetch(&client->clock, offsetof(ClientClock, sent));
    prefetch(&client->latest, sizeof client->latest);
    prefetch(&client->stats, sizeof client->stats);
}

void bot_poll(Bot *bot, uint64_t now_ns) {
    assert(bot_is_open(bot));
    client_poll(&bot->client, now_ns);
    if (bot->client.state == CLIENT_CLOSED) {
        end_badly(bot, now_ns);
    }
}

uint64_t bot_due_ns(const Bot *bot) {
    return bot->shared->impairment != NULL && bot_is_open(bot)
               ? transport_next_due_ns(bot->client.transport)
               : UINT64_MAX;
}

void bot_leave(Bot *bot, uint64_t now_ns, bool is_last) {
    assert(bot_is_open(bot));
    bot_count(bot, now_ns);
    client_close(&bot->client, now_ns);
    if (is_last) {
        bot->state = BOT_ENDED;
    } else {
        bot->shared->tally->left++;
        bot->state = BOT_WAITING;
        bot->open_at_ns = now_ns + random_span_ns(bot, AWAY_MIN_MS, AWAY_MAX_MS);
    }
}

void bot_want(Bot *bot, uint64_t now_ns) {
    assert(!bot_is_open(bot));
    bot->state = BOT_WAITING;
    bot->open_at_ns = now_ns;
}

void bot_unwant(Bot *bot, uint64_t now_ns) {
    if (bot_is_open(bot)) {
        bot_leave(bot, now_ns, false);
    }
    bot->state = BOT_WAITING;
    bot->open_at_ns = UINT64_MAX;
}

// ------------------------------------------------------------------ playing

static bool consider(BrainSight *sight, const TrackedEntity *entity) {
    const EntitySample *sample = entity_newest_sample(entity);
    return brain_consider_target(sight, sample->x, sample->y, sample->status);
}

// The nearest target of all in view.
static void search_target(Bot *bot, BrainSight *sight) {
    const Client *client = &bot->client;
    const uint32_t first_other = client->welcome.ranges.first[ENTITY_MISSILE];
    for (uint32_t i = 0; i < client->table.count; i++) {
        const TrackedEntity *entity = &client->table.entities[i];
        const bool is_candidate = !entity->is_removed && entity->slot < first_other &&
                                  entity->slot != client->welcome.player_index;
        if (is_candidate && consider(sight, entity)) {
            bot->target_slot = entity->slot;
        }
    }
}

// Whole views are searched now and then only: the tables of a thousand bots do not fit into a
// cache. In between the eye stays on the target that was found.
static void look_for_target(Bot *bot, BrainSight *sight) {
    if (bot->sends % SEARCH_SENDS == 0) {
        bot->target_slot = TARGET_NONE;
        search_target(bot, sight);
    } else if (bot->target_slot != TARGET_NONE) {
        const TrackedEntity *entity = entity_table_find(&bot->client.table, bot->target_slot);
        if (entity != NULL && !entity->is_removed) {
            consider(sight, entity);
        }
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
        .side = client->arena.side,
    };
    if (sight.is_alive && bot->brain.behaviour != BEHAVIOUR_IDLE) {
        look_for_target(bot, &sight);
    }
    return sight;
}

// Of the state before the newest snapshot; 0 when that snapshot was the first to tell of it.
static uint32_t former_age_ticks(const Client *client, const TrackedEntity *entity) {
    const EntitySample *newest = entity_newest_sample(entity);
    return newest->tick == client->latest.tick ? entity->refresh_ticks
                                               : client->latest.tick - newest->tick;
}

// How many entities are in view, and how old what was known of each had become when the newest
// snapshot arrived: those that it refreshed, and those that it had nothing to say about. Every
// entity counts once per look, however often it is refreshed, so that many that are cannot hide
// one that is not.
static void sample_view(const Bot *bot) {
    const Client *client = &bot->client;
    Tally *tally = bot->shared->tally;
    uint32_t visible = 0;
    for (uint32_t i = 0; i < client->table.count; i++) {
        const TrackedEntity *entity = &client->table.entities[i];
        if (entity->is_removed) {
            continue;
        }
        visible++;
        const uint64_t ticks = former_age_ticks(client, entity);
        if (ticks > 0) {
            histogram_record(&tally->refresh_ns, ticks * NS_PER_S / client->welcome.tick_rate_hz);
        }
    }
    histogram_record(&tally->visible, visible);
}

void bot_send(Bot *bot, uint64_t now_ns, uint64_t scheduled_ns) {
    if (bot->state != BOT_PLAYING) {
        return;
    }
    const BrainSight sight = look_around(bot);
    const ShipInput input = brain_decide(&bot->brain, &sight, now_ns);
    client_step(&bot->client, now_ns, input);
    client_send_inputs(&bot->client, now_ns, scheduled_ns);
    bot->shared->tally->sends++;
    if (bot->sends % SAMPLE_SENDS == 0) {
        sample_view(bot);
    }
    bot->sends++;
}
