// SPDX-License-Identifier: MIT
// spelling.h -- the known name that is closest to a misspelt one.
//
// Threads: any; nothing is kept.
#ifndef TICKSTORM_BASE_SPELLING_H
#define TICKSTORM_BASE_SPELLING_H

#include <stdbool.h>
#include <stddef.h>

// The number of letters to insert, delete, replace or swap with their neighbour to turn one word
// into the other; `limit` when it is that many or more, or when a word has more than 63 bytes.
size_t spelling_distance(const char *a, const char *b, size_t limit);

// The nearest known name, offered one after the other. Starts as {.written = WORD}.
typedef struct Spelling {
    const char *written;
    const char *nearest; // NULL: none is near
    size_t distance;
} Spelling;

void spelling_offer(Spelling *spelling, const char *known);

// Writes " (did you mean 'port'?)", or nothing.
#define SPELLING_BYTES 96
void spelling_suggest(const Spelling *spelling, char *text, size_t size);

#endif
