// SPDX-License-Identifier: MIT
// given_options.h -- the option values of all sources, before they are checked.
//
// Flow:    defaults, file, environment, flags, in this order -> given_add() -> given_judge() stores
//          the winning values
// Threads: the main thread's.
// Memory:  the list is allocated; given_free() frees it. Texts are the caller's and must stay
//          valid.
//
// Only the winning values are judged: a bad value is no error where a stronger source has another.
#ifndef TICKSTORM_BASE_GIVEN_OPTIONS_H
#define TICKSTORM_BASE_GIVEN_OPTIONS_H

#include "base/options.h"

typedef struct GivenOption {
    const Option *option;
    const char *text;
    OptionOrigin origin;
} GivenOption;

typedef struct GivenOptions {
    const OptionTable *table;
    GivenOption *items; // weaker sources first
    size_t count, capacity;
} GivenOptions;

// False when memory is short. Not to be called with a source weaker than that of the newest item.
bool given_add(GivenOptions *given, const Option *option, OptionOrigin origin, const char *text);

// The line of the file that sets this option; 0: none.
int given_line(const GivenOptions *given, const Option *option);

// Of two groups of options that exclude each other (OptionTable.rivals), the one with the stronger
// source counts: drops all values of the other.
void given_drop_rivals(GivenOptions *given);

// Fills in the source of each row's winning value.
void given_origins(const GivenOptions *given, OptionOrigin *origins);

// Stores the winning values of one source: of a list all items of its strongest source, else the
// last value. Returns the first bad one, with the problem, or NULL.
const GivenOption *given_judge(const GivenOptions *given, OptionSource source, void *config,
                               char *wrong, size_t wrong_size);

void given_free(GivenOptions *given);

#endif
