// SPDX-License-Identifier: MIT
#include "base/option_round_trip.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ini_text.h"
#include "support.h"

// ------------------------------------------------------------------ random values

// Texts of one configuration; the longest that can be loaded, and short ones of awkward bytes.
#define TEXTS_MAX 512
static char g_texts[TEXTS_MAX][INI_VALUE_BYTES_MAX + 1];
static size_t g_text_count;

static const char *random_text(Rng *rng) {
    static const char AWKWARD[] = " ;#\"\\=[]',\t\n\r\x01\x7f\xc3\xa9\xffx";
    assert_true(g_text_count < TEXTS_MAX);
    char *text = g_texts[g_text_count++];
    const uint32_t length = rng_below(rng, 50) == 0 ? INI_VALUE_BYTES_MAX : rng_below(rng, 9);
    for (uint32_t i = 0; i < length; i++) {
        text[i] = rng_chance(rng, 0.8) ? AWKWARD[rng_below(rng, sizeof AWKWARD - 1)]
                                       : (char)(1 + rng_below(rng, 255));
    }
    text[length] = '\0';
    return text;
}

static uint64_t random_count(Rng *rng, const Option *option, double unit) {
    const bool is_bounded = option->min != 0 || option->max != 0;
    const uint64_t low = (uint64_t)(option->min * unit);
    const uint64_t high = is_bounded  ? (uint64_t)(option->max * unit)
                          : unit == 1 ? UINT64_MAX
                                      : 1000000000 * NS_PER_S;
    const uint64_t room = high - low;
    switch (rng_below(rng, 4)) {
    case 0:
        return low;
    case 1:
        return high;
    case 2: // round values
        return low + (room > 0 ? rng_below(rng, 1000) % room : 0);
    default:
        return low + (room == UINT64_MAX ? rng_next(rng) : rng_next(rng) % (room + 1));
    }
}

static double random_double(Rng *rng, const Option *option) {
    const bool is_bounded = option->min != 0 || option->max != 0;
    const double low = option->min;
    const double high = is_bounded ? option->max : 1e300;
    const double edges[] = {low, high, low + (high - low) / 3, low + (high - low) * 1e-9};
    return rng_chance(rng, 0.4) ? edges[rng_below(rng, 4)] : low + (high - low) * rng_unit(rng);
}

static const char *random_choice(Rng *rng, const char *choices) {
    char *text = g_texts[g_text_count++];
    uint32_t skipped = rng_below(rng, 8);
    const char *at = choices;
    for (; skipped > 0; skipped--) {
        const char *next = strchr(at, '|');
        at = next != NULL ? next + 1 : choices;
    }
    snprintf(text, INI_VALUE_BYTES_MAX, "%.*s", (int)strcspn(at, "|"), at);
    return text;
}

static void randomise(Rng *rng, const Option *option, void *config) {
    void *field = (char *)config + option->offset;
    const bool may_be_unset = option->default_value == NULL;
    switch (option->type) {
    case OPTION_FLAG:
        *(bool *)field = rng_chance(rng, 0.5);
        break;
    case OPTION_COUNT:
        *(uint64_t *)field = random_count(rng, option, 1);
        break;
    case OPTION_OPTIONAL_COUNT:
        *(OptionalCount *)field =
            (OptionalCount){random_count(rng, option, 1), rng_chance(rng, 0.7)};
        break;
    case OPTION_NUMBER:
    case OPTION_PERCENT:
    case OPTION_RATE:
        *(double *)field = random_double(rng, option);
        break;
    case OPTION_DURATION:
        *(uint64_t *)field = random_count(rng, option, (double)NS_PER_S);
        break;
    case OPTION_TEXT:
        *(const char **)field = may_be_unset && rng_chance(rng, 0.2) ? NULL : random_text(rng);
        break;
    case OPTION_CHOICE:
        *(const char **)field = random_choice(rng, option->choices);
        break;
    case OPTION_LIST: {
        OptionList *list = field;
        list->count = rng_chance(rng, 0.1) ? OPTION_LIST_MAX : rng_below(rng, 4);
        for (size_t i = 0; i < list->count; i++) {
            list->items[i] = random_text(rng);
        }
        break;
    }
    }
}

