// SPDX-License-Identifier: MIT
#include "base/text_lines.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

TextLines text_lines_of(const char *text, size_t size) {
    const bool has_mark = size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
    return (TextLines){.at = text + (has_mark ? 3 : 0), .end = text + size};
}

static bool is_utf16(const char *text, size_t size) {
    return size >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0);
}

// NULL, or the reason why these bytes are no line of text.
static const char *find_problem(const char *text, size_t length) {
    const uint8_t *bytes = (const uint8_t *)text;
    for (size_t i = 0; i < length;) {
        const Utf8Character character = utf8_read(bytes + i, length - i);
        if (!character.is_valid) {
            return "the line is not UTF-8";
        }
        if (character.code == 0) {
            return "the line has a NUL byte";
        }
        if (character.code == '\r') {
            return "the line has a carriage return that does not end it";
        }
        if ((character.code < ' ' && character.code != '\t') || character.code == 0x7f) {
            return "the line has a control character";
        }
        i += character.size;
    }
    return NULL;
}

bool text_lines_next(TextLines *lines, const char **line, size_t *length) {
    if (lines->at == lines->end || lines->problem != NULL) {
        return false;
    }
    const size_t left = (size_t)(lines->end - lines->at);
    const char *feed = memchr(lines->at, '\n', left);
    *line = lines->at;
    *length = feed != NULL ? (size_t)(feed - lines->at) : left;
    lines->at = feed != NULL ? feed + 1 : lines->end;
    lines->line++;
    if (lines->line == 1 && is_utf16(*line, *length)) {
        lines->problem = "the text is UTF-16; UTF-8 is needed";
        return false;
    }
    if (feed != NULL && *length > 0 && (*line)[*length - 1] == '\r') {
        (*length)--;
    }
    lines->problem = find_problem(*line, *length);
    return lines->problem == NULL;
}

void text_make_one_line(char *text) {
    for (char *c = text; *c != '\0'; c++) {
        *c = (uint8_t)*c < ' ' || *c == 0x7f ? '?' : *c;
    }
}
