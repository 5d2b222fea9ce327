// SPDX-License-Identifier: MIT
#include "tools/swarm/measure/tally.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"

void tally_reset(Tally *tally) {
    memset(tally, 0, sizeof *tally);
}

static uint32_t index_of_reason(uint32_t reason) {
    return reason < REASON_COUNT ? reason : TALLY_REASON_UNKNOWN;
}

void tally_hostile_end(TallyHostile *hostile, uint32_t reason) {
    hostile->ended[index_of_reason(reason)]++;
}

void tally_bad_end(Tally *tally, uint32_t reason, uint32_t bot, uint64_t after_ns) {
    const uint32_t index = index_of_reason(reason);
    if (tally->bad_ends[index] == 0) {
        tally->examples[index] = (TallyExample){bot, after_ns};
    }
    tally->bad_ends[index]++;
}

void tally_impaired(TallyImpaired *into, const ImpairStats *now, const ImpairStats *before) {
    into->submitted += now->submitted - before->submitted;
    into->delivered += now->delivered - before->delivered;
    into->lost += now->lost - before->lost;
    into->duplicated += now->duplicated - before->duplicated;
    into->reordered += now->reordered - before->reordered;
    into->overflowed += now->overflowed - before->overflowed;
    into->delay_ns += now->delay_ns - before->delay_ns;
    into->late_ns += now->late_ns - before->late_ns;
}

void tally_receive_report(TallySeen *seen, TallyJitter *jitter, const ReceiveReport *now,
                          const ReceiveReport *before) {
    seen->received += now->received - before->received;
    seen->duplicated += now->duplicated - before->duplicated;
    seen->overtaken += now->overtaken - before->overtaken;
    seen->judged += now->judged - before->judged;
    seen->lost += now->lost - before->lost;
    jitter->pairs += now->jitter_pairs - before->jitter_pairs;
    jitter->squares_us2 += now->jitter_squares_us2 - before->jitter_squares_us2;
}

void tally_jitter_record(TallyJitter *jitter, uint64_t difference_ns) {
    const uint64_t difference_us = difference_ns / NS_PER_US;
    jitter->pairs++;
    jitter->squares_us2 += difference_us * difference_us;
}

static double mean_square_us2(const TallyJitter *jitter) {
    return jitter->pairs > 0 ? (double)jitter->squares_us2 / (double)jitter->pairs : 0;
}

double tally_jitter_ns(const TallyJitter *measured, const TallyJitter *without) {
    const double square_us2 = mean_square_us2(measured) - mean_square_us2(without);
    return square_us2 > 0 ? sqrt(6 * square_us2) * (double)NS_PER_US : 0;
}

static void merge_seen(TallySeen *into, const TallySeen *from) {
    into->received += from->received;
    into->duplicated += from->duplicated;
    into->overtaken += from->overtaken;
    into->judged += from->judged;
    into->lost += from->lost;
}

static void merge_jitter(TallyJitter *into, const TallyJitter *from) {
    into->pairs += from->pairs;
    into->squares_us2 += from->squares_us2;
}

static void merge_reference(TallyReference *into, const TallyReference *from) {
    into->round_trips += from->round_trips;
    into->round_trip_ns += from->round_trip_ns;
    merge_jitter(&into->jitter_in, &from->jitter_in);
    merge_jitter(&into->jitter_out, &from->jitter_out);
}

static void merge_impaired(TallyImpaired *into, const TallyImpaired *from) {
    into->submitted += from->submitted;
    into->delivered += from->delivered;
    into->lost += from->lost;
    into->duplicated += from->duplicated;
    into->reordered += from->reordered;
    into->overflowed += from->overflowed;
    into->delay_ns += from->delay_ns;
    into->late_ns += from->late_ns;
}

void tally_difference(Tally *tally, const TallyDifference *difference) {
    if (tally->differences == 0 || difference->after_ns < tally->difference.after_ns) {
        tally->difference = *difference;
    }
    tally->differences++;
}

static void merge_differences(Tally *into, const Tally *from) {
    if (from->differences > 0) {
        tally_difference(into, &from->difference);
        into->differences += from->differences - 1;
    }
}

