// SPDX-License-Identifier: MIT
#include "tools/swarm/report/json_stream.h"

#include <errno.h>
#include <math.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/exit_deadline.h"
#include "base/output_file.h"
#include "base/thread_role.h"
#include "tools/swarm/report/figures_json.h"
#include "tools/swarm/report/json_u64.h"

#define LINE_PERIOD_S 1.0
#define QUEUE_BYTES   (1u << 20) // of lines that wait for a reader
#define PATIENCE_NS   (EXIT_DEADLINE_S * NS_PER_S)
#define STREAM_FLAGS  (JSON_COMPACT | JSON_REAL_PRECISION(FIGURES_REAL_PRECISION))

static bool start_writer(JsonStream *stream) {
    struct stat status;
    const int descriptor = fileno(stream->file);
    if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)) {
        return true;
    }
    stream->writer = background_writer_start(descriptor, QUEUE_BYTES, NULL);
    return stream->writer != NULL;
}

static void close_file(JsonStream *stream) {
    if (stream->file != stdout && fclose(stream->file) != 0 && stream->error == 0) {
        stream->error = errno;
    }
    stream->file = NULL;
    free(stream->second);
    stream->second = NULL;
}

bool json_stream_open(JsonStream *stream, const char *path) {
    ASSERT_MAIN_THREAD();
    *stream = (JsonStream){.next_s = LINE_PERIOD_S, .second = calloc(1, sizeof(Tally))};
    if (stream->second == NULL) {
        errno = ENOMEM;
        return false;
    }
    stream->file = output_file_is_stdout(path) ? stdout : fopen(path, "w");
    if (stream->file == NULL) {
        free(stream->second);
        return false;
    }
    if (!start_writer(stream)) {
        close_file(stream);
        errno = ENOMEM;
        return false;
    }
    return true;
}

// ------------------------------------------------------------------ a line

static json_t *bots_to_json(const SwarmProgress *progress) {
    const uint32_t *bots = progress->gauges.bots;
    return json_pack("{s:i, s:i, s:i, s:i}", "target", (int)progress->target_bots, "playing",
                     (int)bots[BOT_PLAYING], "silent", (int)progress->gauges.silent, "connecting",
                     (int)bots[BOT_CONNECTING]);
}

// Connections are counted since the start of the run, unlike all else. They come first, then the
// figures at the top of the line, then those in parts.
static const char first_part[] = "connections.";

static bool is_first(const Figure *figure) {
    return strncmp(figure->name, first_part, strlen(first_part)) == 0;
}

static bool is_at_the_top(const Figure *figure) {
    return strchr(figure->name, '.') == NULL;
}

static bool is_in_a_part(const Figure *figure) {
    return !is_first(figure) && !is_at_the_top(figure);
}

static void set_figures(json_t *line, bool (*is_due)(const Figure *), const FigureSource *source) {
    const Figure *figure;
    for (size_t i = 0; (figure = figure_at(i)) != NULL; i++) {
        if ((figure->uses & FIGURE_STREAMED) != 0 && is_due(figure)) {
            figure_set_json(line, figure, source);
        }
    }
}

static json_t *line_to_json(const JsonStream *stream, const SwarmProgress *progress,
                            const ServerMetrics *server) {
    const double second_s = stream->second_s;
    const GeneratorUsage generator = {
        .cpu_cores = second_s > 0 ? stream->cpu_s / second_s : NAN,
        .busiest_thread_cpu = progress->gauges.thread_cpu,
    };
    const FigureSource second = {
        .measured_s = second_s, .tally = stream->second, .generator = &generator, .server = server};
    FigureSource total = second;
    total.tally = progress->total;
    json_t *line = json_object();
    json_object_set_new(line, "elapsed_s", json_real(progress->elapsed_s));
    json_object_set_new(line, "interval_s", json_real(second_s));
    json_object_set_new(line, "warming_up", json_boolean(progress->is_warming_up));
    json_object_set_new(line, "bots", bots_to_json(progress));
    set_figures(line, is_first, &total);
    set_figures(line, is_at_the_top, &second);
    set_figures(line, is_in_a_part, &second);
    return line;
}

// A full queue means that the reader does not read.
static int writer_error(const JsonStream *stream) {
    const int error = background_writer_error(stream->writer);
    return error == EAGAIN ? ETIMEDOUT : error;
}

// Appends a line to a file. When it does not fit, the file is cut back to its old end, so that
// it holds complete lines only.
static int append_line(FILE *file, const char *text, size_t size) {
    struct stat before;
    const bool is_known = fstat(fileno(file), &before) == 0;
    if (fwrite(text, 1, size, file) == size && fflush(file) == 0) {
        return 0;
    }
    const int error = errno;
    __fpurge(file);
    clearerr(file);
    if (is_known) {
        (void)!ftruncate(fileno(file), before.st_size);
    }
    return error;
}

static void put_line(JsonStream *stream, const char *text, size_t size) {
    if (stream->writer != NULL) {
        background_writer_push(stream->writer, text, size);
        stream->error = writer_error(stream);
    } else {
        stream->error = append_line(stream->file, text, size);
    }
}

static void write_line(JsonStream *stream, const SwarmProgress *progress,
                       const ServerMetrics *server) {
    json_t *line = line_to_json(stream, progress, server);
    char *text = json_u64_dumps(line, STREAM_FLAGS);
    if (text != NULL) {
        const size_t length = strlen(text);
        text[length] = '\n'; // in place of the final NUL: the length counts
        put_line(stream, text, length + 1);
    } else {
        stream->error = ENOMEM;
    }
    free(text);
    json_decref(line);
}

// ------------------------------------------------------------------ the stream

void json_stream_update(JsonStream *stream, const SwarmProgress *progress,
                        const ServerMetrics *server) {
    ASSERT_MAIN_THREAD();
    if (stream->file == NULL || stream->error != 0) {
        return;
    }
    tally_merge(stream->second, progress->recent);
    stream->second_s += progress->recent_s;
    stream->cpu_s += progress->cpu_cores * progress->recent_s;
    if (progress->elapsed_s >= stream->next_s || progress->is_last) {
        write_line(stream, progress, server);
        tally_reset(stream->second);
        stream->second_s = 0;
        stream->cpu_s = 0;
        // After a stall there is one longer line, not several at once.
        while (stream->next_s <= progress->elapsed_s) {
            stream->next_s += LINE_PERIOD_S;
        }
    }
}

// False when the writer could not be stopped.
static bool stop_writer(JsonStream *stream) {
    const bool is_idle = background_writer_flush(stream->writer, PATIENCE_NS);
    if (stream->error == 0) {
        stream->error = is_idle ? writer_error(stream) : ETIMEDOUT;
    }
    background_writer_stop(stream->writer, 0);
    stream->writer = NULL;
    return is_idle;
}

bool json_stream_close(JsonStream *stream) {
    ASSERT_MAIN_THREAD();
    if (stream->file == NULL) {
        return true;
    }
    if (stream->writer != NULL && !stop_writer(stream)) {
        stream->file = stdout; // the blocked thread keeps the file until the program ends
    }
    close_file(stream);
    errno = stream->error;
    return stream->error == 0;
}
