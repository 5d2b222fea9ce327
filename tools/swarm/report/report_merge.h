// SPDX-License-Identifier: MIT
// report_merge.h -- several generators' reports as one.
//
// Flow:    ReportFile + ReportFile -> report_merge -> the first one, of both; not judged
// Threads: pure functions on the caller's data.
//
// Counts are added and histograms merged bucket by bucket, so percentiles are those of one program
// that had measured everything; rates are over the longest of the measured times. The server's
// side is that of the first report that has one: every generator saw the same server.
#ifndef TICKSTORM_SWARM_REPORT_REPORT_MERGE_H
#define TICKSTORM_SWARM_REPORT_REPORT_MERGE_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/swarm/report/report.h"

// Adds a report to the reports merged so far. False, with the reason in error, when they are not
// parts of one run: warm-up, rates, network and verification must be the same.
bool report_merge(ReportFile *into, const ReportFile *from, char *error, size_t error_size);

#endif
