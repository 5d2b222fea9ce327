// SPDX-License-Identifier: MIT
#include "client/core/outbound.h"

bool outbound_wants_to_ask(const Outbound *outbound, uint64_t now_ns) {
    return !outbound->is_waiting && now_ns >= outbound->ask_due_ns;
}

void outbound_asked(Outbound *outbound, uint64_t now_ns, uint64_t period_ns) {
    outbound->is_waiting = true;
    outbound->ask_due_ns =
        now_ns + (period_ns > RECEPTION_PERIOD_NS ? period_ns : RECEPTION_PERIOD_NS);
}

static bool has_grown(const ReceptionReport *now, const ReceptionReport *before) {
    return now->judged >= before->judged && now->lost >= before->lost &&
           now->received >= before->received && now->overtaken >= before->overtaken &&
           now->duplicated >= before->duplicated && now->jitter_pairs >= before->jitter_pairs &&
           now->jitter_squares_us2 >= before->jitter_squares_us2;
}

bool outbound_take(Outbound *outbound, const ReceptionReport *report) {
    if (!outbound->is_waiting || !has_grown(report, &outbound->told)) {
        return false;
    }
    outbound->is_waiting = false;
    outbound->told = *report;
    return true;
}
