// SPDX-License-Identifier: MIT
#include "server/server.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "base/background_writer.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/thread_role.h"
#include "net/net_address.h"
#include "net/net_resolve.h"
#include "net/transport.h"
#include "server/net/net_loop.h"
#include "server/operate/http.h"
#include "server/operate/metrics.h"
#include "server/operate/reload.h"
#include "server/sim/match.h"
#include "server/sim/sim_queues.h"
#include "server/sim/sim_thread.h"

// Connections besides the players': those that are about to join or to be refused. With this many,
// at 3,000 connection requests a second, each has two thirds of a second, more than a round trip
// around the world. They cost 1 MB and half a percent of a core per net thread. With 512, nobody
// with a round trip of 300 ms got in.
#define SPARE_PEERS         2048
#define PEERS_MAX           4095
#define DRAIN_POLL_EVERY_MS 10

// The first interrupt drains, the second ends at once but in order. A third kills the process.
#define INTERRUPTS_OBEYED 2

#define RESULT_BYTES          4096 // lines on their way to standard output
#define RESULT_PATIENCE_NS    (5 * NS_PER_S)
#define READY_LINE_CHECKED_MS 1000

typedef struct Server {
    // Constant.
    ServerConfig *config; // the main loop changes the keys that reload.h names
    int argc;
    char **argv;
    uint32_t loop_count; // 0: without a network
    uint16_t port;
    // Shared between threads, each by its own rule.
    Metrics *metrics;
    SimQueues *queues; // [queues_count], at least 1
    uint32_t queues_count;
    Match match;
    SimThread sim_thread;
    NetLoop net_loops[NET_LOOPS_MAX];
    uint32_t endpoint_count;  // the first so many of net_loops have an open endpoint
    uint32_t running_loops;   // the first so many of net_loops have a thread
    _Atomic bool is_draining; // read by the net loops
    // Of the main loop.
    bool is_good; // every part has started, and every result was written
    uv_loop_t loop;
    uv_poll_t interrupt;
    uint32_t interrupts; // handled so far
    uint32_t hang_ups;
    uv_timer_t ready_timer;
    BackgroundWriter *results; // standard output
    uv_async_t sim_end;
    uv_timer_t drain_timer;
    uint64_t drain_end_ms;
    Http *http; // NULL: off
} Server;

// ------------------------------------------------------------------ the world

static bool start_transport(Server *server) {
    (void)server;
    const TransportError error = transport_initialize();
    if (error != TRANSPORT_OK) {
        LOG_ERROR("net", "cannot use ENet: %s", transport_error_text(error));
    }
    return error == TRANSPORT_OK;
}

static void stop_transport(Server *server) {
    (void)server;
    transport_deinitialize();
}

static void destroy_queues(Server *server) {
    for (uint32_t i = 0; i < server->queues_count; i++) {
        sim_queues_destroy(&server->queues[i]);
    }
    free(server->queues);
}

static bool create_queues(Server *server) {
    const uint32_t count = server->loop_count > 0 ? server->loop_count : 1;
    server->queues = aligned_alloc(CACHE_LINE_BYTES, count * sizeof *server->queues);
    if (server->queues == NULL) {
        return false;
    }
    while (server->queues_count < count) {
        if (!sim_queues_create(&server->queues[server->queues_count],
                               (uint32_t)server->config->max_clients)) {
            destroy_queues(server);
            return false;
        }
        server->queues_count++;
    }
    return true;
}

static bool create_metrics(Server *server) {
    server->metrics = metrics_create((uint32_t)server->config->tick_rate_hz,
                                     (uint32_t)server->config->workers, server->loop_count);
    return server->metrics != NULL;
}

static void destroy_metrics(Server *server) {
    metrics_destroy(server->metrics);
}

static bool create_match(Server *server) {
    const ServerConfig *config = server->config;
    const MatchConfig match = {
        .sim = {.arena = config->arena,
                .seed = config->seed.value,
                .drone_count = (uint32_t)config->drones.value,
                .ship_capacity = (uint32_t)config->max_clients,
                .worker_count = (uint32_t)config->workers,
                .first_tick = (uint32_t)config->first_tick},
        .tick_rate_hz = (uint32_t)config->tick_rate_hz,
        .snapshot_rate_hz = (uint32_t)config->snapshot_rate_hz,
        .budget_bytes = (uint32_t)config->budget_bytes,
        .verify_interval = (uint32_t)config->verify_interval,
        .ignores_verify = config->verify_interval == 0,
        .loop_count = server->queues_count,
        .queues = server->queues,
        .metrics = server->metrics,
    };
    return match_create(&server->match, &match);
}

static void destroy_match(Server *server) {
    match_destroy(&server->match);
}

