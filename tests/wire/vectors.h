// SPDX-License-Identifier: MIT
// vectors.h -- the golden vectors: messages and what they mean, a JSON object a line.
//
// Flow:    fixed seeds -> vectors_write() -> tests/wire/vectors/*.jsonl, checked in
//          test_vectors.c writes them again and compares; tools/protocol_check.py reads them by
//          PROTOCOL.md alone
// Threads: the caller's.
#ifndef TICKSTORM_TESTS_WIRE_VECTORS_H
#define TICKSTORM_TESTS_WIRE_VECTORS_H

#include <stdio.h>

typedef enum VectorFile {
    VECTORS_MESSAGES,  // one message a line
    VECTORS_SNAPSHOTS, // a snapshot and its baseline set
    VECTORS_SESSION,   // one client's snapshots in a row, some of them lost
    VECTORS_REFUSED,   // what a reader must refuse
    VECTORS_COUNT,
} VectorFile;

// "messages.jsonl"
const char *vectors_name(VectorFile which);
void vectors_write(FILE *file, VectorFile which);

#endif
