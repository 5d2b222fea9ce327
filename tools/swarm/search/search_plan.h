// SPDX-License-Identifier: MIT
// search_plan.h -- which number of bots to try next, when it is sought how many a server holds.
//
// Flow:    search_plan_next -> a run with so many bots -> search_plan_note, until there is no next
// Threads: plain data of one thread; no clock, no randomness.
//
//            from 100:  100 held, 200 held, 400 held, 800 failed, 800 failed again    doubles
//                       600 held, 700 failed, 700 held the second time, 750 ...       bisects
//
// A number that fails is tried once more before it is believed: a machine that does something else
// for a moment shall not decide, and a number that holds once can be held.
#ifndef TICKSTORM_SWARM_SEARCH_SEARCH_PLAN_H
#define TICKSTORM_SWARM_SEARCH_SEARCH_PLAN_H

#include <stdbool.h>
#include <stdint.h>

typedef struct SearchPlan {
    // As asked for.
    uint32_t first;   // number to begin with, 1 or more
    uint32_t max;     // number not to go beyond, `first` or more
    double precision; // how far apart what held and what failed may be, as a share of the latter
    // So far.
    uint32_t held;   // the largest number that held; 0: none
    uint32_t failed; // the smallest number that failed twice; 0: none
    uint32_t doubt;  // that failed once and is tried again; 0: none
} SearchPlan;

// Takes what has been asked for and starts afresh.
SearchPlan search_plan_make(uint32_t first, uint32_t max, double precision);

// The number to try; 0 when the search is over: `held` is the answer then.
uint32_t search_plan_next(const SearchPlan *plan);

// How the number of search_plan_next() has come out.
void search_plan_note(SearchPlan *plan, bool has_held);

#endif
