// SPDX-License-Identifier: MIT
// option_values.h -- how single values are written: counts, rates, durations.
//
// Flow:    text of a flag, a file, a threshold -> parse_<kind> -> value; false: the text is no such
//          value
// Threads: any; nothing is kept.
// Units:   durations in nanoseconds, percentages 0..100, rates per second.
#ifndef TICKSTORM_BASE_OPTION_VALUES_H
#define TICKSTORM_BASE_OPTION_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Reads a decimal number of the C locale, with a sign, a point and an exponent if need be. Returns
// where it ends; NULL when there is none ("inf", "nan") or a double cannot hold it. "0x10" ends
// behind the 0.
const char *parse_decimal(const char *text, double *value);

// "10", "10k", "2M"; whole, without a sign.
bool parse_count(const char *text, uint64_t *value);
bool parse_number(const char *text, double *value);
bool parse_percent(const char *text, double *value);
bool parse_rate(const char *text, double *value);
// "90", "250ms", "1.5s", "1h30m"; exact to the nanosecond, up to 1e9 seconds.
bool parse_duration_ns(const char *text, uint64_t *value);

#endif