// ------------------------------------------------------------------ sockets

static bool open_endpoint(Server *server, uint32_t index) {
    const ServerConfig *config = server->config;
    const uint32_t peers = (uint32_t)config->max_clients + SPARE_PEERS;
    const TransportListenConfig listen = {
        .bind_address = config->bind_address,
        .is_ipv6_only = config->is_ipv6_only,
        .port = index == 0 ? (uint16_t)config->port : server->port,
        .peer_capacity = peers < PEERS_MAX ? peers : PEERS_MAX,
        .shares_port = config->net_threads > 1,
        .welcomes_peers = true,
        .peer_datagrams_per_s = ENDPOINT_DATAGRAMS_PER_S,
    };
    Transport *transport;
    const TransportError error = transport_listen(&transport, &listen);
    if (error != TRANSPORT_OK) {
        LOG_ERROR("net", "cannot listen on %s, port %u: %s", config->bind_address, listen.port,
                  transport_error_text(error));
        return false;
    }
    server->port = transport_port(transport);
    if (index == 0) {
        TransportStats stats;
        transport_stats(transport, &stats);
        LOG_INFO("net", "socket buffers: %u bytes in, %u bytes out", stats.receive_buffer_bytes,
                 stats.send_buffer_bytes);
    }
    if (!net_endpoint_create(&server->net_loops[index].endpoint, transport, &server->queues[index],
                             &server->metrics->net[index], &server->is_draining)) {
        LOG_ERROR("net", "out of memory");
        transport_close(transport);
        return false;
    }
    return true;
}

static void close_endpoints(Server *server) {
    for (uint32_t i = 0; i < server->endpoint_count; i++) {
        net_endpoint_destroy(&server->net_loops[i].endpoint);
    }
}

// A system without IPv6 is served over IPv4 alone.
static void warn_of_missing_ipv6(const ServerConfig *config) {
    char host[NET_HOST_BYTES];
    uint16_t port;
    NetAddress address;
    const bool wants_all = !config->is_ipv6_only &&
                           net_address_split(config->bind_address, host, &port) == NULL &&
                           net_address_parse(host, 0, &address) && net_address_is_any(&address) &&
                           !net_address_is_ipv4(&address);
    if (wants_all && !net_has_ipv6()) {
        LOG_WARN("net", "this system has no IPv6 address: %s serves IPv4 only",
                 config->bind_address);
    }
}

static bool open_endpoints(Server *server) {
    if (server->loop_count > 0) {
        warn_of_missing_ipv6(server->config);
    }
    while (server->endpoint_count < server->loop_count) {
        if (!open_endpoint(server, server->endpoint_count)) {
            close_endpoints(server);
            return false;
        }
        server->endpoint_count++;
    }
    return true;
}

static bool open_http(Server *server) {
    const ServerConfig *config = server->config;
    if (config->http_port == 0) {
        return true;
    }
    const HttpSource source = {
        .metrics = server->metrics,
        .arena_name = config->arena.name,
        .max_clients = (uint32_t)config->max_clients,
        .snapshot_rate_hz = (uint32_t)config->snapshot_rate_hz,
        .game_port = server->port,
    };
    const HttpListen where = {.address = config->http_bind,
                              .is_ipv6_only = config->is_ipv6_only,
                              .port = (uint16_t)config->http_port};
    const HttpError error = http_start(&server->http, &server->loop, &where, &source);
    if (error != HTTP_OK) {
        LOG_ERROR("http", "cannot serve HTTP on %s, port %u: %s", config->http_bind,
                  (unsigned)config->http_port, http_error_text(error));
    }
    return error == HTTP_OK;
}

static void close_http(Server *server) {
    if (server->http != NULL) {
        http_stop(server->http);
    }
}

// ------------------------------------------------------------------ signals and draining

static void set_accepting(Server *server, bool is_accepting) {
    // Relaxed: a flag on its own.
    atomic_store_explicit(&server->metrics->is_accepting, is_accepting, memory_order_relaxed);
}

static uint64_t count_peers(const Server *server) {
    uint64_t count = 0;
    for (uint32_t i = 0; i < server->loop_count; i++) {
        count += metric_get(&server->metrics->net[i].peers);
    }
    return count;
}

static void on_drain_timer(uv_timer_t *timer) {
    Server *server = timer->data;
    if (count_peers(server) == 0 || uv_now(&server->loop) >= server->drain_end_ms) {
        uv_stop(&server->loop);
    }
}

static bool is_draining(const Server *server) {
    return atomic_load_explicit(&server->is_draining, memory_order_relaxed); // a flag on its own
}

