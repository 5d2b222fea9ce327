// SPDX-License-Identifier: MIT
// http.h -- the HTTP server for operators' tools: /metrics, /livez, /readyz, /status.json.
//
// Flow:    main loop: the listening socket -> an entry (http_connections.h) -> MHD's epoll
//          descriptor becomes readable -> MHD_run() -> response (http_response.h)
// Threads: the main loop only; it reads Metrics, whose fields are atomic. Nothing here waits.
// Memory:  connections are bounded, by HTTP_CONNECTIONS_MAX and by the descriptors that the process
//          has left; a response is allocated per request.
// Trust:   requests come from anybody who reaches the address, which is loopback unless the
//          operator says otherwise. Nothing in a request is used but its method and path.
#ifndef TICKSTORM_SERVER_OPERATE_HTTP_H
#define TICKSTORM_SERVER_OPERATE_HTTP_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "server/operate/http_response.h"

typedef struct Http Http;

typedef enum HttpError {
    HTTP_OK,
    HTTP_ERROR_ADDRESS,
    HTTP_ERROR_LISTEN,
    HTTP_ERROR_RESOURCES, // memory or descriptors
    HTTP_ERROR_NOT_OURS,  // an address of another machine
    HTTP_ERROR_NO_IPV6,   // an IPv6 address, on a system without
} HttpError;
const char *http_error_text(HttpError error);

typedef struct HttpListen {
    const char *address; // in numbers, with or without brackets; "::" is all of IPv4 and IPv6
    bool is_ipv6_only;   // "::" leaves IPv4 to others
    uint16_t port;
} HttpListen;

// Serves on the loop. Port 0: the system chooses.
HttpError http_start(Http **out, uv_loop_t *loop, const HttpListen *where,
                     const HttpSource *source);
uint16_t http_port(const Http *http);

// Stops serving; the loop has to run once more for its handles to close, after which the memory is
// freed.
void http_stop(Http *http);

#endif
