// SPDX-License-Identifier: MIT
#include "tools/swarm/load/bot_measure.h"

#include <math.h>

#include "base/clock.h"
#include "base/thread_role.h"
#include "client/core/previous_ages.h"
#include "tools/swarm/measure/expectation.h"

static const double milliunits_per_unit = 1e3;

static uint64_t distance(uint64_t a, uint64_t b) {
    return a > b ? a - b : b - a;
}

// The server sends a snapshot right after its tick, so two delays differ by as much as the interval
// of the arrivals differs from that of the ticks.
static void measure_jitter_in(const Bot *bot, uint32_t tick, uint64_t now_ns) {
    Tally *tally = bot->shared->tally;
    const uint64_t sent_apart_ns =
        (tick - bot->last_snapshot_tick) * NS_PER_S / bot->client.welcome.tick_rate_hz;
    tally_jitter_record(bot->is_control ? &tally->control.jitter_in : &tally->jitter_in,
                        distance(now_ns - bot->last_snapshot_ns, sent_apart_ns));
}

static void on_snapshot(void *user, const Snapshot *snapshot, size_t bytes, uint64_t now_ns) {
    Bot *bot = user;
    Tally *tally = bot->shared->tally;
    const SnapshotHeader *header = &snapshot->header; // bot_measure_view() looks at the entities
    (void)bytes;                                      // counted by the client
    if (!bot->is_hostile) {
        due_gap_close(&bot->snapshot_gap, &bot->snapshot_rate, now_ns, 0, &tally->snapshot_gap_ns);
    }
    if (!bot->is_hostile && bot->last_snapshot_ns != 0) {
        histogram_record(&tally->snapshot_gap_ns, now_ns - bot->last_snapshot_ns);
        histogram_record(&tally->snapshot_gap_uncorrected_ns, now_ns - bot->last_snapshot_ns);
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

static void on_round_trip(void *user, uint64_t round_trip_ns) {
    Bot *bot = user;
    Tally *tally = bot->shared->tally;
    if (bot->is_hostile) {
        return;
    }
    if (bot->is_control) {
        tally->control.round_trips++;
        tally->control.round_trip_ns += round_trip_ns;
        return;
    }
    histogram_record(&tally->round_trip_ns, round_trip_ns);
    histogram_record(&tally->round_trip_uncorrected_ns, round_trip_ns);
    due_gap_close(&bot->round_trip_gap, &bot->round_trip_rate, bot->client.last_heard_ns,
                  round_trip_ns, &tally->round_trip_ns);
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

void bot_measure_start(Bot *bot) {
    ASSERT_SWARM_THREAD();
    bot->first_snapshot_ns = 0;
    bot->last_snapshot_ns = 0;
    bot->snapshot_gap = (DueGap){0};
    bot->round_trip_gap = (DueGap){0};
    bot->pending.count = 0;
}

// Each snapshot acknowledges the newest input, so round trips are due at the lower of both rates.
void bot_measure_begin(Bot *bot) {
    ASSERT_SWARM_THREAD();
    const ImpairConfig *impairment = bot->is_control ? NULL : bot->shared->impairment;
    const uint64_t period_ns = NS_PER_S / bot->client.welcome.snapshot_rate_hz;
    const uint64_t input_ns = bot->shared->input_period_ns;
    bot->snapshot_rate = (DueRate){.interval_ns = period_ns, .patience = 1};
    bot->round_trip_rate = (DueRate){.interval_ns = input_ns > period_ns ? input_ns : period_ns,
                                     .patience = expectation_patience(impairment)};
    bot->silence_ns = expectation_silence_ns(period_ns, impairment);
}

ClientObserver bot_measure_observer(Bot *bot) {
    return (ClientObserver){.user = bot,
                            .on_snapshot = on_snapshot,
                            .on_round_trip = on_round_trip,
                            .on_prediction_check = on_prediction_check,
                            .on_verify_difference = on_verify_difference};
}

bool bot_measure_wait(Bot *bot, uint64_t now_ns) {
    ASSERT_SWARM_THREAD();
    Tally *tally = bot->shared->tally;
    (void)due_gap_wait(&bot->snapshot_gap, &bot->snapshot_rate, now_ns, &tally->snapshot_gap_ns);
    (void)due_gap_wait(&bot->round_trip_gap, &bot->round_trip_rate, now_ns, &tally->round_trip_ns);
    return now_ns - bot->last_snapshot_ns >= bot->silence_ns;
}

// Records the open gap, up to now.
static void end_gap(DueGap *gap, const DueRate *rate, uint64_t now_ns, Histogram *histogram,
                    Histogram *uncorrected) {
    const uint64_t gap_ns = due_gap_wait(gap, rate, now_ns, histogram);
    if (gap_ns > 0) {
        histogram_record(histogram, gap_ns);
        histogram_record(uncorrected, gap_ns);
    }
    *gap = (DueGap){0};
}

static void end_gaps(Bot *bot, uint64_t now_ns) {
    Tally *tally = bot->shared->tally;
    end_gap(&bot->snapshot_gap, &bot->snapshot_rate, now_ns, &tally->snapshot_gap_ns,
            &tally->snapshot_gap_uncorrected_ns);
    end_gap(&bot->round_trip_gap, &bot->round_trip_rate, now_ns, &tally->round_trip_ns,
            &tally->round_trip_uncorrected_ns);
}

static void give_up_inputs(Bot *bot, uint64_t now_ns) {
    const uint64_t round_trip_ns = (uint64_t)bot->client.clock.round_trip_ns.mean;
    pending_inputs_give_up(&bot->pending, now_ns,
                           round_trip_ns + 2 * bot->snapshot_rate.interval_ns,
                           &bot->shared->tally->input_ack_ns);
}

// The server is silent or gone, or has not let the bot in for too long.
static bool is_left_waiting(const Bot *bot, uint64_t now_ns) {
    if (bot->state == BOT_CONNECTING) {
        return now_ns - bot->client.opened_ns >= bot->shared->overdue_ns;
    }
    return now_ns - bot->last_snapshot_ns >= bot->silence_ns ||
           transport_is_refused(bot->client.transport);
}

void bot_measure_end(Bot *bot, uint64_t now_ns) {
    ASSERT_SWARM_THREAD();
    Tally *tally = bot->shared->tally;
    const bool is_waiting = is_left_waiting(bot, now_ns);
    if (bot->is_hostile) {
        tally->hostile.silent += is_waiting;
    } else if (bot->state == BOT_CONNECTING) {
        tally->overdue += is_waiting;
    } else {
        tally->silent += is_waiting;
        end_gaps(bot, now_ns);
        give_up_inputs(bot, now_ns);
    }
}

void bot_measure_dropped(Bot *bot, uint64_t now_ns) {
    ASSERT_SWARM_THREAD();
    give_up_inputs(bot, now_ns);
}

void bot_measure_settle(Bot *bot, uint64_t now_ns) {
    ASSERT_SWARM_THREAD();
    end_gaps(bot, now_ns);
}

void bot_measure_view(const Bot *bot) {
    const Client *client = &bot->client;
    Tally *tally = bot->shared->tally;
    uint16_t ages[BASELINE_ENTRIES_MAX];
    previous_ages(client->before, client->baseline_set, ages);
    for (uint32_t i = 0; i < client->baseline_set->count; i++) {
        if (ages[i] > 0) {
            histogram_record(&tally->refresh_ns, ages[i] * NS_PER_S / client->welcome.tick_rate_hz);
        }
    }
    histogram_record(&tally->visible, client->baseline_set->count);
}
