// SPDX-License-Identifier: MIT
#include "tools/swarm/report/tally_json.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>

#include "tools/swarm/measure/figures.h"
#include "tools/swarm/report/json_u64.h"

// The largest double that a 64-bit integer holds.
#define SUM_MAX 18446744073709549568.0

// ------------------------------------------------------------------ writing

json_t *tally_counters_to_json(const Tally *tally) {
    json_t *object = json_object();
    const TallyCounter *counter;
    for (size_t i = 0; (counter = tally_counter_at(i)) != NULL; i++) {
        json_object_set_new(object, counter->name, json_u64(tally_counted(counter, tally)));
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
    const Figure *figure;
    for (size_t i = 0; (figure = figure_distribution_at(i)) != NULL; i++) {
        json_object_set_new(object, figure->name,
                            histogram_to_json(figure_histogram(figure, tally), figure->scale));
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

// Whether the extremes lie in the outermost buckets in use.
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

bool tally_from_json(const json_t *counters, const json_t *histograms, Tally *tally, char *error,
                     size_t error_size) {
    const TallyCounter *counter;
    const Figure *figure;
    uint64_t bits;
    if (!json_u64_value(json_object_get(histograms, "subbucket_bits"), &bits) ||
        bits != HISTOGRAM_SUBBUCKET_BITS) {
        snprintf(error, error_size, "its histograms have other buckets");
        return false;
    }
    for (size_t i = 0; (counter = tally_counter_at(i)) != NULL; i++) {
        if (!json_u64_value(json_object_get(counters, counter->name),
                            tally_counter(counter, tally))) {
            snprintf(error, error_size, "counters.%s is no count", counter->name);
            return false;
        }
    }
    for (size_t i = 0; (figure = figure_distribution_at(i)) != NULL; i++) {
        if (!read_histogram(json_object_get(histograms, figure->name),
                            figure_histogram_of(figure, tally))) {
            snprintf(error, error_size, "the histogram of %s is not whole", figure->name);
            return false;
        }
    }
    return true;
}
