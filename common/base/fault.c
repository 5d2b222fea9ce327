// SPDX-License-Identifier: MIT
#include "base/fault.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/stderr_direct.h"

void fault_check(uint32_t tick, Fault fault) {
    if (fault.what == NULL) {
        return;
    }
    char when[32] = "";
    char where[64] = "";
    char text[256];
    if (tick != FAULT_NO_TICK) {
        snprintf(when, sizeof when, "tick %u", tick);
    }
    if (fault.place != NULL) {
        snprintf(where, sizeof where, "%s%s %u", when[0] != '\0' ? ", " : "", fault.place,
                 fault.index);
    }
    snprintf(text, sizeof text, "%s%s: %s\n", when, where, fault.what);
    stderr_direct_write(text);
    abort();
}
