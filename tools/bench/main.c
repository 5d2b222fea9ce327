// SPDX-License-Identifier: MIT
// tickstorm-bench: measures the cost of single parts, each case by itself.
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/background_writer.h"
#include "base/clock.h"
#include "base/exit_deadline.h"
#include "base/interrupt.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/options.h"
#include "base/output_file.h"
#include "base/process_start.h"
#include "tools/bench/bench.h"
#include "tools/bench/bench_cases.h"

#define TEXT_BYTES       (1u << 20)
#define TEXT_PATIENCE_NS (4 * NS_PER_S) // less than EXIT_DEADLINE_S, so that the reason is printed

typedef struct BenchOptions {
    const char *json_path;
    const char *workers;
    uint64_t repetitions;
    bool is_listing;
} BenchOptions;

static const Option option_rows[] = {
    OPTION_ROW_TEXT(BenchOptions, json_path, .name = "json", .value_name = "FILE",
                    .help = "Write the results as JSON to FILE (- for stdout)"),
    OPTION_ROW_COUNT(BenchOptions, repetitions, .name = "repetitions", .default_value = "15",
                     .min = 1, .max = BENCH_REPETITIONS_MAX, .value_name = "N",
                     .help = "Samples per figure"),
    OPTION_ROW_TEXT(BenchOptions, workers, .name = "workers", .default_value = "1,2",
                    .value_name = "N,N...", .help = "Worker counts to measure with"),
    OPTION_ROW_FLAG(BenchOptions, is_listing, .name = "list", .help = "Print the cases and exit"),
};

static const OptionTable option_table = {
    .program = "tickstorm-bench",
    .summary = "measures the cost of Tickstorm's parts",
    .usage = "[OPTION]... [FILTER]",
    .rows = option_rows,
    .count = sizeof option_rows / sizeof option_rows[0],
    .epilog = "FILTER selects the cases whose name contains it; all by default.\n"
              "Exit codes:\n"
              "0\tEvery case ran\n"
              "1\tOne could not\n"
              "2\tUsage\n",
};

typedef struct BenchCase {
    const char *name;
    const char *summary;
    BenchFunction run;
} BenchCase;

#define BENCH_ROW(name, summary) {#name, summary, bench_##name},
static const BenchCase cases[] = {BENCH_CASES(BENCH_ROW)};

// ------------------------------------------------------------------ records

// Prints a figure as soon as it is measured; a slow reader does not delay measurements.
struct BenchReport {
    FILE *text;
    BackgroundWriter *writer; // of the text, to standard output; NULL: it goes to stderr
    json_t *results;
};

static bool open_report(struct BenchReport *report, bool is_json_on_stdout) {
    *report = (struct BenchReport){.results = json_array()};
    if (is_json_on_stdout) {
        report->text = log_stream_open();
    } else {
        report->writer = background_writer_start(STDOUT_FILENO, TEXT_BYTES, NULL);
        report->text =
            report->writer != NULL ? background_writer_stream_open(report->writer) : NULL;
    }
    return report->text != NULL && report->results != NULL;
}

// False when not all of the text could be written.
static bool close_report(struct BenchReport *report) {
    bool is_written = true;
    if (report->text != NULL) {
        fclose(report->text);
    }
    if (report->writer != NULL) {
        const bool is_idle = background_writer_flush(report->writer, TEXT_PATIENCE_NS);
        const int error = is_idle ? background_writer_error(report->writer) : ETIMEDOUT;
        is_written = error == 0;
        if (!is_written) {
            log_print_line("tickstorm-bench: cannot write to standard output: %s", strerror(error));
        }
        background_writer_stop(report->writer, 0);
    }
    json_decref(report->results);
    return is_written;
}

static int compare_samples(const void *a, const void *b) {
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double *samples, size_t count) {
    qsort(samples, count, sizeof *samples, compare_samples);
    return count % 2 == 1 ? samples[count / 2] : (samples[count / 2 - 1] + samples[count / 2]) / 2;
}

