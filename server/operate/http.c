// SPDX-License-Identifier: MIT
#include "server/operate/http.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/thread_role.h"
#include "net/net_address.h"
#include "net/net_resolve.h"
#include "server/operate/http_connections.h"
#include "server/operate/http_response.h"

// A turn of the loop accepts at most this many, so that signals and timers get their turn.
#define ACCEPTS_PER_TURN 64
// Descriptors that stay free for the process: a response reads /proc.
#define SPARE_DESCRIPTORS 8
// The wait for the next attempt when no descriptor is left and no connection can be closed.
#define BACK_OFF_MS 100

struct Http {
    struct MHD_Daemon *daemon; // has no socket of its own: we accept
    HttpSource source;
    HttpConnections connections;
    int listener;
    uint16_t port;
    uv_poll_t accept_poll;
    uv_poll_t poll;   // MHD's epoll descriptor
    uv_timer_t timer; // deadlines, and MHD's own time-outs
    uv_timer_t retry; // while accept_poll is stopped
    int open_handles;
};

const char *http_error_text(HttpError error) {
    switch (error) {
    case HTTP_OK:
        return "no error";
    case HTTP_ERROR_ADDRESS:
        return "not an address in numbers";
    case HTTP_ERROR_LISTEN:
        return "cannot listen there: the port is taken or not permitted";
    case HTTP_ERROR_RESOURCES:
        return "out of memory or file descriptors";
    case HTTP_ERROR_NOT_OURS:
        return "not an address of this machine";
    case HTTP_ERROR_NO_IPV6:
        return "this system has no IPv6";
    }
    return "unknown";
}

// ------------------------------------------------------------------ requests

static enum MHD_Result send_response(struct MHD_Connection *connection, HttpResponse content) {
    if (content.text == NULL) {
        return MHD_NO; // out of memory: MHD closes the connection
    }
    struct MHD_Response *reply =
        MHD_create_response_from_buffer(content.size, content.text, MHD_RESPMEM_MUST_FREE);
    if (reply == NULL) {
        free(content.text);
        return MHD_NO;
    }
    MHD_add_response_header(reply, MHD_HTTP_HEADER_CONTENT_TYPE, content.content_type);
    if (content.status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        MHD_add_response_header(reply, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    }
    const enum MHD_Result result = MHD_queue_response(connection, content.status, reply);
    MHD_destroy_response(reply);
    return result;
}

static enum MHD_Result handle_request(void *context, struct MHD_Connection *connection,
                                      const char *path, const char *method, const char *version,
                                      const char *upload, size_t *upload_size, void **request) {
    (void)version;
    (void)upload;
    static char seen;
    if (*request == NULL) { // headers only: the next call answers
        *request = &seen;
        return MHD_YES;
    }
    if (*upload_size > 0) { // uploads are dropped
        *upload_size = 0;
        return MHD_YES;
    }
    const Http *http = context;
    const bool is_read = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    return send_response(connection, is_read ? http_response_make(&http->source, path)
                                             : http_response_plain(MHD_HTTP_METHOD_NOT_ALLOWED,
                                                                   "only GET and HEAD\n"));
}

static void on_completed(void *context, struct MHD_Connection *connection, void **request,
                         enum MHD_RequestTerminationCode code) {
    (void)context;
    (void)request;
    HttpConnection *entry =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK && entry != NULL) {
        http_connection_renew(entry, clock_now_ns());
    }
}

static void log_complaint(void *context, const char *format, va_list arguments) {
    (void)context;
    char text[256];
    vsnprintf(text, sizeof text, format, arguments);
    text[strcspn(text, "\n")] = '\0';
    LOG_DEBUG("http", "%s", text);
}

// ------------------------------------------------------------------ connections

static void on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code) {
    Http *http = context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *socket_context = http_connections_find(
            &http->connections,
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd);
    } else if (*socket_context != NULL) {
        http_connections_remove(&http->connections, *socket_context);
    }
}

// MHD finds the socket shut down in its next run, and closes it.
static void end_connection(HttpConnection *connection) {
    connection->is_closing = true;
    (void)shutdown(connection->descriptor, SHUT_RDWR);
}

static void on_timer(uv_timer_t *timer);

static void schedule(Http *http, uint64_t now_ns) {
    MHD_UNSIGNED_LONG_LONG wait_ms = 0;
    const bool has_work = MHD_get_timeout(http->daemon, &wait_ms) == MHD_YES;
    const uint64_t deadline_ns = http_connections_next_deadline_ns(&http->connections);
    uint64_t until_ms = has_work ? wait_ms : UINT64_MAX;
    if (deadline_ns != UINT64_MAX) {
        const uint64_t left_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
        const uint64_t left_ms = left_ns / NS_PER_MS + 1;
        until_ms = left_ms < until_ms ? left_ms : until_ms;
    }
    if (until_ms != UINT64_MAX) {
        uv_timer_start(&http->timer, on_timer, until_ms, 0);
    } else {
        uv_timer_stop(&http->timer);
    }
}

