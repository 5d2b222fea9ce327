// SPDX-License-Identifier: MIT
#include "tools/swarm/measure/figures.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "tools/swarm/measure/impairment_seen.h"

#define NAME_BYTES    64
#define PHASES_FIGURE "server.phases_ms"

// ------------------------------------------------------------------ computed values

static double ratio(double numerator, double denominator) {
    return denominator > 0 ? numerator / denominator : NAN;
}

static double percent_of(double part, double total) {
    return ratio(100.0 * part, total);
}

#define COMPUTE(name) static double name(const FigureSource *source, const void *field)

COMPUTE(received_percent) {
    (void)field;
    const Tally *tally = source->tally;
    return percent_of((double)tally->snapshots_received, (double)tally->snapshots_expected);
}

COMPUTE(lost_percent) {
    (void)field;
    const Tally *tally = source->tally;
    return percent_of((double)tally->snapshots_lost,
                      (double)(tally->snapshots_received + tally->snapshots_lost));
}

COMPUTE(bytes_per_update) {
    (void)field;
    return ratio((double)source->tally->snapshot_bytes, (double)source->tally->entity_updates);
}

// The field is a counter: per bot and second of play, and per second.
COMPUTE(per_bot_second) {
    return ratio((double)*(const uint64_t *)field, tally_playing_s(source->tally));
}

COMPUTE(per_second) {
    return ratio((double)*(const uint64_t *)field, source->measured_s);
}

// The fields are a TallyImpaired: shares of duplicates and of reordering are of those not lost.
static double not_lost(const TallyImpaired *way) {
    return (double)(way->submitted - way->lost);
}

COMPUTE(impaired_loss_percent) {
    (void)source;
    const TallyImpaired *way = field;
    return percent_of((double)way->lost, (double)way->submitted);
}

COMPUTE(impaired_dup_percent) {
    (void)source;
    const TallyImpaired *way = field;
    return percent_of((double)way->duplicated, not_lost(way));
}

COMPUTE(impaired_reorder_percent) {
    (void)source;
    const TallyImpaired *way = field;
    return percent_of((double)way->reordered, not_lost(way));
}

COMPUTE(impaired_delay_ms) {
    (void)source;
    const TallyImpaired *way = field;
    return ratio((double)way->delay_ns * NS_TO_MS, (double)tally_held(way));
}

COMPUTE(impaired_late_ms) {
    (void)source;
    const TallyImpaired *way = field;
    return ratio((double)way->late_ns * NS_TO_MS, (double)way->delivered);
}

#define SEEN(name)                                                                                 \
    COMPUTE(seen_##name) {                                                                         \
        (void)field;                                                                               \
        return impairment_seen(source->tally).name;                                                \
    }

SEEN(rtt_added_ms)
SEEN(jitter_in_ms)
SEEN(jitter_out_ms)
SEEN(loss_in_percent)
SEEN(dup_in_percent)
SEEN(reorder_in_percent)
SEEN(loss_out_percent)
SEEN(dup_out_percent)
SEEN(reorder_out_percent)

COMPUTE(hostile_ended) {
    (void)field;
    uint64_t ended = 0;
    for (uint32_t i = 0; i < TALLY_REASONS; i++) {
        ended += source->tally->hostile.ended[i];
    }
    return (double)ended;
}

// ------------------------------------------------------------------ the table

#define STORAGE(type, member)                                                                      \
    _Generic(((type *)0)->member, uint32_t                                                         \
             : FIGURE_STORED_U32, uint64_t                                                         \
             : FIGURE_STORED_U64, double                                                           \
             : FIGURE_STORED_DOUBLE, default                                                       \
             : FIGURE_STORED_OTHERWISE)
#define FIELD(from, type, member)                                                                  \
    { from, STORAGE(type, member), offsetof(type, member) }
#define SOURCE(member)    FIELD(FIGURE_FROM_SOURCE, FigureSource, member)
#define TALLY(member)     FIELD(FIGURE_FROM_TALLY, Tally, member)
#define GENERATOR(member) FIELD(FIGURE_FROM_GENERATOR, GeneratorUsage, member)
#define SERVER(member)    FIELD(FIGURE_FROM_SERVER, ServerMetrics, member)
#define NETWORK(member)   FIELD(FIGURE_FROM_NETWORK, ImpairConfig, member)

static const Figure figures[] = {
#define FIGURE(name_, kind_, uses_, ...)                                                           \
    {.name = (name_), .kind = (kind_), .uses = (uses_), .description = __VA_ARGS__},
#define DISTRIBUTION(name_, lifetime_, field_, scale_, uses_, ...)                                 \
    {.name = (name_),                                                                              \
     .kind = FIGURE_DISTRIBUTION,                                                                  \
     .uses = (uses_),                                                                              \
     .field = TALLY(field_),                                                                       \
     .scale = (scale_),                                                                            \
     .description = __VA_ARGS__},
#include "tools/swarm/measure/figures.def"
};
#define FIGURE_COUNT (sizeof figures / sizeof *figures)

