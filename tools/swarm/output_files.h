// SPDX-License-Identifier: MIT
// output_files.h -- the files that a run writes: which ones, and whether they can be written.
//
// Flow:    --json, --json-stream, --hdr -> output_files_check before the first bot, so that hours
//          of a run are not lost to a directory that is missing; written when there is something
// Threads: the main thread.
#ifndef TICKSTORM_SWARM_OUTPUT_FILES_H
#define TICKSTORM_SWARM_OUTPUT_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/swarm/run_spec.h"

// How many outputs go to standard output.
uint32_t output_files_on_stdout(const RunSpec *spec);

// False, with the path of the later one, when two outputs would be written to one file.
bool output_files_differ(const RunSpec *spec, const char **path);

// False, with errno set, with the first path that cannot be written; leaves nothing behind.
bool output_files_check(const RunSpec *spec, const char **path);

#endif
