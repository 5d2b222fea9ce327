// SPDX-License-Identifier: MIT
#include "tools/swarm/load/bot_count.h"

#include <assert.h>

#include "base/clock.h"
#include "base/thread_role.h"

// Snapshots due by the server's rate from the first one until now, both included.
static uint64_t expected_snapshots(const Bot *bot, uint64_t now_ns) {
    return 1 + (now_ns - bot->first_snapshot_ns) * bot->client.welcome.snapshot_rate_hz / NS_PER_S;
}

// Sequence numbers so old that their snapshots have arrived, late or not, or are lost.
static uint64_t judged_numbers(const Client *client) {
    const ClientStats *stats = &client->stats;
    const uint64_t open = (uint64_t)__builtin_popcountll(client->window.missing);
    const uint64_t span =
        stats->snapshots_received + stats->snapshots_overtaken + stats->snapshots_lost + open;
    const uint64_t window = SEQUENCE_WINDOW + 1; // and the newest
    return span > window ? span - window : 0;
}

// Counts the fate of the server's datagrams, by their sequence numbers.
static void count_seen_in(Bot *bot) {
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

// Counts the fate of the bot's datagrams, as reported by the server. A bot of the control group
// contributes its jitter only.
static void count_seen_out(Bot *bot) {
    Tally *tally = bot->shared->tally;
    const ReceiveReport *now = &bot->client.uplink.reported;
    TallySeen spared = {0};
    tally_receive_report(bot->is_control ? &spared : &tally->seen_out,
                         bot->is_control ? &tally->control.jitter_out : &tally->jitter_out, now,
                         &bot->counted_out);
    bot->counted_out = *now;
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
    tally->entity_enters += now.entity_enters - before->entity_enters;
    tally->entity_skips += now.entity_skips - before->entity_skips;
    tally->verify_checks += now.verify_checks - before->verify_checks;
    tally->verify_mismatches += now.verify_mismatches - before->verify_mismatches;
    tally->prediction_checks += now.prediction_checks - before->prediction_checks;
    tally->prediction_corrections += now.prediction_corrections - before->prediction_corrections;
    if (bot->shared->impairment != NULL) {
        count_seen_out(bot);
    }
    if (bot->shared->impairment != NULL && !bot->is_control) {
        count_seen_in(bot);
    }
    bot->counted_expected = expected;
    bot->counted_until_ns = now_ns;
}

void bot_count_owed(Bot *bot, uint64_t now_ns) {
    ASSERT_SWARM_THREAD();
    assert(bot->is_owed);
    const uint64_t expected = expected_snapshots(bot, now_ns);
    bot->shared->tally->snapshots_expected += expected - bot->counted_expected;
    bot->counted_expected = expected;
}

static void count_traffic(Bot *bot, const TransportStats *now) {
    Tally *tally = bot->shared->tally;
    const BotTraffic *before = &bot->counted_traffic;
    tally->bytes_in += now->bytes_in - before->bytes_in;
    tally->bytes_out += now->bytes_out - before->bytes_out;
    tally->packets_in += now->packets_in - before->packets_in;
    tally->packets_out += now->packets_out - before->packets_out;
    if (now->largest_in > tally->largest_datagram) {
        tally->largest_datagram = now->largest_in;
    }
    tally_impaired(&tally->impaired_in, &now->impair_in, &before->impair_in);
    tally_impaired(&tally->impaired_out, &now->impair_out, &before->impair_out);
}

static void count_hostile_traffic(Bot *bot, const TransportStats *now) {
    TallyHostile *hostile = &bot->shared->tally->hostile;
    hostile->packets_in += now->packets_in - bot->counted_traffic.packets_in;
    hostile->bytes_in += now->bytes_in - bot->counted_traffic.bytes_in;
}

static void count_datagrams(Bot *bot) {
    TransportStats now;
    if (bot->client.transport == NULL) {
        return;
    }
    transport_stats(bot->client.transport, &now);
    (bot->is_hostile ? count_hostile_traffic : count_traffic)(bot, &now);
    bot->counted_traffic = (BotTraffic){.bytes_in = now.bytes_in,
                                        .bytes_out = now.bytes_out,
                                        .packets_in = now.packets_in,
                                        .packets_out = now.packets_out,
                                        .impair_in = now.impair_in,
                                        .impair_out = now.impair_out};
}

void bot_count_start(Bot *bot) {
    ASSERT_SWARM_THREAD();
    bot->counted_expected = 0;
    bot->counted_judged = 0;
    bot->counted_out = (ReceiveReport){0};
    bot->counted = (ClientStats){0};
    bot->counted_traffic = (BotTraffic){0};
}

void bot_count(Bot *bot, uint64_t now_ns) {
    ASSERT_SWARM_THREAD();
    assert(bot_is_open(bot));
    if (bot->is_hostile) {
        count_datagrams(bot);
        return;
    }
    if (bot->state == BOT_PLAYING) {
        count_playing(bot, now_ns);
    }
    bot->shared->tally->decode_errors +=
        bot->client.stats.decode_errors - bot->counted.decode_errors;
    bot->counted = bot->client.stats;
    count_datagrams(bot);
}
