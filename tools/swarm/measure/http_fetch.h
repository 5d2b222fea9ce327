// SPDX-License-Identifier: MIT
// http_fetch.h -- one HTTP GET.
//
// Threads: blocks the caller for at most HTTP_FETCH_TIMEOUT_MS; http_fetch_initialize() once,
//          before other threads start.
// Trust:   the response may be anything; at most HTTP_FETCH_BYTES_MAX of it are read.
#ifndef TICKSTORM_SWARM_MEASURE_HTTP_FETCH_H
#define TICKSTORM_SWARM_MEASURE_HTTP_FETCH_H

#include <stdbool.h>
#include <stddef.h>

#define HTTP_FETCH_TIMEOUT_MS 2000
#define HTTP_FETCH_BYTES_MAX  (1u << 20)

bool http_fetch_initialize(void);
void http_fetch_deinitialize(void);

// The body of a 200 response as a text that the caller frees; NULL with the reason in error.
char *http_fetch(const char *url, char *error, size_t error_size);

#endif
