// SPDX-License-Identifier: MIT
// uplink_report.h -- requests and keeps the server's receive report about our inputs.
//
// Flow:    uplink_report_is_due -> request -> uplink_report_requested; report ->
//          uplink_report_accept -> UplinkReport.reported
// Threads: the client's thread.
//
// One request is open at a time. Request and report are retransmitted until they arrive, so a bad
// network delays the figures but does not bias them.
#ifndef TICKSTORM_CLIENT_CORE_UPLINK_REPORT_H
#define TICKSTORM_CLIENT_CORE_UPLINK_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/receive_report.h"

typedef struct UplinkReport {
    bool is_waiting;         // for a report
    uint64_t request_due_ns; // no request before
    ReceiveReport reported;  // the newest, all zero before the first
} UplinkReport;

bool uplink_report_is_due(const UplinkReport *uplink, uint64_t now_ns);

// The request has left; the next one may after period_ns, at least RECEIVE_REPORT_PERIOD_NS.
void uplink_report_requested(UplinkReport *uplink, uint64_t now_ns, uint64_t period_ns);

// A report arrived. False when no report was requested, or a count is lower than in the previous
// report.
bool uplink_report_accept(UplinkReport *uplink, const ReceiveReport *report);

#endif
