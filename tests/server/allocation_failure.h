// SPDX-License-Identifier: MIT
// allocation_failure.h -- makes the nth allocation of a test program fail.
//
// Flow:    allocation_failure_begin(n) -> { _resume(); code under test; _pause() } -> _end()
// Threads: allocations of all threads count; one thread calls the functions.
// Source:  the linker's --wrap=malloc and so on (CMakeLists.txt). It redirects calls from our own
//          objects, under sanitizers as well, but not those from shared libraries.
#ifndef TICKSTORM_TESTS_SERVER_ALLOCATION_FAILURE_H
#define TICKSTORM_TESTS_SERVER_ALLOCATION_FAILURE_H

#include <stdbool.h>
#include <stdint.h>

// The nth allocation while resumed, counted from 1, fails; 0: none.
void allocation_failure_begin(uint64_t nth);
void allocation_failure_resume(void);
void allocation_failure_pause(void);
// Whether an allocation has failed.
bool allocation_failure_end(void);

#endif
