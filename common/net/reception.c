// SPDX-License-Identifier: MIT
#include "net/reception.h"

bool reception_take(Reception *reception, uint16_t number) {
    const uint16_t newest = (uint16_t)reception->sent;
    const uint16_t advance = (uint16_t)(number - newest);
    if (advance > 0 && advance < 0x8000) {
        arrivals_take_newer(&reception->arrivals, advance);
        reception->sent += advance;
        reception->received++;
        return false;
    }
    const ArrivalKind kind = arrivals_take_older(&reception->arrivals, (uint16_t)(newest - number));
    reception->received += kind == ARRIVAL_OVERTAKEN;
    reception->duplicated += kind == ARRIVAL_DUPLICATE;
    return kind == ARRIVAL_DUPLICATE;
}

uint64_t reception_judged(const Reception *reception) {
    const uint64_t open = ARRIVALS_WINDOW + 1; // the newest, and those that may still come
    return reception->sent > open ? reception->sent - open : 0;
}
