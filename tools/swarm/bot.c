// SPDX-License-Identifier: MIT
#include "tools/swarm/bot.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/ring.h"
#include "tools/swarm/malformed.h"

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

// A hostile bot that was thrown out, or not even let in, comes back after so long.
#define RETURN_MIN_MS 2000u
#define RETURN_MAX_MS 5000u

// Broken packets with every scheduled send: 40 a second at 20 inputs a second.
#define MALFORMED_PER_SEND 2

// Of so many bots behind a bad network, one is spared.
#define REFERENCE_EVERY  100u
#define REFERENCE_OFFSET 19u // so that twenty bots have one

static const double milliunits_per_unit = 1e3;

void bot_init(Bot *bot, const BotShared *shared, uint32_t index, Behaviour behaviour) {
    memset(bot, 0, sizeof *bot);
    bot->shared = shared;
    bot->index = index;
    bot->is_hostile = behaviour_is_hostile(behaviour);
    bot->is_reference = shared->impairment != NULL && index % REFERENCE_EVERY == REFERENCE_OFFSET;
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
    if (bot->is_hostile) {
        bot->shared->tally->hostile.ok++;
        return;
    }
    bot->shared->tally->ok++;
    histogram_record(&bot->shared->tally->connect_ns, now_ns - bot->client.opened_ns);
}

static uint64_t distance(uint64_t a, uint64_t b) {
    return a > b ? a - b : b - a;
}

// The server sends a snapshot right after its tick, so how far apart two arrive, other than their
// ticks, is how much their delays differ.
static void measure_jitter_in(const Bot *bot, uint32_t tick, uint64_t now_ns) {
    Tally *tally = bot->shared->tally;
    const uint64_t sent_apart_ns =
        (tick - bot->last_snapshot_tick) * NS_PER_S / bot->client.welcome.tick_rate_hz;
    tally_jitter_record(bot->is_reference ? &tally->reference.jitter_in : &tally->jitter_in,
                        distance(now_ns - bot->last_snapshot_ns, sent_apart_ns));
}

static void on_snapshot(void *user, const Snapshot *snapshot, size_t bytes, uint64_t now_ns) {
    Bot *bot = user;
    Tally *tally = bot->shared->tally;
    const SnapshotHeader *header = &snapshot->header; // entities are looked at in sample_view()
    (void)bytes;                                      // counted by the client
    if (!bot->is_hostile && bot->last_snapshot_ns != 0) {
        histogram_record(&tally->snapshot_gap_ns, now_ns - bot->last_snapshot_ns);
        if (bot->shared->impairment != NULL) {
            measure_jitter_in(bot, header->tick, now_ns);
        }
    }
    if (header->has_input) {
        pending_inputs_acknowledge(&bot->pending, header->input_tick, now_ns, &tally->input_ack_ns);
    }
    bot->last_snapshot_ns = now_ns;
    bot->last_snapshot_tick = header->tick;
}

// A snapshot without a newer input tells of the same way out once more, which says nothing about
// how ways differ.
static void measure_jitter_of_round_trip(Bot *bot, uint64_t round_trip_ns, TallyJitter *jitter) {
    const uint16_t echo_time_ms = bot->client.latest.echo_time_ms;
    if (bot->last_round_trip_ns != 0 && echo_time_ms != bot->last_echo_time_ms) {
        tally_jitter_record(jitter, distance(round_trip_ns, bot->last_round_trip_ns));
    }
    bot->last_round_trip_ns = round_trip_ns;
    bot->last_echo_time_ms = echo_time_ms;
}

static void on_round_trip(void *user, uint64_t round_trip_ns) {
    Bot *bot = user;
    Tally *tally = bot->shared->tally;
    if (bot->is_hostile) {
        return;
    }
    if (bot->is_reference) {
        tally->reference.round_trips++;
        tally->reference.round_trip_ns += round_trip_ns;
        measure_jitter_of_round_trip(bot, round_trip_ns, &tally->reference.jitter_round_trip);
        return;
    }
    histogram_record(&tally->round_trip_ns, round_trip_ns);
    if (bot->shared->impairment != NULL) {
        measure_jitter_of_round_trip(bot, round_trip_ns, &tally->jitter_round_trip);
    }
}

