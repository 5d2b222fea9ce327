// SPDX-License-Identifier: MIT
// ini_text.h -- the one grammar of configurations, arenas and scenarios.
//
// Flow:    text -> ini_reader_next() -> sections and entries, line by line, until end or problem
// Threads: any; an IniReader belongs to one.
// Memory:  everything lies in the IniReader, and holds until the next call.
// Trust:   any bytes. A line means what it looks like, or it is refused; nothing is guessed.
//
//     [section]            ; a comment
//     key = value          # another one: behind a blank, or at the start of a line
//     key = a;b            the value is a;b
//     key = " a ; \"b\" "  quoted: blanks at the ends, comment signs; \" \\ and \xHH are escapes
//
// Lines are those of text_lines.h, of any length. Blanks at either end are ignored; a line never
// continues in the next one. Names consist of letters, digits, - _ and a dot.
#ifndef TICKSTORM_BASE_INI_TEXT_H
#define TICKSTORM_BASE_INI_TEXT_H

#include <stddef.h>

#include "base/text_lines.h"

#define INI_NAME_BYTES_MAX  63
#define INI_VALUE_BYTES_MAX 4095 // as long as a path can be

typedef enum IniItem {
    INI_END,
    INI_SECTION, // `section` has begun
    INI_ENTRY,   // `key` is `value`
    INI_BAD,     // `problem` describes the fault of the line; reading ends here
} IniItem;

typedef struct IniReader {
    TextLines lines; // lines.line is the number of the newest item's line
    const char *problem;
    char section[INI_NAME_BYTES_MAX + 1]; // empty before the first one
    char key[INI_NAME_BYTES_MAX + 1];
    char value[INI_VALUE_BYTES_MAX + 1];
} IniReader;

void ini_reader_begin(IniReader *reader, const char *text, size_t size);
IniItem ini_reader_next(IniReader *reader);

// Writes a value so that it is read back as the same text, quoted where necessary. Text beyond the
// buffer is cut; INI_QUOTED_BYTES hold any value that can be read.
#define INI_QUOTED_BYTES (4 * INI_VALUE_BYTES_MAX + 3)
void ini_quote(const char *value, char *text, size_t size);

#endif
