// SPDX-License-Identifier: MIT
// http_response.h -- the responses to /metrics, /livez, /readyz and /status.json.
//
// Flow:    path -> http_response_make() -> status, type and text
// Threads: the main loop; it reads Metrics, whose fields are atomic.
// Memory:  the text is allocated per request; the caller frees it.
#ifndef TICKSTORM_SERVER_OPERATE_HTTP_RESPONSE_H
#define TICKSTORM_SERVER_OPERATE_HTTP_RESPONSE_H

#include <stddef.h>

#include "server/operate/http.h"

typedef struct HttpResponse {
    unsigned status;
    const char *content_type;
    char *text; // malloc'ed; NULL: out of memory
    size_t size;
} HttpResponse;

HttpResponse http_response_make(const HttpSource *source, const char *path);
HttpResponse http_response_plain(unsigned status, const char *text);

#endif
