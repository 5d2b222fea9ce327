// SPDX-License-Identifier: MIT
// http_response.h -- the responses to /metrics, /livez, /readyz and /status.json.
//
// Flow:    path -> http_response_make() -> status, type and text
// Threads: the main loop; it reads Metrics, whose fields are atomic.
// Memory:  the text is allocated per request; the caller frees it.
#ifndef TICKSTORM_SERVER_OPERATE_HTTP_RESPONSE_H
#define TICKSTORM_SERVER_OPERATE_HTTP_RESPONSE_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "server/operate/metrics.h"

// A server whose last tick is older than this is not alive.
#define HTTP_LIVE_NS (5 * NS_PER_S)

// The sources of the responses; borrowed.
typedef struct HttpSource {
    const Metrics *metrics;
    const char *arena_name;
    uint32_t max_clients;
    uint32_t snapshot_rate_hz;
    uint16_t game_port;
} HttpSource;

typedef struct HttpResponse {
    unsigned status;
    const char *content_type;
    char *text; // malloc'ed; NULL: out of memory
    size_t size;
} HttpResponse;

HttpResponse http_response_make(const HttpSource *source, const char *path);
HttpResponse http_response_plain(unsigned status, const char *text);

#endif
