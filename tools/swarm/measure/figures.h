// SPDX-License-Identifier: MIT
// figures.h -- numbers as people read them: 12,345   0.42   18.2 kB.
//
// Threads: pure functions on the caller's buffers.
#ifndef TICKSTORM_SWARM_MEASURE_FIGURES_H
#define TICKSTORM_SWARM_MEASURE_FIGURES_H

#include <stdint.h>

typedef struct Figure {
    char text[48];
} Figure;

// With a comma every three digits.
Figure figure_count(uint64_t count);
// About three significant digits: 0.042, 4.20, 42.0, 1,234. NaN is "-".
Figure figure_value(double value);
// With kB, MB or GB (powers of 1,000).
Figure figure_bytes(double bytes);
// Of a part in a whole, "-" when the whole is nothing. What is not quite all or nothing does not
// read as 100 % or 0 %.
Figure figure_percent(double part, double whole);
// 45 s, 3 min 05 s, 1 h 02 min.
Figure figure_seconds(double seconds);

// As somebody asked for it: "0.9 s", "1 min 30 s".
Figure figure_duration(double seconds);

#endif
