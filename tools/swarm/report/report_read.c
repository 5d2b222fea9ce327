// SPDX-License-Identifier: MIT
#include "tools/swarm/report/report_read.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text_lines.h"
#include "tools/swarm/report/json_u64.h"
#include "tools/swarm/report/tally_json.h"

#define NUMBER_MAX 1e18

// The state of reading. The first mistake is kept.
typedef struct Reader {
    const json_t *root;
    char *error;
    size_t error_size;
    bool is_good;
} Reader;

static void complain(Reader *reader, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void complain(Reader *reader, const char *format, ...) {
    va_list arguments;
    if (!reader->is_good) {
        return;
    }
    va_start(arguments, format);
    vsnprintf(reader->error, reader->error_size, format, arguments);
    va_end(arguments);
    reader->is_good = false;
}

// ------------------------------------------------------------------ values

static double read_number(Reader *reader, const json_t *object, const char *name, double highest) {
    const json_t *value = json_object_get(object, name);
    const double number = json_number_value(value);
    if (!json_is_number(value) || !(number >= 0) || number > highest) {
        complain(reader, "%s is not a number in its range", name);
        return 0;
    }
    return number;
}

static uint32_t read_count(Reader *reader, const json_t *object, const char *name) {
    return (uint32_t)read_number(reader, object, name, UINT32_MAX);
}

static uint64_t read_u64(Reader *reader, const json_t *object, const char *name) {
    uint64_t number = 0;
    if (!json_u64_value(json_object_get(object, name), &number)) {
        complain(reader, "%s is not a number in its range", name);
    }
    return number;
}

// null, which is unknown, is read as 0.
static uint64_t read_u64_or_null(Reader *reader, const json_t *object, const char *name) {
    return json_is_null(json_object_get(object, name)) ? 0 : read_u64(reader, object, name);
}

static double read_number_or_null(Reader *reader, const json_t *object, const char *name) {
    return json_is_null(json_object_get(object, name))
               ? 0
               : read_number(reader, object, name, NUMBER_MAX);
}

// Texts are shown on terminals, so control characters are refused; our reports have none.
static bool is_one_line(const char *text) {
    for (const char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f) {
            return false;
        }
    }
    return true;
}

static const char *read_text_or_null(Reader *reader, const json_t *object, const char *name) {
    const json_t *value = json_object_get(object, name);
    const char *text = json_string_value(value);
    if ((text == NULL && !json_is_null(value)) || (text != NULL && !is_one_line(text))) {
        complain(reader, "%s is not a line of text", name);
        return NULL;
    }
    return text;
}

static const char *read_text(Reader *reader, const json_t *object, const char *name) {
    const char *text = read_text_or_null(reader, object, name);
    if (text == NULL) {
        complain(reader, "%s is not a line of text", name);
        return "";
    }
    return text;
}

// ------------------------------------------------------------------ parts

static void read_run(Reader *reader, Report *report) {
    const json_t *root = reader->root;
    report->server_address = read_text(reader, root, "server_address");
    report->behaviours = read_text(reader, root, "behaviour");
    report->seed = read_u64_or_null(reader, root, "seed");
    report->bots = read_count(reader, root, "bots");
    report->duration_s = read_number(reader, root, "duration_s", 1e9);
    report->warmup_s = read_number(reader, root, "warmup_s", 1e9);
    report->measured_s = read_number(reader, root, "measured_s", 1e9);
    report->input_rate_hz = read_number(reader, root, "input_rate_hz", 1e6);
    const double tick_rate_hz = read_number_or_null(reader, root, "tick_rate_hz");
    report->tick_s = tick_rate_hz > 0 ? 1 / tick_rate_hz : 0;
    report->was_interrupted = json_is_true(json_object_get(root, "interrupted"));
    report->was_aborted = json_is_true(json_object_get(root, "aborted"));
}

// The verdict, which does not follow from the figures alone: a run may have ended early.
static void read_verdict(Reader *reader, Report *report) {
    const json_t *failures = json_object_get(reader->root, "failures");
    const json_t *passed = json_object_get(reader->root, "passed");
    size_t index;
    json_t *text;
    if (!json_is_array(failures) || !json_is_boolean(passed)) {
        complain(reader, "passed and failures are no verdict");
        return;
    }
    json_array_foreach(failures, index, text) {
        ReportNotes *notes = &report->printed_failures;
        if (!json_is_string(text)) {
            complain(reader, "passed and failures are no verdict");
        } else if (notes->count < REPORT_NOTES_MAX) {
            char *note = notes->texts[notes->count++];
            snprintf(note, REPORT_NOTE_BYTES, "%s", json_string_value(text));
            text_make_one_line(note);
        }
    }
    report->printed_failed_threshold =
        json_is_false(passed) && json_array_size(failures) == 0 && !report->was_interrupted;
}

