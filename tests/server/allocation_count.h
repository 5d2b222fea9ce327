// SPDX-License-Identifier: MIT
// allocation_count.h -- counts the allocations of a test program, to prove that a stretch has none.
//
// Threads: any.
// Source:  an executable's malloc replaces that of glibc, which stays reachable under another name.
//          Sanitizers bring their own malloc; with them nothing is counted.
#ifndef TICKSTORM_TESTS_SERVER_ALLOCATION_COUNT_H
#define TICKSTORM_TESTS_SERVER_ALLOCATION_COUNT_H

#include <stdbool.h>
#include <stdint.h>

bool allocation_count_works(void);

// Calls of malloc, calloc and realloc so far.
uint64_t allocation_count(void);

#endif
