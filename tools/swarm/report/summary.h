// SPDX-License-Identifier: MIT
// summary.h -- the result of a run as text, for people.
//
// Flow:    judged Report -> summary_print -> text
// Threads: the main thread, when the swarm has stopped.
#ifndef TICKSTORM_SWARM_REPORT_SUMMARY_H
#define TICKSTORM_SWARM_REPORT_SUMMARY_H

#include <stdbool.h>
#include <stdio.h>

#include "tools/swarm/report/report.h"

void summary_print(FILE *file, const Report *report, bool uses_color);

#endif
