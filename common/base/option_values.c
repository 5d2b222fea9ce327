// SPDX-License-Identifier: MIT
#include "base/option_values.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

bool parse_number(const char *text, double *value) {
    char *end;
    errno = 0;
    *value = strtod(text, &end);
    return end != text && *end == '\0' && errno == 0 && isfinite(*value);
}

bool parse_count(const char *text, uint64_t *value) {
    if (!isdigit((unsigned char)*text)) {
        return false;
    }
    char *end;
    errno = 0;
    const unsigned long long number = strtoull(text, &end, 10);
    uint64_t scale = 1;
    if (*end == 'k' || *end == 'K') {
        scale = 1000;
        end++;
    } else if (*end == 'M') {
        scale = 1000000;
        end++;
    }
    *value = (uint64_t)number * scale;
    return *end == '\0' && errno == 0 && number <= UINT64_MAX / scale;
}

// A non-negative number with one of the suffixes allowed behind it.
static bool parse_suffixed(const char *text, const char *suffix, double *value) {
    char *end;
    errno = 0;
    *value = strtod(text, &end);
    return end != text && errno == 0 && isfinite(*value) && *value >= 0 &&
           (*end == '\0' || strcmp(end, suffix) == 0);
}

bool parse_percent(const char *text, double *value) {
    return parse_suffixed(text, "%", value) && *value <= 100;
}

bool parse_rate(const char *text, double *value) {
    return parse_suffixed(text, "/s", value);
}

bool parse_duration_ns(const char *text, uint64_t *value) {
    static const struct {
        const char *unit;
        double seconds;
    } units[] = {{"ms", 1e-3}, {"us", 1e-6}, {"h", 3600}, {"m", 60}, {"s", 1}};
    double seconds = 0;
    if (*text == '\0') {
        return false;
    }
    while (*text != '\0') {
        char *end;
        const double number = strtod(text, &end);
        if (end == text || !isdigit((unsigned char)*text) || !isfinite(number)) {
            return false;
        }
        double scale = *end == '\0' ? 1 : 0; // a bare number means seconds
        for (size_t i = 0; scale == 0 && i < sizeof units / sizeof *units; i++) {
            const size_t length = strlen(units[i].unit);
            if (strncmp(end, units[i].unit, length) == 0) {
                scale = units[i].seconds;
                end += length;
            }
        }
        if (scale == 0) {
            return false;
        }
        seconds += number * scale;
        text = end;
    }
    *value = (uint64_t)llround(seconds * (double)NS_PER_S);
    return seconds <= 1e9;
}

bool parse_host_port(const char *text, char *host, size_t host_size, uint16_t *port) {
    const char *colon = strrchr(text, ':');
    uint64_t number;
    if (colon == NULL || colon == text || (size_t)(colon - text) >= host_size ||
        !parse_count(colon + 1, &number) || number == 0 || number > UINT16_MAX) {
        return false;
    }
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = '\0';
    *port = (uint16_t)number;
    return true;
}
