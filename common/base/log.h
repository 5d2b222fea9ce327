// SPDX-License-Identifier: MIT
// log.h -- one line per event to stderr, as text for people or JSON for machines.
//
// Flow:    log_write() -> bounded queue -> a thread of its own -> stderr
// Threads: all functions are safe from any thread but for log_start(): a line is put together on
//          the caller's stack and queued in one piece, and log_configure() holds for the lines that
//          begin after it. After log_start() no caller ever waits for the reader of stderr.
// Order:   lines come out in the order in which they were queued.
// Errors:  a line that finds the queue full, or cannot be written, is dropped and counted; one line
//          says how many as soon as something can be written again.
// Trust:   text that came from the wire may be passed as an argument: control characters are
//          escaped, so that nobody forges a line.
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

// Starts the thread that writes, and has what is left written at exit(), as far as anybody reads.
// Where threads are short, lines are written in place as before it, and wait for their reader.
void log_start(void);

// Lines and texts that were dropped since log_start().
uint64_t log_dropped_count(void);

// "error", "warn", "info" or "debug"; false when the name is none of them.
bool log_level_from_name(const char *name, LogLevel *level);
bool log_format_from_name(const char *name, LogFormat *format);

bool log_is_enabled(LogLevel level);

// Writes one line; area names the part of the program ("net", "sim"). A line longer than
// LOG_LINE_BYTES is cut. Use the macros, which skip the formatting of lines nobody wants.
void log_write(LogLevel level, const char *area, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Text for people, not a line of a log, by the same way: a summary, the picture of a run. False
// when it was dropped; a text longer than LOG_TEXT_BYTES always is. log_print() cuts what is longer
// than LOG_PRINT_BYTES.
#define LOG_TEXT_BYTES  65536
#define LOG_PRINT_BYTES 8192
bool log_text(const char *text, size_t size);
bool log_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

// The same for one line, whose end it adds: control characters in what a message quotes are
// replaced (text_make_one_line()), so that a path or a name makes no second one.
bool log_print_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

// A stream whose text takes the same way, in pieces of up to LOG_PRINT_BYTES; fclose() sends the
// rest. NULL when memory is short.
FILE *log_stream_open(void);

// From a signal handler: writes the text where stderr takes it at once, else not at all.
void log_from_handler(const char *text);

// Whether all that was said before has left.
bool log_is_idle(void);

// Waits until it has, but gives up after a second in which nobody read. For the end of a run,
// before results go to standard output; not for a thread that others wait for.
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
