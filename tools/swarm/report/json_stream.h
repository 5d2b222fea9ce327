// SPDX-License-Identifier: MIT
// json_stream.h -- the run as it goes, for scripts: one JSON object a second and line.
//
// Flow:    SwarmProgress four times a second -> json_stream_update -> a line with the figures of a
//          second, and a last one for the rest: the lines add up to the run
// Threads: the main thread. A pipe or a terminal is written by a thread of its own
//          (background_writer.h), so that a slow reader does not slow the run; a line that finds
//          its queue full is lost and fails the run.
// Memory:  one Tally for the second that is under way, and 1 MiB for lines that wait for a reader.
// Units:   those of the report; stream.schema.json describes a line.
#ifndef TICKSTORM_SWARM_REPORT_JSON_STREAM_H
#define TICKSTORM_SWARM_REPORT_JSON_STREAM_H

#include <stdbool.h>
#include <stdio.h>

#include "base/background_writer.h"
#include "tools/swarm/measure/server_metrics.h"
#include "tools/swarm/measure/swarm_progress.h"

typedef struct JsonStream {
    FILE *file; // NULL: not open
    // For a pipe, a terminal or a device, whose reader may be slow: the run does not wait for it.
    // NULL: a regular file, which is written directly.
    BackgroundWriter *writer;
    int error; // why a line could not be written; nothing is written after that. 0: all were
    double next_s;
    // The second under way.
    Tally *second;
    double second_s;
    double cpu_s;
} JsonStream;

// "-" is standard output. False, with errno set, when the file cannot be opened or memory is short.
bool json_stream_open(JsonStream *stream, const char *path);

// server: its metrics of the last second; NULL when it is not watched.
void json_stream_update(JsonStream *stream, const SwarmProgress *progress,
                        const ServerMetrics *server);

// False, with errno set, when a line, or the end, could not be written: the file then ends with the
// last line that was. Waits EXIT_DEADLINE_S for a reader that does not read; ETIMEDOUT: the reader
// has not read in time. True for a stream that is not open.
bool json_stream_close(JsonStream *stream);

#endif
