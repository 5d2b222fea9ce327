// SPDX-License-Identifier: MIT
#include "base/options.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
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

// ------------------------------------------------------------------ single values

bool parse_number(const char *text, double *value) {
    char *end;
    errno = 0;
    *value = strtod(text, &end);
    return end != text && *end == '\0' && errno == 0 && isfinite(*value);
}

bool parse_count(const char *text, uint64_t *value) {
    if (!isdigit((unsigned char)*text)) {
        return false;
    }
    char *end;
    errno = 0;
    const unsigned long long number = strtoull(text, &end, 10);
    uint64_t scale = 1;
    if (*end == 'k' || *end == 'K') {
        scale = 1000;
        end++;
    } else if (*end == 'M') {
        scale = 1000000;
        end++;
    }
    *value = (uint64_t)number * scale;
    return *end == '\0' && errno == 0 && number <= UINT64_MAX / scale;
}

// A non-negative number with one of the suffixes allowed behind it.
static bool parse_suffixed(const char *text, const char *suffix, double *value) {
    char *end;
    errno = 0;
    *value = strtod(text, &end);
    return end != text && errno == 0 && isfinite(*value) && *value >= 0 &&
           (*end == '\0' || strcmp(end, suffix) == 0);
}

bool parse_percent(const char *text, double *value) {
    return parse_suffixed(text, "%", value) && *value <= 100;
}

bool parse_rate(const char *text, double *value) {
    return parse_suffixed(text, "/s", value);
}

bool parse_duration_ns(const char *text, uint64_t *value) {
    static const struct {
        const char *unit;
        double seconds;
    } units[] = {{"ms", 1e-3}, {"us", 1e-6}, {"h", 3600}, {"m", 60}, {"s", 1}};
    double seconds = 0;
    if (*text == '\0') {
        return false;
    }
    while (*text != '\0') {
        char *end;
        const double number = strtod(text, &end);
        if (end == text || !isdigit((unsigned char)*text) || !isfinite(number)) {
            return false;
        }
        double scale = *end == '\0' ? 1 : 0; // a bare number means seconds
        for (size_t i = 0; scale == 0 && i < sizeof units / sizeof *units; i++) {
            const size_t length = strlen(units[i].unit);
            if (strncmp(end, units[i].unit, length) == 0) {
                scale = units[i].seconds;
                end += length;
            }
        }
        if (scale == 0) {
            return false;
        }
        seconds += number * scale;
        text = end;
    }
    *value = (uint64_t)llround(seconds * (double)NS_PER_S);
    return seconds <= 1e9;
}

