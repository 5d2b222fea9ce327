// SPDX-License-Identifier: MIT
#include "base/ini_text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

// The rest of a line; without a NUL at its end.
typedef struct Rest {
    const char *at;
    const char *end;
} Rest;

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

static bool is_comment_sign(char c) {
    return c == ';' || c == '#';
}

static bool is_name_sign(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

static void skip_blanks(Rest *rest) {
    while (rest->at < rest->end && is_blank(*rest->at)) {
        rest->at++;
    }
}

static bool skip_sign(Rest *rest, char sign) {
    const bool is_there = rest->at < rest->end && *rest->at == sign;
    rest->at += is_there;
    return is_there;
}

// Whether only blanks and a comment are left.
static bool is_over(Rest *rest) {
    skip_blanks(rest);
    return rest->at == rest->end || is_comment_sign(*rest->at);
}

// Copies a name, which may be empty. False when it is too long.
static bool read_name(Rest *rest, char name[INI_NAME_BYTES_MAX + 1]) {
    const char *start = rest->at;
    while (rest->at < rest->end && is_name_sign(*rest->at)) {
        rest->at++;
    }
    const size_t length = (size_t)(rest->at - start);
    if (length > INI_NAME_BYTES_MAX) {
        return false;
    }
    memcpy(name, start, length);
    name[length] = '\0';
    return true;
}

// ------------------------------------------------------------------ values

// Up to the end of the line, or to a blank with a comment behind it.
static const char *read_plain_value(IniReader *reader, Rest rest) {
    const char *end = rest.at;
    for (const char *at = rest.at; at < rest.end; at++) {
        if (is_comment_sign(*at) && (at == rest.at || is_blank(at[-1]))) {
            break;
        }
        end = is_blank(*at) ? end : at + 1;
    }
    const size_t length = (size_t)(end - rest.at);
    if (length > INI_VALUE_BYTES_MAX) {
        return "the value is longer than 4095 bytes";
    }
    memcpy(reader->value, rest.at, length);
    reader->value[length] = '\0';
    return NULL;
}

static int hex_digit(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

// Behind a backslash; -1 when it is no escape. A NUL is none either.
static int read_escape(Rest *rest) {
    if (skip_sign(rest, '\\')) {
        return '\\';
    }
    if (skip_sign(rest, '"')) {
        return '"';
    }
    if (!skip_sign(rest, 'x') || rest->end - rest->at < 2) {
        return -1;
    }
    const int high = hex_digit(rest->at[0]);
    const int low = hex_digit(rest->at[1]);
    rest->at += 2;
    const int byte = high < 0 || low < 0 ? -1 : high * 16 + low;
    return byte == 0 ? -1 : byte;
}

// Behind the opening quote.
static const char *read_quoted_value(IniReader *reader, Rest rest) {
    size_t length = 0;
    while (!skip_sign(&rest, '"')) {
        if (rest.at == rest.end) {
            return "the quoted value has no end";
        }
        const bool is_escaped = skip_sign(&rest, '\\');
        const int byte = is_escaped ? read_escape(&rest) : (uint8_t)*rest.at++;
        if (byte < 0) {
            return "a backslash in a quoted value must be one of \\\\ \\\" \\xHH";
        }
        if (length == INI_VALUE_BYTES_MAX) {
            return "the value is longer than 4095 bytes";
        }
        reader->value[length++] = (char)byte;
    }
    reader->value[length] = '\0';
    return is_over(&rest) ? NULL : "something stands behind the quoted value";
}

// ------------------------------------------------------------------ lines

// Behind the opening bracket.
static const char *read_section(IniReader *reader, Rest rest) {
    skip_blanks(&rest);
    if (!read_name(&rest, reader->section)) {
        return "the section's name is longer than 63 bytes";
    }
    skip_blanks(&rest);
    if (!skip_sign(&rest, ']') || reader->section[0] == '\0') {
        return "not a [section] line";
    }
    return is_over(&rest) ? NULL : "something stands behind the section's ]";
}

static const char *read_entry(IniReader *reader, Rest rest) {
    if (!read_name(&rest, reader->key)) {
        return "the key is longer than 63 bytes";
    }
    skip_blanks(&rest);
    if (!skip_sign(&rest, '=') || reader->key[0] == '\0') {
        return "not a key = value line";
    }
    skip_blanks(&rest);
    return skip_sign(&rest, '"') ? read_quoted_value(reader, rest) : read_plain_value(reader, rest);
}

void ini_reader_begin(IniReader *reader, const char *text, size_t size) {
    memset(reader, 0, sizeof *reader);
    reader->lines = text_lines_of(text, size);
}

IniItem ini_reader_next(IniReader *reader) {
    const char *line;
    size_t length;
    while (reader->problem == NULL && text_lines_next(&reader->lines, &line, &length)) {
        Rest rest = {line, line + length};
        if (is_over(&rest)) {
            continue;
        }
        const bool is_section = skip_sign(&rest, '[');
        reader->problem = is_section ? read_section(reader, rest) : read_entry(reader, rest);
        if (reader->problem == NULL) {
            return is_section ? INI_SECTION : INI_ENTRY;
        }
    }
    reader->problem = reader->problem != NULL ? reader->problem : reader->lines.problem;
    return reader->problem != NULL ? INI_BAD : INI_END;
}

// ------------------------------------------------------------------ writing

// Bytes beyond ASCII are quoted too: characters would need no quotes, but the bytes may be no
// UTF-8.
static bool needs_quotes(const char *value) {
    const size_t length = strlen(value);
    for (size_t i = 0; i < length; i++) {
        if ((uint8_t)value[i] < ' ' || (uint8_t)value[i] >= 0x7f) {
            return true;
        }
    }
    return length == 0 || value[0] == '"' || value[strcspn(value, " ;#")] != '\0';
}

// Appends as much as fits.
static void append(char **at, char *end, const char *text, size_t length) {
    const size_t room = (size_t)(end - *at);
    length = length < room ? length : room;
    memcpy(*at, text, length);
    *at += length;
}

void ini_quote(const char *value, char *text, size_t size) {
    const uint8_t *bytes = (const uint8_t *)value;
    const size_t length = strlen(value);
    char *at = text;
    char *end = text + size - 1; // room for the NUL
    const bool is_quoted = needs_quotes(value);
    append(&at, end, "\"", is_quoted);
    for (size_t i = 0; i < length;) {
        const Utf8Character character = utf8_read(bytes + i, length - i);
        const bool is_plain = character.is_valid && character.code >= ' ' && character.code != 0x7f;
        if (!is_plain) {
            char escape[5];
            snprintf(escape, sizeof escape, "\\x%02x", bytes[i]);
            append(&at, end, escape, 4);
        } else {
            append(&at, end, "\\", is_quoted && (value[i] == '"' || value[i] == '\\'));
            append(&at, end, value + i, character.size);
        }
        i += is_plain ? character.size : 1;
    }
    append(&at, end, "\"", is_quoted);
    *at = '\0';
}
