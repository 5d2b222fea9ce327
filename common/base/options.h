// SPDX-License-Identifier: MIT
// options.h -- one table of options per program: flags, environment, configuration file, help.
//
// Flow:    defaults -> --config FILE -> environment -> flags; each step overrides the one before
// Threads: the main thread's, before others start or, to read them again, later.
// Memory:  texts point into argv, the environment or a copy that lives until the program ends.
// Errors:  the first bad value is reported in one line on stderr; the caller exits with 2.
//
// A row with section "server" and name "tick-rate" is the flag --tick-rate, the key tick-rate in
// the file's section [server], and the variable TICKSTORM_SERVER_TICK_RATE.
#ifndef TICKSTORM_BASE_OPTIONS_H
#define TICKSTORM_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What a row's value looks like, and the field of the configuration that it is stored in.
typedef enum OptionType {
    OPTION_FLAG,     // bool; present or absent (in a file: true/false)
    OPTION_COUNT,    // uint64_t; 10k and 2M are understood
    OPTION_NUMBER,   // double
    OPTION_PERCENT,  // double, 0..100; a trailing % is allowed
    OPTION_RATE,     // double, per second; 200 or 200/s
    OPTION_DURATION, // uint64_t nanoseconds; 250ms, 90, 90s, 2m, 1h30m
    OPTION_TEXT,     // const char *
    OPTION_CHOICE,   // const char *, one of `choices`
    OPTION_LIST,     // OptionList; repeatable text
} OptionType;

#define OPTION_LIST_MAX 64
typedef struct OptionList {
    const char *items[OPTION_LIST_MAX];
    size_t count;
} OptionList;

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

typedef struct OptionTable {
    const char *program; // "tickstorm-server"
    const char *summary; // one sentence for --help
    const char *usage;   // behind the program's name, e.g. "[OPTION]..."
    const Option *rows;
    size_t count;
    const char *epilog; // exit codes and the like, or NULL
} OptionTable;

typedef enum OptionsResult {
    OPTIONS_RUN,   // go on
    OPTIONS_DONE,  // --help or --version was answered: exit 0
    OPTIONS_ERROR, // reported: exit 2
} OptionsResult;

// Fills *config. When a row named "config" of type OPTION_TEXT exists, the file it names is read.
// Arguments that are no options are an error, unless positionals is not NULL, which then takes
// them.
OptionsResult options_parse(const OptionTable *table, void *config, int argc, char **argv,
                            OptionList *positionals);

// The same for a program that runs already and reads its options again: what is wrong goes into
// `problem` instead of to stderr, as one line without the program's name.
OptionsResult options_parse_quietly(const OptionTable *table, void *config, int argc, char **argv,
                                    char *problem, size_t problem_size);

// Writes an option's value as one would type it; longer ones are cut. Empty where it has none.
#define OPTION_FORMAT_BYTES 512
void options_format(const Option *option, const void *config, char *text, size_t size);

// Prints the configuration as a commented INI file to stdout (--dump-config).
void options_dump(const OptionTable *table, const void *config);

// Single values, for scenario files, thresholds and tests; false when the text is not one.
bool parse_count(const char *text, uint64_t *value);
bool parse_number(const char *text, double *value);
bool parse_percent(const char *text, double *value);
bool parse_rate(const char *text, double *value);
bool parse_duration_ns(const char *text, uint64_t *value);
// "HOST:PORT"; host needs room for 256 bytes. IPv4 addresses and names.
bool parse_host_port(const char *text, char *host, size_t host_size, uint16_t *port);

#endif
