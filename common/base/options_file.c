// SPDX-License-Identifier: MIT
#include "base/options_file.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/ini_text.h"
#include "base/kept_text.h"
#include "base/spelling.h"
#include "base/text_file.h"
#include "base/thread_role.h"

typedef struct FileReader {
    IniReader ini;
    GivenOptions *given;
    OptionsFileProblem *problem;
    size_t list_counts[OPTION_ROWS_MAX];
} FileReader;

static bool refuse(FileReader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool refuse(FileReader *reader, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reader->problem->text, sizeof reader->problem->text, format, arguments);
    va_end(arguments);
    reader->problem->line = reader->ini.lines.line;
    return false;
}

static bool is_in_section(const Option *option, const char *section) {
    return option->section != NULL && strcmp(option->section, section) == 0;
}

// ------------------------------------------------------------------ sections

// Whether "section.key" is in this section.
static bool is_other_section(const char *other_key, const char *section) {
    const size_t length = strlen(section);
    return strncmp(other_key, section, length) == 0 && other_key[length] == '.';
}

static bool is_section_known(const OptionTable *table, const char *section) {
    for (size_t i = 0; i < table->count; i++) {
        if (is_in_section(&table->rows[i], section)) {
            return true;
        }
    }
    for (const char *const *key = table->other_keys; key != NULL && *key != NULL; key++) {
        if (is_other_section(*key, section)) {
            return true;
        }
    }
    return false;
}

static bool read_section(FileReader *reader) {
    const OptionTable *table = reader->given->table;
    const char *section = reader->ini.section;
    if (is_section_known(table, section)) {
        return true;
    }
    Spelling spelling = {.written = section};
    char suggestion[SPELLING_BYTES];
    for (size_t i = 0; i < table->count; i++) {
        if (table->rows[i].section != NULL) {
            spelling_offer(&spelling, table->rows[i].section);
        }
    }
    spelling_suggest(&spelling, suggestion, sizeof suggestion);
    return refuse(reader, "unknown section [%s]%s", section, suggestion);
}

// ------------------------------------------------------------------ entries

static bool is_other_key(const OptionTable *table, const char *section, const char *key) {
    for (const char *const *at = table->other_keys; at != NULL && *at != NULL; at++) {
        if (is_other_section(*at, section) && strcmp(*at + strlen(section) + 1, key) == 0) {
            return true;
        }
    }
    return false;
}

static bool refuse_key(FileReader *reader) {
    const OptionTable *table = reader->given->table;
    const char *section = reader->ini.section;
    const char *key = reader->ini.key;
    Spelling spelling = {.written = key};
    char suggestion[SPELLING_BYTES];
    if (*section == '\0') {
        return refuse(reader, "'%s' stands before the first [section]", key);
    }
    for (size_t i = 0; i < table->count; i++) {
        const Option *option = &table->rows[i];
        if (is_in_section(option, section)) {
            spelling_offer(&spelling, option->name);
        } else if (strcmp(option->name, key) == 0) {
            return option->section != NULL
                       ? refuse(reader, "'%s' belongs to section [%s], not to [%s]", key,
                                option->section, section)
                       : refuse(reader, "'%s' is for the command line alone", key);
        }
    }
    spelling_suggest(&spelling, suggestion, sizeof suggestion);
    return refuse(reader, "unknown key '%s' in section [%s]%s", key, section, suggestion);
}

static const Option *find_row(const OptionTable *table, const char *section, const char *key) {
    for (size_t i = 0; i < table->count; i++) {
        if (is_in_section(&table->rows[i], section) && strcmp(table->rows[i].name, key) == 0) {
            return &table->rows[i];
        }
    }
    return NULL;
}

// A list may be set OPTION_LIST_MAX times, every other option once.
static bool check_count(FileReader *reader, const Option *option) {
    size_t *list_count = &reader->list_counts[option - reader->given->table->rows];
    if (option->type == OPTION_LIST) {
        return ++*list_count <= OPTION_LIST_MAX ||
               refuse(reader, "%s: more than %d of them", option->name, OPTION_LIST_MAX);
    }
    const int line = given_line(reader->given, option);
    return line == 0 || refuse(reader, "'%s' is set already in line %d", option->name, line);
}

static bool read_entry(FileReader *reader) {
    const OptionTable *table = reader->given->table;
    const char *section = reader->ini.section;
    const Option *option = find_row(table, section, reader->ini.key);
    if (option == NULL) {
        return is_other_key(table, section, reader->ini.key) || refuse_key(reader);
    }
    if (!check_count(reader, option)) {
        return false;
    }
    const OptionOrigin origin = {OPTION_FROM_FILE, reader->ini.lines.line};
    const char *text = keep_text(reader->ini.value);
    return (text != NULL && given_add(reader->given, option, origin, text)) ||
           refuse(reader, "out of memory");
}

// ------------------------------------------------------------------ reading

static bool read_items(FileReader *reader) {
    for (;;) {
        switch (ini_reader_next(&reader->ini)) {
        case INI_END:
            return true;
        case INI_BAD:
            return refuse(reader, "%s", reader->ini.problem);
        case INI_SECTION:
            if (!read_section(reader)) {
                return false;
            }
            break;
        case INI_ENTRY:
            if (!read_entry(reader)) {
                return false;
            }
            break;
        }
    }
}

bool options_file_read(GivenOptions *given, const char *path, OptionsFileProblem *problem) {
    ASSERT_MAIN_THREAD();
    FileReader reader = {.given = given, .problem = problem};
    TextFile file;
    char why[200];
    *problem = (OptionsFileProblem){0};
    if (!text_file_read(path, &file, why, sizeof why)) {
        return refuse(&reader, "cannot read '%s': %s", path, why);
    }
    ini_reader_begin(&reader.ini, file.text, file.size);
    const bool is_good = read_items(&reader);
    text_file_free(&file);
    return is_good;
}
