// SPDX-License-Identifier: MIT
#include "base/options.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/given_options.h"
#include "base/kept_text.h"
#include "base/log.h"
#include "base/option_field.h"
#include "base/options_completion.h"
#include "base/options_file.h"
#include "base/options_help.h"
#include "base/options_manual.h"
#include "base/spelling.h"
#include "base/text_lines.h"
#include "base/thread_role.h"
#include "base/version.h"

// ------------------------------------------------------------------ errors

// Receives the error while options_parse_quietly() runs; NULL: stderr. Main thread only.
static char *g_problem;
static size_t g_problem_size;

static void report(const OptionTable *table, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// Reports one line; bytes of values that would break it are replaced.
static void report(const OptionTable *table, const char *format, ...) {
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    text_make_one_line(line);
    if (g_problem != NULL) {
        snprintf(g_problem, g_problem_size, "%s", line);
    } else {
        log_print("%s: %s\n", table->program, line);
    }
}

// ------------------------------------------------------------------ defaults and environment

// The values of all sources, and the file that is one of them.
typedef struct Sources {
    GivenOptions given;
    const char *path; // NULL: no file
    OptionsFileProblem file_problem;
} Sources;

static bool add(Sources *sources, const Option *option, OptionSource source, const char *text) {
    const bool is_added = given_add(&sources->given, option, (OptionOrigin){source, 0}, text);
    if (!is_added) {
        report(sources->given.table, "out of memory");
    }
    return is_added;
}

static bool add_defaults(Sources *sources) {
    const OptionTable *table = sources->given.table;
    for (size_t i = 0; i < table->count; i++) {
        const char *text = table->rows[i].default_value;
        if (text != NULL && !add(sources, &table->rows[i], OPTION_FROM_DEFAULT, text)) {
            return false;
        }
    }
    return true;
}

// Commas separate the items of a list; blanks around them and empty items are skipped.
static bool add_environment_list(Sources *sources, const Option *option, const char *text) {
    while (*text != '\0') {
        text += strspn(text, " ,");
        size_t length = strcspn(text, ",");
        const char *next = text + length;
        while (length > 0 && text[length - 1] == ' ') {
            length--;
        }
        if (length > 0) {
            char *item = strndup(text, length);
            const char *kept = item != NULL ? keep_text(item) : NULL;
            free(item);
            if (kept == NULL) {
                report(sources->given.table, "out of memory");
                return false;
            }
            if (!add(sources, option, OPTION_FROM_ENVIRONMENT, kept)) {
                return false;
            }
        }
        text = next;
    }
    return true;
}

static bool add_environment(Sources *sources) {
    const OptionTable *table = sources->given.table;
    for (size_t i = 0; i < table->count; i++) {
        const Option *option = &table->rows[i];
        char name[128];
        if (option->section == NULL) {
            continue;
        }
        option_table_variable_name(option, name, sizeof name);
        const char *text = getenv(name);
        if (text == NULL || *text == '\0') {
            continue;
        }
        if (option->type == OPTION_LIST ? !add_environment_list(sources, option, text)
                                        : !add(sources, option, OPTION_FROM_ENVIRONMENT, text)) {
            return false;
        }
    }
    return true;
}

// ------------------------------------------------------------------ flags

// One step through argv. next_flag() gives the option and its text.
typedef struct FlagCursor {
    const OptionTable *table;
    int argc;
    char **argv;
    int index;
    bool is_behind_end; // after a --: no further argument is an option
} FlagCursor;

typedef enum FlagStep { FLAG_END, FLAG_OPTION, FLAG_POSITIONAL, FLAG_BAD } FlagStep;

static const Option *find_option(const OptionTable *table, const char *name, size_t length) {
    for (size_t i = 0; i < table->count; i++) {
        if (strlen(table->rows[i].name) == length &&
            strncmp(table->rows[i].name, name, length) == 0) {
            return &table->rows[i];
        }
    }
    return NULL;
}

static const Option *find_short(const OptionTable *table, char name) {
    for (size_t i = 0; i < table->count; i++) {
        if (table->rows[i].short_name == name) {
            return &table->rows[i];
        }
    }
    return NULL;
}

static void report_unknown(const OptionTable *table, const char *argument) {
    const char *name = argument + strspn(argument, "-");
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)strcspn(name, "="), name);
    Spelling spelling = {.written = word};
    for (size_t i = 0; i < table->count; i++) {
        spelling_offer(&spelling, table->rows[i].name);
    }
    if (spelling.nearest != NULL) {
        report(table, "unknown option '%s' (did you mean '--%s'?)", argument, spelling.nearest);
    } else {
        report(table, "unknown option '%s' (try --help)", argument);
    }
}

