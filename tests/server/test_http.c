// SPDX-License-Identifier: MIT
// test_http.c -- real requests over the loopback interface, client and server on one thread.
#include "server/operate/http.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support.h"

typedef struct Fixture {
    uv_loop_t loop;
    Metrics *metrics;
    Http *http;
    char response[65536];
} Fixture;

static int set_up(void **state) {
    Fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    fixture->metrics = metrics_create(60, 2, 1);
    const HttpSource source = {.metrics = fixture->metrics,
                               .arena_name = "open",
                               .max_clients = 64,
                               .snapshot_rate_hz = 20,
                               .game_port = 7777};
    assert_int_equal(
        http_start(&fixture->http, &fixture->loop, &(HttpListen){.address = "127.0.0.1"}, &source),
        HTTP_OK);
    *state = fixture;
    return 0;
}

static int tear_down(void **state) {
    Fixture *fixture = *state;
    http_stop(fixture->http);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    metrics_destroy(fixture->metrics);
    free(fixture);
    return 0;
}

static int open_connection(const Fixture *fixture) {
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(http_port(fixture->http)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(connect(descriptor, (struct sockaddr *)&address, sizeof address), 0);
    fcntl(descriptor, F_SETFL, O_NONBLOCK);
    return descriptor;
}

// Sends the request and runs the server's loop until it has closed the connection. Returns the
// status, or 0 without a response.
static int request(Fixture *fixture, const char *text) {
    const int descriptor = open_connection(fixture);
    assert_int_equal(send(descriptor, text, strlen(text), 0), (ssize_t)strlen(text));
    size_t length = 0;
    for (;;) {
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
        const ssize_t got =
            recv(descriptor, fixture->response + length, sizeof fixture->response - 1 - length, 0);
        if (got == 0) {
            break;
        }
        length += got > 0 ? (size_t)got : 0;
    }
    fixture->response[length] = '\0';
    close(descriptor);
    int status = 0;
    return sscanf(fixture->response, "HTTP/1.%*d %d", &status) == 1 ? status : 0;
}

static int get(Fixture *fixture, const char *path) {
    char text[256];
    snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path);
    return request(fixture, text);
}

static const char *body(const Fixture *fixture) {
    const char *at = strstr(fixture->response, "\r\n\r\n");
    assert_non_null(at);
    return at + 4;
}

static void metrics_are_served_as_prometheus_text(void **state) {
    Fixture *fixture = *state;
    metric_set(&fixture->metrics->sim.clients, 42);
    assert_int_equal(get(fixture, "/metrics"), 200);
    assert_non_null(strstr(fixture->response, "Content-Type: text/plain; version=0.0.4"));
    assert_non_null(strstr(body(fixture), "\ntickstorm_clients 42\n"));
}

static void livez_fails_without_a_recent_tick(void **state) {
    Fixture *fixture = *state;
    assert_int_equal(get(fixture, "/livez"), 503);
    metric_set(&fixture->metrics->sim.last_tick_end_ns, clock_now_ns());
    assert_int_equal(get(fixture, "/livez"), 200);
    metric_set(&fixture->metrics->sim.last_tick_end_ns, clock_now_ns() - HTTP_LIVE_NS - 1);
    assert_int_equal(get(fixture, "/livez"), 503);
}

static void readyz_fails_while_joins_are_refused(void **state) {
    Fixture *fixture = *state;
    assert_int_equal(get(fixture, "/readyz"), 503);
    atomic_store(&fixture->metrics->is_accepting, true);
    assert_int_equal(get(fixture, "/readyz"), 200);
}

static void status_json_has_the_figures(void **state) {
    Fixture *fixture = *state;
    metric_set(&fixture->metrics->sim.clients, 3);
    metric_set(&fixture->metrics->sim.entities[ENTITY_DRONE], 77);
    metric_add(&fixture->metrics->sim.ticks, 9);
    assert_int_equal(get(fixture, "/status.json"), 200);
    json_error_t error;
    json_t *status = json_loads(body(fixture), 0, &error);
    assert_non_null(status);
    assert_string_equal(json_string_value(json_object_get(status, "arena")), "open");
    assert_int_equal(json_integer_value(json_object_get(status, "clients")), 3);
    assert_int_equal(json_integer_value(json_object_get(status, "max_clients")), 64);
    assert_int_equal(json_integer_value(json_object_get(status, "tick_rate_hz")), 60);
    const json_t *entities = json_object_get(status, "entities");
    assert_int_equal(json_integer_value(json_object_get(entities, "drones")), 77);
    const json_t *ticks = json_object_get(status, "ticks");
    assert_int_equal(json_integer_value(json_object_get(ticks, "count")), 9);
    json_decref(status);
}

static void unknown_paths_are_not_found(void **state) {
    Fixture *fixture = *state;
    assert_int_equal(get(fixture, "/"), 404);
    assert_int_equal(get(fixture, "/metrics/"), 404);
    assert_int_equal(get(fixture, "/../../etc/passwd"), 404);
}

static void methods_besides_get_and_head_are_refused(void **state) {
    Fixture *fixture = *state;
    assert_int_equal(request(fixture, "POST /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                                      "Content-Length: 5\r\n\r\nhello"),
                     405);
    assert_non_null(strstr(fixture->response, "Allow: GET, HEAD"));
    assert_int_equal(
        request(fixture, "HEAD /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), 503);
    assert_string_equal(body(fixture), "");
}

static void a_malformed_request_gets_an_error_and_the_next_one_is_served(void **state) {
    Fixture *fixture = *state;
    const int status = request(fixture, "nonsense\r\n\r\n");
    assert_true(status == 0 || status >= 400);
    assert_int_equal(get(fixture, "/metrics"), 200);
}

static void a_bad_or_foreign_address_is_an_error(void **state) {
    Fixture *fixture = *state;
    const HttpSource source = {.metrics = fixture->metrics};
    Http *http = NULL;
    static const char *const bad[] = {"nowhere", "", "[::1", "[::1]:80", "127.0.0.1:80", "fe80::1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const HttpListen where = {.address = bad[i]};
        assert_int_equal(http_start(&http, &fixture->loop, &where, &source), HTTP_ERROR_ADDRESS);
    }
    const HttpListen foreign = {.address = "192.0.2.77"};
    assert_int_equal(http_start(&http, &fixture->loop, &foreign, &source), HTTP_ERROR_NOT_OURS);
}

static void a_port_in_use_is_an_error(void **state) {
    Fixture *fixture = *state;
    const HttpSource source = {.metrics = fixture->metrics};
    Http *http = NULL;
    assert_int_equal(
        http_start(&http, &fixture->loop,
                   &(HttpListen){.address = "127.0.0.1", .port = http_port(fixture->http)},
                   &source),
        HTTP_ERROR_LISTEN);
}

int main(void) {
#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_SERVER(metrics_are_served_as_prometheus_text),
        WITH_SERVER(livez_fails_without_a_recent_tick),
        WITH_SERVER(readyz_fails_while_joins_are_refused),
        WITH_SERVER(status_json_has_the_figures),
        WITH_SERVER(unknown_paths_are_not_found),
        WITH_SERVER(methods_besides_get_and_head_are_refused),
        WITH_SERVER(a_malformed_request_gets_an_error_and_the_next_one_is_served),
        WITH_SERVER(a_bad_or_foreign_address_is_an_error),
        WITH_SERVER(a_port_in_use_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
