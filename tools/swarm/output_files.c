// SPDX-License-Identifier: MIT
#include "tools/swarm/output_files.h"

#include "base/output_file.h"
#include "base/thread_role.h"
#include "tools/swarm/report/hdr_file.h"

#define OUTPUTS_MAX (2 + OPTION_LIST_MAX)

// Lists the paths of the outputs; returns their number.
static size_t list_paths(const RunSpec *spec, const char *paths[OUTPUTS_MAX]) {
    HdrFile file;
    char error[HDR_FILE_ERROR_BYTES];
    size_t count = 0;
    if (spec->json != NULL) {
        paths[count++] = spec->json;
    }
    if (spec->json_stream != NULL) {
        paths[count++] = spec->json_stream;
    }
    for (size_t i = 0; i < spec->hdr.count; i++) {
        if (hdr_file_parse(spec->hdr.items[i], &file, error, sizeof error)) {
            paths[count++] = file.path;
        }
    }
    return count;
}

uint32_t output_files_on_stdout(const RunSpec *spec) {
    const char *paths[OUTPUTS_MAX];
    const size_t count = list_paths(spec, paths);
    uint32_t on_stdout = 0;
    for (size_t i = 0; i < count; i++) {
        on_stdout += output_file_is_stdout(paths[i]);
    }
    return on_stdout;
}

bool output_files_differ(const RunSpec *spec, const char **path) {
    const char *paths[OUTPUTS_MAX];
    const size_t count = list_paths(spec, paths);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (output_file_is_same(paths[i], paths[j])) {
                *path = paths[i];
                return false;
            }
        }
    }
    return true;
}

bool output_files_check(const RunSpec *spec, const char **path) {
    ASSERT_MAIN_THREAD();
    const char *paths[OUTPUTS_MAX];
    const size_t count = list_paths(spec, paths);
    for (size_t i = 0; i < count; i++) {
        if (!output_file_check(paths[i])) {
            *path = paths[i];
            return false;
        }
    }
    return true;
}