static FlagStep next_flag(FlagCursor *cursor, const Option **option, const char **text) {
    if (!cursor->is_behind_end && cursor->index < cursor->argc &&
        strcmp(cursor->argv[cursor->index], "--") == 0) {
        cursor->is_behind_end = true;
        cursor->index++;
    }
    if (cursor->index >= cursor->argc) {
        return FLAG_END;
    }
    const char *argument = cursor->argv[cursor->index++];
    if (cursor->is_behind_end || argument[0] != '-' || argument[1] == '\0') {
        *text = argument;
        return FLAG_POSITIONAL;
    }
    const bool is_long = argument[1] == '-';
    const char *equals = is_long ? strchr(argument, '=') : NULL;
    const char *name = argument + (is_long ? 2 : 1);
    const size_t length = equals != NULL ? (size_t)(equals - name) : strlen(name);
    *option = is_long       ? find_option(cursor->table, name, length)
              : length == 1 ? find_short(cursor->table, name[0])
                            : NULL;
    if (*option == NULL) {
        report_unknown(cursor->table, argument);
        return FLAG_BAD;
    }
    if ((*option)->type == OPTION_FLAG) {
        *text = equals != NULL ? equals + 1 : "true";
        return FLAG_OPTION;
    }
    if (equals == NULL && cursor->index >= cursor->argc) {
        report(cursor->table, "option '%s' needs a value", argument);
        return FLAG_BAD;
    }
    *text = equals != NULL ? equals + 1 : cursor->argv[cursor->index++];
    return FLAG_OPTION;
}

// Moves the argument that was just read before the options that precede it.
static void keep_positional(const FlagCursor *cursor, OptionArguments *positionals) {
    char *text = cursor->argv[cursor->index - 1];
    char **place = cursor->argv + 1 + positionals->count;
    const ptrdiff_t passed = cursor->argv + cursor->index - 1 - place;
    memmove(place + 1, place, (size_t)passed * sizeof *place);
    *place = text;
    positionals->items = cursor->argv + 1;
    positionals->count++;
}

static bool add_flags(Sources *sources, FlagCursor *cursor, OptionArguments *positionals) {
    const Option *option = NULL;
    const char *text = NULL;
    for (FlagStep step; (step = next_flag(cursor, &option, &text)) != FLAG_END;) {
        if (step == FLAG_BAD ||
            (step == FLAG_OPTION && !add(sources, option, OPTION_FROM_FLAG, text))) {
            return false;
        }
        if (step == FLAG_POSITIONAL) {
            if (positionals == NULL) {
                report(sources->given.table, "unexpected argument '%s' (try --help)", text);
                return false;
            }
            keep_positional(cursor, positionals);
        }
    }
    return true;
}

// ------------------------------------------------------------------ the file

// The file that the flags name; *path is NULL for none. False: reported.
static bool find_file(const FlagCursor *flags, const char **path) {
    const Option *file = option_table_file_row(flags->table);
    FlagCursor cursor = *flags;
    const Option *option = NULL;
    const char *text = NULL;
    *path = NULL;
    for (FlagStep step; (step = next_flag(&cursor, &option, &text)) != FLAG_END;) {
        if (step == FLAG_BAD) {
            return false;
        }
        if (step == FLAG_OPTION && option == file) {
            *path = text;
        }
    }
    return true;
}

// A malformed line is reported only after the values of the lines before it have been checked, so
// that the error names the first bad line. A file that cannot be read is reported here.
static bool add_file(Sources *sources) {
    OptionsFileProblem *problem = &sources->file_problem;
    if (sources->path != NULL && !options_file_read(&sources->given, sources->path, problem) &&
        problem->line == 0) {
        report(sources->given.table, "%s", problem->text);
        return false;
    }
    return true;
}

// ------------------------------------------------------------------ checking and storing

