// SPDX-License-Identifier: MIT
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// Relaxed everywhere: each stands on its own, and a line more or less in the old manner is no harm.
static _Atomic LogLevel g_level = LOG_LEVEL_INFO;
static _Atomic LogFormat g_format = LOG_FORMAT_TEXT;

static const char *const g_level_names[] = {"error", "warn", "info", "debug"};

void log_configure(LogLevel level, LogFormat format) {
    atomic_store_explicit(&g_level, level, memory_order_relaxed);
    atomic_store_explicit(&g_format, format, memory_order_relaxed);
}

bool log_level_from_name(const char *name, LogLevel *level) {
    for (int i = 0; i <= LOG_LEVEL_DEBUG; i++) {
        if (strcmp(name, g_level_names[i]) == 0) {
            *level = (LogLevel)i;
            return true;
        }
    }
    return false;
}

bool log_format_from_name(const char *name, LogFormat *format) {
    const bool is_json = strcmp(name, "json") == 0;
    *format = is_json ? LOG_FORMAT_JSON : LOG_FORMAT_TEXT;
    return is_json || strcmp(name, "text") == 0;
}

bool log_is_enabled(LogLevel level) {
    return level <= atomic_load_explicit(&g_level, memory_order_relaxed);
}

// Appends text with control characters, and in JSON quotes and backslashes, escaped. Bytes above
// 0x7f pass: they are UTF-8. Returns the new length, never above capacity.
static size_t append_escaped(char *line, size_t length, size_t capacity, const char *text,
                             bool is_json) {
    for (; *text != '\0' && length + 6 < capacity; text++) {
        const unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == 0x7f) {
            length += (size_t)snprintf(line + length, capacity - length, "\\u%04x", c);
        } else {
            if (is_json && (c == '"' || c == '\\')) {
                line[length++] = '\\';
            }
            line[length++] = (char)c;
        }
    }
    return length;
}

static size_t append_time(char *line, size_t capacity) {
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    const size_t length = strftime(line, capacity, "%Y-%m-%dT%H:%M:%S", &utc);
    return length +
           (size_t)snprintf(line + length, capacity - length, ".%03ldZ", now.tv_nsec / 1000000);
}

void log_write(LogLevel level, const char *area, const char *format, ...) {
    char message[LOG_LINE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);

    char stamp[32];
    append_time(stamp, sizeof stamp);
    char line[LOG_LINE_BYTES + 128];
    const size_t capacity = sizeof line - 4; // room for the closing characters
    size_t length;
    if (atomic_load_explicit(&g_format, memory_order_relaxed) == LOG_FORMAT_JSON) {
        length = (size_t)snprintf(
            line, capacity, "{\"time\":\"%s\",\"level\":\"%s\",\"area\":\"%s\",\"message\":\"",
            stamp, g_level_names[level], area);
        length = append_escaped(line, length, capacity, message, true);
        line[length++] = '"';
        line[length++] = '}';
    } else {
        length =
            (size_t)snprintf(line, capacity, "%s %-5s %s: ", stamp, g_level_names[level], area);
        length = append_escaped(line, length, capacity, message, false);
    }
    line[length++] = '\n';
    // A log line that cannot be written has nowhere to be reported.
    ssize_t written = write(STDERR_FILENO, line, length);
    (void)written;
}
