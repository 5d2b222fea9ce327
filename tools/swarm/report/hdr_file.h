// SPDX-License-Identifier: MIT
// hdr_file.h -- a distribution as the text that HdrHistogram's plotter draws.
//
// Flow:    --hdr [METRIC=]FILE -> hdr_file_parse; at the end of the run -> hdr_file_write
// Threads: pure functions but for the file.
// Source:  the format is that of HdrHistogram's outputPercentileDistribution() with five steps for
//          each halving of the distance to 100 %, as the plotter at
//          https://hdrhistogram.github.io/HdrHistogram/plotFiles.html reads it.
#ifndef TICKSTORM_SWARM_REPORT_HDR_FILE_H
#define TICKSTORM_SWARM_REPORT_HDR_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "tools/swarm/measure/figures.h"

#define HDR_FILE_DEFAULT     "input_ack_ms"
#define HDR_FILE_ERROR_BYTES 320

typedef struct HdrFile {
    const Figure *distribution;
    const char *path; // within the text; "-" is standard output
} HdrFile;

// False, with the mistake and the possible names as one line in error.
bool hdr_file_parse(const char *text, HdrFile *file, char *error, size_t error_size);

void hdr_file_print(FILE *stream, const Histogram *histogram, double scale);

// False, with errno set, when the file cannot be written.
bool hdr_file_write(const HdrFile *file, const Tally *tally);

#endif