typedef struct Part {
    const char *name;
    FigureNeed need;
} Part;

static const Part parts[] = {
#define PART(name_, need_) {.name = (name_), .need = (need_)},
#include "tools/swarm/measure/figures.def"
};
#define PART_COUNT (sizeof parts / sizeof *parts)

const Figure *figure_at(size_t index) {
    return index < FIGURE_COUNT ? &figures[index] : NULL;
}

static bool is_at_the_top(const Figure *figure) {
    return strchr(figure->name, '.') == NULL;
}

const Figure *figure_distribution_at(size_t index) {
    for (uint32_t pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < FIGURE_COUNT; i++) {
            const Figure *figure = &figures[i];
            if (figure->kind == FIGURE_DISTRIBUTION && is_at_the_top(figure) == (pass == 0) &&
                index-- == 0) {
                return figure;
            }
        }
    }
    return NULL;
}

const char *figure_phase_of(const char *name) {
    const size_t length = strlen(PHASES_FIGURE);
    const bool is_phase = strncmp(name, PHASES_FIGURE ".", length + 1) == 0 &&
                          name[length + 1] != '\0' && strchr(name + length + 1, '.') == NULL;
    return is_phase ? name + length + 1 : NULL;
}

const Figure *figure_find(const char *name) {
    const char *path = figure_phase_of(name) != NULL ? PHASES_FIGURE : name;
    for (size_t i = 0; i < FIGURE_COUNT; i++) {
        if (strcmp(figures[i].name, path) == 0) {
            return &figures[i];
        }
    }
    return NULL;
}

const Figure *figure_find_named(const char *name) {
    const Figure *figure = figure_find(name);
    const bool is_named =
        figure != NULL && ((figure->uses & FIGURE_NAMED) != 0 || figure_phase_of(name) != NULL);
    return is_named ? figure : NULL;
}

const Figure *figure_find_distribution(const char *name) {
    const Figure *figure = figure_find(name);
    return figure != NULL && figure->kind == FIGURE_DISTRIBUTION ? figure : NULL;
}

// ------------------------------------------------------------------ known and unknown

static const Part *find_part(const char *path, size_t length) {
    for (size_t i = 0; i < PART_COUNT; i++) {
        if (strlen(parts[i].name) == length && strncmp(parts[i].name, path, length) == 0) {
            return &parts[i];
        }
    }
    return NULL;
}

FigureNeed figure_need(const Figure *figure) {
    const Part *part = find_part(figure->name, strcspn(figure->name, "."));
    return figure->need == FIGURE_NEEDS_NOTHING && part != NULL ? part->need : figure->need;
}

static bool is_met(FigureNeed need, const FigureSource *source) {
    switch (need) {
    case FIGURE_NEEDS_SERVER_METRICS:
        return source->server != NULL;
    case FIGURE_NEEDS_VERIFY:
        return source->has_verify;
    case FIGURE_NEEDS_BAD_NETWORK:
        return source->network != NULL;
    case FIGURE_NEEDS_ATTACKERS:
        return source->tally->hostile.attempted > 0;
    case FIGURE_NEEDS_NO_ATTACKERS: // the load leaves the figure 0 among attackers
    case FIGURE_NEEDS_NOTHING:
        break;
    }
    return true;
}

bool figure_part_is_known(const char *path, size_t length, const FigureSource *source) {
    const Part *part = find_part(path, length);
    return part == NULL || is_met(part->need, source);
}

bool figure_is_integer(const Figure *figure) {
    const bool is_stored =
        figure->field.storage == FIGURE_STORED_U32 || figure->field.storage == FIGURE_STORED_U64;
    return figure->kind == FIGURE_COUNTER ||
           (figure->kind == FIGURE_GAUGE && is_stored && figure->scale == 0);
}

bool figure_is_nullable(const Figure *figure) {
    return figure->kind == FIGURE_RATIO || figure->kind == FIGURE_TEXT || figure->is_zero_unknown ||
           figure->need == FIGURE_NEEDS_VERIFY;
}

// ------------------------------------------------------------------ values

const void *figure_field(const Figure *figure, const FigureSource *source) {
    const void *const structures[] = {
        [FIGURE_FROM_NOWHERE] = NULL,          [FIGURE_FROM_SOURCE] = source,
        [FIGURE_FROM_TALLY] = source->tally,   [FIGURE_FROM_GENERATOR] = source->generator,
        [FIGURE_FROM_SERVER] = source->server, [FIGURE_FROM_NETWORK] = source->network,
    };
    const char *structure = structures[figure->field.origin];
    return structure != NULL ? structure + figure->field.offset : NULL;
}

