// SPDX-License-Identifier: MIT
#include "tools/swarm/merge.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/swarm/summary.h"

#define MERGE_ERROR_BYTES 256

typedef struct MergeOptions {
    const char *json;
    bool has_no_color;
} MergeOptions;

#define FIELD(name) offsetof(MergeOptions, name)

static const Option rows[] = {
    {"json", 0, OPTION_TEXT, NULL, FIELD(json), NULL, 0, 0, "FILE", NULL,
     "Write the merged report as JSON to FILE; - is standard output"},
    {"no-color", 0, OPTION_FLAG, NULL, FIELD(has_no_color), NULL, 0, 0, NULL, NULL,
     "No colours (as the variable NO_COLOR)"},
};

static const char epilog[] =
    "Adds the reports of several tickstorm-bots that loaded one server at the same time. Counts "
    "are added and histograms merged exactly, so the percentiles are those of one program that "
    "had measured everything; the thresholds of all reports are judged anew. The reports must be "
    "of the same schema version, warm-up, input rate, bad network and verification; a warning "
    "says when they name the server differently.\n"
    "Exit codes:\n"
    "0\tAll well\n"
    "1\tA run failed, or a file could not be written\n"
    "2\tUsage, or reports that cannot be added\n"
    "99\tA threshold failed\n"
    "105\tA run was interrupted\n";

const OptionTable MERGE_OPTIONS = {
    .program = "tickstorm-bots merge",
    .summary = "adds the reports of several generators",
    .usage = "[OPTION]... A.json B.json...",
    .rows = rows,
    .count = sizeof rows / sizeof *rows,
    .epilog = epilog,
};

// ------------------------------------------------------------------ adding

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

// The mean of two costs by their weights; one that was not measured, which is 0, leaves none.
static double weigh(double a, double weight_a, double b, double weight_b) {
    return a > 0 && b > 0 ? (a * weight_a + b * weight_b) / fmax(weight_a + weight_b, 1) : 0;
}

// Memory per bot is weighed with the bots, CPU time with the time that they played.
static void merge_generator(ReportGenerator *into, const ReportGenerator *from, double bots_into,
                            double bots_from, double played_into, double played_from) {
    into->count += from->count;
    into->threads += from->threads;
    into->io_uring_threads += from->io_uring_threads;
    into->cpu_count += from->cpu_count;
    into->cpu_cores += from->cpu_cores;
    into->busiest_thread_cpu = fmax(into->busiest_thread_cpu, from->busiest_thread_cpu);
    into->rss_bytes += from->rss_bytes;
    into->cpu_us_per_bot_s =
        weigh(into->cpu_us_per_bot_s, played_into, from->cpu_us_per_bot_s, played_from);
    into->rss_bytes_per_bot =
        weigh(into->rss_bytes_per_bot, bots_into, from->rss_bytes_per_bot, bots_from);
    into->baseline_bytes_per_bot =
        weigh(into->baseline_bytes_per_bot, bots_into, from->baseline_bytes_per_bot, bots_from);
}

