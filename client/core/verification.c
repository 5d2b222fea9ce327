// SPDX-License-Identifier: MIT
#include "client/core/verification.h"

#include <stdlib.h>
#include <string.h>

void verification_destroy(Verification *verification) {
    free(verification->space);
    *verification = (Verification){0};
}

// False when memory is short: then the mismatch is counted, and nobody asked.
static bool keep_suspect(Verification *verification, const Roster *roster) {
    if (verification->space == NULL) {
        verification->space = malloc(sizeof(*verification->space));
    }
    RosterSpace *space = verification->space;
    if (space == NULL) {
        return false;
    }
    memcpy(space->entries, roster->entries, roster->count * sizeof(space->entries[0]));
    memcpy(space->records, roster->records, roster->count * sizeof(space->records[0]));
    verification->suspect = *roster;
    verification->suspect.entries = space->entries;
    verification->suspect.records = space->records;
    verification->next = 0;
    return true;
}

bool verification_check(Verification *verification, const Roster *roster, uint32_t checksum,
                        uint64_t now_ns, bool *asks) {
    *asks = false;
    verification->checks++;
    if (roster_checksum(roster) == checksum) {
        return true;
    }
    verification->mismatches++;
    if (!verification->is_waiting && now_ns >= verification->ask_due_ns) {
        *asks = keep_suspect(verification, roster);
        verification->is_waiting = *asks;
        verification->ask_due_ns = now_ns + VERIFY_PERIOD_NS;
    }
    return false;
}

bool verification_take_detail(Verification *verification, const VerifyDetail *detail,
                              VerifyDifference *difference) {
    if (!verification->is_waiting || detail->sequence != verification->suspect.sequence) {
        return false;
    }
    *difference = verify_compare(&verification->suspect, detail, &verification->next);
    const bool is_last = detail->first + detail->count == detail->roster_count;
    verification->is_waiting = difference->kind == VERIFY_SAME && !is_last;
    return !verification->is_waiting;
}
