// SPDX-License-Identifier: MIT
// option_round_trip.h -- dumps random values of a table's options and loads them again.
//
// Flow:    random values -> options_dump() -> file -> options_parse() -> the same values
// Threads: the calling thread; during a dump, standard output is redirected to the file.
#ifndef TICKSTORM_TESTS_BASE_OPTION_ROUND_TRIP_H
#define TICKSTORM_TESTS_BASE_OPTION_ROUND_TRIP_H

#include "base/options.h"
#include "base/rng.h"

// Fails the test when any row's value differs after a dump and a load. The table needs an options
// file; checks and excluding sides of its rows are ignored. config_size is the size of the table's
// configuration.
void assert_options_load_as_dumped(const OptionTable *table, size_t config_size, Rng *rng,
                                   int rounds);

#endif
