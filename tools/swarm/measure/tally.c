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

void tally_difference(Tally *tally, const TallyDifference *difference) {
    if (tally->differences == 0 || difference->after_ns < tally->difference.after_ns) {
        tally->difference = *difference;
    }
    tally->differences++;
}

// ------------------------------------------------------------------ merging

#define LASTING  true
#define MEASURED false
#define SUM      false
#define MAX      true

static const TallyCounter counters[] = {
#define TALLY_COUNTER(lifetime_, merge_, name_, field_)                                            \
    {.name = #name_,                                                                               \
     .offset = offsetof(Tally, field_),                                                            \
     .is_lasting = (lifetime_),                                                                    \
     .is_maximum = (merge_)},
#include "tools/swarm/measure/figures.def"
};
#define COUNTER_COUNT (sizeof counters / sizeof *counters)

typedef struct TallyHistogram {
    size_t offset;
    bool is_lasting;
} TallyHistogram;

static const TallyHistogram histograms[] = {
#define DISTRIBUTION(name_, lifetime_, field_, scale_, uses_, ...)                                 \
    {.offset = offsetof(Tally, field_), .is_lasting = (lifetime_)},
#include "tools/swarm/measure/figures.def"
};
#define HISTOGRAM_COUNT (sizeof histograms / sizeof *histograms)

const TallyCounter *tally_counter_at(size_t index) {
    return index < COUNTER_COUNT ? &counters[index] : NULL;
}

static void merge_counters(Tally *into, const Tally *from, bool are_lasting) {
    for (size_t i = 0; i < COUNTER_COUNT; i++) {
        const TallyCounter *counter = &counters[i];
        if (counter->is_lasting != are_lasting) {
            continue;
        }
        uint64_t *sum = tally_counter(counter, into);
        const uint64_t more = tally_counted(counter, from);
        *sum = !counter->is_maximum ? *sum + more : more > *sum ? more : *sum;
    }
}

static void merge_histograms(Tally *into, const Tally *from, bool are_lasting) {
    for (size_t i = 0; i < HISTOGRAM_COUNT; i++) {
        const size_t offset = histograms[i].offset;
        if (histograms[i].is_lasting == are_lasting) {
            histogram_merge((Histogram *)(void *)((char *)into + offset),
                            (const Histogram *)(const void *)((const char *)from + offset));
        }
    }
}

// Merges the example only; the count is one of the counters.
static void merge_difference(Tally *into, const Tally *from) {
    const bool is_first =
        into->differences == 0 || from->difference.after_ns < into->difference.after_ns;
    if (from->differences > 0 && is_first) {
        into->difference = from->difference;
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
        into->hostile.ended[i] += from->hostile.ended[i];
    }
}

void tally_merge_lasting(Tally *into, const Tally *from) {
    merge_difference(into, from);
    merge_bad_ends(into, from);
    merge_counters(into, from, LASTING);
    merge_histograms(into, from, LASTING);
}

void tally_merge(Tally *into, const Tally *from) {
    tally_merge_lasting(into, from);
    merge_counters(into, from, MEASURED);
    merge_histograms(into, from, MEASURED);
}