bool parse_host_port(const char *text, char *host, size_t host_size, uint16_t *port) {
    const char *colon = strrchr(text, ':');
    uint64_t number;
    if (colon == NULL || colon == text || (size_t)(colon - text) >= host_size ||
        !parse_count(colon + 1, &number) || number == 0 || number > UINT16_MAX) {
        return false;
    }
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = '\0';
    *port = (uint16_t)number;
    return true;
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

static void explain_range(const Option *option, char *buffer, size_t size) {
    buffer[0] = '\0';
    if (option->type == OPTION_CHOICE) {
        snprintf(buffer, size, " (one of %s)", option->choices);
    } else if (option->type != OPTION_FLAG && (option->min != 0 || option->max != 0)) {
        const char *unit = option->type == OPTION_DURATION ? " s" : "";
        snprintf(buffer, size, " (%.10g to %.10g%s)", option->min, option->max, unit);
    }
}

// Stores; false, with what was wrong in words, when the text is no value of the option.
static bool store_or_describe(const Option *option, void *config, const char *text, char *wrong,
                              size_t wrong_size) {
    const char *problem = store_value(option, config, text);
    if (problem != NULL) {
        char range[96];
        explain_range(option, range, sizeof range);
        snprintf(wrong, wrong_size, "'%s' %s%s", text, problem, range);
    }
    return problem == NULL;
}

// Stores and reports: origin is "--port" or "TICKSTORM_SERVER_PORT".
static bool store_or_report(const OptionTable *table, const Option *option, void *config,
                            const char *origin, const char *text) {
    char wrong[512];
    const bool is_good = store_or_describe(option, config, text, wrong, sizeof wrong);
    if (!is_good) {
        report(table, "%s: %s", origin, wrong);
    }
    return is_good;
}

// ------------------------------------------------------------------ sources of values

static bool apply_defaults(const OptionTable *table, void *config) {
    for (size_t i = 0; i < table->count; i++) {
        const Option *option = &table->rows[i];
        if (option->default_value != NULL &&
            !store_or_report(table, option, config, option->name, option->default_value)) {
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

static bool apply_environment(const OptionTable *table, void *config) {
    for (size_t i = 0; i < table->count; i++) {
        const Option *option = &table->rows[i];
        char name[128];
        if (option->section == NULL) {
            continue;
        }
        environment_name(option, name, sizeof name);
        const char *text = getenv(name);
        if (text != NULL && !store_or_report(table, option, config, name, text)) {
            return false;
        }
    }
    return true;
}

// A copy of a value from a file, which lives until the program ends, like argv; the same text is
// kept once, however often a file is read again. All of them stay reachable from here, so that no
// leak is reported. NULL when memory is short.
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

typedef struct FileReader {
    const OptionTable *table;
    void *config;
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

// inih's handler: 1 to go on, 0 for an error. inih reads on after an error; the first one counts.
static int read_file_entry(void *user, const char *section, const char *key, const char *value) {
    FileReader *reader = user;
    const Option *option = find_option(reader->table, key, strlen(key));
    char *problem = reader->problem;
    const size_t size = sizeof reader->problem;
    if (reader->problem_line != 0) {
        return 0;
    }
    if (option == NULL || option->section == NULL || strcmp(option->section, section) != 0) {
        snprintf(problem, size, "unknown key '%s' in section [%s]", key, section);
    } else {
        char wrong[400];
        const char *copy = keep_text(value);
        if (copy == NULL) {
            snprintf(problem, size, "out of memory");
        } else if (store_or_describe(option, reader->config, copy, wrong, sizeof wrong)) {
            return 1;
        } else {
            snprintf(problem, size, "%s: %s", key, wrong);
        }
    }
    reader->problem_line = reader->line;
    return 0;
}

static bool apply_file(const OptionTable *table, void *config, const char *path) {
    FileReader reader = {.table = table, .config = config, .file = fopen(path, "r")};
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

typedef enum FlagStep {
    FLAG_END,
    FLAG_OPTION,
    FLAG_POSITIONAL,
    FLAG_HELP,
    FLAG_VERSION,
    FLAG_BAD
} FlagStep;

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
    if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0) {
        return FLAG_HELP;
    }
    if (strcmp(argument, "--version") == 0) {
        return FLAG_VERSION;
    }
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

static bool apply_flag(const OptionTable *table, void *config, const Option *option,
                       const char *text) {
    char origin[80];
    snprintf(origin, sizeof origin, "--%s", option->name);
    return store_or_report(table, option, config, origin, text);
}

// ------------------------------------------------------------------ help

static void print_help(const OptionTable *table) {
    printf("%s: %s\n\nUsage: %s %s\n\nOptions:\n", table->program, table->summary, table->program,
           table->usage);
    for (size_t i = 0; i < table->count; i++) {
        const Option *option = &table->rows[i];
        char flag[64];
        char range[96];
        char letter[8] = "";
        if (option->short_name != 0) {
            snprintf(letter, sizeof letter, "-%c, ", option->short_name);
        }
        snprintf(flag, sizeof flag, "%s--%s%s%s", letter, option->name,
                 option->value_name != NULL ? " " : "",
                 option->value_name != NULL ? option->value_name : "");
        explain_range(option, range, sizeof range);
        printf("  %-27s %s%s%s", flag, strlen(flag) > 27 ? "\n                              " : "",
               option->help, range);
        if (option->default_value != NULL && option->type != OPTION_FLAG) {
            printf(" [%s]", option->default_value);
        }
        printf("\n");
    }
    printf("  %-27s %s\n  %-27s %s\n", "-h, --help", "Print this help and exit", "--version",
           "Print the version and exit");
    if (table->epilog != NULL) {
        printf("\n%s", table->epilog);
    }
}

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
        break; // lists are flags only
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
        explain_range(option, range, sizeof range);
        printf("; %s%s\n", option->help, range);
        const void *field = (const char *)config + option->offset;
        const bool is_unset = (option->type == OPTION_TEXT || option->type == OPTION_CHOICE) &&
                              *(const char *const *)field == NULL;
        char text[OPTION_FORMAT_BYTES];
        options_format(option, config, text, sizeof text);
        printf("%s%s = %s\n", is_unset ? "; " : "", option->name, text);
    }
}

// ------------------------------------------------------------------ the whole

static bool apply_config_file(const OptionTable *table, void *config, const FlagCursor *flags) {
    const Option *file = find_option(table, "config", strlen("config"));
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
    return path == NULL || apply_file(table, config, path);
}

OptionsResult options_parse(const OptionTable *table, void *config, int argc, char **argv,
                            OptionList *positionals) {
    FlagCursor cursor = {table, argc, argv, 1};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help(table);
            return OPTIONS_DONE;
        }
        if (strcmp(argv[i], "--version") == 0) {
            version_print(table->program);
            return OPTIONS_DONE;
        }
    }
    if (!apply_defaults(table, config) || !apply_config_file(table, config, &cursor) ||
        !apply_environment(table, config)) {
        return OPTIONS_ERROR;
    }
    const Option *option = NULL;
    const char *text = NULL;
    for (FlagStep step; (step = next_flag(&cursor, &option, &text)) != FLAG_END;) {
        if (step == FLAG_BAD) {
            return OPTIONS_ERROR;
        }
        if (step == FLAG_OPTION && !apply_flag(table, config, option, text)) {
            return OPTIONS_ERROR;
        }
        if (step == FLAG_POSITIONAL) {
            if (positionals == NULL || positionals->count == OPTION_LIST_MAX) {
                report(table, "unexpected argument '%s' (try --help)", text);
                return OPTIONS_ERROR;
            }
            positionals->items[positionals->count++] = text;
        }
    }
    return OPTIONS_RUN;
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