static void merge_figures(ReportFile *into_file, const ReportFile *from_file) {
    Report *into = &into_file->report;
    const Report *from = &from_file->report;
    merge_generator(&into->generator, &from->generator, into->bots, from->bots,
                    (double)into->tally->playing_ns, (double)from->tally->playing_ns);
    tally_merge(into_file->tally, from_file->tally);
    into->bots += from->bots;
    into->shape.count = 0; // the sum of two shapes is none of them
    into->duration_s = fmax(into->duration_s, from->duration_s);
    into->measured_s = fmax(into->measured_s, from->measured_s);
    into->was_interrupted |= from->was_interrupted;
    into->was_aborted |= from->was_aborted;
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

bool merge_reports(ReportFile *into, const ReportFile *from, char *error, size_t error_size) {
    if (!check_same_run(&into->report, &from->report, error, error_size) ||
        !merge_thresholds(&into->thresholds, &from->thresholds, error, error_size)) {
        return false;
    }
    merge_figures(into, from);
    return true;
}

// ------------------------------------------------------------------ the command

// The reports stay in memory: what is merged borrows their texts.
typedef struct Merge {
    json_t *roots[OPTION_LIST_MAX];
    ReportFile merged;
    ReportFile next;
} Merge;

static bool complain(const char *path, const char *error) {
    fprintf(stderr, "%s: %s: %s\n", MERGE_OPTIONS.program, path, error);
    return false;
}

static bool is_same_file(const char *a, const char *b) {
    char *real_a = realpath(a, NULL);
    char *real_b = realpath(b, NULL);
    const bool is_same = real_a != NULL && real_b != NULL && strcmp(real_a, real_b) == 0;
    free(real_a);
    free(real_b);
    return is_same;
}

static bool read_report(Merge *merge, const OptionList *paths, size_t index, ReportFile *file) {
    const char *path = paths->items[index];
    json_error_t problem;
    char error[MERGE_ERROR_BYTES];
    for (size_t i = 0; i < index; i++) {
        if (is_same_file(paths->items[i], path)) {
            return complain(path, "is given twice, which would count it twice");
        }
    }
    merge->roots[index] = json_load_file(path, 0, &problem);
    if (merge->roots[index] == NULL) {
        snprintf(error, sizeof error, "line %d: %s", problem.line, problem.text);
        return complain(path, problem.line > 0 ? error : problem.text);
    }
    return report_from_json(merge->roots[index], file, error, sizeof error) ||
           complain(path, error);
}

static bool read_all(Merge *merge, const OptionList *paths) {
    char error[MERGE_ERROR_BYTES];
    for (size_t i = 0; i < paths->count; i++) {
        ReportFile *file = i == 0 ? &merge->merged : &merge->next;
        tally_reset(file->tally);
        if (!read_report(merge, paths, i, file)) {
            return false;
        }
        if (i > 0 && !merge_reports(&merge->merged, file, error, sizeof error)) {
            return complain(paths->items[i], error);
        }
    }
    return true;
}

static ExitCode tell(const MergeOptions *options, Report *report) {
    const char *no_color = getenv("NO_COLOR");
    const bool is_json_on_stdout = options->json != NULL && strcmp(options->json, "-") == 0;
    FILE *stream = is_json_on_stdout ? stderr : stdout;
    report_judge(report);
    summary_print(stream, report,
                  !options->has_no_color && (no_color == NULL || *no_color == '\0') &&
                      isatty(fileno(stream)));
    if (options->json != NULL && !report_write_json(report, options->json)) {
        complain(options->json, strerror(errno));
        return EXIT_CODE_FAILED;
    }
    return report_exit_code(report);
}

static ExitCode merge_and_tell(const MergeOptions *options, const OptionList *paths) {
    Merge merge = {.merged.tally = calloc(1, sizeof(Tally)),
                   .next.tally = calloc(1, sizeof(Tally))};
    ExitCode code = EXIT_CODE_USAGE;
    if (merge.merged.tally == NULL || merge.next.tally == NULL) {
        fprintf(stderr, "%s: memory is short\n", MERGE_OPTIONS.program);
        code = EXIT_CODE_FAILED;
    } else if (read_all(&merge, paths)) {
        code = tell(options, &merge.merged.report);
    }
    for (size_t i = 0; i < paths->count; i++) {
        json_decref(merge.roots[i]);
    }
    free(merge.merged.tally);
    free(merge.next.tally);
    return code;
}

ExitCode merge_main(int argc, char **argv) {
    MergeOptions options = {0};
    OptionList paths = {0};
    const OptionsResult parsed = options_parse(&MERGE_OPTIONS, &options, argc, argv, &paths);
    if (parsed != OPTIONS_RUN) {
        return parsed == OPTIONS_DONE ? EXIT_CODE_OK : EXIT_CODE_USAGE;
    }
    if (paths.count < 2) {
        fprintf(stderr, "%s: two reports or more are needed (try --help)\n", MERGE_OPTIONS.program);
        return EXIT_CODE_USAGE;
    }
    return merge_and_tell(&options, &paths);
}
