// SPDX-License-Identifier: MIT
#include "server/http.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/version.h"
#include "server/process_usage.h"

struct Http {
    struct MHD_Daemon *daemon;
    HttpSource source;
    uv_poll_t poll;
    uv_timer_t timer; // MHD's own time-outs
    int open_handles;
};

const char *http_error_text(HttpError error) {
    switch (error) {
    case HTTP_OK:
        return "no error";
    case HTTP_ERROR_ADDRESS:
        return "not an IPv4 address";
    case HTTP_ERROR_LISTEN:
        return "cannot listen there: the port is taken or not permitted";
    }
    return "unknown";
}

// ------------------------------------------------------------------ answers

typedef struct Answer {
    unsigned status;
    const char *content_type;
    char *text; // malloc'ed; NULL: out of memory
    size_t size;
} Answer;

static Answer plain_answer(unsigned status, const char *text) {
    char *copy = strdup(text);
    return (Answer){status, "text/plain; charset=utf-8", copy, strlen(text)};
}

static Answer answer_metrics(const HttpSource *source) {
    Answer answer = {MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", NULL, 0};
    answer.text = metrics_render(source->metrics, &answer.size);
    return answer;
}

static Answer answer_live(const HttpSource *source) {
    const uint64_t last_ns = metric_get(&source->metrics->sim.last_tick_end_ns);
    const bool is_live = last_ns != 0 && clock_now_ns() - last_ns < HTTP_LIVE_NS;
    return is_live ? plain_answer(MHD_HTTP_OK, "ok\n")
                   : plain_answer(MHD_HTTP_SERVICE_UNAVAILABLE, "no tick finished lately\n");
}

static bool is_accepting(const HttpSource *source) {
    // Relaxed: a flag on its own.
    return atomic_load_explicit(&source->metrics->is_accepting, memory_order_relaxed);
}

static Answer answer_ready(const HttpSource *source) {
    return is_accepting(source)
               ? plain_answer(MHD_HTTP_OK, "ok\n")
               : plain_answer(MHD_HTTP_SERVICE_UNAVAILABLE, "not accepting players\n");
}

static json_t *tick_status(const SimMetrics *sim) {
    const MetricHistogram *ticks = &sim->tick_ns;
    const double ms = 1e-6;
    return json_pack(
        "{s:I, s:f, s:f, s:I, s:I}", "count", (json_int_t)metric_get(&sim->ticks), "p50_ms",
        ms * (double)metric_histogram_percentile(ticks, &METRIC_TICK_BOUNDS, 50), "p99_ms",
        ms * (double)metric_histogram_percentile(ticks, &METRIC_TICK_BOUNDS, 99), "overruns",
        (json_int_t)metric_get(&sim->overruns), "skipped", (json_int_t)metric_get(&sim->skipped));
}

static json_t *entity_status(const SimMetrics *sim) {
    return json_pack("{s:I, s:I, s:I, s:I}", "ships",
                     (json_int_t)metric_get(&sim->entities[ENTITY_SHIP]), "drones",
                     (json_int_t)metric_get(&sim->entities[ENTITY_DRONE]), "missiles",
                     (json_int_t)metric_get(&sim->entities[ENTITY_MISSILE]), "shards",
                     (json_int_t)metric_get(&sim->entities[ENTITY_SHARD]));
}

static Answer answer_status(const HttpSource *source) {
    const Metrics *metrics = source->metrics;
    const ProcessUsage usage = process_usage_read();
    json_t *status = json_pack(
        "{s:s, s:s, s:s, s:I, s:b, s:i, s:I, s:i, s:i, s:i, s:i, s:o, s:o, s:f, s:I}", "version",
        version_number(), "commit", version_commit(), "arena", source->arena_name, "start_time_s",
        (json_int_t)metrics->start_time_s, "accepting", is_accepting(source), "port",
        (int)source->game_port, "clients", (json_int_t)metric_get(&metrics->sim.clients),
        "max_clients", (int)source->max_clients, "tick_rate_hz", (int)metrics->tick_rate_hz,
        "snapshot_rate_hz", (int)source->snapshot_rate_hz, "workers", (int)metrics->worker_count,
        "ticks", tick_status(&metrics->sim), "entities", entity_status(&metrics->sim),
        "cpu_seconds", usage.cpu_s, "resident_bytes", (json_int_t)usage.resident_bytes);
    Answer answer = {MHD_HTTP_OK, "application/json", NULL, 0};
    if (status != NULL) {
        answer.text = json_dumps(status, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
        answer.size = answer.text != NULL ? strlen(answer.text) : 0;
        json_decref(status);
    }
    return answer;
}

static Answer make_answer(const HttpSource *source, const char *path) {
    static const struct {
        const char *path;
        Answer (*answer)(const HttpSource *);
    } routes[] = {{"/metrics", answer_metrics},
                  {"/livez", answer_live},
                  {"/readyz", answer_ready},
                  {"/status.json", answer_status}};
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (strcmp(path, routes[i].path) == 0) {
            return routes[i].answer(source);
        }
    }
    return plain_answer(MHD_HTTP_NOT_FOUND,
                        "not found; there are /metrics, /livez, /readyz and /status.json\n");
}

// ------------------------------------------------------------------ requests

static enum MHD_Result send_answer(struct MHD_Connection *connection, Answer answer) {
    if (answer.text == NULL) {
        return MHD_NO; // out of memory: MHD closes the connection
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer(answer.size, answer.text, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        free(answer.text);
        return MHD_NO;
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer.content_type);
    if (answer.status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    }
    const enum MHD_Result result = MHD_queue_response(connection, answer.status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result handle_request(void *context, struct MHD_Connection *connection,
                                      const char *path, const char *method, const char *version,
                                      const char *upload, size_t *upload_size, void **request) {
    (void)version;
    (void)upload;
    static char seen;
    if (*request == NULL) { // headers only: the answer comes with the call after this one
        *request = &seen;
        return MHD_YES;
    }
    if (*upload_size > 0) { // whatever a client uploads is thrown away
        *upload_size = 0;
        return MHD_YES;
    }
    const Http *http = context;
    const bool is_read = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    return send_answer(connection,
                       is_read ? make_answer(&http->source, path)
                               : plain_answer(MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n"));
}

static void log_complaint(void *context, const char *format, va_list arguments) {
    (void)context;
    char text[256];
    vsnprintf(text, sizeof text, format, arguments);
    text[strcspn(text, "\n")] = '\0';
    LOG_DEBUG("http", "%s", text);
}

// ------------------------------------------------------------------ the loop

static void run_daemon(Http *http);

static void on_timer(uv_timer_t *timer) {
    run_daemon(timer->data);
}

static void run_daemon(Http *http) {
    MHD_UNSIGNED_LONG_LONG timeout_ms;
    MHD_run(http->daemon);
    if (MHD_get_timeout(http->daemon, &timeout_ms) == MHD_YES) {
        uv_timer_start(&http->timer, on_timer, timeout_ms, 0);
    } else {
        uv_timer_stop(&http->timer);
    }
}

static void on_readable(uv_poll_t *poll, int status, int events) {
    (void)status;
    (void)events;
    run_daemon(poll->data);
}

HttpError http_start(Http **out, uv_loop_t *loop, const char *bind_address, uint16_t port,
                     const HttpSource *source) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    if (inet_pton(AF_INET, bind_address, &address.sin_addr) != 1) {
        return HTTP_ERROR_ADDRESS;
    }
    Http *http = calloc(1, sizeof *http);
    if (http == NULL) {
        return HTTP_ERROR_LISTEN;
    }
    http->source = *source;
    http->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_ERROR_LOG, port, NULL, NULL, handle_request, http,
        MHD_OPTION_EXTERNAL_LOGGER, log_complaint, NULL, MHD_OPTION_SOCK_ADDR, &address,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)HTTP_IDLE_TIMEOUT_S, MHD_OPTION_END);
    if (http->daemon == NULL) {
        free(http);
        return HTTP_ERROR_LISTEN;
    }
    const int descriptor = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    uv_timer_init(loop, &http->timer);
    uv_poll_init(loop, &http->poll, descriptor);
    http->open_handles = 2;
    http->timer.data = http;
    http->poll.data = http;
    uv_poll_start(&http->poll, UV_READABLE, on_readable);
    *out = http;
    return HTTP_OK;
}

uint16_t http_port(const Http *http) {
    return MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

static void on_closed(uv_handle_t *handle) {
    Http *http = handle->data;
    if (--http->open_handles == 0) {
        MHD_stop_daemon(http->daemon);
        free(http);
    }
}

void http_stop(Http *http) {
    uv_poll_stop(&http->poll);
    uv_close((uv_handle_t *)&http->poll, on_closed);
    uv_close((uv_handle_t *)&http->timer, on_closed);
}