static void merge_bad_ends(Tally *into, const Tally *from) {
    for (uint32_t i = 0; i < TALLY_REASONS; i++) {
        const bool is_first =
            into->bad_ends[i] == 0 || from->examples[i].after_ns < into->examples[i].after_ns;
        if (from->bad_ends[i] != 0 && is_first) {
            into->examples[i] = from->examples[i];
        }
        into->bad_ends[i] += from->bad_ends[i];
    }
}

static void merge_hostile(TallyHostile *into, const TallyHostile *from) {
    into->attempted += from->attempted;
    into->ok += from->ok;
    into->left += from->left;
    into->silent += from->silent;
    for (uint32_t i = 0; i < TALLY_REASONS; i++) {
        into->ended[i] += from->ended[i];
    }
    into->messages_sent += from->messages_sent;
    into->bytes_sent += from->bytes_sent;
    into->malformed_sent += from->malformed_sent;
    into->packets_in += from->packets_in;
    into->bytes_in += from->bytes_in;
}

void tally_merge_lasting(Tally *into, const Tally *from) {
    into->attempted += from->attempted;
    into->ok += from->ok;
    into->refused += from->refused;
    into->timed_out += from->timed_out;
    into->dropped += from->dropped;
    into->left += from->left;
    into->silent += from->silent;
    into->overdue += from->overdue;
    merge_bad_ends(into, from);
    merge_differences(into, from);
    into->decode_errors += from->decode_errors;
    into->verify_checks += from->verify_checks;
    into->verify_mismatches += from->verify_mismatches;
    merge_hostile(&into->hostile, &from->hostile);
    histogram_merge(&into->connect_ns, &from->connect_ns);
}

static void merge_measured(Tally *into, const Tally *from) {
    if (from->largest_datagram > into->largest_datagram) {
        into->largest_datagram = from->largest_datagram;
    }
    into->snapshots_received += from->snapshots_received;
    into->snapshots_expected += from->snapshots_expected;
    into->snapshots_lost += from->snapshots_lost;
    into->snapshots_stale += from->snapshots_stale;
    into->snapshot_bytes += from->snapshot_bytes;
    into->entity_updates += from->entity_updates;
    into->entity_enters += from->entity_enters;
    into->entity_skips += from->entity_skips;
    into->playing_ns += from->playing_ns;

    into->prediction_checks += from->prediction_checks;
    into->prediction_corrections += from->prediction_corrections;

    into->bytes_in += from->bytes_in;
    into->bytes_out += from->bytes_out;
    into->packets_in += from->packets_in;
    into->packets_out += from->packets_out;

    into->sends += from->sends;
    into->missed_sends += from->missed_sends;
    merge_impaired(&into->impaired_in, &from->impaired_in);
    merge_impaired(&into->impaired_out, &from->impaired_out);
    merge_seen(&into->seen_in, &from->seen_in);
    merge_seen(&into->seen_out, &from->seen_out);
    merge_jitter(&into->jitter_in, &from->jitter_in);
    merge_jitter(&into->jitter_out, &from->jitter_out);
    merge_reference(&into->reference, &from->reference);

    histogram_merge(&into->round_trip_ns, &from->round_trip_ns);
    histogram_merge(&into->round_trip_uncorrected_ns, &from->round_trip_uncorrected_ns);
    histogram_merge(&into->input_ack_ns, &from->input_ack_ns);
    histogram_merge(&into->snapshot_gap_ns, &from->snapshot_gap_ns);
    histogram_merge(&into->snapshot_gap_uncorrected_ns, &from->snapshot_gap_uncorrected_ns);
    histogram_merge(&into->correction_milliunits, &from->correction_milliunits);
    histogram_merge(&into->visible, &from->visible);
    histogram_merge(&into->refresh_ns, &from->refresh_ns);
    histogram_merge(&into->loop_lag_ns, &from->loop_lag_ns);
}

void tally_merge(Tally *into, const Tally *from) {
    tally_merge_lasting(into, from);
    merge_measured(into, from);
}
