// SPDX-License-Identifier: MIT
// spelling.h -- which known name somebody may have meant.
//
// Threads: any; nothing is kept.
#ifndef TICKSTORM_BASE_SPELLING_H
#define TICKSTORM_BASE_SPELLING_H

#include <stdbool.h>
#include <stddef.h>

// How many letters must be put in, left out, replaced or swapped with their neighbour to make one
// word of the other; `limit` when it is that many or more, or a word has more than 63 bytes.
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
