// SPDX-License-Identifier: MIT
#include "tools/swarm/measure/figures.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/digits.h"

Figure figure_count(uint64_t count) {
    Figure figure;
    digits_group(figure.text, count);
    return figure;
}

Figure figure_value(double value) {
    Figure figure;
    if (!isfinite(value)) {
        figure = (Figure){"-"};
    } else if (value == 0) {
        figure = (Figure){"0"};
    } else if (value >= 999.5) {
        return figure_count((uint64_t)llround(value));
    } else {
        const int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : value >= 0.9995 ? 2 : 3;
        snprintf(figure.text, sizeof figure.text, "%.*f", decimals, value);
    }
    return figure;
}

Figure figure_bytes(double bytes) {
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    size_t unit = 0;
    if (!isfinite(bytes)) {
        return figure_value(bytes);
    }
    while (bytes >= 999.5 && unit + 1 < sizeof units / sizeof *units) {
        bytes /= 1000;
        unit++;
    }
    Figure figure = unit == 0 ? figure_count((uint64_t)llround(bytes)) : figure_value(bytes);
    const size_t length = strlen(figure.text);
    snprintf(figure.text + length, sizeof figure.text - length, " %s", units[unit]);
    return figure;
}

Figure figure_percent(double part, double whole) {
    Figure figure;
    if (!(whole > 0)) {
        figure = (Figure){"-"};
        return figure;
    }
    const double percent = part / whole * 100;
    if (!(part > 0)) {
        figure = (Figure){"0 %"};
    } else if (percent < 0.01) {
        figure = (Figure){"<0.01 %"};
    } else if (part < whole && percent > 99.99) {
        figure = (Figure){">99.99 %"};
    } else {
        snprintf(figure.text, sizeof figure.text, "%.*f %%", percent >= 99.995 ? 0 : 2, percent);
    }
    return figure;
}

Figure figure_seconds(double seconds) {
    Figure figure;
    const unsigned long whole = seconds > 0 ? (unsigned long)ceil(seconds) : 0;
    if (whole < 60) {
        snprintf(figure.text, sizeof figure.text, "%lu s", whole);
    } else if (whole < 3600) {
        snprintf(figure.text, sizeof figure.text, "%lu min %02lu s", whole / 60, whole % 60);
    } else {
        snprintf(figure.text, sizeof figure.text, "%lu h %02lu min", whole / 3600,
                 whole % 3600 / 60);
    }
    return figure;
}

Figure figure_duration(double seconds) {
    Figure figure;
    if (seconds >= 60) {
        return figure_seconds(seconds);
    }
    snprintf(figure.text, sizeof figure.text, "%.4g s", seconds);
    return figure;
}
