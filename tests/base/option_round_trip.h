// SPDX-License-Identifier: MIT
// option_round_trip.h -- random values of a table's options, dumped and loaded again.
//
// Flow:    random values -> options_dump() -> file -> options_parse() -> the same values
// Threads: the calling thread; standard output goes to the file meanwhile.
#ifndef TICKSTORM_TESTS_BASE_OPTION_ROUND_TRIP_H
#define TICKSTORM_TESTS_BASE_OPTION_ROUND_TRIP_H

#include "base/options.h"
#include "base/rng.h"

// Fails the test when a value of any row is another one after it was dumped and loaded. The table
// needs an option whose value is a file to read; its check of texts is left out. config_size is
// that of the table's configuration.
void assert_options_load_as_dumped(const OptionTable *table, size_t config_size, Rng *rng,
                                   int rounds);

#endif
