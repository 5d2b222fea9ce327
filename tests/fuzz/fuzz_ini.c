// SPDX-License-Identifier: MIT
// Configurations, arenas and scenarios. An entry that is read can be written again and is then read
// as the same. Entries lie in the lines that the reader names, in ascending order. A refused text
// stays refused.
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/ini_text.h"
#include "fuzz/fuzz_target.h"
#include "game/arena.h"

static void read_value_again(const IniReader *reader) {
    static char quoted[INI_QUOTED_BYTES];
    static char line[INI_QUOTED_BYTES + INI_NAME_BYTES_MAX + 8];
    static IniReader again;
    ini_quote(reader->value, quoted, sizeof quoted);
    const int size = snprintf(line, sizeof line, " %s = %s ; comment", reader->key, quoted);
    ini_reader_begin(&again, line, (size_t)size);
    assert(ini_reader_next(&again) == INI_ENTRY);
    assert(strcmp(again.key, reader->key) == 0);
    assert(strcmp(again.value, reader->value) == 0);
    assert(ini_reader_next(&again) == INI_END);
}

// How many bytes precede a line.
static size_t line_start(const uint8_t *data, size_t size, int number) {
    size_t at = 0;
    for (int line = 1; line < number; line++) {
        const uint8_t *feed = memchr(data + at, '\n', size - at);
        assert(feed != NULL);
        at = (size_t)(feed - data) + 1;
    }
    return at;
}

// A value that is not quoted stands in its line, byte for byte.
static void find_value(const IniReader *reader, const uint8_t *data, size_t size) {
    const size_t start = line_start(data, size, reader->lines.line);
    const uint8_t *feed = memchr(data + start, '\n', size - start);
    const size_t length = feed != NULL ? (size_t)(feed - data) - start : size - start;
    assert(memmem(data + start, length, reader->key, strlen(reader->key)) != NULL);
    if (memchr(data + start, '"', length) == NULL) {
        assert(memmem(data + start, length, reader->value, strlen(reader->value)) != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static IniReader reader;
    const char *text = (const char *)data;
    int line = 0;
    IniItem item;
    ini_reader_begin(&reader, text, size);
    while ((item = ini_reader_next(&reader)) == INI_SECTION || item == INI_ENTRY) {
        assert(reader.lines.line > line);
        line = reader.lines.line;
        if (item == INI_ENTRY) {
            read_value_again(&reader);
            find_value(&reader, data, size);
        }
    }
    assert((item == INI_BAD) == (reader.problem != NULL));
    assert(ini_reader_next(&reader) == item);
    assert(item == INI_BAD || size == 0 || memchr(data, '\0', size) == NULL);

    ArenaFile file;
    char error[160];
    int arena_line = 0;
    const bool is_arena = arena_file_parse(text, size, &file, error, sizeof error, &arena_line);
    assert(!is_arena || item == INI_END);
    assert(is_arena || (arena_line >= 1 && error[0] != '\0'));
    if (is_arena) {
        arena_file_resolve(&file, 1000, 100);
        assert(memchr(file.spec.name, '\0', sizeof file.spec.name) != NULL);
    }
    return 0;
}
