// SPDX-License-Identifier: MIT
// options.h -- one table of options per program: flags, environment, configuration file, help.
//
// Flow:    defaults < --config FILE < environment < flags -> the winning values, checked and stored
// Threads: main thread only: at start, and again when a running program reads its options again.
// Memory:  texts point into argv, the environment or a copy that lives until the program ends.
// Errors:  the first bad value is reported in one line on stderr; the caller exits with 2. A value
//          that a stronger source overrides is not checked, an empty variable of the environment
//          counts as unset, and a file must be well-formed even where it is overridden.
//
// A row with section "server" and name "tick-rate" is the flag --tick-rate, the key tick-rate in
// the file's section [server], and the variable TICKSTORM_SERVER_TICK_RATE.
#ifndef TICKSTORM_BASE_OPTIONS_H
#define TICKSTORM_BASE_OPTIONS_H

#include <stddef.h>

#include "base/option_table.h"

typedef enum OptionsResult {
    OPTIONS_RUN,   // go on
    OPTIONS_DONE,  // --help, --version or the like was printed: exit 0
    OPTIONS_ERROR, // reported: exit 2
} OptionsResult;

// Fills *config. Every program also accepts --help and --version, and --help-man and --completion
// bash|zsh, from which the build makes the manual pages and the shells' completions. Arguments that
// are not options are an error when positionals is NULL; else all of them go there, and argv is
// reordered so that they precede the options. No argument after a -- is an option.
OptionsResult options_parse(const OptionTable *table, void *config, int argc, char **argv,
                            OptionArguments *positionals);

// The same; origins[i] receives the source of row i's value.
OptionsResult options_parse_traced(const OptionTable *table, void *config, int argc, char **argv,
                                   OptionArguments *positionals, OptionOrigin *origins);

// The same as options_parse() for a running program that reads its options again: an error goes
// into `problem` instead of to stderr, as one line without the program's name.
OptionsResult options_parse_quietly(const OptionTable *table, void *config, int argc, char **argv,
                                    char *problem, size_t problem_size);

// Prints the configuration as a commented INI file to stdout (--dump-config). As a --config file
// it yields the same values.
void options_dump(const OptionTable *table, const void *config);

#endif
