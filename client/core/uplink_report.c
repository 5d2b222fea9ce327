// SPDX-License-Identifier: MIT
#include "client/core/uplink_report.h"

bool uplink_report_is_due(const UplinkReport *uplink, uint64_t now_ns) {
    return !uplink->is_waiting && now_ns >= uplink->request_due_ns;
}

void uplink_report_requested(UplinkReport *uplink, uint64_t now_ns, uint64_t period_ns) {
    uplink->is_waiting = true;
    uplink->request_due_ns =
        now_ns + (period_ns > RECEIVE_REPORT_PERIOD_NS ? period_ns : RECEIVE_REPORT_PERIOD_NS);
}

static bool has_grown(const ReceiveReport *now, const ReceiveReport *before) {
    return now->judged >= before->judged && now->lost >= before->lost &&
           now->received >= before->received && now->overtaken >= before->overtaken &&
           now->duplicated >= before->duplicated && now->jitter_pairs >= before->jitter_pairs &&
           now->jitter_squares_us2 >= before->jitter_squares_us2;
}

bool uplink_report_accept(UplinkReport *uplink, const ReceiveReport *report) {
    if (!uplink->is_waiting || !has_grown(report, &uplink->reported)) {
        return false;
    }
    uplink->is_waiting = false;
    uplink->reported = *report;
    return true;
}
