// SPDX-License-Identifier: MIT
#include "client/core/verification.h"

#include <stdlib.h>
#include <string.h>

void verification_destroy(Verification *verification) {
    free(verification->space);
    *verification = (Verification){0};
}

// False when memory is short: then the mismatch is counted without a request.
static bool keep_suspect(Verification *verification, const BaselineSet *baseline_set) {
    if (verification->space == NULL) {
        verification->space = malloc(sizeof *verification->space);
    }
    BaselineSpace *space = verification->space;
    if (space == NULL) {
        return false;
    }
    memcpy(space->entries, baseline_set->entries, baseline_set->count * sizeof space->entries[0]);
    memcpy(space->records, baseline_set->records, baseline_set->count * sizeof space->records[0]);
    verification->suspect = *baseline_set;
    verification->suspect.entries = space->entries;
    verification->suspect.records = space->records;
    verification->next = 0;
    return true;
}

bool verification_check(Verification *verification, const BaselineSet *baseline_set,
                        uint32_t checksum, uint64_t now_ns, bool *is_requested) {
    *is_requested = false;
    verification->checks++;
    if (baseline_set_checksum(baseline_set) == checksum) {
        return true;
    }
    verification->mismatches++;
    if (!verification->is_waiting && now_ns >= verification->request_due_ns) {
        *is_requested = keep_suspect(verification, baseline_set);
        verification->is_waiting = *is_requested;
        verification->request_due_ns = now_ns + VERIFY_PERIOD_NS;
    }
    return false;
}

bool verification_accept_detail(Verification *verification, const VerifyDetail *detail,
                                VerifyDifference *difference) {
    if (!verification->is_waiting || detail->sequence != verification->suspect.sequence) {
        return false;
    }
    *difference = verify_compare(&verification->suspect, detail, &verification->next);
    const bool is_last = detail->first + detail->count == detail->baseline_set_count;
    verification->is_waiting = difference->kind == VERIFY_SAME && !is_last;
    return !verification->is_waiting;
}
