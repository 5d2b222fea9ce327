// SPDX-License-Identifier: MIT
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/background_writer.h"
#include "base/clock.h"
#include "base/text_lines.h"
#include "base/thread_role.h"

#define QUEUE_BYTES      (4 * LOG_TEXT_BYTES)
#define EXIT_PATIENCE_NS NS_PER_S // how long exit waits without progress of stderr's reader

// Relaxed everywhere: neither value depends on other data, and a concurrent line may use the old
// one.
static _Atomic LogLevel g_level = LOG_LEVEL_INFO;
static _Atomic LogFormat g_format = LOG_FORMAT_TEXT;

// NULL: each call writes its own line. Set by log_start(), before there are other threads.
static BackgroundWriter *g_writer;

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

// A line of LOG_LINE_BYTES + 128, its line break included; returns its length.
#define LINE_BYTES (LOG_LINE_BYTES + 128)

static size_t format_line(char line[LINE_BYTES], LogLevel level, const char *area,
                          const char *message) {
    char stamp[32];
    append_time(stamp, sizeof stamp);
    const size_t capacity = LINE_BYTES - 4; // room for the closing characters
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
    return length;
}

// ------------------------------------------------------------------ writing

static size_t print_dropped(char *text, size_t size, uint64_t count) {
    char line[LINE_BYTES];
    char message[64];
    snprintf(message, sizeof message, "%llu log line%s dropped", (unsigned long long)count,
             count == 1 ? "" : "s");
    const size_t length = format_line(line, LOG_LEVEL_WARN, "log", message);
    memcpy(text, line, length < size ? length : size);
    return length < size ? length : size;
}

static void finish(void) {
    background_writer_flush(g_writer, EXIT_PATIENCE_NS);
}

void log_start(void) {
    ASSERT_MAIN_THREAD();
    g_writer = background_writer_start(STDERR_FILENO, QUEUE_BYTES, print_dropped);
    if (g_writer != NULL) {
        atexit(finish);
    }
}

uint64_t log_dropped_count(void) {
    return g_writer != NULL ? background_writer_dropped(g_writer) : 0;
}

bool log_is_idle(void) {
    return g_writer == NULL || background_writer_is_idle(g_writer);
}

void log_flush(void) {
    if (g_writer != NULL) {
        (void)background_writer_flush(g_writer, EXIT_PATIENCE_NS);
    }
}

bool log_text(const char *text, size_t size) {
    if (g_writer != NULL) {
        return background_writer_push(g_writer, text, size);
    }
    return write(STDERR_FILENO, text, size) == (ssize_t)size;
}

bool log_print(const char *format, ...) {
    char text[LOG_PRINT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return length >= 0 &&
           log_text(text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
}

bool log_print_line(const char *format, ...) {
    char line[LOG_PRINT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    if (length < 0) {
        return false;
    }
    text_make_one_line(line);
    const size_t end = strlen(line);
    line[end] = '\n';
    return log_text(line, end + 1);
}

static ssize_t write_text(void *unused, const char *text, size_t size) {
    (void)unused;
    (void)log_text(text, size); // a drop is counted there
    return (ssize_t)size;
}

FILE *log_stream_open(void) {
    FILE *stream = fopencookie(NULL, "w", (cookie_io_functions_t){.write = write_text});
    if (stream != NULL) {
        setvbuf(stream, NULL, _IOFBF, LOG_PRINT_BYTES);
    }
    return stream;
}

void log_write(LogLevel level, const char *area, const char *format, ...) {
    char message[LOG_LINE_BYTES];
    char line[LINE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    // A dropped log line is counted; there is nowhere else to report it.
    (void)log_text(line, format_line(line, level, area, message));
}
