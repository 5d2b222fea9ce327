// SPDX-License-Identifier: MIT
#include "tools/swarm/run_output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/exit_deadline.h"
#include "base/log.h"
#include "base/output_file.h"
#include "base/thread_role.h"
#include "tools/swarm/output_files.h"
#include "tools/swarm/report/hdr_file.h"
#include "tools/swarm/report/report_json.h"
#include "tools/swarm/report/summary.h"

bool run_output_uses_color(const RunSpec *spec, int descriptor) {
    const char *no_color = getenv("NO_COLOR");
    return !spec->has_no_color && (no_color == NULL || *no_color == '\0') && isatty(descriptor);
}

bool run_output_complain(const char *path) {
    log_print_line("tickstorm-bots: cannot write '%s': %s", path, strerror(errno));
    return false;
}

static bool write_hdr(const char *text, const Report *report) {
    HdrFile file;
    char error[HDR_FILE_ERROR_BYTES];
    if (!hdr_file_parse(text, &file, error, sizeof error)) {
        log_print_line("tickstorm-bots: --hdr: %s", error);
        return false;
    }
    return hdr_file_write(&file, report->tally) || run_output_complain(file.path);
}

static bool write_files(const RunSpec *spec, const Report *report) {
    bool is_good = true;
    if (spec->json != NULL && !report_write_json(report, spec->json)) {
        is_good = run_output_complain(spec->json);
    }
    for (size_t i = 0; i < spec->hdr.count; i++) {
        is_good = write_hdr(spec->hdr.items[i], report) && is_good;
    }
    return is_good;
}

static void print_summary(const RunSpec *spec, const Report *report) {
    if (output_files_on_stdout(spec) == 0) {
        log_flush(); // on a terminal this erases the live block, and not the summary
        summary_print(stdout, report, run_output_uses_color(spec, STDOUT_FILENO));
        output_stdout_flush();
        return;
    }
    // Standard output carries a file, so the summary goes to standard error.
    FILE *stream = log_stream_open();
    if (stream != NULL) {
        summary_print(stream, report, run_output_uses_color(spec, STDERR_FILENO));
        fclose(stream);
    }
}

ExitCode run_output(const RunSpec *spec, const RunResult *result) {
    ASSERT_MAIN_THREAD();
    // The files first: they must not depend on a reader of the summary.
    exit_deadline_set("tickstorm-bots", EXIT_CODE_FAILED);
    const bool is_written = !result->has_report || write_files(spec, &result->report);
    const Tally *total = result->total;
    const bool has_played = result->has_report && total->ok + total->hostile.ok > 0;
    if (result->problem[0] != '\0') {
        log_print_line("tickstorm-bots: %s", result->problem);
    }
    if (result->problem[0] == '\0' || has_played) {
        print_summary(spec, &result->report);
    }
    return is_written ? result->code : EXIT_CODE_FAILED;
}
