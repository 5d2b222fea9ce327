// SPDX-License-Identifier: MIT
#include "tools/swarm/report/json_u64.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/output_file.h"

#define MARK       "\001u64:"      // in a string
#define MARK_TEXT  "\"\\u0001u64:" // the same in JSON
#define DIGITS_MAX 20              // of 2^64 - 1
#define READ_BYTES 65536

static bool parse(const char *digits, size_t length, uint64_t *number) {
    uint64_t value = 0;
    for (size_t i = 0; i < length; i++) {
        const uint64_t digit = (uint64_t)(digits[i] - '0');
        if (digit > 9 || value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *number = value;
    return length > 0;
}

json_t *json_u64(uint64_t number) {
    char text[sizeof MARK + DIGITS_MAX];
    if (number <= INT64_MAX) {
        return json_integer((json_int_t)number);
    }
    snprintf(text, sizeof text, MARK "%llu", (unsigned long long)number);
    return json_string(text);
}

bool json_u64_value(const json_t *value, uint64_t *number) {
    const char *text = json_string_value(value);
    const size_t mark = strlen(MARK);
    if (text != NULL && strncmp(text, MARK, mark) == 0) {
        return parse(text + mark, strlen(text + mark), number);
    }
    if (!json_is_integer(value) || json_integer_value(value) < 0) {
        return false;
    }
    *number = (uint64_t)json_integer_value(value);
    return true;
}

// ------------------------------------------------------------------ writing

// Removes the marks from a text, which only gets shorter.
static void unmark(char *text) {
    char *to = text;
    const char *from = text;
    for (const char *mark; (mark = strstr(from, MARK_TEXT)) != NULL;) {
        const char *digits = mark + strlen(MARK_TEXT);
        const size_t length = strspn(digits, "0123456789");
        memmove(to, from, (size_t)(mark - from));
        to += mark - from;
        memmove(to, digits, length);
        to += length;
        from = digits + length + (digits[length] == '"');
    }
    memmove(to, from, strlen(from) + 1);
}

char *json_u64_dumps(const json_t *root, size_t flags) {
    char *text = json_dumps(root, flags);
    if (text != NULL) {
        unmark(text);
    }
    return text;
}

bool json_u64_write_file(const json_t *root, size_t flags, const char *path) {
    return output_file_write_text(path, json_u64_dumps(root, flags));
}

// ------------------------------------------------------------------ reading

// The length of a number that is an integer beyond 2^63 - 1; 0 for anything else.
static size_t large_integer_length(const char *at, const char *end) {
    size_t length = 0;
    uint64_t number;
    while (at + length < end && isdigit((unsigned char)at[length])) {
        length++;
    }
    const bool goes_on = at + length < end && strchr(".eE", at[length]) != NULL;
    return !goes_on && parse(at, length, &number) && number > INT64_MAX ? length : 0;
}

static const char *skip_string(const char *at, const char *end) {
    at++;
    while (at < end && *at != '"') {
        at += *at == '\\' && at + 1 < end ? 2 : 1;
    }
    return at < end ? at + 1 : end;
}

// The end of the token that begins here and is copied as it is: a string, a number, a character.
static const char *skip_token(const char *at, const char *end) {
    if (*at == '"') {
        return skip_string(at, end);
    }
    if (strchr("+-.", *at) == NULL && !isalnum((unsigned char)*at)) {
        return at + 1;
    }
    while (at < end && (strchr("+-.", *at) != NULL || isalnum((unsigned char)*at))) {
        at++;
    }
    return at;
}

// Writes the text with the large integers marked, unless `to` is NULL; returns its size.
static size_t mark(const char *text, size_t size, char *to) {
    const char *const end = text + size;
    size_t written = 0;
    for (const char *at = text; at < end;) {
        const size_t digits = large_integer_length(at, end);
        const size_t length = digits > 0 ? digits : (size_t)(skip_token(at, end) - at);
        if (to != NULL && digits > 0) {
            memcpy(to + written, MARK_TEXT, strlen(MARK_TEXT));
            memcpy(to + written + strlen(MARK_TEXT), at, length);
            to[written + strlen(MARK_TEXT) + length] = '"';
        } else if (to != NULL) {
            memcpy(to + written, at, length);
        }
        written += length + (digits > 0 ? strlen(MARK_TEXT) + 1 : 0);
        at += length;
    }
    return written;
}

json_t *json_u64_loads(const char *text, size_t size, json_error_t *error) {
    const size_t marked_size = mark(text, size, NULL);
    if (marked_size == size) {
        return json_loadb(text, size, 0, error);
    }
    char *marked = malloc(marked_size);
    if (marked == NULL) {
        *error = (json_error_t){.line = -1, .text = "memory is short"};
        return NULL;
    }
    mark(text, size, marked);
    json_t *root = json_loadb(marked, marked_size, 0, error);
    free(marked);
    return root;
}

// The content of a file, to free(); NULL with errno set.
static char *read_full(FILE *file, size_t *size) {
    char *text = NULL;
    size_t capacity = 0;
    *size = 0;
    do {
        if (capacity - *size < READ_BYTES) {
            capacity = 2 * capacity + READ_BYTES;
            char *grown = realloc(text, capacity);
            if (grown == NULL) {
                free(text);
                return NULL;
            }
            text = grown;
        }
        *size += fread(text + *size, 1, capacity - *size, file);
    } while (!feof(file) && !ferror(file));
    if (ferror(file)) {
        free(text);
        return NULL;
    }
    return text;
}

static json_t *refuse(json_error_t *error) {
    *error = (json_error_t){.line = -1};
    snprintf(error->text, sizeof error->text, "%s", strerror(errno));
    return NULL;
}

json_t *json_u64_load_file(const char *path, json_error_t *error) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return refuse(error);
    }
    size_t size;
    char *text = read_full(file, &size);
    json_t *root = text != NULL ? json_u64_loads(text, size, error) : refuse(error);
    fclose(file);
    free(text);
    return root;
}
