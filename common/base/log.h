// SPDX-License-Identifier: MIT
// log.h -- one line per event to stderr, as text for people or JSON for machines.
//
// Flow:    log_write() -> bounded queue -> a thread of its own -> stderr
// Threads: log_start() is the main thread's, before it starts others. All other functions are safe
//          from any thread: a line is made on the caller's stack and queued in one piece;
//          log_configure() applies to lines that begin after it. After log_start() no caller waits
//          for the reader of stderr. Signal handlers use base/stderr_direct.h instead.
// Order:   lines come out in the order in which they were queued.
// Errors:  a line is dropped and counted where the queue is full or the write fails. One line gives
//          the number once stderr accepts text again.
// Trust:   arguments may hold text from the wire: control characters are escaped, so that no peer
//          can forge a line.
#ifndef TICKSTORM_BASE_LOG_H
#define TICKSTORM_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum LogLevel { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG } LogLevel;
typedef enum LogFormat { LOG_FORMAT_TEXT, LOG_FORMAT_JSON } LogFormat;

#define LOG_LINE_BYTES 1024

void log_configure(LogLevel level, LogFormat format);

// Starts the writer thread, and flushes at exit() as far as the reader reads. Where threads are
// short, each call goes on writing its line itself, and waits for the reader.
void log_start(void);

// Lines and texts dropped since log_start().
uint64_t log_dropped_count(void);

// "error", "warn", "info" or "debug"; false when the name is none of them.
bool log_level_from_name(const char *name, LogLevel *level);
bool log_format_from_name(const char *name, LogFormat *format);

bool log_is_enabled(LogLevel level);

// Writes one line; area names the part of the program ("net", "sim"). A line longer than
// LOG_LINE_BYTES is cut. Use the macros: they do not format a line below the level.
void log_write(LogLevel level, const char *area, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Text for people rather than a log line, through the same queue: a summary, a live display. False
// when it was dropped, as every text above LOG_TEXT_BYTES is. log_print() cuts its text at
// LOG_PRINT_BYTES.
#define LOG_TEXT_BYTES  65536
#define LOG_PRINT_BYTES 8192
bool log_text(const char *text, size_t size);
bool log_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

// The same for one line, without its line break. Control characters are replaced
// (text_make_one_line()), so that a quoted path or name cannot make a second line.
bool log_print_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

// A stream into the same queue, in pieces of up to LOG_PRINT_BYTES; fclose() flushes it. NULL when
// memory is short.
FILE *log_stream_open(void);

// Whether every line and text so far has been written or dropped.
bool log_is_idle(void);

// Waits until log_is_idle(), at most one second without progress. For the end of a run, before
// results go to standard output; not for a thread that others wait for.
void log_flush(void);

#define LOG_AT(level, ...)                                                                         \
    do {                                                                                           \
        if (log_is_enabled(level)) {                                                               \
            log_write((level), __VA_ARGS__);                                                       \
        }                                                                                          \
    } while (0)
#define LOG_ERROR(...) LOG_AT(LOG_LEVEL_ERROR, __VA_ARGS__)
#define LOG_WARN(...)  LOG_AT(LOG_LEVEL_WARN, __VA_ARGS__)
#define LOG_INFO(...)  LOG_AT(LOG_LEVEL_INFO, __VA_ARGS__)
#define LOG_DEBUG(...) LOG_AT(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
