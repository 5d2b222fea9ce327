// SPDX-License-Identifier: MIT
// number_text.h -- numbers as people read them: 12,345   0.42   18.2 kB.
//
// Threads: pure functions on the caller's buffers.
#ifndef TICKSTORM_SWARM_REPORT_NUMBER_TEXT_H
#define TICKSTORM_SWARM_REPORT_NUMBER_TEXT_H

#include <stdint.h>

typedef struct NumberText {
    char text[48];
} NumberText;

// With a comma every three digits.
NumberText number_text_count(uint64_t count);
// About three significant digits: 0.042, 4.20, 42.0, 1,234. NaN is "-".
NumberText number_text_value(double value);
// With kB, MB or GB (powers of 1,000).
NumberText number_text_bytes(double bytes);
// A share; "-" when the total is 0. A share just below all or just above nothing does not read as
// 100 % or 0 %.
NumberText number_text_percent(double part, double whole);
// 45 s, 3 min 05 s, 1 h 02 min.
NumberText number_text_seconds(double seconds);

// A duration as given in an option: "0.9 s", "1 min 30 s".
NumberText number_text_duration(double seconds);

#endif
