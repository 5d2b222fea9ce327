// SPDX-License-Identifier: MIT
// verification.h -- compares what a client reconstructed with what the server says it should hold.
//
// Flow:    snapshot with a checksum -> verification_check; a mismatch -> request to the server
//          -> details -> verification_accept_detail -> which entity differs first
// Threads: the client's thread.
// Memory:  a copy of the roster in question, allocated with the first mismatch.
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
    uint64_t request_due_ns; // no question before
    uint64_t checks;
    uint64_t mismatches;
} Verification;

void verification_destroy(Verification *verification);

// False when the roster is not what the checksum is of. Then *asks tells whether the server should
// be asked which entity differs: one question is open at a time, and one is asked each
// VERIFY_PERIOD_NS at most.
bool verification_check(Verification *verification, const BaselineSet *baseline_set,
                        uint32_t checksum, uint64_t now_ns, bool *asks);

// A detail arrived. True when it answers the open question: *difference is the first one, or
// VERIFY_SAME when none was found (the server no longer keeps the roster, or its states).
bool verification_accept_detail(Verification *verification, const VerifyDetail *detail,
                                VerifyDifference *difference);

#endif