// ------------------------------------------------------------------ comparison

static bool is_same_text(const char *a, const char *b) {
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool is_same_list(const OptionList *a, const OptionList *b) {
    bool is_same = a->count == b->count;
    for (size_t i = 0; is_same && i < a->count; i++) {
        is_same = is_same_text(a->items[i], b->items[i]);
    }
    return is_same;
}

static bool is_same(const Option *option, const void *a, const void *b) {
    const void *x = (const char *)a + option->offset;
    const void *y = (const char *)b + option->offset;
    switch (option->type) {
    case OPTION_FLAG:
        return *(const bool *)x == *(const bool *)y;
    case OPTION_COUNT:
    case OPTION_DURATION:
        return *(const uint64_t *)x == *(const uint64_t *)y;
    case OPTION_OPTIONAL_COUNT: {
        const OptionalCount *first = x;
        const OptionalCount *second = y;
        return first->is_given == second->is_given &&
               (!first->is_given || first->value == second->value);
    }
    case OPTION_NUMBER:
    case OPTION_PERCENT:
    case OPTION_RATE:
        return *(const double *)x == *(const double *)y;
    case OPTION_TEXT:
    case OPTION_CHOICE:
        return is_same_text(*(const char *const *)x, *(const char *const *)y);
    case OPTION_LIST:
        return is_same_list(x, y);
    }
    return false;
}

// ------------------------------------------------------------------ the trip

static void dump_into(const char *path, const OptionTable *table, const void *config) {
    fflush(stdout);
    const int before = dup(STDOUT_FILENO);
    FILE *file = fopen(path, "w");
    assert_true(before >= 0 && file != NULL);
    assert_true(dup2(fileno(file), STDOUT_FILENO) >= 0);
    options_dump(table, config);
    fflush(stdout);
    assert_true(dup2(before, STDOUT_FILENO) >= 0);
    close(before);
    fclose(file);
}

void assert_options_load_as_dumped(const OptionTable *table, size_t config_size, Rng *rng,
                                   int rounds) {
    char path[] = "/tmp/tickstorm-dump-XXXXXX";
    char flag[64];
    char problem[1024];
    Option rows[OPTION_ROWS_MAX];
    OptionTable loose = *table;
    const int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    close(descriptor);
    loose.rows = rows;
    for (size_t i = 0; i < table->count; i++) {
        rows[i] = table->rows[i];
        rows[i].check = NULL;
        rows[i].side = OPTION_SIDE_NONE;
    }
    snprintf(flag, sizeof flag, "--%s", option_table_file_row(table)->name);
    for (int round = 0; round < rounds; round++) {
        void *dumped = calloc(1, config_size);
        void *loaded = calloc(1, config_size);
        assert_true(dumped != NULL && loaded != NULL);
        g_text_count = 0;
        for (size_t i = 0; i < table->count; i++) {
            if (table->rows[i].section != NULL) {
                randomise(rng, &table->rows[i], dumped);
            }
        }
        dump_into(path, &loose, dumped);
        char *arguments[] = {"program", flag, path};
        if (options_parse_quietly(&loose, loaded, 3, arguments, problem, sizeof problem) !=
            OPTIONS_RUN) {
            fail_msg("round %d: %s", round, problem);
        }
        for (size_t i = 0; i < table->count; i++) {
            if (table->rows[i].section != NULL && !is_same(&table->rows[i], dumped, loaded)) {
                fail_msg("round %d: --%s differs", round, table->rows[i].name);
            }
        }
        free(dumped);
        free(loaded);
    }
    unlink(path);
}