static void run_daemon(Http *http) {
    const uint64_t now_ns = clock_now_ns();
    HttpConnection *overdue = NULL;
    while ((overdue = http_connections_overdue(&http->connections, now_ns)) != NULL) {
        end_connection(overdue);
    }
    MHD_run(http->daemon);
    schedule(http, now_ns);
}

static void on_timer(uv_timer_t *timer) {
    run_daemon(timer->data);
}

static void on_readable(uv_poll_t *poll, int status, int events) {
    (void)status;
    (void)events;
    run_daemon(poll->data);
}

// Ends a connection to make room for a new one. False when there is none to end, or MHD has not
// closed it yet.
static bool make_room(Http *http) {
    const uint32_t before = http->connections.count;
    HttpConnection *crowded = http_connections_crowded(&http->connections);
    if (crowded != NULL) {
        end_connection(crowded);
        MHD_run(http->daemon);
    }
    return http->connections.count < before;
}

// The same key for all addresses that one machine can easily have.
static uint64_t share_key(const struct sockaddr_storage *from) {
    NetAddress address = {0};
    (void)net_address_from_sockaddr((const struct sockaddr *)(const void *)from, &address);
    return net_address_range_key(&address);
}

// As many connections as the process has descriptors for, at least one. The lowest free descriptor
// shows how many are in use. Called with the first connection, when all threads have theirs.
static uint32_t count_capacity(const Http *http) {
    struct rlimit limit = {.rlim_cur = RLIM_INFINITY};
    const int lowest = dup(http->listener);
    if (lowest < 0) {
        return 1;
    }
    close(lowest);
    (void)getrlimit(RLIMIT_NOFILE, &limit);
    const rlim_t used = (rlim_t)lowest + SPARE_DESCRIPTORS;
    const rlim_t left = limit.rlim_cur > used ? limit.rlim_cur - used : 1;
    return left < HTTP_CONNECTIONS_MAX ? (uint32_t)left : HTTP_CONNECTIONS_MAX;
}

// Takes over the socket.
static void add_connection(Http *http, int descriptor, const struct sockaddr_storage *from,
                           socklen_t from_size) {
    if (http->connections.capacity == 0) {
        http->connections.capacity = count_capacity(http);
    }
    if (http->connections.count == http->connections.capacity && !make_room(http)) {
        close(descriptor);
        return;
    }
    HttpConnection *connection =
        http_connections_add(&http->connections, share_key(from), descriptor, clock_now_ns());
    // On failure MHD closes the socket. It calls on_connection() for the end only if it did so for
    // the beginning.
    const enum MHD_Result result = MHD_add_connection(
        http->daemon, descriptor, (const struct sockaddr *)(const void *)from, from_size);
    if (result != MHD_YES && connection->is_open) {
        http_connections_remove(&http->connections, connection);
    }
}

// Errors of accept() that leave the other connections in the queue intact.
static bool is_passing(int error) {
    return error == EINTR || error == ECONNABORTED || error == EPROTO || error == EPERM;
}

static void on_retry(uv_timer_t *timer);
static void on_acceptable(uv_poll_t *poll, int status, int events);

static void accept_connections(Http *http) {
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        struct sockaddr_storage from;
        socklen_t from_size = sizeof from;
        const int descriptor = accept4(http->listener, (struct sockaddr *)(void *)&from, &from_size,
                                       SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor >= 0) {
            add_connection(http, descriptor, &from, from_size);
        } else if (errno == EAGAIN) {
            return;
        } else if (!is_passing(errno) && !make_room(http)) {
            // No descriptor is free and no connection can be closed. The queue would wake up the
            // loop again at once.
            uv_poll_stop(&http->accept_poll);
            uv_timer_start(&http->retry, on_retry, BACK_OFF_MS, 0);
            return;
        }
    }
}

static void on_acceptable(uv_poll_t *poll, int status, int events) {
    (void)status;
    (void)events;
    accept_connections(poll->data);
    run_daemon(poll->data);
}

static void on_retry(uv_timer_t *timer) {
    Http *http = timer->data;
    uv_poll_start(&http->accept_poll, UV_READABLE, on_acceptable);
}

// ------------------------------------------------------------------ start and end

