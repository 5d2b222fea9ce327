// SPDX-License-Identifier: MIT
#include "tools/swarm/merge_command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/exit_deadline.h"
#include "base/log.h"
#include "base/output_file.h"
#include "base/thread_role.h"
#include "tools/swarm/report/json_u64.h"
#include "tools/swarm/report/report_json.h"
#include "tools/swarm/report/report_judge.h"
#include "tools/swarm/report/report_merge.h"
#include "tools/swarm/report/report_read.h"
#include "tools/swarm/report/summary.h"

#define MERGE_ERROR_BYTES 256

typedef struct MergeOptions {
    const char *json;
    bool has_no_color;
} MergeOptions;

static const Option rows[] = {
    OPTION_ROW_TEXT(MergeOptions, json, .name = "json", .value_name = "FILE",
                    .help = "Write the merged report as JSON to FILE; - is standard output"),
    OPTION_ROW_FLAG(MergeOptions, has_no_color, .name = "no-color",
                    .help = "No colours (as the variable NO_COLOR)"),
};

static const char epilog[] =
    "Adds the reports of several tickstorm-bots that loaded one server at the same time. Counts "
    "are added and histograms merged exactly, so the percentiles are those of one program that "
    "had measured everything; the thresholds of all reports are judged anew, and what failed in "
    "one report has failed. The reports must be of the same schema version, warm-up, input rate, "
    "tick rate, bad network and verification, and no file may be given twice; a warning says when "
    "they name the server differently.\n"
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

typedef struct FileIdentity {
    dev_t device;
    ino_t inode;
} FileIdentity;

typedef struct Merge {
    const OptionArguments *paths;
    FileIdentity *seen; // [paths], of those before
    size_t seen_count;  // without files that cannot be identified
    json_t *borrowed;   // an array: the reports whose texts the merged one borrows
    ReportFile merged;
    ReportFile next;
} Merge;

static bool complain(const char *path, const char *error) {
    log_print_line("%s: %s: %s", MERGE_OPTIONS.program, path, error);
    return false;
}

// Remembers a file; false when it is given twice.
static bool is_new_file(Merge *merge, const char *path) {
    struct stat status;
    if (stat(path, &status) != 0) {
        return true; // reading it fails with the reason
    }
    for (size_t i = 0; i < merge->seen_count; i++) {
        if (merge->seen[i].device == status.st_dev && merge->seen[i].inode == status.st_ino) {
            return false;
        }
    }
    merge->seen[merge->seen_count++] = (FileIdentity){status.st_dev, status.st_ino};
    return true;
}

static json_t *load(Merge *merge, const char *path) {
    json_error_t problem;
    char error[MERGE_ERROR_BYTES];
    if (!is_new_file(merge, path)) {
        complain(path, "is given twice, which would count it twice");
        return NULL;
    }
    json_t *root = json_u64_load_file(path, &problem);
    if (root == NULL) {
        snprintf(error, sizeof error, "line %d: %s", problem.line, problem.text);
        complain(path, problem.line > 0 ? error : problem.text);
    }
    return root;
}

// Whether the merged report borrows texts of the report that was added last.
static bool borrows_from_next(const Merge *merge, uint32_t thresholds_before) {
    const Report *merged = &merge->merged.report;
    const Report *next = &merge->next.report;
    return merge->merged.thresholds.count > thresholds_before ||
           merged->other_address == next->server_address ||
           (next->difference != NULL && merged->difference == next->difference);
}

static bool add_first(Merge *merge, const json_t *root, char *error, size_t error_size) {
    tally_reset(merge->merged.tally);
    return report_from_json(root, &merge->merged, error, error_size) &&
           json_array_append(merge->borrowed, (json_t *)root) == 0;
}

static bool add_next(Merge *merge, const json_t *root, char *error, size_t error_size) {
    const uint32_t thresholds = merge->merged.thresholds.count;
    tally_reset(merge->next.tally);
    return report_from_json(root, &merge->next, error, error_size) &&
           report_merge(&merge->merged, &merge->next, error, error_size) &&
           (!borrows_from_next(merge, thresholds) ||
            json_array_append(merge->borrowed, (json_t *)root) == 0);
}

// One report after the other, so that memory does not grow with their number.
static bool read_all(Merge *merge) {
    for (size_t i = 0; i < merge->paths->count; i++) {
        const char *path = merge->paths->items[i];
        char error[MERGE_ERROR_BYTES] = "memory is short";
        json_t *root = load(merge, path);
        if (root == NULL) {
            return false;
        }
        const bool is_added = (i == 0 ? add_first : add_next)(merge, root, error, sizeof error);
        json_decref(root);
        if (!is_added) {
            return complain(path, error);
        }
    }
    return true;
}

static ExitCode write_outputs(const MergeOptions *options, Report *report) {
    const char *no_color = getenv("NO_COLOR");
    const bool is_on_stdout = !output_file_is_stdout(options->json);
    const int descriptor = is_on_stdout ? STDOUT_FILENO : STDERR_FILENO;
    report_judge(report);
    // The file first: a slow reader of the summary must not delay it.
    exit_deadline_set(MERGE_OPTIONS.program, EXIT_CODE_FAILED);
    const bool is_written = options->json == NULL || report_write_json(report, options->json);
    if (!is_written) {
        complain(options->json, strerror(errno));
    }
    FILE *stream = is_on_stdout ? stdout : log_stream_open();
    if (stream != NULL) {
        summary_print(stream, report,
                      !options->has_no_color && (no_color == NULL || *no_color == '\0') &&
                          isatty(descriptor));
    }
    if (stream != NULL && !is_on_stdout) {
        fclose(stream);
    }
    return is_written ? report_exit_code(report) : EXIT_CODE_FAILED;
}

static ExitCode merge_and_report(const MergeOptions *options, const OptionArguments *paths) {
    Merge merge = {.paths = paths,
                   .seen = calloc(paths->count, sizeof *merge.seen),
                   .borrowed = json_array(),
                   .merged.tally = calloc(1, sizeof(Tally)),
                   .next.tally = calloc(1, sizeof(Tally))};
    ExitCode code = EXIT_CODE_USAGE;
    if (merge.seen == NULL || merge.borrowed == NULL || merge.merged.tally == NULL ||
        merge.next.tally == NULL) {
        log_print_line("%s: memory is short", MERGE_OPTIONS.program);
        code = EXIT_CODE_FAILED;
    } else if (options->json != NULL && !output_file_check(options->json)) {
        complain(options->json, strerror(errno));
        code = EXIT_CODE_FAILED;
    } else if (read_all(&merge)) {
        code = write_outputs(options, &merge.merged.report);
    }
    free(merge.seen);
    json_decref(merge.borrowed);
    free(merge.merged.tally);
    free(merge.next.tally);
    return code;
}

ExitCode merge_main(int argc, char **argv) {
    ASSERT_MAIN_THREAD();
    MergeOptions options = {0};
    OptionArguments paths = {0};
    const OptionsResult parsed = options_parse(&MERGE_OPTIONS, &options, argc, argv, &paths);
    if (parsed != OPTIONS_RUN) {
        return parsed == OPTIONS_DONE ? EXIT_CODE_OK : EXIT_CODE_USAGE;
    }
    if (paths.count < 2) {
        log_print_line("%s: two reports or more are needed (try --help)", MERGE_OPTIONS.program);
        return EXIT_CODE_USAGE;
    }
    return merge_and_report(&options, &paths);
}
