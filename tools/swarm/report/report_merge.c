// SPDX-License-Identifier: MIT
#include "tools/swarm/report/report_merge.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/thread_role.h"

static bool refuse(char *error, size_t error_size, const char *what) {
    snprintf(error, error_size, "%s differs: they are no parts of one run", what);
    return false;
}

static bool is_same_network(const ImpairConfig *a, const ImpairConfig *b) {
    if (a == NULL || b == NULL) {
        return a == b;
    }
    return a->latency_ns == b->latency_ns && a->jitter_ns == b->jitter_ns && a->loss == b->loss &&
           a->duplicate == b->duplicate && a->reorder == b->reorder;
}

static bool check_same_run(const Report *a, const Report *b, char *error, size_t error_size) {
    if (a->warmup_s != b->warmup_s) {
        return refuse(error, error_size, "the warm-up");
    }
    if (a->input_rate_hz != b->input_rate_hz) {
        return refuse(error, error_size, "the input rate");
    }
    if (a->has_verify != b->has_verify) {
        return refuse(error, error_size, "--verify");
    }
    if (a->tick_s > 0 && b->tick_s > 0 && fabs(a->tick_s / b->tick_s - 1) > 1e-6) {
        return refuse(error, error_size, "the server's tick rate");
    }
    if (!is_same_network(a->impairment, b->impairment)) {
        return refuse(error, error_size, "the bad network");
    }
    return true;
}

static bool has_threshold(const ThresholdList *list, const char *expr) {
    for (uint32_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i].expr, expr) == 0) {
            return true;
        }
    }
    return false;
}

static bool merge_thresholds(ThresholdList *into, const ThresholdList *from, char *error,
                             size_t error_size) {
    for (uint32_t i = 0; i < from->count; i++) {
        if (has_threshold(into, from->items[i].expr)) {
            continue;
        }
        if (into->count == THRESHOLDS_MAX) {
            snprintf(error, error_size, "there are more than %d thresholds", THRESHOLDS_MAX);
            return false;
        }
        into->items[into->count++] = from->items[i];
    }
    return true;
}

// The weighted mean of two costs; 0, which is unknown, when one of them is.
static double weigh(double a, double weight_a, double b, double weight_b) {
    return a > 0 && b > 0 ? (a * weight_a + b * weight_b) / fmax(weight_a + weight_b, 1) : 0;
}

static double merged_number(FigureMerge merge, double a, double b, const double weights[2]) {
    switch (merge) {
    case FIGURE_MERGE_SUM:
        return a + b;
    case FIGURE_MERGE_MAX:
        return fmax(a, b);
    case FIGURE_MERGE_BY_BOTS:
    case FIGURE_MERGE_BY_PLAY:
        break;
    }
    return weigh(a, weights[0], b, weights[1]);
}

// Memory per bot is weighed with the bots, CPU time with the time that they played.
static void merge_generator(Report *into, const Report *from) {
    const FigureSource source_into = report_figure_source(into);
    const FigureSource source_from = report_figure_source(from);
    const double bots[] = {into->bots, from->bots};
    const double played_ns[] = {(double)into->tally->playing_ns, (double)from->tally->playing_ns};
    const Figure *figure;
    for (size_t i = 0; (figure = figure_at(i)) != NULL; i++) {
        if (figure->field.origin == FIGURE_FROM_GENERATOR) {
            const double *weights = figure->merge == FIGURE_MERGE_BY_PLAY ? played_ns : bots;
            const double a = figure_stored(figure, &source_into);
            const double b = figure_stored(figure, &source_from);
            figure_restore_number(figure, &into->generator,
                                  merged_number(figure->merge, a, b, weights));
        }
    }
}

static void merge_figures(ReportFile *into_file, const ReportFile *from_file) {
    Report *into = &into_file->report;
    const Report *from = &from_file->report;
    merge_generator(into, from);
    tally_merge(into_file->tally, from_file->tally);
    into->bots += from->bots;
    into->stages.count = 0; // two loads over time have no sum
    into->duration_s = fmax(into->duration_s, from->duration_s);
    into->measured_s = fmax(into->measured_s, from->measured_s);
    into->was_interrupted |= from->was_interrupted;
    into->was_aborted |= from->was_aborted;
    report_notes_join(&into->printed_failures, &from->printed_failures);
    into->printed_failed_threshold |= from->printed_failed_threshold;
    into->tick_s = into->tick_s > 0 ? into->tick_s : from->tick_s;
    if (into->other_address == NULL && strcmp(into->server_address, from->server_address) != 0) {
        into->other_address = from->server_address;
    }
    into->difference = into->difference != NULL ? into->difference : from->difference;
    if (!into->has_server && from->has_server) {
        into->has_server = true;
        into->server = from->server;
    }
}

bool report_merge(ReportFile *into, const ReportFile *from, char *error, size_t error_size) {
    ASSERT_MAIN_THREAD();
    if (!check_same_run(&into->report, &from->report, error, error_size) ||
        !merge_thresholds(&into->thresholds, &from->thresholds, error, error_size)) {
        return false;
    }
    merge_figures(into, from);
    return true;
}
