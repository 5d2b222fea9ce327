// SPDX-License-Identifier: MIT
// allocation_failure.h -- makes one allocation of a test program fail, whichever is wanted.
//
// Flow:    allocation_failure_begin(n) -> { _resume(); what is tested; _pause() } -> _end()
// Threads: allocations are counted in all; the functions are for one.
// Source:  the linker's --wrap=malloc and so on (CMakeLists.txt): calls from our own objects come
//          here, under sanitizers as well, those from shared libraries do not.
#ifndef TICKSTORM_TESTS_SERVER_ALLOCATION_FAILURE_H
#define TICKSTORM_TESTS_SERVER_ALLOCATION_FAILURE_H

#include <stdbool.h>
#include <stdint.h>

// The nth allocation that is made while resumed, counted from 1, will fail; 0: none.
void allocation_failure_begin(uint64_t nth);
void allocation_failure_resume(void);
void allocation_failure_pause(void);
// Whether one has failed.
bool allocation_failure_end(void);

#endif
