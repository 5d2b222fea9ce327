// SPDX-License-Identifier: MIT
// figures.h -- the figures of a run by name; the table is figures.def.
//
// Flow:    Tally, GeneratorUsage, ServerMetrics -> FigureSource -> figure_number, figure_histogram
//          -> report, stream, thresholds, summary, live block
// Threads: constant tables and pure functions.
// Units:   the last word of a name says which.
#ifndef TICKSTORM_SWARM_MEASURE_FIGURES_H
#define TICKSTORM_SWARM_MEASURE_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/impair.h"
#include "tools/swarm/measure/generator_usage.h"
#include "tools/swarm/measure/server_metrics.h"
#include "tools/swarm/measure/tally.h"

typedef enum FigureKind {
    FIGURE_COUNTER,       // an integer that only grows during a run
    FIGURE_GAUGE,         // a level, a cost, or a setting
    FIGURE_RATIO,         // a quotient; unknown without anything to divide by
    FIGURE_DISTRIBUTION,  // a distribution over the bots, with its histogram
    FIGURE_SERVER_TICKS,  // a distribution that the server's buckets approximate
    FIGURE_SERVER_PHASES, // the mean time of each phase, by name
    FIGURE_REASONS,       // counts by reason
    FIGURE_TEXT,
    FIGURE_FLAG,
} FigureKind;

// The users of a figure: a set of these flags.
#define FIGURE_SETTING  1u // a field of the report
#define FIGURE_NAMED    2u // a threshold may name it
#define FIGURE_STREAMED 4u // a field of the JSON stream
#define FIGURE_REPORTED (FIGURE_SETTING | FIGURE_NAMED)

// The precondition for a figure to be measured.
typedef enum FigureNeed {
    FIGURE_NEEDS_NOTHING,
    FIGURE_NEEDS_SERVER_METRICS,
    FIGURE_NEEDS_VERIFY,
    FIGURE_NEEDS_BAD_NETWORK,
    FIGURE_NEEDS_ATTACKERS,
    FIGURE_NEEDS_NO_ATTACKERS,
} FigureNeed;

// The rule by which merging combines the generators' figures of two reports.
typedef enum FigureMerge {
    FIGURE_MERGE_SUM,
    FIGURE_MERGE_MAX,
    FIGURE_MERGE_BY_BOTS, // the mean, weighed by how many bots there were; unknown unless both know
    FIGURE_MERGE_BY_PLAY, // the same, weighed by how long the bots played
} FigureMerge;

// The data behind figures. Borrows all that it points to.
typedef struct FigureSource {
    double duration_s;
    double measured_s; // rates are over this time
    const Tally *tally;
    const GeneratorUsage *generator;
    const ServerMetrics *server; // NULL: not watched
    const ImpairConfig *network; // NULL: the network as it is
    bool has_verify;             // the bots asked for checksums
    bool has_fallen_behind;      // the generator
    double received_percent_min; // NaN: there is none
    const char *difference;      // the first difference that verification found; NULL: none
} FigureSource;

typedef enum FigureOrigin {
    FIGURE_FROM_NOWHERE, // computed from several fields
    FIGURE_FROM_SOURCE,
    FIGURE_FROM_TALLY,
    FIGURE_FROM_GENERATOR,
    FIGURE_FROM_SERVER,
    FIGURE_FROM_NETWORK,
} FigureOrigin;

typedef enum FigureStorage {
    FIGURE_STORED_OTHERWISE, // as the kind says
    FIGURE_STORED_U32,
    FIGURE_STORED_U64,
    FIGURE_STORED_DOUBLE,
} FigureStorage;

typedef struct FigureField {
    FigureOrigin origin;
    FigureStorage storage;
    size_t offset;
} FigureField;

// A row among the summary's distributions; rank 0: none.
typedef struct FigureRow {
    uint32_t rank; // from 1
    const char *label, *unit;
} FigureRow;

typedef struct Figure {
    const char *name; // the path in the report
    FigureKind kind;
    uint32_t uses;
    const char *description;
    FigureField field;
    double (*compute)(const FigureSource *source, const void *field); // NULL: the field itself
    double scale; // field times scale is in the figure's unit; 0: as it is
    FigureNeed need;
    FigureMerge merge;
    bool is_zero_unknown; // a field of 0 was not measured
    bool is_signed;
    double highest; // accepted from a file; 0: no bound of its own
    FigureRow row;
    const char *live_label; // in the live block; NULL: not shown
} Figure;

// One after the other; NULL after the last.
const Figure *figure_at(size_t index);

// The same of the distributions, those at the top of the report first.
const Figure *figure_distribution_at(size_t index);

// NULL when no figure has that name, or when it is not for thresholds, or has no histogram. A phase
// of the server's tick is found as "server.phases_ms".
const Figure *figure_find(const char *name);
const Figure *figure_find_named(const char *name);
const Figure *figure_find_distribution(const char *name);

// The phase that a name ends with: "encode" of "server.phases_ms.encode"; NULL of any other name.
const char *figure_phase_of(const char *name);

// Writes the figures that a threshold may name in the same part of the report, or in the nearest
// part that exists, separated by commas; and all distributions.
void figure_suggest(const char *name, char *text, size_t size);
void figure_list_distributions(char *text, size_t size);

// The need of the figure, or of the part that it stands in.
FigureNeed figure_need(const Figure *figure);

// Whether the need of a part is met. The first `length` characters of the path name the part.
bool figure_part_is_known(const char *path, size_t length, const FigureSource *source);

// Whether the value is an integer, and whether it may be unknown.
bool figure_is_integer(const Figure *figure);
bool figure_is_nullable(const Figure *figure);

// False: the figure was not measured.
bool figure_is_known(const Figure *figure, const FigureSource *source);

// The value of a counter, gauge or ratio; NaN: it was not measured. figure_integer() is exact.
double figure_number(const Figure *figure, const FigureSource *source);
uint64_t figure_integer(const Figure *figure, const FigureSource *source);

// The same by name, which must be a figure's.
double figure_number_of(const char *name, const FigureSource *source);

// Where the figure's field lies in the structure that it comes from; NULL: it has none.
const void *figure_field(const Figure *figure, const FigureSource *source);

// The number in that field; NaN: it holds none.
double figure_stored(const Figure *figure, const FigureSource *source);

// Puts a number that was read into the figure's field of the structure that it comes from.
void figure_restore_number(const Figure *figure, void *structure, double number);
void figure_restore_integer(const Figure *figure, void *structure, uint64_t number);

// The histogram of a distribution.
const Histogram *figure_histogram(const Figure *figure, const Tally *tally);
Histogram *figure_histogram_of(const Figure *figure, Tally *tally);

#endif