static void on_prediction_check(void *user, double distance_units) {
    const Bot *bot = user;
    if (!bot->is_hostile && distance_units > 0) {
        histogram_record(&bot->shared->tally->correction_milliunits,
                         (uint64_t)llround(distance_units * milliunits_per_unit));
    }
}

static void on_verify_difference(void *user, uint16_t sequence, VerifyDifference difference) {
    const Bot *bot = user;
    if (bot->is_hostile) {
        return;
    }
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

// Numbers that are so old that they would have come, or come late, if they ever did.
static uint64_t judged_numbers(const Client *client) {
    const ClientStats *stats = &client->stats;
    const uint64_t open = (uint64_t)__builtin_popcountll(client->arrivals.missing);
    const uint64_t span =
        stats->snapshots_received + stats->snapshots_overtaken + stats->snapshots_lost + open;
    const uint64_t window = ARRIVALS_WINDOW + 1; // and the newest
    return span > window ? span - window : 0;
}

// What became of the datagrams on their way here, by the numbers on them.
static void count_seen(Bot *bot) {
    TallySeen *seen = &bot->shared->tally->seen_in;
    const ClientStats *now = &bot->client.stats;
    const ClientStats *before = &bot->counted;
    const uint64_t judged = judged_numbers(&bot->client);
    const uint64_t overtaken = now->snapshots_overtaken - before->snapshots_overtaken;
    seen->received += now->snapshots_received - before->snapshots_received + overtaken;
    seen->overtaken += overtaken;
    seen->duplicated += now->snapshots_duplicate - before->snapshots_duplicate;
    seen->lost += now->snapshots_lost - before->snapshots_lost;
    seen->judged += judged - bot->counted_judged;
    bot->counted_judged = judged;
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
    if (bot->shared->impairment != NULL && !bot->is_reference) {
        count_seen(bot);
    }
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

static void count_hostile_traffic(Bot *bot) {
    TallyHostile *hostile = &bot->shared->tally->hostile;
    TransportStats now;
    if (bot->client.transport != NULL) {
        transport_stats(bot->client.transport, &now);
        hostile->packets_in += now.packets_in - bot->counted_traffic.packets_in;
        hostile->bytes_in += now.bytes_in - bot->counted_traffic.bytes_in;
        bot->counted_traffic = now;
    }
}

void bot_count(Bot *bot, uint64_t now_ns) {
    assert(bot_is_open(bot));
    if (bot->is_hostile) {
        count_hostile_traffic(bot);
        return;
    }
    if (bot->state == BOT_PLAYING) {
        count_playing(bot, now_ns);
    }
    bot->shared->tally->decode_errors +=
        bot->client.stats.decode_errors - bot->counted.decode_errors;
    bot->counted = bot->client.stats;
    count_traffic(bot);
}

// Nothing more will come on this connection. What was already overdue counts as if it had come just
// now, since it would have come later still; what was not says nothing about the server.
static void count_overdue(Bot *bot, uint64_t now_ns) {
    Tally *tally = bot->shared->tally;
    const Client *client = &bot->client;
    if (bot->is_hostile || bot->state != BOT_PLAYING) {
        return;
    }
    const uint64_t period_ns = NS_PER_S / client->welcome.snapshot_rate_hz;
    const uint64_t gap_ns = now_ns - bot->last_snapshot_ns;
    if (gap_ns > 2 * period_ns) {
        histogram_record(&tally->snapshot_gap_ns, gap_ns);
    }
    const uint64_t round_trip_ns = (uint64_t)client->clock.round_trip_ns.mean;
    pending_inputs_give_up(&bot->pending, now_ns, round_trip_ns + 2 * period_ns,
                           &tally->input_ack_ns);
}

// ------------------------------------------------------------------ coming and going

// Puts the bad network that was asked for around the bot's connection, another one for each visit.
static bool impair(Bot *bot) {
    const uint64_t seed = rng_hash(bot->shared->seed, bot->visits, bot->index, 3);
    return bot->shared->impairment == NULL || bot->is_reference ||
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
                     .on_round_trip = on_round_trip,
                     .on_prediction_check = on_prediction_check,
                     .on_verify_difference = on_verify_difference},
    };
    snprintf(config.name, sizeof config.name, "bot-%u", bot->index);
    bot->target_slot = TARGET_NONE;
    bot->first_snapshot_ns = 0;
    bot->last_snapshot_ns = 0;
    bot->last_round_trip_ns = 0;
    bot->pending.count = 0;
    bot->counted_expected = 0;
    bot->counted_judged = 0;
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
    if (bot->is_hostile) {
        bot->shared->tally->hostile.attempted++;
    } else {
        bot->shared->tally->attempted++;
    }
    return true;
}

