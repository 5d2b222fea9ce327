// SPDX-License-Identifier: MIT
// report_read.h -- a report that was written to a file, back again.
//
// Flow:    JSON -> report_from_json -> ReportFile, not judged -> report_merge.h
// Threads: the caller's.
// Trust:   the file may be anything; a file that does not fit is refused with the reason.
#ifndef TICKSTORM_SWARM_REPORT_REPORT_READ_H
#define TICKSTORM_SWARM_REPORT_REPORT_READ_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "tools/swarm/report/report.h"

// Fills in *file, whose tally must be empty. The report's texts are those of root, which must stay.
// False, with the reason in error, when root is no report of this version.
bool report_from_json(const json_t *root, ReportFile *file, char *error, size_t error_size);

#endif
