// SPDX-License-Identifier: MIT
// option_table.h -- the types of a program's table of options, and the macros that write its rows.
//
// Flow:    a program's rows -> options.h fills the configuration; options_help.h, options_manual.h
//          and options_completion.h describe it
// Threads: constant tables and pure functions.
#ifndef TICKSTORM_BASE_OPTION_TABLE_H
#define TICKSTORM_BASE_OPTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/option_values.h"

// How a row's value is written, and the type of the field that it is stored in.
typedef enum OptionType {
    OPTION_FLAG,           // bool; present or absent (in a file: true/false)
    OPTION_COUNT,          // uint64_t; 10k and 2M are understood
    OPTION_OPTIONAL_COUNT, // OptionalCount; the same, plus whether it was given
    OPTION_NUMBER,         // double
    OPTION_PERCENT,        // double, 0..100; a trailing % is allowed
    OPTION_RATE,           // double, per second; 200 or 200/s
    OPTION_DURATION,       // uint64_t nanoseconds; 250ms, 90, 90s, 2m, 1h30m
    OPTION_TEXT,           // const char *
    OPTION_CHOICE,         // const char *, one of `choices`
    OPTION_LIST,           // OptionList; repeatable text; in the environment separated by commas
} OptionType;

typedef struct OptionalCount {
    uint64_t value;
    bool is_given;
} OptionalCount;

#define OPTION_LIST_MAX 64
typedef struct OptionList {
    const char *items[OPTION_LIST_MAX];
    size_t count;
} OptionList;

// Arguments that are not options: a part of argv.
typedef struct OptionArguments {
    char **items;
    size_t count;
} OptionArguments;

// Two sides may exclude each other: the side that the stronger source gives values for counts, and
// values of the other side are dropped. Options of OPTION_SIDE_NONE are allowed with both.
typedef enum OptionSide {
    OPTION_SIDE_NONE,
    OPTION_SIDE_A,
    OPTION_SIDE_B,
    OPTION_SIDE_COUNT
} OptionSide;

// A row of a table; written with the macros below. A column that is left out is 0, NULL or false.
typedef struct Option {
    const char *name; // long flag without dashes
    char short_name;  // 0: none
    OptionType type;
    const char *section;       // in the file and the environment; NULL: flag only
    size_t offset;             // of the field in the configuration
    const char *default_value; // as one would type it; NULL: zero, or none
    double min, max;           // of numbers; both 0: unbounded. Durations in seconds
    const char *value_name;    // "N", "FILE"; NULL for flags
    const char *choices;       // "text|json"
    const char *help;          // one sentence
    // Checks a value that fits type and range; for a bad one, writes the reason. NULL: no check.
    bool (*check)(const char *text, char *problem, size_t problem_size);
    OptionSide side;
    bool names_options_file;    // the value is a file to read options from; at most one row
    bool applies_while_running; // a new value is taken over without a restart
} Option;

// A row of each type. It compiles only when the field has the type that values of the row are
// stored in. The other columns follow as designated initialisers:
//
//     OPTION_ROW_COUNT(ServerConfig, port, .name = "port", .section = "server",
//                      .default_value = "7777", .max = 65535, .value_name = "N",
//                      .help = "UDP port; 0 lets the system choose"),
#define OPTION_ROW_FLAG(Config, field, ...)                                                        \
    OPTION_ROW(OPTION_FLAG, bool, Config, field, __VA_ARGS__)
#define OPTION_ROW_COUNT(Config, field, ...)                                                       \
    OPTION_ROW(OPTION_COUNT, uint64_t, Config, field, __VA_ARGS__)
#define OPTION_ROW_OPTIONAL_COUNT(Config, field, ...)                                              \
    OPTION_ROW(OPTION_OPTIONAL_COUNT, OptionalCount, Config, field, __VA_ARGS__)
#define OPTION_ROW_NUMBER(Config, field, ...)                                                      \
    OPTION_ROW(OPTION_NUMBER, double, Config, field, __VA_ARGS__)
#define OPTION_ROW_PERCENT(Config, field, ...)                                                     \
    OPTION_ROW(OPTION_PERCENT, double, Config, field, __VA_ARGS__)
#define OPTION_ROW_RATE(Config, field, ...)                                                        \
    OPTION_ROW(OPTION_RATE, double, Config, field, __VA_ARGS__)
#define OPTION_ROW_DURATION(Config, field, ...)                                                    \
    OPTION_ROW(OPTION_DURATION, uint64_t, Config, field, __VA_ARGS__)
#define OPTION_ROW_TEXT(Config, field, ...)                                                        \
    OPTION_ROW(OPTION_TEXT, const char *, Config, field, __VA_ARGS__)
#define OPTION_ROW_CHOICE(Config, field, ...)                                                      \
    OPTION_ROW(OPTION_CHOICE, const char *, Config, field, __VA_ARGS__)
#define OPTION_ROW_LIST(Config, field, ...)                                                        \
    OPTION_ROW(OPTION_LIST, OptionList, Config, field, __VA_ARGS__)

#define OPTION_ROW(option_type, FieldType, Config, field, ...)                                     \
    { .type = (option_type), .offset = OPTION_OFFSET(FieldType, Config, field), __VA_ARGS__ }
// The field's offset; no alternative of _Generic fits a field of another type.
#define OPTION_OFFSET(FieldType, Config, field)                                                    \
    (offsetof(Config, field) + _Generic(((Config *)0)->field, FieldType : 0))

// Where a row's value came from; a later source beats an earlier one.
typedef enum OptionSource {
    OPTION_FROM_DEFAULT, // also when no source gives a value
    OPTION_FROM_FILE,
    OPTION_FROM_ENVIRONMENT,
    OPTION_FROM_FLAG,
} OptionSource;

typedef struct OptionOrigin {
    OptionSource source;
    int line; // in the file; 0 elsewhere
} OptionOrigin;

#define OPTION_ROWS_MAX 64

typedef struct OptionTable {
    const char *program; // "tickstorm-server"
    const char *summary; // one sentence for --help
    const char *usage;   // behind the program's name, e.g. "[OPTION]..."
    const Option *rows;
    size_t count;
    const char *epilog; // exit codes and the like, in the form of options_help.h; NULL: none
    // Keys of the options file that belong to another table and are skipped, as "section.key"; ends
    // with NULL. NULL: none.
    const char *const *other_keys;
    // Commands of the program, such as "tickstorm-bots search"; ends with NULL. NULL: none.
    const struct OptionTable *const *commands;
} OptionTable;

// "search" for the table of "tickstorm-bots search".
const char *option_table_command_name(const OptionTable *table);

// The row whose value is a file to read options from; NULL: none.
const Option *option_table_file_row(const OptionTable *table);

// The variable of an option that has a section: "TICKSTORM_SERVER_PORT".
void option_table_variable_name(const Option *option, char *name, size_t size);

#endif
