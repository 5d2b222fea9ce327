// SPDX-License-Identifier: MIT
// options_file.h -- reads a file of options: a configuration, a scenario.
//
// Flow:    path -> text_file.h -> ini_text.h -> GivenOptions with their lines
// Threads: the main thread's.
// Errors:  reading ends at the first malformed line, unknown key, or second value of an option.
#ifndef TICKSTORM_BASE_OPTIONS_FILE_H
#define TICKSTORM_BASE_OPTIONS_FILE_H

#include "base/given_options.h"

typedef struct OptionsFileProblem {
    int line; // 0: the whole file
    char text[400];
} OptionsFileProblem;

// Adds the options in the file. False at its first problem; the options before it have been added.
// Values are not checked.
bool options_file_read(GivenOptions *given, const char *path, OptionsFileProblem *problem);

#endif
