// SPDX-License-Identifier: MIT
// output_files.h -- the files that a run writes: which ones, and whether they can be written.
//
// Flow:    --json, --json-stream, --hdr -> output_files_create before the first bot, so that hours
//          of a run are not lost to a directory that is missing; written when there is something
// Threads: the main thread.
#ifndef TICKSTORM_SWARM_OUTPUT_FILES_H
#define TICKSTORM_SWARM_OUTPUT_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/swarm/swarm_options.h"

// "-" is standard output; NULL, a file that nobody asked for, is not.
bool output_file_is_stdout(const char *path);

// How many outputs go to standard output.
uint32_t output_files_on_stdout(const SwarmOptions *options);

// Creates the file when there is none, and leaves one that is there as it is. False, with errno
// set, when it cannot be written.
bool output_file_create(const char *path);

// The same with all outputs. False with the first path that cannot be written.
bool output_files_create(const SwarmOptions *options, const char **path);

#endif
