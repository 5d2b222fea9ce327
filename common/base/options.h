// SPDX-License-Identifier: MIT
// options.h -- one table of options per program: flags, environment, configuration file, help.
//
// Flow:    defaults < --config FILE < environment < flags -> the winning values, judged and stored
// Threads: the main thread's, before others start or, to read them again, later.
// Memory:  texts point into argv, the environment or a copy that lives until the program ends.
// Errors:  the first bad value is reported in one line on stderr; the caller exits with 2. A value
//          that a stronger source overrides is not judged, an empty variable of the environment is
//          as good as none, and a file must be well-formed whatever overrides it.
//
// A row with section "server" and name "tick-rate" is the flag --tick-rate, the key tick-rate in
// the file's section [server], and the variable TICKSTORM_SERVER_TICK_RATE.
#ifndef TICKSTORM_BASE_OPTIONS_H
#define TICKSTORM_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/option_values.h"

// What a row's value looks like, and the field of the configuration that it is stored in.
typedef enum OptionType {
    OPTION_FLAG,           // bool; present or absent (in a file: true/false)
    OPTION_COUNT,          // uint64_t; 10k and 2M are understood
    OPTION_OPTIONAL_COUNT, // OptionalCount; the same, and whether it was given at all
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

// Arguments that are no options: a part of argv.
typedef struct OptionArguments {
    char **items;
    size_t count;
} OptionArguments;

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
} Option;

// Where a row's value has come from; a later source beats an earlier one.
typedef enum OptionSource {
    OPTION_FROM_DEFAULT, // or from nowhere
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
    // Names the row whose value is a file to read options from; NULL: "config", if there is one.
    const char *file_option;
    // Keys of such a file that are another table's and passed over, as "section.key"; ends with
    // NULL. NULL: none.
    const char *const *other_keys;
    // Names of options that exclude each other, those of the one group and those of the other: what
    // the stronger source says counts, the rest is as if nobody had said it. Each ends with NULL.
    const char *const *rivals[2];
    // Says what is wrong with a value that fits its row's type; false for a bad one. May be NULL.
    bool (*check)(const Option *option, const char *text, char *problem, size_t problem_size);
    // What the program can do besides, "tickstorm-bots search"; ends with NULL. NULL: nothing.
    const struct OptionTable *const *commands;
} OptionTable;

typedef enum OptionsResult {
    OPTIONS_RUN,   // go on
    OPTIONS_DONE,  // --help or --version was answered: exit 0
    OPTIONS_ERROR, // reported: exit 2
} OptionsResult;

// Fills *config. Every program also answers --help and --version, and, for the build that makes
// manual pages and completions of them, --help-man and --completion bash|zsh.
// Arguments that are no options are an error, unless positionals is not NULL, which then takes
// them, however many there are: argv is put in order, with them in front of the options. Everything
// behind a -- is no option.
OptionsResult options_parse(const OptionTable *table, void *config, int argc, char **argv,
                            OptionArguments *positionals);

// The same, and tells for each row of the table where its value has come from.
OptionsResult options_parse_traced(const OptionTable *table, void *config, int argc, char **argv,
                                   OptionArguments *positionals, OptionOrigin *origins);

// The same as options_parse() for a program that runs already and reads its options again: what is
// wrong goes into `problem` instead of to stderr, as one line without the program's name.
OptionsResult options_parse_quietly(const OptionTable *table, void *config, int argc, char **argv,
                                    char *problem, size_t problem_size);

// "search" for the table of "tickstorm-bots search".
const char *options_command_name(const OptionTable *table);

// The variable of an option that has a section: "TICKSTORM_SERVER_PORT".
void options_variable_name(const Option *option, char *name, size_t size);

// Prints the configuration as a commented INI file to stdout (--dump-config). Read as a --config
// file, it gives the same values.
void options_dump(const OptionTable *table, const void *config);

#endif
