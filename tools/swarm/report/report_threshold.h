// SPDX-License-Identifier: MIT
// report_threshold.h -- thresholds against a report.
//
// Flow:    Report + ThresholdList -> the figure that each names -> Report.results
// Threads: the caller's.
#ifndef TICKSTORM_SWARM_REPORT_REPORT_THRESHOLD_H
#define TICKSTORM_SWARM_REPORT_REPORT_THRESHOLD_H

#include "tools/swarm/report/report.h"

// Fills in the results of the report's thresholds; also during a run, over the time so far.
void report_evaluate(Report *report);

#endif
