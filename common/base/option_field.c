// SPDX-License-Identifier: MIT
#include "base/option_field.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"

// ------------------------------------------------------------------ reading

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

static bool has_range(const Option *option) {
    return option->min != 0 || option->max != 0;
}

static const char *check_range(const Option *option, double value) {
    return !has_range(option) || (value >= option->min && value <= option->max) ? NULL
                                                                                : "is out of range";
}

static const char *store_number(const Option *option, void *field, const char *text) {
    double *value = field;
    switch (option->type) {
    case OPTION_PERCENT:
        return parse_percent(text, value) ? check_range(option, *value) : "is not a percentage";
    case OPTION_RATE:
        return parse_rate(text, value) ? check_range(option, *value) : "is not a rate";
    default:
        return parse_number(text, value) ? check_range(option, *value) : "is not a number";
    }
}

static const char *append_text(OptionList *list, const char *text) {
    if (list->count == OPTION_LIST_MAX) {
        return "is given too often";
    }
    list->items[list->count++] = text;
    return NULL;
}

static const char *store_optional(const Option *option, OptionalCount *count, const char *text) {
    count->is_given = parse_count(text, &count->value);
    return count->is_given ? check_range(option, (double)count->value) : "is not a whole number";
}

// NULL, or why the text does not fit.
static const char *store_value(const Option *option, void *config, const char *text) {
    void *field = (char *)config + option->offset;
    switch (option->type) {
    case OPTION_FLAG:
        return parse_flag(text, field) ? NULL : "is neither true nor false";
    case OPTION_COUNT:
        return parse_count(text, field) ? check_range(option, (double)*(uint64_t *)field)
                                        : "is not a whole number";
    case OPTION_OPTIONAL_COUNT:
        return store_optional(option, field, text);
    case OPTION_NUMBER:
    case OPTION_PERCENT:
    case OPTION_RATE:
        return store_number(option, field, text);
    case OPTION_DURATION:
        return parse_duration_ns(text, field)
                   ? check_range(option, (double)*(uint64_t *)field / (double)NS_PER_S)
                   : "is not a duration";
    case OPTION_CHOICE:
        *(const char **)field = text;
        return is_choice(option->choices, text) ? NULL : "is not one of the choices";
    case OPTION_TEXT:
        *(const char **)field = text;
        return NULL;
    case OPTION_LIST:
        return append_text(field, text);
    }
    return NULL;
}

bool option_store(const Option *option, void *config, const char *text, char *wrong,
                  size_t wrong_size) {
    const char *problem = store_value(option, config, text);
    if (problem != NULL) {
        char range[96];
        option_explain_range(option, range, sizeof range);
        snprintf(wrong, wrong_size, "'%s' %s%s", text, problem, range);
        return false;
    }
    return option->check == NULL || option->check(text, wrong, wrong_size);
}

// A larger bound only keeps the arithmetic safe and is not shown.
#define BOUND_PRINTED_MAX 1e9

void option_explain_range(const Option *option, char *text, size_t size) {
    const char *unit = option->type == OPTION_DURATION ? " s" : "";
    text[0] = '\0';
    if (option->type == OPTION_CHOICE) {
        snprintf(text, size, " (one of %s)", option->choices);
    } else if (option->type == OPTION_FLAG || !has_range(option)) {
        return;
    } else if (option->max <= BOUND_PRINTED_MAX) {
        snprintf(text, size, " (%.10g to %.10g%s)", option->min, option->max, unit);
    } else if (option->min > 0) {
        snprintf(text, size, " (%.10g%s or more)", option->min, unit);
    }
}

// ------------------------------------------------------------------ copying

static size_t field_size(OptionType type) {
    switch (type) {
    case OPTION_FLAG:
        return sizeof(bool);
    case OPTION_COUNT:
    case OPTION_DURATION:
        return sizeof(uint64_t);
    case OPTION_OPTIONAL_COUNT:
        return sizeof(OptionalCount);
    case OPTION_NUMBER:
    case OPTION_PERCENT:
    case OPTION_RATE:
        return sizeof(double);
    case OPTION_TEXT:
    case OPTION_CHOICE:
        return sizeof(const char *);
    case OPTION_LIST:
        return sizeof(OptionList);
    }
    return 0;
}

void option_copy(const Option *option, void *to, const void *from) {
    memcpy((char *)to + option->offset, (const char *)from + option->offset,
           field_size(option->type));
}

// ------------------------------------------------------------------ writing

bool option_is_unset(const Option *option, const void *config) {
    const void *field = (const char *)config + option->offset;
    switch (option->type) {
    case OPTION_TEXT:
    case OPTION_CHOICE:
        return *(const char *const *)field == NULL;
    case OPTION_OPTIONAL_COUNT:
        return !((const OptionalCount *)field)->is_given;
    case OPTION_LIST:
        return ((const OptionList *)field)->count == 0;
    default:
        return false;
    }
}

// The fewest digits that are read back as the same double.
static void format_double(double value, char *text, size_t size) {
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, size, "%.*g", digits, value);
        if (strtod(text, NULL) == value) {
            return;
        }
    }
}

static void format_duration(uint64_t ns, char *text, size_t size) {
    const unsigned long long whole = ns / NS_PER_S;
    const unsigned long long rest = ns % NS_PER_S;
    if (rest == 0) {
        snprintf(text, size, "%llus", whole);
    } else if (rest % NS_PER_MS == 0) {
        snprintf(text, size, "%llums", whole * 1000 + rest / NS_PER_MS);
    } else {
        snprintf(text, size, "%llu.%09llus", whole, rest);
    }
}

void option_format(const Option *option, const void *config, char *text, size_t size) {
    const void *field = (const char *)config + option->offset;
    text[0] = '\0';
    if (option_is_unset(option, config)) {
        return;
    }
    switch (option->type) {
    case OPTION_FLAG:
        snprintf(text, size, "%s", *(const bool *)field ? "true" : "false");
        break;
    case OPTION_COUNT:
        snprintf(text, size, "%llu", (unsigned long long)*(const uint64_t *)field);
        break;
    case OPTION_OPTIONAL_COUNT:
        snprintf(text, size, "%llu", (unsigned long long)((const OptionalCount *)field)->value);
        break;
    case OPTION_NUMBER:
    case OPTION_PERCENT:
    case OPTION_RATE:
        format_double(*(const double *)field, text, size);
        break;
    case OPTION_DURATION:
        format_duration(*(const uint64_t *)field, text, size);
        break;
    case OPTION_TEXT:
    case OPTION_CHOICE:
        snprintf(text, size, "%s", *(const char *const *)field);
        break;
    case OPTION_LIST:
        break;
    }
}