// It asked for it, and tries again.
static void end_hostile(Bot *bot, uint64_t now_ns) {
    tally_hostile_end(&bot->shared->tally->hostile, bot->client.reason);
    bot_count(bot, now_ns);
    client_close(&bot->client, now_ns);
    bot->state = BOT_WAITING;
    bot->open_at_ns = now_ns + random_span_ns(bot, RETURN_MIN_MS, RETURN_MAX_MS);
}

// The connection is gone without the bot having asked for it.
static void end_badly(Bot *bot, uint64_t now_ns) {
    Tally *tally = bot->shared->tally;
    const uint32_t reason = bot->client.reason;
    count_overdue(bot, now_ns);
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
    Tally *tally = bot->shared->tally;
    assert(bot_is_open(bot));
    count_overdue(bot, now_ns);
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

static bool is_candidate(const Client *client, uint32_t slot) {
    return slot < client->welcome.ranges.first[ENTITY_MISSILE] &&
           slot != client->welcome.player_index;
}

static bool consider(BrainSight *sight, const EntityRecord *record) {
    return brain_consider_target(sight, record->x, record->y, record->status);
}

// The nearest target of all in view.
static void search_target(Bot *bot, BrainSight *sight) {
    const Roster *roster = bot->client.roster;
    for (uint32_t i = 0; i < roster->count; i++) {
        const uint32_t slot = roster->entries[i].slot;
        if (is_candidate(&bot->client, slot) && consider(sight, &roster->records[i])) {
            bot->target_slot = slot;
        }
    }
}

static int compare_slot(const void *slot, const void *entry) {
    const uint32_t a = *(const uint32_t *)slot;
    const uint32_t b = ((const RosterEntry *)entry)->slot;
    return (a > b) - (a < b);
}

static void look_at_target(const Bot *bot, BrainSight *sight) {
    const Roster *roster = bot->client.roster;
    const RosterEntry *entry = bsearch(&bot->target_slot, roster->entries, roster->count,
                                       sizeof roster->entries[0], compare_slot);
    if (entry != NULL) {
        consider(sight, &roster->records[entry - roster->entries]);
    }
}

// Whole views are searched now and then only: the rosters of a thousand bots do not fit into a
// cache. In between the eye stays on the target that was found.
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
        .side = client->arena.side,
    };
    if (sight.is_alive && bot->brain.behaviour != BEHAVIOUR_IDLE) {
        look_for_target(bot, &sight);
    }
    return sight;
}

// Of the state before the newest snapshot; 0 when that snapshot was the first to tell of it.
static uint32_t former_age_ticks(const Client *client, const Sighting *sighting) {
    return sighting->told_tick == client->latest.tick ? sighting->refresh_ticks
                                                      : client->latest.tick - sighting->told_tick;
}

// How many entities are in view, and how old what was known of each had become when the newest
// snapshot arrived: those that it refreshed, and those that it had nothing to say about. Every
// entity counts once per look, however often it is refreshed, so that many that are cannot hide
// one that is not.
static void sample_view(const Bot *bot) {
    const Client *client = &bot->client;
    Tally *tally = bot->shared->tally;
    for (uint32_t i = 0; i < client->sightings.count; i++) {
        const uint64_t ticks = former_age_ticks(client, &client->sightings.items[i]);
        if (ticks > 0) {
            histogram_record(&tally->refresh_ns, ticks * NS_PER_S / client->welcome.tick_rate_hz);
        }
    }
    histogram_record(&tally->visible, client->sightings.count);
}

