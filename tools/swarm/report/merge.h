// SPDX-License-Identifier: MIT
// merge.h -- several generators' reports as one: tickstorm-bots merge A.json B.json.
//
// Flow:    reports -> merge_reports -> judged Report: summary, --json
// Threads: the main thread.
// Errors:  a file that cannot be added is one line on stderr and EXIT_CODE_USAGE.
//
// Counts are added and histograms merged bucket by bucket, so percentiles are those of one program
// that had measured everything; rates are over the longest of the measured times. The server's
// side is that of the first report that has one: every generator saw the same server.
#ifndef TICKSTORM_SWARM_REPORT_MERGE_H
#define TICKSTORM_SWARM_REPORT_MERGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/options.h"
#include "tools/swarm/report/exit_code.h"
#include "tools/swarm/report/report_json.h"

extern const OptionTable MERGE_OPTIONS;

// argv[0] is "merge".
ExitCode merge_main(int argc, char **argv);

// Adds a report to what was merged so far. False, with the reason in error, when they are no parts
// of one run: what was measured, and when, must be the same.
bool merge_reports(ReportFile *into, const ReportFile *from, char *error, size_t error_size);

#endif
