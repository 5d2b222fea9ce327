// SPDX-License-Identifier: MIT
#include "server/operate/http_response.h"

#include <jansson.h>
#include <microhttpd.h>
#include <string.h>

#include "base/thread_role.h"
#include "base/version.h"
#include "server/operate/metrics_text.h"
#include "server/operate/process_usage.h"

HttpResponse http_response_plain(unsigned status, const char *text) {
    return (HttpResponse){status, "text/plain; charset=utf-8", strdup(text), strlen(text)};
}

static HttpResponse respond_metrics(const HttpSource *source) {
    HttpResponse response = {MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", NULL, 0};
    response.text = metrics_text_render(source->metrics, &response.size);
    return response;
}

static HttpResponse respond_live(const HttpSource *source) {
    const uint64_t last_ns = metric_get(&source->metrics->sim.last_tick_end_ns);
    const bool is_live = last_ns != 0 && clock_now_ns() - last_ns < HTTP_LIVE_NS;
    return is_live ? http_response_plain(MHD_HTTP_OK, "ok\n")
                   : http_response_plain(MHD_HTTP_SERVICE_UNAVAILABLE, "no tick finished lately\n");
}

static bool is_accepting(const HttpSource *source) {
    // Relaxed: a flag on its own.
    return atomic_load_explicit(&source->metrics->is_accepting, memory_order_relaxed);
}

static HttpResponse respond_ready(const HttpSource *source) {
    return is_accepting(source)
               ? http_response_plain(MHD_HTTP_OK, "ok\n")
               : http_response_plain(MHD_HTTP_SERVICE_UNAVAILABLE, "not accepting players\n");
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

static HttpResponse respond_status(const HttpSource *source) {
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
    HttpResponse response = {MHD_HTTP_OK, "application/json", NULL, 0};
    if (status != NULL) {
        response.text = json_dumps(status, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
        response.size = response.text != NULL ? strlen(response.text) : 0;
        json_decref(status);
    }
    return response;
}

HttpResponse http_response_make(const HttpSource *source, const char *path) {
    ASSERT_MAIN_THREAD();
    static const struct {
        const char *path;
        HttpResponse (*response)(const HttpSource *);
    } routes[] = {{"/metrics", respond_metrics},
                  {"/livez", respond_live},
                  {"/readyz", respond_ready},
                  {"/status.json", respond_status}};
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (strcmp(path, routes[i].path) == 0) {
            return routes[i].response(source);
        }
    }
    return http_response_plain(MHD_HTTP_NOT_FOUND,
                               "not found; there are /metrics, /livez, /readyz and /status.json\n");
}
