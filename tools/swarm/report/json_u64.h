// SPDX-License-Identifier: MIT
// json_u64.h -- JSON with unsigned 64-bit integers: a seed may be 18446744073709551615.
//
// Flow:    json_u64() in a value -> json_u64_dumps() -> text; text -> json_u64_loads() ->
//          json_u64_value()
// Threads: pure functions.
//
// jansson's integers end at 2^63 - 1. Beyond that a value is held as a marked string, which the
// text shows as the number that it is, and which becomes a marked string again when it is read.
#ifndef TICKSTORM_SWARM_REPORT_JSON_U64_H
#define TICKSTORM_SWARM_REPORT_JSON_U64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

// A new reference; NULL when memory is short.
json_t *json_u64(uint64_t number);

// False when it is no integer of 0 to 2^64 - 1.
bool json_u64_value(const json_t *value, uint64_t *number);

// As json_dumps(): to free(), NULL when memory is short.
char *json_u64_dumps(const json_t *root, size_t flags);

// Writes the text with a newline behind it, as output_file_write(): false with errno set.
bool json_u64_write_file(const json_t *root, size_t flags, const char *path);

// As json_loads(): NULL, with the mistake and its place in *error.
json_t *json_u64_loads(const char *text, size_t size, json_error_t *error);

// The same from a file, of any kind and size.
json_t *json_u64_load_file(const char *path, json_error_t *error);

#endif
