// SPDX-License-Identifier: MIT
// options_completion.h -- the completion of a program's options in a shell.
//
// Flow:    OptionTable -> a script for bash or zsh on standard output (--completion bash|zsh)
// Threads: the main thread.
#ifndef TICKSTORM_BASE_OPTIONS_COMPLETION_H
#define TICKSTORM_BASE_OPTIONS_COMPLETION_H

#include <stdbool.h>

#include "base/option_table.h"

// False when the shell is neither "bash" nor "zsh"; nothing has been printed then.
bool options_print_completion(const OptionTable *table, const char *shell);

#endif
