// SPDX-License-Identifier: MIT
// fault.h -- the result of a check of a module's state.
//
// Flow:    *_validate() next to what it checks -> Fault -> with VALIDATES: fault_check()
// Threads: any; a check reads what the calling thread may read.
// Errors:  a fault is a bug: one line on stderr, then abort().
//
// A check looks at everything and can cost more than the work that it checks. A build with
// TICKSTORM_VALIDATE runs all of them in every tick; in other builds only tests call them.
#ifndef TICKSTORM_BASE_FAULT_H
#define TICKSTORM_BASE_FAULT_H

#include <stddef.h>
#include <stdint.h>

#ifdef TICKSTORM_VALIDATE
#define VALIDATES 1
#else
#define VALIDATES 0
#endif

// All zero: there is none.
typedef struct Fault {
    const char *what;  // a sentence without an end; NULL: nothing is wrong
    const char *place; // the name of the index: "slot", "session"; NULL: the fault is the module's
    uint32_t index;
} Fault;

#define FAULT_NO_TICK UINT32_MAX

// Ends the program when there is a fault: "tick 12, slot 7: a drone's health is out of range".
void fault_check(uint32_t tick, Fault fault);

#endif
