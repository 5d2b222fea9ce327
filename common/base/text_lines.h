// SPDX-License-Identifier: MIT
// text_lines.h -- cuts a text that people wrote into lines, and refuses bytes that are no text.
//
// Flow:    text of a file -> text_lines_next() until it returns false -> lines, or the first
//          problem
// Threads: any; a TextLines belongs to one.
// Memory:  lines point into the text, which must stay.
// Trust:   any bytes. Lines end with LF or CRLF and are UTF-8 without control characters but tabs;
//          a byte order mark of UTF-8 is skipped. Anything else could be shown as one text and read
//          as another: a lone CR hides what stands before it, a NUL what stands after it.
#ifndef TICKSTORM_BASE_TEXT_LINES_H
#define TICKSTORM_BASE_TEXT_LINES_H

#include <stdbool.h>
#include <stddef.h>

typedef struct TextLines {
    const char *at;
    const char *end;
    int line;            // number of the newest line, from 1
    const char *problem; // the fault of the line; NULL: none
} TextLines;

TextLines text_lines_of(const char *text, size_t size);

// The next line, without its end and without a NUL behind it. False when there is none, or when it
// is refused: then `problem` is set.
bool text_lines_next(TextLines *lines, const char **line, size_t *length);

// Replaces control characters, so that a message with any text in it is one line.
void text_make_one_line(char *text);

#endif
