// SPDX-License-Identifier: MIT
// given_options.h -- the values that all sources give for a program's options, before they are
//                    checked.
//
// Flow:    defaults, file, environment, flags, in this order -> given_add() -> given_store() checks
//          and stores the winners
// Threads: the main thread's.
// Memory:  the list is allocated; given_free() frees it. The caller keeps the texts.
//
// Only winning values are checked: a bad value is not an error when a stronger source has another.
#ifndef TICKSTORM_BASE_GIVEN_OPTIONS_H
#define TICKSTORM_BASE_GIVEN_OPTIONS_H

#include "base/option_table.h"

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

// False when memory is short. The source must not be weaker than that of the newest item.
bool given_add(GivenOptions *given, const Option *option, OptionOrigin origin, const char *text);

// The last line of the file that sets this option; 0: none.
int given_line(const GivenOptions *given, const Option *option);

// Of the two sides that exclude each other (OptionSide), the side with the stronger source counts:
// all values of the other side but its defaults are dropped.
void given_drop_weaker_side(GivenOptions *given);

// Fills origins[i] with the source of row i's winning value.
void given_origins(const GivenOptions *given, OptionOrigin *origins);

// Stores the winning values of one source: all items of a list from its strongest source, else the
// last value. Returns the first bad one, with the reason in `wrong`, or NULL.
const GivenOption *given_store(const GivenOptions *given, OptionSource source, void *config,
                               char *wrong, size_t wrong_size);

void given_free(GivenOptions *given);

#endif
