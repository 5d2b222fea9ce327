// SPDX-License-Identifier: MIT
// report_json.h -- the report that scripts read: one JSON object, described by report.schema.json.
//
// Flow:    judged Report -> report_to_json -> file; report_read.h reads it back
// Threads: the caller's.
// Units:   times in ms, sizes in bytes; a figure that was not measured is null.
#ifndef TICKSTORM_SWARM_REPORT_REPORT_JSON_H
#define TICKSTORM_SWARM_REPORT_REPORT_JSON_H

#include <stdbool.h>

#include <jansson.h>

#include "tools/swarm/report/report.h"

// A new reference; NULL when memory is short.
json_t *report_to_json(const Report *report);

// To a file, or to standard output if path is "-". False, with errno set, when that fails.
bool report_write_json(const Report *report, const char *path);

#endif