// Sends all players a goodbye and gives them a moment to acknowledge it; refuses joins.
static void begin_drain(Server *server) {
    LOG_INFO("server", "shutting down: %" PRIu64 " connected", count_peers(server));
    set_accepting(server, false);
    atomic_store_explicit(&server->is_draining, true, memory_order_relaxed);
    server->drain_end_ms = uv_now(&server->loop) + server->config->drain_timeout_ns / NS_PER_MS;
    uv_timer_start(&server->drain_timer, on_drain_timer, 0, DRAIN_POLL_EVERY_MS);
}

static void obey_interrupt(Server *server) {
    if (is_draining(server)) {
        LOG_INFO("server", "second signal: ending at once");
        uv_stop(&server->loop);
    } else {
        begin_drain(server);
    }
}

static void on_signal(uv_poll_t *handle, int status, int events) {
    Server *server = handle->data;
    (void)status;
    (void)events;
    interrupt_clear();
    for (; server->interrupts < interrupt_count(); server->interrupts++) {
        obey_interrupt(server);
    }
    if (server->hang_ups < interrupt_hang_up_count()) {
        server->hang_ups = interrupt_hang_up_count();
        (void)reload_config(server->config, server->argc, server->argv);
    }
}

static void on_sim_end(uv_async_t *async) {
    Server *server = async->data;
    if (!is_draining(server)) {
        begin_drain(server);
    }
}

// ------------------------------------------------------------------ the main loop

static void close_handle(uv_handle_t *handle, void *unused) {
    (void)unused;
    if (!uv_is_closing(handle)) {
        uv_close(handle, NULL);
    }
}

// Runs the loop once more, so that all handles close, those of HTTP too.
static void close_main_loop(Server *server) {
    uv_walk(&server->loop, close_handle, NULL);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    const int result = uv_loop_close(&server->loop);
    assert(result == 0);
    (void)result;
}

static bool watch_signals(Server *server) {
    if (interrupt_descriptor() < 0 ||
        uv_poll_init(&server->loop, &server->interrupt, interrupt_descriptor()) != 0) {
        LOG_ERROR("server", "cannot watch for signals: descriptors are short");
        return false;
    }
    server->interrupt.data = server;
    interrupt_allow(INTERRUPTS_OBEYED);
    return uv_poll_start(&server->interrupt, UV_READABLE, on_signal) == 0;
}

static bool open_main_loop(Server *server) {
    if (uv_loop_init(&server->loop) != 0) {
        LOG_ERROR("server", "cannot create an event loop");
        return false;
    }
    uv_async_init(&server->loop, &server->sim_end, on_sim_end);
    uv_timer_init(&server->loop, &server->drain_timer);
    uv_timer_init(&server->loop, &server->ready_timer);
    server->sim_end.data = server;
    server->drain_timer.data = server;
    server->ready_timer.data = server;
    if (!watch_signals(server)) {
        close_main_loop(server);
        return false;
    }
    return true;
}

// ------------------------------------------------------------------ standard output

static bool start_results(Server *server) {
    server->results = background_writer_start(STDOUT_FILENO, RESULT_BYTES, NULL);
    return server->results != NULL;
}

static void stop_results(Server *server) {
    background_writer_stop(server->results, server->is_good ? NS_PER_S : 0);
}

// Queues a line for standard output. Never waits for the reader: players must not.
static void print_result(Server *server, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void print_result(Server *server, const char *format, ...) {
    char line[256];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    background_writer_push(server->results, line, (size_t)length);
}

static const char *result_problem(const Server *server) {
    const int error = background_writer_error(server->results);
    return error != 0 ? strerror(error) : "nobody reads it";
}

// A ready line that cannot be written is only a warning: players can still use the server.
static void on_ready_timer(uv_timer_t *timer) {
    const Server *server = timer->data;
    if (!background_writer_is_idle(server->results) ||
        background_writer_dropped(server->results) > 0) {
        LOG_WARN("server", "the ready line is not on standard output: %s", result_problem(server));
    }
}

static void announce(Server *server) {
    const unsigned http = server->http != NULL ? http_port(server->http) : 0;
    print_result(server, "ready port=%u http=%u tick_rate=%" PRIu64 " workers=%" PRIu64 "\n",
                 server->port, http, server->config->tick_rate_hz, server->config->workers);
    uv_timer_start(&server->ready_timer, on_ready_timer, READY_LINE_CHECKED_MS, 0);
}

// False when standard output does not take the line.
static bool print_hash(Server *server) {
    const uint64_t dropped = background_writer_dropped(server->results);
    print_result(server, "hash tick=%u value=%016" PRIx64 "\n", server->match.sim.world.tick,
                 sim_hash(&server->match.sim));
    const bool is_written = background_writer_flush(server->results, RESULT_PATIENCE_NS) &&
                            background_writer_dropped(server->results) == dropped;
    if (!is_written) {
        log_print_line("tickstorm-server: cannot write to standard output: %s",
                       result_problem(server));
    }
    return is_written;
}

// ------------------------------------------------------------------ the threads

// Signals are for the main loop alone: threads inherit a mask that blocks them all.
static sigset_t block_signals(void) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    return before;
}

