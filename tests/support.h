// SPDX-License-Identifier: MIT
// support.h -- what every test program needs: cmocka with its prerequisites, and a seed that is
//              printed, so that a failure can be repeated.
#ifndef TICKSTORM_TESTS_SUPPORT_H
#define TICKSTORM_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/rng.h"

// A stream for a test's own draws. TICKSTORM_TEST_SEED=N repeats a run.
static inline Rng test_rng(void) {
    const char *text = getenv("TICKSTORM_TEST_SEED");
    const uint64_t seed = text != NULL ? strtoull(text, NULL, 10) : 20240501;
    print_message("seed %llu\n", (unsigned long long)seed);
    return rng_seeded(seed);
}

#endif
