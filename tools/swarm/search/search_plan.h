// SPDX-License-Identifier: MIT
// search_plan.h -- picks the numbers of bots that a search tries.
//
// Flow:    search_plan_next -> a run with that many bots -> search_plan_note, until there is none
// Threads: plain data of one thread; no clock, no randomness.
//
//            from 100:  100 held, 200 held, 400 held, 800 failed, 800 failed again    doubles
//                       600 held, 700 failed, 700 held the second time, 750 ...       bisects
//
// A number counts as failed when it fails twice: a machine that is busy for a moment does not
// decide the search, and a number that holds once can be held.
#ifndef TICKSTORM_SWARM_SEARCH_SEARCH_PLAN_H
#define TICKSTORM_SWARM_SEARCH_SEARCH_PLAN_H

#include <stdbool.h>
#include <stdint.h>

typedef struct SearchPlan {
    // Constant after search_plan_make.
    uint32_t first;   // number to begin with, 1 or more
    uint32_t max;     // number not to exceed, `first` or more
    double precision; // distance at the end between held and failed, as a share of failed
    // So far.
    uint32_t held;   // the largest number that held; 0: none
    uint32_t failed; // the smallest number that failed twice; 0: none
    uint32_t doubt;  // a number that failed once and is tried again; 0: none
} SearchPlan;

SearchPlan search_plan_make(uint32_t first, uint32_t max, double precision);

// The number to try; 0 when the search is over: `held` is the answer then.
uint32_t search_plan_next(const SearchPlan *plan);

// The result of the run with the number of search_plan_next().
void search_plan_note(SearchPlan *plan, bool has_held);

#endif
