// SPDX-License-Identifier: MIT
// tally_json.h -- a tally written down exactly, so that tallies of several programs can be added.
//
// Flow:    Tally -> counters and histograms -> JSON -> tally_from_json -> tally_merge
// Threads: the caller's.
// Units:   those of tally.h.
// Trust:   tally_from_json() reads files that anybody may have written.
//
// A histogram is {"scale", "min", "max", "sum", "buckets"}: buckets are [index, count] pairs in
// ascending order, empty ones left out; values times scale are in the unit of the report's field.
#ifndef TICKSTORM_SWARM_REPORT_TALLY_JSON_H
#define TICKSTORM_SWARM_REPORT_TALLY_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "tools/swarm/measure/tally.h"

// New references.
json_t *tally_counters_to_json(const Tally *tally);
json_t *tally_histograms_to_json(const Tally *tally);

// Fills in an empty tally, without the bad ends of connections and the difference. False with the
// reason in error.
bool tally_from_json(const json_t *counters, const json_t *histograms, Tally *tally, char *error,
                     size_t error_size);

#endif
