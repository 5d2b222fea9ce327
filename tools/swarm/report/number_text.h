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
// Of a part in a whole, "-" when the whole is nothing. What is not quite all or nothing does not
// read as 100 % or 0 %.
NumberText number_text_percent(double part, double whole);
// 45 s, 3 min 05 s, 1 h 02 min.
NumberText number_text_seconds(double seconds);

// As somebody asked for it: "0.9 s", "1 min 30 s".
NumberText number_text_duration(double seconds);

#endif
