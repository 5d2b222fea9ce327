// SPDX-License-Identifier: MIT
// options_manual.h -- prints a table of options as a manual page.
//
// Flow:    OptionTable -> roff with the man macros on standard output (--help-man)
// Threads: the main thread.
#ifndef TICKSTORM_BASE_OPTIONS_MANUAL_H
#define TICKSTORM_BASE_OPTIONS_MANUAL_H

#include "base/option_table.h"

// Prints the page. It names the commands, which have pages of their own.
void options_print_manual(const OptionTable *table);

#endif
