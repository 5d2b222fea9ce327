// SPDX-License-Identifier: MIT
// http_answer.h -- what is said to a request: /metrics, /livez, /readyz, /status.json.
//
// Flow:    path -> http_answer_make() -> status, type and text
// Threads: the main loop; it reads Metrics, whose fields are atomic.
// Memory:  the text is allocated per request; whoever asked for the answer frees it.
#ifndef TICKSTORM_SERVER_OPERATE_HTTP_ANSWER_H
#define TICKSTORM_SERVER_OPERATE_HTTP_ANSWER_H

#include <stddef.h>

#include "server/operate/http.h"

typedef struct HttpAnswer {
    unsigned status;
    const char *content_type;
    char *text; // malloc'ed; NULL: out of memory
    size_t size;
} HttpAnswer;

HttpAnswer http_answer_make(const HttpSource *source, const char *path);
HttpAnswer http_answer_plain(unsigned status, const char *text);

#endif
