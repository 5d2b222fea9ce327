// SPDX-License-Identifier: MIT
// option_field.h -- converts between the text of an option and the field that holds its value.
//
// Flow:    text -> option_store() -> field of the configuration -> option_format() -> text
// Threads: the main thread's.
// Memory:  texts are stored as pointers; the caller keeps the bytes.
#ifndef TICKSTORM_BASE_OPTION_FIELD_H
#define TICKSTORM_BASE_OPTION_FIELD_H

#include "base/option_table.h"

// Stores a value that passes the row's type, range and check; an item of a list is appended. False
// with a reason such as "'x' is not a whole number (1 to 5)"; the field may have changed then.
bool option_store(const Option *option, void *config, const char *text, char *wrong,
                  size_t wrong_size);

// Copies the field of one configuration to another of the same type.
void option_copy(const Option *option, void *to, const void *from);

// Whether the field holds nothing to write: NULL, an optional count that was not given, an empty
// list.
bool option_is_unset(const Option *option, const void *config);

// Writes a value as one would type it; reading it gives the same value. A text is cut at `size`.
// Empty for an unset field, and for lists, which have several values.
#define OPTION_FORMAT_BYTES 4096
void option_format(const Option *option, const void *config, char *text, size_t size);

// Writes the values that an option allows, " (1 to 5)"; empty when no bound is to be shown.
void option_explain_range(const Option *option, char *text, size_t size);

#endif
