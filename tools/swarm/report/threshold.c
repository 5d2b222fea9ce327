// SPDX-License-Identifier: MIT
#include "tools/swarm/report/threshold.h"

#include <stdio.h>
#include <string.h>

#include "base/option_values.h"

#define STATS_TEXT "p(N), min, mean, avg, max, count"
#define STAT_BYTES 24

// ------------------------------------------------------------------ scanning

static const char *skip_blanks(const char *text) {
    return text + strspn(text, " \t");
}

// Copies the characters that are in `accepted`; false when there are too many.
static bool accept_word(const char **text, const char *accepted, char *word, size_t size) {
    const char *start = skip_blanks(*text);
    const size_t length = strspn(start, accepted);
    *text = start + length;
    snprintf(word, size, "%.*s", (int)length, start);
    return length < size;
}

static bool parse_comparison(const char **text, ThresholdComparison *comparison) {
    static const struct {
        const char *text;
        ThresholdComparison comparison;
    } comparisons[] = {
        // Longer operators come first.
        {"<=", COMPARISON_AT_MOST}, {">=", COMPARISON_AT_LEAST}, {"==", COMPARISON_EQUAL},
        {"!=", COMPARISON_UNEQUAL}, {"<", COMPARISON_BELOW},     {">", COMPARISON_ABOVE},
    };
    const char *start = skip_blanks(*text);
    for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++) {
        const size_t length = strlen(comparisons[i].text);
        if (strncmp(start, comparisons[i].text, length) == 0) {
            *comparison = comparisons[i].comparison;
            *text = start + length;
            return true;
        }
    }
    return false;
}

// A number up to the end of the text, or up to `end`.
static bool parse_number_until(const char *text, char end, double *value) {
    const char *rest = parse_decimal(skip_blanks(text), value);
    return rest != NULL && *skip_blanks(rest) == end;
}

// ------------------------------------------------------------------ parts

static bool parse_percentile(const char *word, Threshold *threshold) {
    threshold->stat = STAT_PERCENTILE;
    return word[0] == 'p' && word[1] == '(' && word[strlen(word) - 1] == ')' &&
           parse_number_until(word + 2, ')', &threshold->percent) && threshold->percent >= 0 &&
           threshold->percent <= 100;
}

static bool parse_stat(const char *word, Threshold *threshold) {
    static const struct {
        const char *name;
        ThresholdStat stat;
    } stats[] = {
        {"min", STAT_MIN}, {"mean", STAT_MEAN},   {"avg", STAT_MEAN},
        {"max", STAT_MAX}, {"count", STAT_COUNT},
    };
    for (size_t i = 0; i < sizeof stats / sizeof *stats; i++) {
        if (strcmp(stats[i].name, word) == 0) {
            threshold->stat = stats[i].stat;
            return true;
        }
    }
    return parse_percentile(word, threshold);
}

static bool find_figure(Threshold *threshold, bool fits, char *error, size_t error_size) {
    char names[THRESHOLD_ERROR_BYTES - 128];
    threshold->figure = fits ? figure_find_named(threshold->metric) : NULL;
    if (threshold->figure != NULL) {
        return true;
    }
    figure_suggest(threshold->metric, names, sizeof names);
    snprintf(error, error_size, "the report has no figure '%s'; there are: %s", threshold->metric,
             names);
    return false;
}

static bool check_stat(Threshold *threshold, const char *word, bool fits, char *error,
                       size_t error_size) {
    const FigureKind kind = threshold->figure->kind;
    const bool is_number = kind != FIGURE_DISTRIBUTION && kind != FIGURE_SERVER_TICKS;
    threshold->stat = STAT_VALUE;
    if (is_number && *word != '\0') {
        snprintf(error, error_size, "%s is a single number and has no '%s': write '%s<VALUE'",
                 threshold->metric, word, threshold->metric);
        return false;
    }
    if (!is_number && *word == '\0') {
        snprintf(error, error_size, "%s is a distribution: say of what, one of " STATS_TEXT,
                 threshold->metric);
        return false;
    }
    if (!is_number && (!fits || !parse_stat(word, threshold))) {
        snprintf(error, error_size,
                 "'%s' is nothing that a distribution has: it is one of " STATS_TEXT
                 ", with N from 0 to 100",
                 word);
        return false;
    }
    return true;
}

bool threshold_parse(const char *expr, Threshold *threshold, char *error, size_t error_size) {
    char word[STAT_BYTES];
    const char *at = expr;
    *threshold = (Threshold){.expr = expr};
    const bool metric_fits = accept_word(&at,
                                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789_.-",
                                         threshold->metric, sizeof threshold->metric);
    if (threshold->metric[0] == '\0') {
        snprintf(error, error_size,
                 "'%s' is no threshold: it reads METRIC STAT OP VALUE, as in 'rtt_ms p(99)<50' or "
                 "'connections.dropped==0'",
                 expr);
        return false;
    }
    if (!find_figure(threshold, metric_fits, error, error_size)) {
        return false;
    }
    const bool stat_fits = accept_word(&at,
                                       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789_.()-+",
                                       word, sizeof word);
    if (!check_stat(threshold, word, stat_fits, error, error_size)) {
        return false;
    }
    if (!parse_comparison(&at, &threshold->comparison)) {
        snprintf(error, error_size,
                 "'%s' compares nothing: after %s comes one of < <= > >= == != and a number", expr,
                 *word != '\0' ? word : threshold->metric);
        return false;
    }
    if (!parse_number_until(at, '\0', &threshold->bound)) {
        snprintf(error, error_size, "'%s' is not a number to compare %s with", skip_blanks(at),
                 threshold->metric);
        return false;
    }
    return true;
}

bool threshold_holds(const Threshold *threshold, double value) {
    switch (threshold->comparison) {
    case COMPARISON_BELOW:
        return value < threshold->bound;
    case COMPARISON_AT_MOST:
        return value <= threshold->bound;
    case COMPARISON_ABOVE:
        return value > threshold->bound;
    case COMPARISON_AT_LEAST:
        return value >= threshold->bound;
    case COMPARISON_EQUAL:
        return value == threshold->bound;
    case COMPARISON_UNEQUAL:
        return value != threshold->bound;
    }
    return false;
}
