// SPDX-License-Identifier: MIT
// option_field.h -- between what is written of an option and the field that holds it.
//
// Flow:    text -> option_store() -> field of the configuration -> option_format() -> text
// Threads: the main thread's.
// Memory:  texts are stored as pointers; what they point to must stay.
#ifndef TICKSTORM_BASE_OPTION_FIELD_H
#define TICKSTORM_BASE_OPTION_FIELD_H

#include "base/options.h"

// Stores a value; one of a list is appended. False with what is wrong in words, as "'x' is not a
// whole number (1 to 5)"; the field may have changed then.
bool option_store(const OptionTable *table, const Option *option, void *config, const char *text,
                  char *wrong, size_t wrong_size);

// Whether the field has no value that could be written: NULL, or a list of none.
bool option_is_unset(const Option *option, const void *config);

// Writes a value as one would type it, so that it is read as the same; texts beyond `size` are cut.
// Empty where it has none, and for lists, which have several.
#define OPTION_FORMAT_BYTES 4096
void option_format(const Option *option, const void *config, char *text, size_t size);

// Writes what an option may be, " (1 to 5)"; empty when there is nothing to say.
void option_explain_range(const Option *option, char *text, size_t size);

#endif
