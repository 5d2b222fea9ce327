// SPDX-License-Identifier: MIT
// asset_path.h -- finds the program's assets, both installed and in the build tree.
//
// Threads: pure look-ups.
#ifndef TICKSTORM_CLIENT_SHELL_ASSET_PATH_H
#define TICKSTORM_CLIENT_SHELL_ASSET_PATH_H

#include <stdbool.h>
#include <stddef.h>

// The directory that holds `name` (e.g. "sprites"): below TICKSTORM_ASSETS when that is set, else
// beside the program as built, else as installed. False with a sentence in error when none has it.
bool asset_find_directory(const char *name, char *path, size_t path_size, char *error,
                          size_t error_size);

#endif
