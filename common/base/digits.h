// SPDX-License-Identifier: MIT
// digits.h -- a number with thousands separators: 12,345.
//
// Threads: a pure function on the caller's buffer.
#ifndef TICKSTORM_BASE_DIGITS_H
#define TICKSTORM_BASE_DIGITS_H

#include <stdint.h>

#define DIGITS_BYTES 28 // holds the longest text, 18,446,744,073,709,551,615, with its NUL

// Writes the number with a comma every three digits. Returns the text.
const char *digits_group(char text[DIGITS_BYTES], uint64_t number);

#endif
