// SPDX-License-Identifier: MIT
#include "tools/swarm/report/report_json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/output_file.h"
#include "base/version.h"
#include "tools/swarm/report/figures_json.h"
#include "tools/swarm/report/json_u64.h"
#include "tools/swarm/report/tally_json.h"

// The first connection that ended badly, by reason.
static json_t *examples_to_json(const Tally *tally) {
    json_t *object = json_object();
    for (uint32_t i = 0; i < TALLY_REASONS; i++) {
        const TallyExample *example = &tally->examples[i];
        if (tally->bad_ends[i] > 0) {
            json_object_set_new(object, reason_name(i),
                                json_pack("{s:i, s:f}", "bot", (int)example->bot, "after_s",
                                          (double)example->after_ns / (double)NS_PER_S));
        }
    }
    return object;
}

static json_t *stages_to_json(const ReportStages *stages) {
    json_t *array = json_array();
    for (uint32_t i = 0; i < stages->count; i++) {
        const ReportStage *stage = &stages->items[i];
        json_array_append_new(array, json_pack("{s:f, s:i}", "duration_s", stage->duration_s,
                                               "target", (int)stage->target));
    }
    return array;
}

static json_t *thresholds_to_json(const Report *report) {
    json_t *array = json_array();
    const uint32_t count = report->thresholds != NULL ? report->thresholds->count : 0;
    for (uint32_t i = 0; i < count; i++) {
        const ReportThreshold *result = &report->results[i];
        json_array_append_new(
            array, json_pack("{s:s, s:o, s:b}", "expr", report->thresholds->items[i].expr, "value",
                             result->is_measured ? json_real(result->value) : json_null(), "passed",
                             (int)result->has_passed));
    }
    return array;
}

static json_t *notes_to_json(const ReportNotes *notes) {
    json_t *array = json_array();
    for (uint32_t i = 0; i < notes->count; i++) {
        json_array_append_new(array, json_string(notes->texts[i]));
    }
    return array;
}

static void set_run(json_t *root, const Report *report) {
    json_object_set_new(root, "schema_version", json_integer(REPORT_SCHEMA_VERSION));
    json_object_set_new(root, "version", json_string(version_number()));
    json_object_set_new(root, "commit", json_string(version_commit()));
    json_object_set_new(root, "server_address", json_string(report->server_address));
    json_object_set_new(root, "seed",
                        report->generator.count > 1 ? json_null() : json_u64(report->seed));
    json_object_set_new(root, "bots", json_integer(report->bots));
    json_object_set_new(root, "behaviour", json_string(report->behaviours));
    json_object_set_new(root, "stages", stages_to_json(&report->stages));
    json_object_set_new(root, "duration_s", json_real(report->duration_s));
    json_object_set_new(root, "warmup_s", json_real(report->warmup_s));
    json_object_set_new(root, "measured_s", json_real(report->measured_s));
    json_object_set_new(root, "input_rate_hz", json_real(report->input_rate_hz));
    json_object_set_new(root, "tick_rate_hz",
                        report->tick_s > 0 ? json_real(1 / report->tick_s) : json_null());
    json_object_set_new(root, "interrupted", json_boolean(report->was_interrupted));
    json_object_set_new(root, "aborted", json_boolean(report->was_aborted));
}

static void set_figures(json_t *root, const Report *report) {
    char difference[REPORT_NOTE_BYTES];
    FigureSource source = report_figure_source(report);
    source.difference =
        report_difference(report, difference, sizeof difference) ? difference : NULL;
    const Figure *figure;
    for (size_t i = 0; (figure = figure_at(i)) != NULL; i++) {
        if ((figure->uses & FIGURE_SETTING) != 0) {
            figure_set_json(root, figure, &source);
        }
    }
}

// Pairs of a bound in ms and the number of ticks up to it; the infinite bound is null.
static json_t *tick_buckets_to_json(const ServerMetrics *server) {
    json_t *array = json_array();
    for (uint32_t i = 0; i < server->bucket_count; i++) {
        const ServerBucket *bucket = &server->buckets[i];
        json_t *bound = isfinite(bucket->bound_s) ? json_real(bucket->bound_s * 1e3) : json_null();
        json_array_append_new(array, json_pack("[o, I]", bound, (json_int_t)bucket->count));
    }
    return array;
}

json_t *report_to_json(const Report *report) {
    const Tally *tally = report->tally;
    json_t *root = json_object();
    set_run(root, report);
    json_object_set_new(root, "passed", json_boolean(report_has_passed(report)));
    json_object_set_new(root, "thresholds", thresholds_to_json(report));
    json_object_set_new(root, "failures", notes_to_json(&report->failures));
    json_object_set_new(root, "warnings", notes_to_json(&report->warnings));
    json_object_set_new(root, "errors", reasons_to_json(tally->bad_ends));
    json_object_set_new(root, "error_examples", examples_to_json(tally));
    set_figures(root, report);
    json_object_set_new(root, "counters", tally_counters_to_json(tally));
    json_t *histograms = tally_histograms_to_json(tally);
    json_object_set_new(histograms, "server.tick_ms",
                        report->has_server ? tick_buckets_to_json(&report->server) : json_null());
    json_object_set_new(root, "histograms", histograms);
    return root;
}

// Indented for people, but each histogram is one line: indented, every bucket is four lines.
static bool print_object(FILE *file, const Report *report) {
    const size_t flags = JSON_REAL_PRECISION(FIGURES_REAL_PRECISION);
    json_t *root = report_to_json(report);
    json_t *histograms = json_incref(json_object_get(root, "histograms"));
    json_object_del(root, "histograms");
    char *text = json_u64_dumps(root, flags | JSON_INDENT(2));
    bool is_complete = text != NULL;
    const char *separator = "";
    const char *name;
    json_t *histogram;
    fprintf(file, "%.*s,\n  \"histograms\": {",
            is_complete ? (int)(strlen(text) - strlen("\n}")) : 0, is_complete ? text : "");
    json_object_foreach(histograms, name, histogram) {
        char *line = json_u64_dumps(histogram, flags | JSON_COMPACT | JSON_ENCODE_ANY);
        is_complete = is_complete && line != NULL;
        fprintf(file, "%s\n    \"%s\": %s", separator, name, line != NULL ? line : "");
        separator = ",";
        free(line);
    }
    fprintf(file, "\n  }\n}\n");
    free(text);
    json_decref(histograms);
    json_decref(root);
    return is_complete;
}

bool report_write_json(const Report *report, const char *path) {
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (file == NULL) {
        return false;
    }
    const bool is_complete = print_object(file, report);
    if (fclose(file) != 0 || !is_complete) {
        free(text);
        text = NULL;
    }
    return output_file_write_owned(path, text, size);
}
