// SPDX-License-Identifier: MIT
// support.h -- the common part of all test programs: cmocka with its prerequisites, and a seed that
//              differs in each run and is printed, so that a failure can be repeated.
#ifndef TICKSTORM_TESTS_SUPPORT_H
#define TICKSTORM_TESTS_SUPPORT_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include <cmocka.h>

#include "base/rng.h"

// The seed of this run: TICKSTORM_TEST_SEED, or a new one, which is then stored in that variable,
// so that all of a program's files and children share it.
static inline uint64_t test_seed(void) {
    const char *text = getenv("TICKSTORM_TEST_SEED");
    uint64_t seed = 0;
    if (text == NULL) {
        char written[24];
        if (getrandom(&seed, sizeof seed, 0) != sizeof seed) {
            fail_msg("no random bits for a seed");
        }
        snprintf(written, sizeof written, "%llu", (unsigned long long)seed);
        setenv("TICKSTORM_TEST_SEED", written, 1);
        return seed;
    }
    char *end = NULL;
    errno = 0;
    seed = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0) {
        fail_msg("TICKSTORM_TEST_SEED is no number: %s", text);
    }
    return seed;
}

// A random stream for a test's own draws, which differ in each run, so that many runs explore. The
// printed seed repeats them. A seed that failed becomes a case of its own, with rng_seeded(): the
// next run will draw another one.
static inline Rng test_rng(void) {
    const uint64_t seed = test_seed();
    print_message("TICKSTORM_TEST_SEED=%llu repeats this\n", (unsigned long long)seed);
    return rng_seeded(seed);
}

#endif
