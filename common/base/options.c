// SPDX-License-Identifier: MIT
#include "base/options.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/options_completion.h"
#include "base/options_help.h"
#include "base/options_manual.h"
#include "base/version.h"

// ------------------------------------------------------------------ what is wrong

// Where problems go while options_parse_quietly() runs; NULL: to stderr. Main thread, as all here.
static char *g_problem;
static size_t g_problem_size;

static void report(const OptionTable *table, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void report(const OptionTable *table, const char *format, ...) {
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (g_problem != NULL) {
        snprintf(g_problem, g_problem_size, "%s", line);
    } else {
        fprintf(stderr, "%s: %s\n", table->program, line);
    }
}

// ------------------------------------------------------------------ storing a value

static const Option *find_option(const OptionTable *table, const char *name, size_t length) {
    for (size_t i = 0; i < table->count; i++) {
        if (strlen(table->rows[i].name) == length &&
            strncmp(table->rows[i].name, name, length) == 0) {
            return &table->rows[i];
        }
    }
    return NULL;
}

static bool is_choice(const char *choices, const char *text) {
    const size_t length = strlen(text);
    for (const char *at = choices; at != NULL; at = strchr(at, '|')) {
        at += *at == '|';
        if (length > 0 && strcspn(text, "|") == length && strncmp(at, text, length) == 0 &&
            (at[length] == '|' || at[length] == '\0')) {
            return true;
        }
    }
    return false;
}

static bool parse_flag(const char *text, bool *value) {
    *value = strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0 ||
             strcasecmp(text, "yes") == 0 || strcasecmp(text, "on") == 0;
    return *value || strcasecmp(text, "false") == 0 || strcmp(text, "0") == 0 ||
           strcasecmp(text, "no") == 0 || strcasecmp(text, "off") == 0;
}

static bool is_in_range(const Option *option, double value) {
    return (option->min == 0 && option->max == 0) || (value >= option->min && value <= option->max);
}

// Parses text into the option's field. Returns NULL, or what was wrong with it.
static const char *store_value(const Option *option, void *config, const char *text) {
    void *field = (char *)config + option->offset;
    double number = 0;
    switch (option->type) {
    case OPTION_FLAG:
        return parse_flag(text, field) ? NULL : "is neither true nor false";
    case OPTION_COUNT:
        if (!parse_count(text, field)) {
            return "is not a whole number";
        }
        number = (double)*(uint64_t *)field;
        break;
    case OPTION_NUMBER:
        if (!parse_number(text, field)) {
            return "is not a number";
        }
        number = *(double *)field;
        break;
    case OPTION_PERCENT:
        if (!parse_percent(text, field)) {
            return "is not a percentage";
        }
        number = *(double *)field;
        break;
    case OPTION_RATE:
        if (!parse_rate(text, field)) {
            return "is not a rate";
        }
        number = *(double *)field;
        break;
    case OPTION_DURATION:
        if (!parse_duration_ns(text, field)) {
            return "is not a duration";
        }
        number = (double)*(uint64_t *)field / (double)NS_PER_S;
        break;
    case OPTION_CHOICE:
        if (!is_choice(option->choices, text)) {
            return "is not one of the choices";
        }
        *(const char **)field = text;
        return NULL;
    case OPTION_TEXT:
        *(const char **)field = text;
        return NULL;
    case OPTION_LIST: {
        OptionList *list = field;
        if (list->count == OPTION_LIST_MAX) {
            return "is given too often";
        }
        list->items[list->count++] = text;
        return NULL;
    }
    }
    return is_in_range(option, number) ? NULL : "is out of range";
}

// A bound that is there for arithmetic's sake is none that anybody wants to read.
#define BOUND_WORTH_TELLING 1e9

void options_explain_range(const Option *option, char *text, size_t size) {
    const char *unit = option->type == OPTION_DURATION ? " s" : "";
    text[0] = '\0';
    if (option->type == OPTION_CHOICE) {
        snprintf(text, size, " (one of %s)", option->choices);
    } else if (option->type == OPTION_FLAG || (option->min == 0 && option->max == 0)) {
        return;
    } else if (option->max <= BOUND_WORTH_TELLING) {
        snprintf(text, size, " (%.10g to %.10g%s)", option->min, option->max, unit);
    } else if (option->min > 0) {
        snprintf(text, size, " (%.10g%s or more)", option->min, unit);
    }
}

// Stores; false, with what was wrong in words, when the text is no value of the option.
static bool store_or_describe(const OptionTable *table, const Option *option, void *config,
                              const char *text, char *wrong, size_t wrong_size) {
    const char *problem = store_value(option, config, text);
    if (problem != NULL) {
        char range[96];
        options_explain_range(option, range, sizeof range);
        snprintf(wrong, wrong_size, "'%s' %s%s", text, problem, range);
        return false;
    }
    return table->check == NULL || table->check(option, text, wrong, wrong_size);
}

// What is filled in, and which source each row's value has come from so far.
typedef struct Target {
    const OptionTable *table;
    void *config;
    OptionOrigin origins[OPTION_ROWS_MAX];
} Target;

// A list from a source replaces what sources before it have said.
static void note_origin(Target *target, const Option *option, OptionSource source, int line) {
    OptionOrigin *origin = &target->origins[option - target->table->rows];
    if (option->type == OPTION_LIST && origin->source != source) {
        OptionList *list = (void *)((char *)target->config + option->offset);
        list->count = 0;
    }
    *origin = (OptionOrigin){source, line};
}

// Stores and reports: name is "--port" or "TICKSTORM_SERVER_PORT".
static bool store_or_report(Target *target, const Option *option, OptionSource source,
                            const char *name, const char *text) {
    char wrong[512];
    note_origin(target, option, source, 0);
    const bool is_good =
        store_or_describe(target->table, option, target->config, text, wrong, sizeof wrong);
    if (!is_good) {
        report(target->table, "%s: %s", name, wrong);
    }
    return is_good;
}

// ------------------------------------------------------------------ sources of values

static bool apply_defaults(Target *target) {
    for (size_t i = 0; i < target->table->count; i++) {
        const Option *option = &target->table->rows[i];
        if (option->default_value != NULL &&
            !store_or_report(target, option, OPTION_FROM_DEFAULT, option->name,
                             option->default_value)) {
            return false;
        }
    }
    return true;
}

static void environment_name(const Option *option, char *name, size_t size) {
    snprintf(name, size, "TICKSTORM_%s_%s", option->section, option->name);
    for (char *c = name; *c != '\0'; c++) {
        *c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
    }
}

// A copy of a value, which lives until the program ends, like argv; the same text is kept once,
// however often a file is read again. All of them stay reachable from here, so that no leak is
// reported. NULL when memory is short.
static const char *keep_text(const char *text) {
    typedef struct KeptText {
        struct KeptText *next;
        char text[];
    } KeptText;
    static KeptText *newest;
    for (const KeptText *kept = newest; kept != NULL; kept = kept->next) {
        if (strcmp(kept->text, text) == 0) {
            return kept->text;
        }
    }
    const size_t size = strlen(text) + 1;
    KeptText *kept = malloc(sizeof *kept + size);
    if (kept == NULL) {
        return NULL;
    }
    memcpy(kept->text, text, size);
    kept->next = newest;
    newest = kept;
    return kept->text;
}

// A list's items are separated by commas. strtok_r() cuts a copy, which stays cut: items are kept.
static bool store_environment_list(Target *target, const Option *option, const char *name,
                                   const char *text) {
    char *copy = strdup(text);
    char *rest = NULL;
    bool is_good = copy != NULL;
    for (char *item = is_good ? strtok_r(copy, ",", &rest) : NULL; is_good && item != NULL;
         item = strtok_r(NULL, ",", &rest)) {
        const char *kept = keep_text(item + strspn(item, " "));
        is_good =
            kept != NULL && store_or_report(target, option, OPTION_FROM_ENVIRONMENT, name, kept);
    }
    free(copy);
    return is_good;
}

static bool apply_environment(Target *target) {
    for (size_t i = 0; i < target->table->count; i++) {
        const Option *option = &target->table->rows[i];
        char name[128];
        if (option->section == NULL) {
            continue;
        }
        environment_name(option, name, sizeof name);
        const char *text = getenv(name);
        if (text == NULL) {
            continue;
        }
        if (option->type == OPTION_LIST
                ? !store_environment_list(target, option, name, text)
                : !store_or_report(target, option, OPTION_FROM_ENVIRONMENT, name, text)) {
            return false;
        }
    }
    return true;
}

typedef struct FileReader {
    Target *target;
    FILE *file;
    int line;         // that was read last
    int problem_line; // of the first bad entry; 0: none so far
    char problem[512];
} FileReader;

// inih's reader, as fgets(). It counts lines as inih does, so that an entry knows its own.
static char *read_file_line(char *line, int size, void *user) {
    FileReader *reader = user;
    reader->line++;
    return fgets(line, size, reader->file);
}

static bool is_other_key(const OptionTable *table, const char *key) {
    for (const char *const *at = table->other_keys; at != NULL && *at != NULL; at++) {
        if (strcmp(*at, key) == 0) {
            return true;
        }
    }
    return false;
}

// inih's handler: 1 to go on, 0 for an error. inih reads on after an error; the first one counts.
static int read_file_entry(void *user, const char *section, const char *key, const char *value) {
    FileReader *reader = user;
    const OptionTable *table = reader->target->table;
    const Option *option = find_option(table, key, strlen(key));
    char *problem = reader->problem;
    const size_t size = sizeof reader->problem;
    if (reader->problem_line != 0) {
        return 0;
    }
    if (option == NULL || option->section == NULL || strcmp(option->section, section) != 0) {
        if (is_other_key(table, key)) {
            return 1;
        }
        snprintf(problem, size, "unknown key '%s' in section [%s]", key, section);
    } else {
        char wrong[400];
        const char *copy = keep_text(value);
        if (copy == NULL) {
            snprintf(problem, size, "out of memory");
        } else {
            note_origin(reader->target, option, OPTION_FROM_FILE, reader->line);
            if (store_or_describe(table, option, reader->target->config, copy, wrong,
                                  sizeof wrong)) {
                return 1;
            }
            snprintf(problem, size, "%s: %s", key, wrong);
        }
    }
    reader->problem_line = reader->line;
    return 0;
}

static bool apply_file(Target *target, const char *path) {
    const OptionTable *table = target->table;
    FileReader reader = {.target = target, .file = fopen(path, "r")};
    if (reader.file == NULL) {
        report(table, "cannot read '%s': %s", path, strerror(errno));
        return false;
    }
    errno = 0;
    const int line = ini_parse_stream(read_file_line, &reader, read_file_entry, &reader);
    const int read_error = ferror(reader.file) ? errno : 0; // a directory, for one
    fclose(reader.file);
    if (read_error != 0) {
        report(table, "cannot read '%s': %s", path, strerror(read_error));
    } else if (line < 0) {
        report(table, "cannot read '%s': out of memory", path);
    } else if (line > 0) {
        report(table, "%s:%d: %s", path, line,
               line == reader.problem_line ? reader.problem : "not a key = value line");
    }
    return line == 0 && read_error == 0;
}

// One step through argv. next() returns the option and its text; text is NULL for a bare flag.
typedef struct FlagCursor {
    const OptionTable *table;
    int argc;
    char **argv;
    int index;
} FlagCursor;

typedef enum FlagStep { FLAG_END, FLAG_OPTION, FLAG_POSITIONAL, FLAG_BAD } FlagStep;

static const Option *find_short(const OptionTable *table, char name) {
    for (size_t i = 0; i < table->count; i++) {
        if (table->rows[i].short_name == name) {
            return &table->rows[i];
        }
    }
    return NULL;
}

static FlagStep next_flag(FlagCursor *cursor, const Option **option, const char **text) {
    if (cursor->index >= cursor->argc) {
        return FLAG_END;
    }
    const char *argument = cursor->argv[cursor->index++];
    if (argument[0] != '-' || argument[1] == '\0') {
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
        report(cursor->table, "unknown option '%s' (try --help)", argument);
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

static bool apply_flag(Target *target, const Option *option, const char *text) {
    char name[80];
    snprintf(name, sizeof name, "--%s", option->name);
    return store_or_report(target, option, OPTION_FROM_FLAG, name, text);
}

// ------------------------------------------------------------------ values as texts

void options_format(const Option *option, const void *config, char *text, size_t size) {
    const void *field = (const char *)config + option->offset;
    text[0] = '\0';
    switch (option->type) {
    case OPTION_FLAG:
        snprintf(text, size, "%s", *(const bool *)field ? "true" : "false");
        break;
    case OPTION_COUNT:
        snprintf(text, size, "%llu", (unsigned long long)*(const uint64_t *)field);
        break;
    case OPTION_NUMBER:
    case OPTION_PERCENT:
    case OPTION_RATE:
        snprintf(text, size, "%.10g", *(const double *)field);
        break;
    case OPTION_DURATION:
        snprintf(text, size, "%.9gs", (double)*(const uint64_t *)field / (double)NS_PER_S);
        break;
    case OPTION_TEXT:
    case OPTION_CHOICE:
        if (*(const char *const *)field != NULL) {
            snprintf(text, size, "%s", *(const char *const *)field);
        }
        break;
    case OPTION_LIST:
        break; // several values: see options_dump()
    }
}

static void dump_list(const Option *option, const OptionList *list) {
    if (list->count == 0) {
        printf("; %s =\n", option->name);
    }
    for (size_t i = 0; i < list->count; i++) {
        printf("%s = %s\n", option->name, list->items[i]);
    }
}

void options_dump(const OptionTable *table, const void *config) {
    const char *section = "";
    for (size_t i = 0; i < table->count; i++) {
        const Option *option = &table->rows[i];
        if (option->section == NULL) {
            continue;
        }
        if (strcmp(section, option->section) != 0) {
            printf("%s[%s]\n", *section != '\0' ? "\n" : "", option->section);
            section = option->section;
        }
        char range[96];
        options_explain_range(option, range, sizeof range);
        printf("; %s%s\n", option->help, range);
        const void *field = (const char *)config + option->offset;
        if (option->type == OPTION_LIST) {
            dump_list(option, field);
            continue;
        }
        const bool is_unset = (option->type == OPTION_TEXT || option->type == OPTION_CHOICE) &&
                              *(const char *const *)field == NULL;
        char text[OPTION_FORMAT_BYTES];
        options_format(option, config, text, sizeof text);
        printf("%s%s = %s\n", is_unset ? "; " : "", option->name, text);
    }
}

// ------------------------------------------------------------------ the whole

static bool apply_config_file(Target *target, const FlagCursor *flags) {
    const OptionTable *table = target->table;
    const char *name = table->file_option != NULL ? table->file_option : "config";
    const Option *file = find_option(table, name, strlen(name));
    if (file == NULL) {
        return true;
    }
    const char *path = NULL;
    FlagCursor cursor = *flags;
    const Option *option = NULL;
    const char *text = NULL;
    for (FlagStep step; (step = next_flag(&cursor, &option, &text)) != FLAG_END;) {
        if (step == FLAG_BAD) {
            return false;
        }
        if (step == FLAG_OPTION && option == file) {
            path = text;
        }
    }
    return path == NULL || apply_file(target, path);
}

// Moves the argument that was just read in front of the options that were read before it.
static void keep_positional(const FlagCursor *cursor, OptionArguments *positionals) {
    char *text = cursor->argv[cursor->index - 1];
    char **place = cursor->argv + 1 + positionals->count;
    const ptrdiff_t passed = cursor->argv + cursor->index - 1 - place;
    memmove(place + 1, place, (size_t)passed * sizeof *place);
    *place = text;
    positionals->items = cursor->argv + 1;
    positionals->count++;
}

static bool apply_flags(Target *target, FlagCursor *cursor, OptionArguments *positionals) {
    const Option *option = NULL;
    const char *text = NULL;
    for (FlagStep step; (step = next_flag(cursor, &option, &text)) != FLAG_END;) {
        if (step == FLAG_BAD || (step == FLAG_OPTION && !apply_flag(target, option, text))) {
            return false;
        }
        if (step == FLAG_POSITIONAL) {
            if (positionals == NULL) {
                report(target->table, "unexpected argument '%s' (try --help)", text);
                return false;
            }
            keep_positional(cursor, positionals);
        }
    }
    return true;
}

// Options that every program has, and that end it. --help-man and --completion are for the build,
// which makes the manual pages and the shells' completions with them.
static OptionsResult answer_question(const OptionTable *table, int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
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
    assert(table->count <= OPTION_ROWS_MAX);
    const OptionsResult answer = answer_question(table, argc, argv);
    if (answer != OPTIONS_RUN) {
        return answer;
    }
    FlagCursor cursor = {table, argc, argv, 1};
    Target target = {.table = table, .config = config};
    if (!apply_defaults(&target) || !apply_config_file(&target, &cursor) ||
        !apply_environment(&target) || !apply_flags(&target, &cursor, positionals)) {
        return OPTIONS_ERROR;
    }
    if (origins != NULL) {
        memcpy(origins, target.origins, table->count * sizeof *origins);
    }
    return OPTIONS_RUN;
}

OptionsResult options_parse(const OptionTable *table, void *config, int argc, char **argv,
                            OptionArguments *positionals) {
    return options_parse_traced(table, config, argc, argv, positionals, NULL);
}

OptionsResult options_parse_quietly(const OptionTable *table, void *config, int argc, char **argv,
                                    char *problem, size_t problem_size) {
    g_problem = problem;
    g_problem_size = problem_size;
    problem[0] = '\0';
    const OptionsResult result = options_parse(table, config, argc, argv, NULL);
    g_problem = NULL;
    return result;
}

const char *options_command_name(const OptionTable *table) {
    const char *blank = strrchr(table->program, ' ');
    return blank != NULL ? blank + 1 : table->program;
}
