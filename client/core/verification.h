// SPDX-License-Identifier: MIT
// verification.h -- compares a client's baseline set with the server's checksum of it.
//
// Flow:    snapshot with a checksum -> verification_check; a mismatch -> request to the server
//          -> details -> verification_accept_detail -> which entity differs first
// Threads: the client's thread.
// Memory:  a copy of the suspect baseline set, allocated with the first mismatch.
#ifndef TICKSTORM_CLIENT_CORE_VERIFICATION_H
#define TICKSTORM_CLIENT_CORE_VERIFICATION_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/verify.h"

typedef struct Verification {
    BaselineSpace *space; // NULL before the first mismatch
    BaselineSet suspect;
    bool is_waiting;         // for the details of the suspect
    uint32_t next;           // entry of the suspect that the next detail starts with
    uint64_t request_due_ns; // no request before
    uint64_t checks;
    uint64_t mismatches;
} Verification;

void verification_destroy(Verification *verification);

// False when the checksum does not match the baseline set. *is_requested is then true when the
// caller shall request the details: one request is open at a time, and at most one is sent each
// VERIFY_PERIOD_NS.
bool verification_check(Verification *verification, const BaselineSet *baseline_set,
                        uint32_t checksum, uint64_t now_ns, bool *is_requested);

// A detail arrived. True when it completes the open request: *difference is the first one, or
// VERIFY_SAME when none was found (the server no longer has the baseline set, or its states).
bool verification_accept_detail(Verification *verification, const VerifyDetail *detail,
                                VerifyDifference *difference);

#endif