static void read_stages(Reader *reader, ReportStages *stages) {
    const json_t *array = json_object_get(reader->root, "stages");
    size_t index;
    json_t *stage;
    if (!json_is_array(array) || json_array_size(array) > REPORT_STAGES_MAX) {
        complain(reader, "stages is no list of at most %d", REPORT_STAGES_MAX);
        return;
    }
    json_array_foreach(array, index, stage) {
        stages->items[index] =
            (ReportStage){.duration_s = read_number(reader, stage, "duration_s", 1e9),
                          .target = read_count(reader, stage, "target")};
    }
    stages->count = (uint32_t)json_array_size(array);
}

// The part of the report that a figure's name begins with, and the name within it.
static const json_t *part_of_figure(const Reader *reader, const Figure *figure, const char **name) {
    const json_t *part = reader->root;
    char key[THRESHOLD_METRIC_MAX];
    *name = figure->name;
    for (const char *dot; (dot = strchr(*name, '.')) != NULL; *name = dot + 1) {
        snprintf(key, sizeof key, "%.*s", (int)(dot - *name), *name);
        part = json_object_get(part, key);
    }
    return part;
}

static void read_figure(Reader *reader, const Figure *figure, void *structure) {
    const char *name;
    const json_t *part = part_of_figure(reader, figure, &name);
    const bool is_null = json_is_null(json_object_get(part, name));
    if (is_null && figure_is_nullable(figure)) {
        return; // unknown, which is 0
    }
    if (!figure_is_integer(figure)) {
        const double highest = figure->highest > 0 ? figure->highest : NUMBER_MAX;
        figure_restore_number(figure, structure, read_number(reader, part, name, highest));
    } else if (figure->field.storage == FIGURE_STORED_U32) {
        figure_restore_integer(figure, structure, read_count(reader, part, name));
    } else {
        figure_restore_integer(figure, structure, read_u64(reader, part, name));
    }
}

// All figures that are plain fields of one structure of the report.
static void read_figures(Reader *reader, FigureOrigin origin, void *structure) {
    const Figure *figure;
    for (size_t i = 0; (figure = figure_at(i)) != NULL; i++) {
        const bool is_number = figure->kind == FIGURE_COUNTER || figure->kind == FIGURE_GAUGE ||
                               figure->kind == FIGURE_RATIO;
        if (figure->field.origin == origin && figure->compute == NULL && is_number) {
            read_figure(reader, figure, structure);
        }
    }
}

static void read_impairment(Reader *reader, ReportFile *file) {
    if (!json_is_null(json_object_get(reader->root, "impairment"))) {
        read_figures(reader, FIGURE_FROM_NETWORK, &file->impairment);
        file->report.impairment = &file->impairment;
    }
}

static void read_thresholds(Reader *reader, ReportFile *file) {
    const json_t *thresholds = json_object_get(reader->root, "thresholds");
    size_t index;
    json_t *threshold;
    if (!json_is_array(thresholds) || json_array_size(thresholds) > THRESHOLDS_MAX) {
        complain(reader, "thresholds is no list of at most %d", THRESHOLDS_MAX);
        return;
    }
    json_array_foreach(thresholds, index, threshold) {
        char problem[THRESHOLD_ERROR_BYTES];
        const char *expr = read_text(reader, threshold, "expr");
        if (!threshold_parse(expr, &file->thresholds.items[index], problem, sizeof problem)) {
            complain(reader, "'%.100s' is no threshold", expr);
        }
    }
    file->thresholds.count = (uint32_t)json_array_size(thresholds);
    file->report.thresholds = &file->thresholds;
}

// ------------------------------------------------------------------ the server

static void read_buckets(Reader *reader, ServerMetrics *server) {
    const json_t *buckets =
        json_object_get(json_object_get(reader->root, "histograms"), "server.tick_ms");
    size_t index;
    json_t *pair;
    if (!json_is_array(buckets) || json_array_size(buckets) > SERVER_BUCKETS_MAX) {
        complain(reader, "the histogram of server.tick_ms is not whole");
        return;
    }
    double last_s = 0, last_count = 0;
    json_array_foreach(buckets, index, pair) {
        const json_t *bound = json_array_get(pair, 0);
        const ServerBucket bucket = {
            .bound_s = json_is_null(bound) ? INFINITY : json_number_value(bound) / 1e3,
            .count = json_number_value(json_array_get(pair, 1)),
        };
        if (json_array_size(pair) != 2 || !(bucket.bound_s > last_s) ||
            !(bucket.count >= last_count)) {
            complain(reader, "the histogram of server.tick_ms is not whole");
            return;
        }
        last_s = bucket.bound_s;
        last_count = bucket.count;
        server->buckets[index] = bucket;
    }
    server->bucket_count = (uint32_t)json_array_size(buckets);
}