static HttpError listen_on(Http *http, const NetAddress *address, bool is_ipv6_only) {
    const int family = net_address_is_ipv4(address) ? AF_INET : AF_INET6;
    const int yes = 1;
    const int is_alone = is_ipv6_only || !net_address_is_any(address);
    SocketName name;
    socklen_t size = net_address_to_sockaddr(address, family, &name);
    if (!net_is_reachable(address)) {
        return HTTP_ERROR_NOT_OURS;
    }
    http->listener = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (http->listener < 0) {
        return errno == EAFNOSUPPORT ? HTTP_ERROR_NO_IPV6 : HTTP_ERROR_RESOURCES;
    }
    (void)setsockopt(http->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (family == AF_INET6) { // the system's default may be either
        (void)setsockopt(http->listener, IPPROTO_IPV6, IPV6_V6ONLY, &is_alone, sizeof is_alone);
    }
    if (bind(http->listener, &name.any, size) != 0) {
        return errno == EADDRNOTAVAIL ? HTTP_ERROR_NOT_OURS : HTTP_ERROR_LISTEN;
    }
    NetAddress bound;
    size = sizeof name;
    if (listen(http->listener, SOMAXCONN) != 0 ||
        getsockname(http->listener, &name.any, &size) != 0 ||
        !net_address_from_sockaddr(&name.any, &bound)) {
        return HTTP_ERROR_LISTEN;
    }
    http->port = bound.port;
    return HTTP_OK;
}

// MHD's own time-out is off, since every byte would renew it.
static HttpError start_daemon(Http *http) {
    http->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG, 0, NULL, NULL, handle_request,
        http, MHD_OPTION_EXTERNAL_LOGGER, log_complaint, NULL, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, http, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
        0u, MHD_OPTION_END);
    return http->daemon != NULL ? HTTP_OK : HTTP_ERROR_RESOURCES;
}

static void destroy(Http *http) {
    if (http->daemon != NULL) {
        MHD_stop_daemon(http->daemon);
    }
    if (http->listener >= 0) {
        close(http->listener);
    }
    free(http);
}

static HttpError open_sockets(Http *http, const HttpListen *where) {
    char host[NET_HOST_BYTES];
    uint16_t port = 0;
    NetAddress address;
    if (net_address_split(where->address, host, &port) != NULL || port != 0 ||
        !net_address_parse(host, where->port, &address)) {
        return HTTP_ERROR_ADDRESS;
    }
    HttpError error = listen_on(http, &address, where->is_ipv6_only);
    if (error == HTTP_ERROR_NO_IPV6 && net_address_is_any(&address) && !where->is_ipv6_only) {
        address = net_address_from_ipv4(INADDR_ANY, where->port); // the system has no more
        error = listen_on(http, &address, false);
    }
    return error == HTTP_OK ? start_daemon(http) : error;
}

static void watch_sockets(Http *http, uv_loop_t *loop) {
    const int descriptor = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    uv_timer_init(loop, &http->timer);
    uv_timer_init(loop, &http->retry);
    uv_poll_init(loop, &http->poll, descriptor);
    uv_poll_init(loop, &http->accept_poll, http->listener);
    http->open_handles = 4;
    http->timer.data = http->retry.data = http->poll.data = http->accept_poll.data = http;
    uv_poll_start(&http->poll, UV_READABLE, on_readable);
    uv_poll_start(&http->accept_poll, UV_READABLE, on_acceptable);
}

HttpError http_start(Http **out, uv_loop_t *loop, const HttpListen *where,
                     const HttpSource *source) {
    ASSERT_MAIN_THREAD();
    Http *http = calloc(1, sizeof *http);
    if (http == NULL) {
        return HTTP_ERROR_RESOURCES;
    }
    http->source = *source;
    http->listener = -1;
    const HttpError error = open_sockets(http, where);
    if (error != HTTP_OK) {
        destroy(http);
        return error;
    }
    watch_sockets(http, loop);
    *out = http;
    return HTTP_OK;
}

uint16_t http_port(const Http *http) {
    ASSERT_MAIN_THREAD();
    return http->port;
}

static void on_closed(uv_handle_t *handle) {
    Http *http = handle->data;
    if (--http->open_handles == 0) {
        destroy(http);
    }
}

void http_stop(Http *http) {
    ASSERT_MAIN_THREAD();
    uv_close((uv_handle_t *)&http->accept_poll, on_closed);
    uv_close((uv_handle_t *)&http->poll, on_closed);
    uv_close((uv_handle_t *)&http->timer, on_closed);
    uv_close((uv_handle_t *)&http->retry, on_closed);
}
