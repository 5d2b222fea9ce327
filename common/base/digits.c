// SPDX-License-Identifier: MIT
#include "base/digits.h"

#include <stdio.h>

const char *digits_group(char text[DIGITS_BYTES], uint64_t number) {
    char digits[24];
    const int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    char *out = text;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            *out++ = ',';
        }
        *out++ = digits[i];
    }
    *out = '\0';
    return text;
}