static void restore_signals(sigset_t before) {
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static bool start_sim(Server *server) {
    server->sim_thread = (SimThread){.match = &server->match,
                                     .tick_limit = server->config->tick_limit,
                                     .is_unpaced = server->config->is_unpaced,
                                     .on_end = &server->sim_end};
    thread_role_enter(THREAD_MAIN);
    const sigset_t before = block_signals();
    const bool is_started = sim_thread_start(&server->sim_thread);
    restore_signals(before);
    if (!is_started) {
        thread_role_enter(THREAD_ANY);
    }
    return is_started;
}

static void end_sim(Server *server) {
    sim_thread_join(&server->sim_thread);
    thread_role_enter(THREAD_ANY); // the main thread is the only one again
    if (server->is_good && server->config->prints_hash) {
        server->is_good = print_hash(server);
    }
}

static void join_net_loops(Server *server) {
    for (uint32_t i = 0; i < server->running_loops; i++) {
        net_loop_join(&server->net_loops[i]);
    }
}

static bool start_net_loops(Server *server) {
    const sigset_t before = block_signals();
    while (server->running_loops < server->loop_count &&
           net_loop_start(&server->net_loops[server->running_loops])) {
        server->running_loops++;
    }
    restore_signals(before);
    if (server->running_loops < server->loop_count) {
        join_net_loops(server);
        return false;
    }
    return true;
}

// ------------------------------------------------------------------ start and stop

// One part of a server. A start that fails leaves nothing behind.
typedef struct ServerPart {
    bool (*start)(Server *server);
    void (*stop)(Server *server);
    const char *failure; // for the log; NULL: start() logs it, since it knows more
} ServerPart;

#define NO_WORLD  "cannot create the world: out of memory or threads"
#define NO_THREAD "cannot start a thread"

// In the order of the start; the stop is in reverse.
static const ServerPart PARTS[] = {
    {.start = start_transport, .stop = stop_transport},
    {.start = create_queues, .stop = destroy_queues, .failure = NO_WORLD},
    {.start = create_metrics, .stop = destroy_metrics, .failure = NO_WORLD},
    {.start = create_match, .stop = destroy_match, .failure = NO_WORLD},
    {.start = open_main_loop, .stop = close_main_loop},
    {.start = start_results, .stop = stop_results, .failure = NO_THREAD},
    {.start = open_endpoints, .stop = close_endpoints},
    {.start = open_http, .stop = close_http},
    {.start = start_sim, .stop = end_sim, .failure = NO_THREAD},
    {.start = start_net_loops, .stop = join_net_loops, .failure = NO_THREAD},
};
#define PART_COUNT (sizeof PARTS / sizeof *PARTS)

// Returns how many parts have started.
static uint32_t start_parts(Server *server) {
    for (uint32_t i = 0; i < PART_COUNT; i++) {
        if (!PARTS[i].start(server)) {
            if (PARTS[i].failure != NULL) {
                LOG_ERROR("server", "%s", PARTS[i].failure);
            }
            return i;
        }
    }
    return PART_COUNT;
}

static void stop_parts(Server *server, uint32_t started) {
    while (started > 0) {
        PARTS[--started].stop(server);
    }
}

// Blocks until a signal or the sim thread ends it.
static void run_main_loop(Server *server) {
    if (server->loop_count > 0) {
        set_accepting(server, true);
        announce(server);
    }
    uv_run(&server->loop, UV_RUN_DEFAULT);
}

static Server *allocate_server(void) {
    const size_t lines = (sizeof(Server) + CACHE_LINE_BYTES - 1) / CACHE_LINE_BYTES;
    Server *server = aligned_alloc(CACHE_LINE_BYTES, lines * CACHE_LINE_BYTES);
    if (server != NULL) {
        memset(server, 0, sizeof *server);
    }
    return server;
}

int server_run(ServerConfig *config, int argc, char **argv) {
    Server *server = allocate_server();
    if (server == NULL) {
        LOG_ERROR("server", "out of memory");
        return EXIT_FAILURE;
    }
    server->config = config;
    server->argc = argc;
    server->argv = argv;
    server->loop_count = config->is_unpaced ? 0 : (uint32_t)config->net_threads;
    const uint32_t started = start_parts(server);
    server->is_good = started == PART_COUNT;
    if (server->is_good) {
        run_main_loop(server);
    }
    stop_parts(server, started);
    const bool is_good = server->is_good;
    free(server);
    return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}