// A report holds only the mean of a phase, which is read as that of one tick.
static void read_phases(const json_t *phases, ServerMetrics *server) {
    const char *name;
    json_t *mean;
    json_object_foreach((json_t *)phases, name, mean) {
        if (server->phase_count < SERVER_PHASES_MAX) {
            ServerPhase *phase = &server->phases[server->phase_count++];
            snprintf(phase->name, sizeof phase->name, "%s", name);
            phase->sum_s = json_number_value(mean) / 1e3;
            phase->count = json_is_number(mean) ? 1 : 0;
        }
    }
}

static void read_server(Reader *reader, Report *report) {
    const json_t *object = json_object_get(reader->root, "server");
    if (json_is_null(object)) {
        return;
    }
    const json_t *ticks = json_object_get(object, "tick_ms");
    ServerMetrics *server = &report->server;
    report->has_server = true;
    read_figures(reader, FIGURE_FROM_SERVER, server);
    server->ticks = read_u64_or_null(reader, ticks, "count");
    server->tick_sum_s = read_number_or_null(reader, ticks, "mean") / 1e3 * (double)server->ticks;
    read_buckets(reader, server);
    read_phases(json_object_get(object, "phases_ms"), server);
}

// ------------------------------------------------------------------ reasons

static uint32_t reason_index(const char *name) {
    for (uint32_t i = 0; i < TALLY_REASONS; i++) {
        if (strcmp(reason_name(i), name) == 0) {
            return i;
        }
    }
    return TALLY_REASON_UNKNOWN; // of another version
}

static void read_reasons(Reader *reader, const json_t *object, uint64_t counts[TALLY_REASONS]) {
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value) {
        uint64_t count;
        if (!json_u64_value(value, &count)) {
            complain(reader, "%s is no count", name);
            return;
        }
        counts[reason_index(name)] += count;
    }
}

static void read_examples(Reader *reader, Tally *tally) {
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(reader->root, "error_examples"), name, value) {
        tally->examples[reason_index(name)] = (TallyExample){
            .bot = read_count(reader, value, "bot"),
            .after_ns = (uint64_t)(read_number(reader, value, "after_s", 1e9) * (double)NS_PER_S),
        };
    }
}

static void read_tally(Reader *reader, ReportFile *file) {
    const json_t *root = reader->root;
    Tally *tally = file->tally;
    char problem[128];
    if (!tally_from_json(json_object_get(root, "counters"), json_object_get(root, "histograms"),
                         tally, problem, sizeof problem)) {
        complain(reader, "%s", problem);
    }
    const json_t *snapshots = json_object_get(root, "snapshots");
    read_reasons(reader, json_object_get(root, "errors"), tally->bad_ends);
    read_examples(reader, tally);
    read_reasons(reader, json_object_get(json_object_get(root, "hostile"), "ended_by"),
                 tally->hostile.ended);
    file->report.has_verify = json_is_integer(json_object_get(snapshots, "verify_checks"));
    file->report.difference = read_text_or_null(reader, snapshots, "verify_difference");
    file->report.tally = tally;
}

bool report_from_json(const json_t *root, ReportFile *file, char *error, size_t error_size) {
    Reader reader = {.root = root, .error = error, .error_size = error_size, .is_good = true};
    const json_t *version = json_object_get(root, "schema_version");
    Tally *tally = file->tally;
    *file = (ReportFile){.tally = tally};
    if (!json_is_integer(version)) {
        complain(&reader, "it is no report of tickstorm-bots");
    } else if (json_integer_value(version) != REPORT_SCHEMA_VERSION) {
        complain(&reader, "its schema_version is %lld, this program reads %d",
                 (long long)json_integer_value(version), REPORT_SCHEMA_VERSION);
    } else {
        read_run(&reader, &file->report);
        read_verdict(&reader, &file->report);
        read_stages(&reader, &file->report.stages);
        read_figures(&reader, FIGURE_FROM_GENERATOR, &file->report.generator);
        read_impairment(&reader, file);
        read_thresholds(&reader, file);
        read_server(&reader, &file->report);
        read_tally(&reader, file);
    }
    return reader.is_good;
}
