// SPDX-License-Identifier: MIT
// outbound.h -- what has come of our inputs on their way to the server, as it says when asked.
//
// Flow:    outbound_wants_to_ask -> request -> outbound_asked; report -> outbound_take -> told
// Threads: the client's thread.
//
// One request is open at a time. It and its report are retransmitted until they have come, so a
// bad network delays what is told, and colours nothing.
#ifndef TICKSTORM_CLIENT_CORE_OUTBOUND_H
#define TICKSTORM_CLIENT_CORE_OUTBOUND_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/reception_report.h"

typedef struct Outbound {
    bool is_waiting;      // for a report
    uint64_t ask_due_ns;  // no request before
    ReceptionReport told; // the newest, all zero before the first
} Outbound;

bool outbound_wants_to_ask(const Outbound *outbound, uint64_t now_ns);

// The request has left; the next one may after period_ns, at least RECEPTION_PERIOD_NS.
void outbound_asked(Outbound *outbound, uint64_t now_ns, uint64_t period_ns);

// A report arrived. False when nobody asked for it, or it says less than the one before.
bool outbound_take(Outbound *outbound, const ReceptionReport *report);

#endif