void bench_record(Bench *bench, const char *name, const char *unit, const double *samples,
                  size_t count) {
    double sorted[BENCH_REPETITIONS_MAX];
    if (count == 0 || count > BENCH_REPETITIONS_MAX) {
        bench_fail(bench, name, "no samples, or too many");
        return;
    }
    memcpy(sorted, samples, count * sizeof *samples);
    const double median = bench_median(sorted, count);
    fprintf(bench->report->text, "%-40s %12.3f %-16s  min %.3f  max %.3f\n", name, median, unit,
            sorted[0], sorted[count - 1]);
    fflush(bench->report->text);
    json_array_append_new(bench->report->results,
                          json_pack("{s:s, s:s, s:f, s:f, s:f, s:i}", "name", name, "unit", unit,
                                    "median", median, "min", sorted[0], "max", sorted[count - 1],
                                    "repetitions", (int)count));
}

void bench_fail(Bench *bench, const char *name, const char *why) {
    log_print_line("tickstorm-bench: %s: %s", name, why);
    bench->has_failed = true;
}

// ------------------------------------------------------------------ usage

// Reads counts that are separated by commas.
static bool parse_workers(const char *text, Bench *bench) {
    for (const char *at = text; bench->worker_count_count < BENCH_WORKER_COUNTS_MAX;) {
        char item[16];
        uint64_t value = 0;
        const size_t length = strcspn(at, ",");
        if (length >= sizeof item) {
            return false;
        }
        memcpy(item, at, length);
        item[length] = '\0';
        if (!parse_count(item, &value) || value < 1 || value > WORKERS_MAX) {
            return false;
        }
        bench->worker_counts[bench->worker_count_count++] = (uint32_t)value;
        if (at[length] == '\0') {
            return true;
        }
        at += length + 1;
    }
    return false;
}

static void list_cases(void) {
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        printf("%-20s %s\n", cases[i].name, cases[i].summary);
    }
}

static uint32_t run_cases(Bench *bench, const char *filter) {
    uint32_t count = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (strstr(cases[i].name, filter) != NULL) {
            cases[i].run(bench);
            count++;
        }
    }
    return count;
}

static void complain(const char *path) {
    log_print_line("tickstorm-bench: cannot write '%s': %s", path, strerror(errno));
}

static bool write_json(const json_t *results, const char *path) {
    const size_t flags = JSON_INDENT(2) | JSON_REAL_PRECISION(6);
    return output_file_write_text(path, json_dumps(results, flags));
}

static int bench_main(int argc, char **argv) {
    BenchOptions options = {0};
    OptionArguments filters = {0};
    Bench bench = {0};
    switch (options_parse(&option_table, &options, argc, argv, &filters)) {
    case OPTIONS_DONE:
        return 0;
    case OPTIONS_ERROR:
        return 2;
    case OPTIONS_RUN:
        break;
    }
    if (filters.count > 1) {
        log_print_line("tickstorm-bench: one FILTER at most (try --help)");
        return 2;
    }
    if (!parse_workers(options.workers, &bench)) {
        log_print_line("tickstorm-bench: --workers takes up to %d counts of 1 to %d, like 1,2",
                       BENCH_WORKER_COUNTS_MAX, WORKERS_MAX);
        return 2;
    }
    if (options.is_listing) {
        list_cases();
        return 0;
    }
    if (options.json_path != NULL && !output_file_check(options.json_path)) {
        complain(options.json_path);
        return 1;
    }
    const bool is_json_on_stdout = output_file_is_stdout(options.json_path);
    struct BenchReport report;
    if (!open_report(&report, is_json_on_stdout)) {
        log_print_line("tickstorm-bench: memory or threads are short");
        close_report(&report);
        return 1;
    }
    bench.repetitions = (uint32_t)options.repetitions;
    bench.report = &report;
    const char *filter = filters.count == 1 ? filters.items[0] : "";
    if (run_cases(&bench, filter) == 0) {
        log_print_line("tickstorm-bench: no case contains '%s' (try --list)", filter);
        close_report(&report);
        return 2;
    }
    exit_deadline_set(option_table.program, 1);
    if (options.json_path != NULL && !write_json(report.results, options.json_path)) {
        complain(options.json_path);
        bench.has_failed = true;
    }
    return close_report(&report) && !bench.has_failed ? 0 : 1;
}

int main(int argc, char **argv) {
    process_start();
    interrupt_leave();
    return output_stdout_finish("tickstorm-bench", bench_main(argc, argv));
}