static void report_bad(const Sources *sources, const GivenOption *bad, const char *wrong) {
    const OptionTable *table = sources->given.table;
    char name[128];
    switch (bad->origin.source) {
    case OPTION_FROM_FILE:
        report(table, "%s:%d: %s: %s", sources->path, bad->origin.line, bad->option->name, wrong);
        break;
    case OPTION_FROM_ENVIRONMENT:
        option_table_variable_name(bad->option, name, sizeof name);
        report(table, "%s: %s", name, wrong);
        break;
    case OPTION_FROM_DEFAULT:
    case OPTION_FROM_FLAG:
        report(table, "--%s: %s", bad->option->name, wrong);
        break;
    }
}

// Storing an item appends it, so a list starts empty.
static void clear_lists(const GivenOptions *given, void *config) {
    for (size_t i = 0; i < given->count; i++) {
        const Option *option = given->items[i].option;
        if (option->type == OPTION_LIST) {
            ((OptionList *)(void *)((char *)config + option->offset))->count = 0;
        }
    }
}

// Stores the winning values. False: the first bad line of the file, variable or flag is reported.
static bool store_winners(Sources *sources, void *config) {
    char wrong[512];
    given_drop_weaker_side(&sources->given);
    clear_lists(&sources->given, config);
    for (OptionSource source = OPTION_FROM_DEFAULT; source <= OPTION_FROM_FLAG; source++) {
        const GivenOption *bad = given_store(&sources->given, source, config, wrong, sizeof wrong);
        if (bad != NULL) {
            report_bad(sources, bad, wrong);
            return false;
        }
        if (source == OPTION_FROM_FILE && sources->file_problem.line != 0) {
            report(sources->given.table, "%s:%d: %s", sources->path, sources->file_problem.line,
                   sources->file_problem.text);
            return false;
        }
    }
    return true;
}

// ------------------------------------------------------------------ parsing

// Options that every program has, and that end it. The build makes the manual pages with --help-man
// and the shells' completions with --completion.
static OptionsResult print_what_was_requested(const OptionTable *table, int argc, char **argv) {
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            options_print_help(table);
            return OPTIONS_DONE;
        }
        if (strcmp(argv[i], "--version") == 0) {
            version_print(table->program);
            return OPTIONS_DONE;
        }
        if (strcmp(argv[i], "--help-man") == 0) {
            options_print_manual(table);
            return OPTIONS_DONE;
        }
        if (strcmp(argv[i], "--completion") == 0) {
            const char *shell = i + 1 < argc ? argv[i + 1] : "";
            if (!options_print_completion(table, shell)) {
                report(table, "--completion: '%s' is neither bash nor zsh", shell);
                return OPTIONS_ERROR;
            }
            return OPTIONS_DONE;
        }
    }
    return OPTIONS_RUN;
}

OptionsResult options_parse_traced(const OptionTable *table, void *config, int argc, char **argv,
                                   OptionArguments *positionals, OptionOrigin *origins) {
    ASSERT_MAIN_THREAD();
    assert(table->count <= OPTION_ROWS_MAX);
    const OptionsResult answer = print_what_was_requested(table, argc, argv);
    if (answer != OPTIONS_RUN) {
        return answer;
    }
    FlagCursor flags = {.table = table, .argc = argc, .argv = argv, .index = 1};
    Sources sources = {.given = {.table = table}};
    const bool is_good = find_file(&flags, &sources.path) && add_defaults(&sources) &&
                         add_file(&sources) && add_environment(&sources) &&
                         add_flags(&sources, &flags, positionals) &&
                         store_winners(&sources, config);
    if (is_good && origins != NULL) {
        given_origins(&sources.given, origins);
    }
    given_free(&sources.given);
    return is_good ? OPTIONS_RUN : OPTIONS_ERROR;
}

OptionsResult options_parse(const OptionTable *table, void *config, int argc, char **argv,
                            OptionArguments *positionals) {
    return options_parse_traced(table, config, argc, argv, positionals, NULL);
}

OptionsResult options_parse_quietly(const OptionTable *table, void *config, int argc, char **argv,
                                    char *problem, size_t problem_size) {
    ASSERT_MAIN_THREAD();
    g_problem = problem;
    g_problem_size = problem_size;
    problem[0] = '\0';
    const OptionsResult result = options_parse(table, config, argc, argv, NULL);
    g_problem = NULL;
    return result;
}
