// SPDX-License-Identifier: MIT
#include "tools/swarm/report/number_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/digits.h"

NumberText number_text_count(uint64_t count) {
    NumberText number;
    digits_group(number.text, count);
    return number;
}

NumberText number_text_value(double value) {
    NumberText number;
    if (!isfinite(value)) {
        number = (NumberText){"-"};
    } else if (value == 0) {
        number = (NumberText){"0"};
    } else if (value >= 999.5) {
        return number_text_count((uint64_t)llround(value));
    } else {
        const int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : value >= 0.9995 ? 2 : 3;
        snprintf(number.text, sizeof number.text, "%.*f", decimals, value);
    }
    return number;
}

NumberText number_text_bytes(double bytes) {
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    size_t unit = 0;
    if (!isfinite(bytes)) {
        return number_text_value(bytes);
    }
    while (bytes >= 999.5 && unit + 1 < sizeof units / sizeof *units) {
        bytes /= 1000;
        unit++;
    }
    NumberText number =
        unit == 0 ? number_text_count((uint64_t)llround(bytes)) : number_text_value(bytes);
    const size_t length = strlen(number.text);
    snprintf(number.text + length, sizeof number.text - length, " %s", units[unit]);
    return number;
}

NumberText number_text_percent(double part, double whole) {
    NumberText number;
    if (!(whole > 0)) {
        number = (NumberText){"-"};
        return number;
    }
    const double percent = part / whole * 100;
    if (!(part > 0)) {
        number = (NumberText){"0 %"};
    } else if (percent < 0.01) {
        number = (NumberText){"<0.01 %"};
    } else if (part < whole && percent > 99.99) {
        number = (NumberText){">99.99 %"};
    } else {
        snprintf(number.text, sizeof number.text, "%.*f %%", percent >= 99.995 ? 0 : 2, percent);
    }
    return number;
}

NumberText number_text_seconds(double seconds) {
    NumberText number;
    const unsigned long whole = seconds > 0 ? (unsigned long)ceil(seconds) : 0;
    if (whole < 60) {
        snprintf(number.text, sizeof number.text, "%lu s", whole);
    } else if (whole < 3600) {
        snprintf(number.text, sizeof number.text, "%lu min %02lu s", whole / 60, whole % 60);
    } else {
        snprintf(number.text, sizeof number.text, "%lu h %02lu min", whole / 3600,
                 whole % 3600 / 60);
    }
    return number;
}

NumberText number_text_duration(double seconds) {
    NumberText number;
    if (seconds >= 60) {
        return number_text_seconds(seconds);
    }
    snprintf(number.text, sizeof number.text, "%.4g s", seconds);
    return number;
}
