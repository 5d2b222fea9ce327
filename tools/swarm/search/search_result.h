// SPDX-License-Identifier: MIT
// search_result.h -- the number of clients that a server holds, with the evidence: as a table and
//                    as JSON.
//
// Flow:    SearchStep, one a run -> SearchResult -> search_result_print, search_result_to_json
// Threads: the main thread.
#ifndef TICKSTORM_SWARM_SEARCH_SEARCH_RESULT_H
#define TICKSTORM_SWARM_SEARCH_SEARCH_RESULT_H

#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "tools/swarm/search/search_spec.h"
#include "tools/swarm/search/search_step.h"

#define SEARCH_SCHEMA_VERSION 1
#define SEARCH_STEPS_MAX      128

typedef enum SearchEnd {
    SEARCH_FOUND,
    SEARCH_NO_LIMIT,    // the maximum held
    SEARCH_INTERRUPTED, // the result so far is kept
    SEARCH_NO_ANSWER,   // the server did not answer, or stopped answering
} SearchEnd;

typedef struct SearchResult {
    SearchEnd end;
    uint32_t held;   // the largest number that held; 0: none
    uint32_t failed; // the smallest number that failed twice; 0: none
    uint32_t step_count;
    SearchStep steps[SEARCH_STEPS_MAX];
    const char *problem; // of SEARCH_NO_ANSWER
} SearchResult;

// The step that set the limit: the latest one with the smallest number that failed; NULL: none.
const SearchStep *search_result_limit(const SearchResult *result);

void search_result_print(FILE *file, const SearchResult *result, const SearchSpec *spec);

// A new reference; NULL when memory is short.
json_t *search_result_to_json(const SearchResult *result, const SearchSpec *spec);

#endif