double figure_stored(const Figure *figure, const FigureSource *source) {
    const void *field = figure_field(figure, source);
    switch (figure->field.storage) {
    case FIGURE_STORED_U32:
        return *(const uint32_t *)field;
    case FIGURE_STORED_U64:
        return (double)*(const uint64_t *)field;
    case FIGURE_STORED_DOUBLE:
        return *(const double *)field;
    case FIGURE_STORED_OTHERWISE:
        break;
    }
    return NAN;
}

bool figure_is_known(const Figure *figure, const FigureSource *source) {
    return is_met(figure_need(figure), source) &&
           !(figure->is_zero_unknown && !(figure_stored(figure, source) > 0));
}

double figure_number(const Figure *figure, const FigureSource *source) {
    if (!figure_is_known(figure, source)) {
        return NAN;
    }
    if (figure->compute != NULL) {
        return figure->compute(source, figure_field(figure, source));
    }
    return figure_stored(figure, source) * (figure->scale != 0 ? figure->scale : 1);
}

uint64_t figure_integer(const Figure *figure, const FigureSource *source) {
    const bool is_wide = figure->compute == NULL && figure->field.storage == FIGURE_STORED_U64;
    return is_wide ? *(const uint64_t *)figure_field(figure, source)
                   : (uint64_t)figure_number(figure, source);
}

double figure_number_of(const char *name, const FigureSource *source) {
    const Figure *figure = figure_find(name);
    assert(figure != NULL);
    return figure_number(figure, source);
}

void figure_restore_number(const Figure *figure, void *structure, double number) {
    void *field = (char *)structure + figure->field.offset;
    const double value = figure->scale != 0 ? number / figure->scale : number;
    if (figure->field.storage == FIGURE_STORED_DOUBLE) {
        *(double *)field = value;
    } else {
        figure_restore_integer(figure, structure, (uint64_t)llround(value));
    }
}

void figure_restore_integer(const Figure *figure, void *structure, uint64_t number) {
    void *field = (char *)structure + figure->field.offset;
    assert(figure->field.storage == FIGURE_STORED_U32 ||
           figure->field.storage == FIGURE_STORED_U64);
    if (figure->field.storage == FIGURE_STORED_U32) {
        *(uint32_t *)field = (uint32_t)number;
    } else {
        *(uint64_t *)field = number;
    }
}

const Histogram *figure_histogram(const Figure *figure, const Tally *tally) {
    assert(figure->kind == FIGURE_DISTRIBUTION);
    return (const Histogram *)(const void *)((const char *)tally + figure->field.offset);
}

Histogram *figure_histogram_of(const Figure *figure, Tally *tally) {
    assert(figure->kind == FIGURE_DISTRIBUTION);
    return (Histogram *)(void *)((char *)tally + figure->field.offset);
}

// ------------------------------------------------------------------ suggestions

static void append(char *text, size_t size, const char *item, size_t length) {
    const size_t used = strlen(text);
    snprintf(text + used, size - used, "%s%.*s", used > 0 ? ", " : "", (int)length, item);
}

// The length of "impairment.in." in the first `length` characters of "impairment.in.late_ms"; 0 for
// a name at the top.
static size_t part_length(const char *name, size_t length) {
    while (length > 0 && name[length - 1] != '.') {
        length--;
    }
    return length;
}

// The fields of a part, and "impairment.in.*" for each part within it.
static void list_part(const char *part, size_t length, char *text, size_t size) {
    for (size_t i = 0; i < FIGURE_COUNT; i++) {
        const char *name = figures[i].name;
        char inner[NAME_BYTES];
        if ((figures[i].uses & FIGURE_NAMED) == 0 || strncmp(name, part, length) != 0) {
            continue;
        }
        const char *dot = strchr(name + length, '.');
        if (dot == NULL) {
            append(text, size, name, strlen(name));
            continue;
        }
        snprintf(inner, sizeof inner, "%.*s.*", (int)(dot - name), name);
        if (strstr(text, inner) == NULL) {
            append(text, size, inner, strlen(inner));
        }
    }
}

// When a part does not exist, the search goes on in the part above it.
void figure_suggest(const char *name, char *text, size_t size) {
    size_t length = part_length(name, strlen(name));
    text[0] = '\0';
    list_part(name, length, text, size);
    while (text[0] == '\0') {
        length = part_length(name, length - 1);
        list_part(name, length, text, size);
    }
}

void figure_list_distributions(char *text, size_t size) {
    const Figure *figure;
    text[0] = '\0';
    for (size_t i = 0; (figure = figure_distribution_at(i)) != NULL; i++) {
        append(text, size, figure->name, strlen(figure->name));
    }
}
