// SPDX-License-Identifier: MIT
// report_judge.h -- the judgement on a run: its thresholds, its failures, its warnings.
//
// Flow:    Report -> thresholds evaluated, expectations checked -> results, failures, warnings
// Threads: the main thread.
#ifndef TICKSTORM_SWARM_REPORT_REPORT_JUDGE_H
#define TICKSTORM_SWARM_REPORT_REPORT_JUDGE_H

#include "tools/swarm/report/report.h"

// Fills in the results of the thresholds, failures and warnings. May be called again.
void report_judge(Report *report);

#endif
