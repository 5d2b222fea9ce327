// SPDX-License-Identifier: MIT
#include "base/spelling.h"

#include <stdio.h>
#include <string.h>

#define WORD_BYTES_MAX 63

// One letter in three may be wrong: two in a word of six letters, one in a shorter word.
#define LETTERS_PER_FAULT 3

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

// Optimal string alignment: row i holds what the first i letters of a cost against those of b.
size_t spelling_distance(const char *a, const char *b, size_t limit) {
    size_t rows[3][WORD_BYTES_MAX + 1];
    const size_t a_length = strlen(a);
    const size_t b_length = strlen(b);
    if (a_length > WORD_BYTES_MAX || b_length > WORD_BYTES_MAX) {
        return limit;
    }
    for (size_t j = 0; j <= b_length; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        size_t *row = rows[i % 3];
        const size_t *before = rows[(i + 2) % 3];
        const size_t *two_before = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            const size_t replaced = before[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = least(least(before[j] + 1, row[j - 1] + 1), replaced);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = least(row[j], two_before[j - 2] + 1);
            }
        }
    }
    return least(rows[a_length % 3][b_length], limit);
}

void spelling_offer(Spelling *spelling, const char *known) {
    const size_t allowed = (strlen(spelling->written) + LETTERS_PER_FAULT - 1) / LETTERS_PER_FAULT;
    const size_t limit = spelling->nearest != NULL ? spelling->distance : allowed + 1;
    const size_t distance = spelling_distance(spelling->written, known, limit);
    if (distance < limit) {
        spelling->nearest = known;
        spelling->distance = distance;
    }
}

void spelling_suggest(const Spelling *spelling, char *text, size_t size) {
    text[0] = '\0';
    if (spelling->nearest != NULL) {
        snprintf(text, size, " (did you mean '%s'?)", spelling->nearest);
    }
}
