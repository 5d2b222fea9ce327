// SPDX-License-Identifier: MIT
// http_connections.h -- the table of open HTTP connections, and the choice of the connections to
//                       end.
//
// Flow:    accepted -> http_connections_add() -> http_connection_renew() after each response ->
//          http_connections_remove()
//          table full -> http_connections_crowded(); deadline passed -> http_connections_overdue()
// Threads: the main loop; time is a parameter.
// Memory:  a fixed table.
// Trust:   any client may be hostile. None is refused: a new connection replaces the oldest one of
//          the address that has most. So a probe gets in, however many connections one machine
//          opens: a probe from another machine always does, a probe from the same machine does if
//          its request takes only milliseconds.
#ifndef TICKSTORM_SERVER_OPERATE_HTTP_CONNECTIONS_H
#define TICKSTORM_SERVER_OPERATE_HTTP_CONNECTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

#define HTTP_CONNECTIONS_MAX 64
// From the connection to the end of the response, however slowly bytes trickle either way.
#define HTTP_REQUEST_TIMEOUT_NS (5 * NS_PER_S)
// From a response to the end of the next one. Longer than the interval of pollers that keep their
// connection open.
#define HTTP_IDLE_TIMEOUT_NS (20 * NS_PER_S)

typedef struct HttpConnection {
    bool is_open;
    bool is_closing; // shut down; MHD has not closed it yet
    int descriptor;
    uint64_t address; // key of the other side's address range
    uint64_t since_ns;
    uint64_t deadline_ns;
} HttpConnection;

typedef struct HttpConnections {
    HttpConnection connections[HTTP_CONNECTIONS_MAX];
    uint32_t capacity; // <= HTTP_CONNECTIONS_MAX
    uint32_t count;    // open
} HttpConnections;

// NULL when the table is full.
HttpConnection *http_connections_add(HttpConnections *table, uint64_t address, int descriptor,
                                     uint64_t now_ns);
// The connection of that descriptor, or NULL.
HttpConnection *http_connections_find(HttpConnections *table, int descriptor);
void http_connections_remove(HttpConnections *table, HttpConnection *connection);

// After a complete response.
void http_connection_renew(HttpConnection *connection, uint64_t now_ns);

// The connection that must end to make room, of those not closing yet; NULL: none.
HttpConnection *http_connections_crowded(HttpConnections *table);

// A connection whose deadline has passed and that is not closing yet; NULL: none.
HttpConnection *http_connections_overdue(HttpConnections *table, uint64_t now_ns);

// The earliest deadline of those not closing yet; UINT64_MAX when there is none.
uint64_t http_connections_next_deadline_ns(const HttpConnections *table);

#endif
