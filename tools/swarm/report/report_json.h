// SPDX-License-Identifier: MIT
// report_json.h -- the report that scripts read: one JSON object, described by report.schema.json.
//
// Flow:    judged Report -> report_to_json -> file -> report_from_json -> Report again, to merge
// Threads: the caller's.
// Units:   times in ms, sizes in bytes; what was not measured is null.
// Trust:   report_from_json() reads files that anybody may have written.
#ifndef TICKSTORM_SWARM_REPORT_REPORT_JSON_H
#define TICKSTORM_SWARM_REPORT_REPORT_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "tools/swarm/report/report.h"

#define REPORT_SCHEMA_VERSION 4
#define REPORT_REAL_PRECISION 9 // significant digits

// A new reference; NULL when memory is short.
json_t *report_to_json(const Report *report);

// To a file, or to standard output if path is "-". False, with errno set, when that fails.
bool report_write_json(const Report *report, const char *path);

// The percentiles of a histogram as an object, times `scale`.
json_t *report_distribution_to_json(const Histogram *histogram, double scale);

// The quotient, null when there is nothing to divide by.
json_t *report_ratio(double numerator, double denominator);

// What a report that was read points into.
typedef struct ReportFile {
    Report report; // not judged
    Tally *tally;
    ImpairConfig impairment;
    ThresholdList thresholds;
} ReportFile;

// Fills in *file, whose tally must be empty. The report's texts are those of root, which must stay.
// False, with what is wrong in a few words in error, when root is no report of this version.
bool report_from_json(const json_t *root, ReportFile *file, char *error, size_t error_size);

#endif