// ------------------------------------------------------------------ attacking

static void count_hostile_packet(const Bot *bot, size_t size, bool is_malformed) {
    TallyHostile *hostile = &bot->shared->tally->hostile;
    hostile->messages_sent++;
    hostile->bytes_sent += size;
    hostile->malformed_sent += is_malformed;
}

static size_t write_input(const Bot *bot, uint8_t *buffer) {
    const Client *client = &bot->client;
    const InputMessage message = {
        .has_snapshot = true,
        .snapshot_sequence = client->latest.sequence,
        .snapshot_bits = client->acked_bits,
        .newest_tick = client->prediction.newest_tick,
        .count = 1,
    };
    return input_write(buffer, &message);
}

// One valid input after the other, always the same one: what costs is that it has to be read.
static void send_spam(Bot *bot) {
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    Transport *transport = bot->client.transport;
    const size_t size = write_input(bot, buffer);
    if (transport_send(transport, transport_server_peer(transport), TRANSPORT_UNSEQUENCED, buffer,
                       size)) {
        transport_flush(transport);
        count_hostile_packet(bot, size, false);
    }
}

// A datagram goes past the transport, which would not let it out. The impairment does not hold it
// up, and nobody waits for it.
static void send_malformed(Bot *bot) {
    uint8_t input[PAYLOAD_BYTES_MAX];
    MalformedPacket packet;
    Transport *transport = bot->client.transport;
    malformed_make(&bot->rng, input, write_input(bot, input), &packet);
    if (packet.is_datagram) {
        const ssize_t sent = send(transport_descriptor(transport), packet.bytes, packet.size,
                                  MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0) {
            count_hostile_packet(bot, packet.size, true);
        }
    } else if (transport_send(transport, transport_server_peer(transport), packet.channel,
                              packet.bytes, packet.size)) {
        transport_flush(transport);
        count_hostile_packet(bot, packet.size, true);
    }
}

void bot_attack(Bot *bot) {
    if (bot->state == BOT_PLAYING && bot->brain.behaviour == BEHAVIOUR_SPAM) {
        send_spam(bot);
    }
}

// Inputs as everybody's, so that the server has a session to feel attacked by.
static void send_hostile(Bot *bot, uint64_t now_ns, uint64_t scheduled_ns) {
    const uint64_t before = bot->client.stats.inputs_sent;
    client_step(&bot->client, now_ns, (ShipInput){0});
    client_send_inputs(&bot->client, now_ns, scheduled_ns);
    if (bot->client.stats.inputs_sent != before) {
        count_hostile_packet(bot, 0, false);
    }
    for (uint32_t i = 0; bot->brain.behaviour == BEHAVIOUR_MALFORMED && i < MALFORMED_PER_SEND;
         i++) {
        send_malformed(bot);
    }
}

void bot_send(Bot *bot, uint64_t now_ns, uint64_t scheduled_ns) {
    if (bot->state != BOT_PLAYING) {
        return;
    }
    if (bot->is_hostile) {
        send_hostile(bot, now_ns, scheduled_ns);
        return;
    }
    const BrainSight sight = look_around(bot);
    const ShipInput input = brain_decide(&bot->brain, &sight, now_ns);
    client_step(&bot->client, now_ns, input);
    const uint64_t sent_before = bot->client.stats.inputs_sent;
    client_send_inputs(&bot->client, now_ns, scheduled_ns);
    if (bot->client.stats.inputs_sent != sent_before) {
        pending_inputs_add(&bot->pending, bot->client.prediction.newest_tick, scheduled_ns);
    }
    bot->shared->tally->sends++;
    if (bot->sends % SAMPLE_SENDS == 0) {
        sample_view(bot);
    }
    bot->sends++;
}
