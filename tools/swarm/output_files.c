// SPDX-License-Identifier: MIT
#include "tools/swarm/output_files.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/swarm/hdr_file.h"

#define OUTPUTS_MAX (2 + OPTION_LIST_MAX)

// The paths asked for; returns how many.
static size_t list_paths(const SwarmOptions *options, const char *paths[OUTPUTS_MAX]) {
    HdrFile file;
    char error[HDR_FILE_ERROR_BYTES];
    size_t count = 0;
    if (options->json != NULL) {
        paths[count++] = options->json;
    }
    if (options->json_stream != NULL) {
        paths[count++] = options->json_stream;
    }
    for (size_t i = 0; i < options->hdr.count; i++) {
        if (hdr_file_parse(options->hdr.items[i], &file, error, sizeof error)) {
            paths[count++] = file.path;
        }
    }
    return count;
}

bool output_file_is_stdout(const char *path) {
    return path != NULL && strcmp(path, "-") == 0;
}

uint32_t output_files_on_stdout(const SwarmOptions *options) {
    const char *paths[OUTPUTS_MAX];
    const size_t count = list_paths(options, paths);
    uint32_t on_stdout = 0;
    for (size_t i = 0; i < count; i++) {
        on_stdout += output_file_is_stdout(paths[i]);
    }
    return on_stdout;
}

// A pipe or a device is not opened twice: its reader would take the first end for the end.
bool output_file_create(const char *path) {
    struct stat status;
    if (output_file_is_stdout(path)) {
        return true;
    }
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
        return access(path, W_OK) == 0;
    }
    FILE *file = fopen(path, "a");
    return file != NULL && fclose(file) == 0;
}

bool output_files_create(const SwarmOptions *options, const char **path) {
    const char *paths[OUTPUTS_MAX];
    const size_t count = list_paths(options, paths);
    for (size_t i = 0; i < count; i++) {
        if (!output_file_create(paths[i])) {
            *path = paths[i];
            return false;
        }
    }
    return true;
}
