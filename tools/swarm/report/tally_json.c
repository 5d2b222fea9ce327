// SPDX-License-Identifier: MIT
#include "tools/swarm/report/tally_json.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>

#include "tools/swarm/report/json_u64.h"
#include "tools/swarm/report/report_metric.h"

typedef struct Counter {
    const char *name;
    size_t offset;
} Counter;

#define COUNTER(name)                                                                              \
    { #name, offsetof(Tally, name) }
#define PART(prefix, field, name)                                                                  \
    { prefix "_" #name, offsetof(Tally, field.name) }

// Every number of a tally that is no histogram, nor counted by reason.
static const Counter counters[] = {
    COUNTER(attempted),
    COUNTER(ok),
    COUNTER(refused),
    COUNTER(timed_out),
    COUNTER(dropped),
    COUNTER(left),
    COUNTER(silent),
    COUNTER(overdue),
    COUNTER(differences),
    COUNTER(decode_errors),
    COUNTER(verify_checks),
    COUNTER(verify_mismatches),
    PART("hostile", hostile, attempted),
    PART("hostile", hostile, ok),
    PART("hostile", hostile, left),
    PART("hostile", hostile, silent),
    PART("hostile", hostile, messages_sent),
    PART("hostile", hostile, bytes_sent),
    PART("hostile", hostile, malformed_sent),
    PART("hostile", hostile, packets_in),
    PART("hostile", hostile, bytes_in),
    COUNTER(largest_datagram),
    COUNTER(snapshots_received),
    COUNTER(snapshots_expected),
    COUNTER(snapshots_lost),
    COUNTER(snapshots_stale),
    COUNTER(snapshot_bytes),
    COUNTER(entity_updates),
    COUNTER(entity_enters),
    COUNTER(entity_skips),
    COUNTER(playing_ns),
    COUNTER(prediction_checks),
    COUNTER(prediction_corrections),
    COUNTER(bytes_in),
    COUNTER(bytes_out),
    COUNTER(packets_in),
    COUNTER(packets_out),
    COUNTER(sends),
    COUNTER(missed_sends),
    PART("impaired_in", impaired_in, submitted),
    PART("impaired_in", impaired_in, delivered),
    PART("impaired_in", impaired_in, lost),
    PART("impaired_in", impaired_in, duplicated),
    PART("impaired_in", impaired_in, reordered),
    PART("impaired_in", impaired_in, overflowed),
    PART("impaired_in", impaired_in, delay_ns),
    PART("impaired_in", impaired_in, late_ns),
    PART("impaired_out", impaired_out, submitted),
    PART("impaired_out", impaired_out, delivered),
    PART("impaired_out", impaired_out, lost),
    PART("impaired_out", impaired_out, duplicated),
    PART("impaired_out", impaired_out, reordered),
    PART("impaired_out", impaired_out, overflowed),
    PART("impaired_out", impaired_out, delay_ns),
    PART("impaired_out", impaired_out, late_ns),
    PART("seen_in", seen_in, received),
    PART("seen_in", seen_in, duplicated),
    PART("seen_in", seen_in, overtaken),
    PART("seen_in", seen_in, judged),
    PART("seen_in", seen_in, lost),
    PART("seen_out", seen_out, received),
    PART("seen_out", seen_out, duplicated),
    PART("seen_out", seen_out, overtaken),
    PART("seen_out", seen_out, judged),
    PART("seen_out", seen_out, lost),
    PART("jitter_in", jitter_in, pairs),
    PART("jitter_in", jitter_in, squares_us2),
    PART("jitter_out", jitter_out, pairs),
    PART("jitter_out", jitter_out, squares_us2),
    PART("reference", reference, round_trips),
    PART("reference", reference, round_trip_ns),
    PART("reference_jitter_in", reference.jitter_in, pairs),
    PART("reference_jitter_in", reference.jitter_in, squares_us2),
    PART("reference_jitter_out", reference.jitter_out, pairs),
    PART("reference_jitter_out", reference.jitter_out, squares_us2),
};
#define COUNTER_COUNT (sizeof counters / sizeof *counters)

// The largest double that a 64-bit integer holds.
#define SUM_MAX 18446744073709549568.0

// ------------------------------------------------------------------ writing

json_t *tally_counters_to_json(const Tally *tally) {
    json_t *object = json_object();
    for (size_t i = 0; i < COUNTER_COUNT; i++) {
        const uint64_t *value =
            (const uint64_t *)(const void *)((const char *)tally + counters[i].offset);
        json_object_set_new(object, counters[i].name, json_u64(*value));
    }
    return object;
}

static json_t *histogram_to_json(const Histogram *histogram, double scale) {
    json_t *buckets = json_array();
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (histogram->buckets[i] > 0) {
            json_array_append_new(
                buckets, json_pack("[I, o]", (json_int_t)i, json_u64(histogram->buckets[i])));
        }
    }
    const double sum = fmin(histogram->sum, SUM_MAX); // as an integer it keeps its digits
    return json_pack("{s:f, s:o, s:o, s:o, s:o}", "scale", scale, "min",
                     histogram->count > 0 ? json_u64(histogram->min) : json_null(), "max",
                     histogram->count > 0 ? json_u64(histogram->max) : json_null(), "sum",
                     json_u64((uint64_t)sum), "buckets", buckets);
}

json_t *tally_histograms_to_json(const Tally *tally) {
    json_t *object = json_object();
    json_object_set_new(object, "subbucket_bits", json_integer(HISTOGRAM_SUBBUCKET_BITS));
    for (size_t i = 0; i < REPORT_DISTRIBUTIONS; i++) {
        const ReportDistribution *distribution = &report_distributions[i];
        json_object_set_new(
            object, distribution->name,
            histogram_to_json(report_distribution_of(distribution, tally), distribution->scale));
    }
    return object;
}

// ------------------------------------------------------------------ reading

static bool read_bucket(const json_t *pair, Histogram *histogram, uint64_t *next) {
    uint64_t index, count;
    if (json_array_size(pair) != 2 || !json_u64_value(json_array_get(pair, 0), &index) ||
        !json_u64_value(json_array_get(pair, 1), &count) || index < *next ||
        index >= HISTOGRAM_BUCKETS || count == 0) {
        return false;
    }
    histogram_restore_bucket(histogram, (uint32_t)index, count);
    *next = index + 1;
    return true;
}

// Whether the extremes lie in the outermost buckets that hold anything.
static bool is_consistent(const Histogram *histogram) {
    uint32_t first = 0, last = HISTOGRAM_BUCKETS - 1;
    while (histogram->buckets[first] == 0) {
        first++;
    }
    while (histogram->buckets[last] == 0) {
        last--;
    }
    const uint64_t below_first = first > 0 ? histogram_bucket_top(first - 1) : 0;
    const uint64_t below_last = last > 0 ? histogram_bucket_top(last - 1) : 0;
    return histogram->min <= histogram_bucket_top(first) &&
           (first == 0 || histogram->min > below_first) &&
           histogram->max <= histogram_bucket_top(last) &&
           (last == 0 || histogram->max > below_last);
}

static bool read_histogram(const json_t *object, Histogram *histogram) {
    const json_t *buckets = json_object_get(object, "buckets");
    uint64_t next = 0, sum;
    if (!json_is_array(buckets) || !json_u64_value(json_object_get(object, "sum"), &sum)) {
        return false;
    }
    for (size_t i = 0; i < json_array_size(buckets); i++) {
        if (!read_bucket(json_array_get(buckets, i), histogram, &next)) {
            return false;
        }
    }
    histogram->sum = (double)sum;
    return histogram->count == 0 ||
           (json_u64_value(json_object_get(object, "min"), &histogram->min) &&
            json_u64_value(json_object_get(object, "max"), &histogram->max) &&
            is_consistent(histogram));
}

bool tally_from_json(const json_t *counter_object, const json_t *histograms, Tally *tally,
                     char *error, size_t error_size) {
    uint64_t bits;
    if (!json_u64_value(json_object_get(histograms, "subbucket_bits"), &bits) ||
        bits != HISTOGRAM_SUBBUCKET_BITS) {
        snprintf(error, error_size, "its histograms have other buckets");
        return false;
    }
    for (size_t i = 0; i < COUNTER_COUNT; i++) {
        uint64_t *value = (uint64_t *)(void *)((char *)tally + counters[i].offset);
        if (!json_u64_value(json_object_get(counter_object, counters[i].name), value)) {
            snprintf(error, error_size, "counters.%s is no count", counters[i].name);
            return false;
        }
    }
    for (size_t i = 0; i < REPORT_DISTRIBUTIONS; i++) {
        const ReportDistribution *distribution = &report_distributions[i];
        Histogram *histogram = (Histogram *)(void *)((char *)tally + distribution->tally_offset);
        if (!read_histogram(json_object_get(histograms, distribution->name), histogram)) {
            snprintf(error, error_size, "the histogram of %s is not whole", distribution->name);
            return false;
        }
    }
    return true;
}
