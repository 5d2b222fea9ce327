// SPDX-License-Identifier: MIT
// log.h -- one line per event to stderr, as text for people or JSON for machines.
//
// Threads: all functions are safe from any thread: a line is put together on the caller's stack and
//          leaves in one write(2), and log_configure() holds for the lines that begin after it.
// Trust:   text that came from the wire may be passed as an argument: control characters are
//          escaped, so that nobody forges a line.
#ifndef TICKSTORM_BASE_LOG_H
#define TICKSTORM_BASE_LOG_H

#include <stdbool.h>

typedef enum LogLevel { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG } LogLevel;
typedef enum LogFormat { LOG_FORMAT_TEXT, LOG_FORMAT_JSON } LogFormat;

#define LOG_LINE_BYTES 1024

void log_configure(LogLevel level, LogFormat format);

// "error", "warn", "info" or "debug"; false when the name is none of them.
bool log_level_from_name(const char *name, LogLevel *level);
bool log_format_from_name(const char *name, LogFormat *format);

bool log_is_enabled(LogLevel level);

// Writes one line; area names the part of the program ("net", "sim"). A line longer than
// LOG_LINE_BYTES is cut. Use the macros, which skip the formatting of lines nobody wants.
void log_write(LogLevel level, const char *area, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

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
