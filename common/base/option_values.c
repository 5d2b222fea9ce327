// SPDX-License-Identifier: MIT
#include "base/option_values.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define DURATION_MAX_NS (1000000000 * NS_PER_S)

static const char *skip_digits(const char *text) {
    while (isdigit((unsigned char)*text)) {
        text++;
    }
    return text;
}

// The end of the decimal number at the start of the text; the text itself when there is none.
static const char *decimal_end(const char *text) {
    const char *end = skip_digits(text);
    const bool has_digits = end != text;
    if (*end == '.') {
        end = skip_digits(end + 1);
    }
    if (!has_digits && end - text < 2) {
        return text;
    }
    if (*end == 'e' || *end == 'E') {
        const char *exponent = end + 1 + (end[1] == '+' || end[1] == '-');
        const char *exponent_end = skip_digits(exponent);
        end = exponent_end != exponent ? exponent_end : end;
    }
    return end;
}

const char *parse_decimal(const char *text, double *value) {
    const bool has_sign = *text == '-' || *text == '+';
    const char *start = text + has_sign;
    const char *end = decimal_end(start);
    char *read_to;
    if (end == start) {
        return NULL;
    }
    errno = 0;
    const double number = strtod(start, &read_to);
    if (read_to != end || errno != 0 || !isfinite(number)) {
        return NULL; // too large, or too close to zero
    }
    *value = *text == '-' && number != 0 ? -number : number;
    return end;
}

bool parse_number(const char *text, double *value) {
    const char *end = parse_decimal(text, value);
    return end != NULL && *end == '\0';
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

// A number without a sign, with the suffix or without one.
static bool parse_suffixed(const char *text, const char *suffix, double *value) {
    const char *end = *text == '-' || *text == '+' ? NULL : parse_decimal(text, value);
    return end != NULL && (*end == '\0' || strcmp(end, suffix) == 0);
}

bool parse_percent(const char *text, double *value) {
    return parse_suffixed(text, "%", value) && *value <= 100;
}

bool parse_rate(const char *text, double *value) {
    return parse_suffixed(text, "/s", value);
}

// The unit that the text begins with, in nanoseconds; 0: none. *length is the length of its name.
static uint64_t unit_ns(const char *text, size_t *length) {
    static const struct {
        const char *name;
        uint64_t ns;
    } units[] = {{"ms", NS_PER_MS},      {"us", NS_PER_US},    {"ns", 1},
                 {"h", 3600 * NS_PER_S}, {"m", 60 * NS_PER_S}, {"s", NS_PER_S}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        *length = strlen(units[i].name);
        if (strncmp(text, units[i].name, *length) == 0) {
            return units[i].ns;
        }
    }
    return 0;
}

// Digits, perhaps a point and more digits, in units of unit_ns; exact down to the nanosecond. False
// when it is beyond DURATION_MAX_NS.
static bool read_duration(const char *digits, uint64_t unit, uint64_t *ns) {
    uint64_t whole = 0;
    for (; isdigit((unsigned char)*digits); digits++) {
        whole = whole * 10 + (uint64_t)(*digits - '0');
        if (whole > DURATION_MAX_NS / unit) {
            return false;
        }
    }
    *ns = whole * unit;
    for (digits += *digits == '.'; isdigit((unsigned char)*digits); digits++) {
        unit /= 10;
        *ns += (uint64_t)(*digits - '0') * unit;
    }
    return true;
}

bool parse_duration_ns(const char *text, uint64_t *value) {
    const char *at = text;
    uint64_t total = 0;
    do {
        const char *end = skip_digits(at);
        if (end == at) {
            return false;
        }
        if (*end == '.') {
            const char *fraction = end + 1;
            end = skip_digits(fraction);
            if (end == fraction) {
                return false;
            }
        }
        size_t length = 0;
        uint64_t unit = unit_ns(end, &length);
        if (at == text && *end == '\0') {
            unit = NS_PER_S; // a bare number means seconds
            length = 0;
        }
        uint64_t part = 0;
        if (unit == 0 || !read_duration(at, unit, &part)) {
            return false;
        }
        total += part;
        at = end + length;
    } while (*at != '\0' && total <= DURATION_MAX_NS);
    *value = total;
    return total <= DURATION_MAX_NS;
}
