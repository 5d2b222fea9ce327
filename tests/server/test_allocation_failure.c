// SPDX-License-Identifier: MIT
// test_allocation_failure.c -- each allocation of a server fails once, in turn, while clients join,
// play and leave, and while the server starts: it goes on or ends in order, and nothing leaks.
#include "server/allocation_failure.h"

#include <string.h>

#include "base/interrupt.h"
#include "server/raw_client.h"
#include "server/server.h"
#include "server/virtual_server.h"
#include "support.h"
#include "wire/reason.h"
#include "wire/receive_report.h"

#define GUESTS       4
#define NTH_MAX      20000 // far more allocations than there are
#define RECOVERY_MAX 30000 // ms; a silent peer is dropped after ten seconds

typedef struct Visit {
    VirtualServer *server;
    RawClient guests[GUESTS];
} Visit;

// Only allocations of the server may fail.
static void advance_ms(Visit *visit, uint32_t ms) {
    for (uint32_t i = 0; i < ms; i++) {
        allocation_failure_resume();
        virtual_server_advance(visit->server);
        allocation_failure_pause();
        for (int guest = 0; guest < GUESTS; guest++) {
            if (visit->guests[guest].transport != NULL) {
                raw_client_poll(&visit->guests[guest], virtual_server_now_ns(visit->server));
            }
        }
    }
}

// May fail: an allocation that failed before can have ended the connection.
static void say(RawClient *guest, TransportChannel channel, const void *bytes, size_t size) {
    (void)transport_send(guest->transport, transport_server_peer(guest->transport), channel, bytes,
                         size);
    transport_flush(guest->transport);
}

static void say_hello(RawClient *guest) {
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    say(guest, TRANSPORT_RELIABLE, buffer, raw_client_make_hello(buffer, true));
}

static void play(Visit *visit, RawClient *guest, uint32_t inputs) {
    for (uint32_t i = 0; i < inputs; i++) {
        uint8_t buffer[PAYLOAD_BYTES_MAX];
        const InputMessage input = {.newest_tick = visit->server->match.sim.world.tick + 2,
                                    .count = 1,
                                    .inputs = {{.buttons = INPUT_PULSE}}};
        say(guest, TRANSPORT_UNSEQUENCED, buffer, input_write(buffer, &input));
        say(guest, TRANSPORT_RELIABLE, buffer, chat_write(buffer, "hello"));
        say(guest, TRANSPORT_RELIABLE, buffer, receive_request_write(buffer));
        advance_ms(visit, 50);
    }
}

static void leave(RawClient *guest) {
    transport_disconnect(guest->transport, transport_server_peer(guest->transport),
                         REASON_CLIENT_LEFT);
    transport_flush(guest->transport);
}

// Two players, a client that is refused since the server is full, and a malformed hello.
static void be_visited(Visit *visit) {
    for (int i = 0; i < GUESTS; i++) {
        visit->guests[i] = raw_client_open(visit->server);
        advance_ms(visit, 20);
        if (i < GUESTS - 1) {
            say_hello(&visit->guests[i]);
        } else {
            say(&visit->guests[i], TRANSPORT_RELIABLE, "good day", 8);
        }
        advance_ms(visit, 40);
    }
    play(visit, &visit->guests[0], 3);
    leave(&visit->guests[0]);
    advance_ms(visit, 50);
    leave(&visit->guests[1]);
    advance_ms(visit, 50);
}

static bool is_empty(const VirtualServer *server) {
    TransportStats stats;
    transport_stats(server->endpoint.transport, &stats);
    return server->endpoint.peer_count == 0 && server->match.sessions.count == 0 &&
           stats.peers == 0 && stats.half_open == 0;
}

static void assert_recovers(Visit *visit, uint64_t nth) {
    for (int i = 0; i < GUESTS; i++) {
        transport_close(visit->guests[i].transport);
        visit->guests[i].transport = NULL;
    }
    for (uint32_t ms = 0; ms < RECOVERY_MAX && !is_empty(visit->server); ms++) {
        virtual_server_advance(visit->server);
    }
    if (!is_empty(visit->server)) {
        fail_msg("allocation %llu: a peer or a session stays for ever", (unsigned long long)nth);
    }
    RawClient guest = raw_client_join(visit->server);
    raw_client_advance_ms(visit->server, &guest, 200);
    if (!guest.is_welcomed || guest.snapshots == 0) {
        fail_msg("allocation %llu: no client can join any more", (unsigned long long)nth);
    }
    transport_close(guest.transport);
}

static void a_failed_allocation_is_survived_while_clients_join_play_and_leave(void **state) {
    (void)state;
    uint64_t nth = 1;
    for (bool has_failed = true; has_failed; nth++) {
        assert_true(nth < NTH_MAX);
        Visit visit = {.server = raw_client_server()};
        allocation_failure_begin(nth);
        be_visited(&visit);
        has_failed = allocation_failure_end();
        assert_recovers(&visit, nth);
        virtual_server_destroy(visit.server);
    }
    print_message("%llu allocations\n", (unsigned long long)nth - 2);
    assert_true(nth > 50);
}

// A whole run with ports and threads. Returns the exit code.
static int run_server(uint64_t nth, bool *has_failed) {
    char *arguments[] = {"tickstorm-server",
                         "--port",
                         "0",
                         "--bind",
                         "127.0.0.1",
                         "--ticks",
                         "2",
                         "--drones",
                         "20",
                         "--max-clients",
                         "8",
                         "--workers",
                         "2",
                         "--log-level",
                         "error"};
    const int count = sizeof arguments / sizeof *arguments;
    static ServerConfig config;
    config = (ServerConfig){0};
    char error[512];
    assert_int_equal(options_parse(&SERVER_OPTIONS, &config, count, arguments, NULL), OPTIONS_RUN);
    assert_int_equal(server_config_resolve(&config, error, sizeof error), SERVER_CONFIG_OK);
    server_config_apply_log(&config);
    allocation_failure_begin(nth);
    allocation_failure_resume();
    const int code = server_run(&config, count, arguments);
    *has_failed = allocation_failure_end();
    return code;
}

static void a_failed_allocation_at_the_start_ends_the_server_in_order(void **state) {
    (void)state;
    uint64_t nth = 1;
    uint32_t refusals = 0;
    interrupt_catch(EXIT_SUCCESS, HANG_UP_IS_COUNTED); // as main() does
    for (bool has_failed = true; has_failed; nth++) {
        assert_true(nth < NTH_MAX);
        const int code = run_server(nth, &has_failed);
        assert_in_range(code, EXIT_SUCCESS, EXIT_FAILURE);
        assert_true(has_failed || code == EXIT_SUCCESS);
        refusals += code == EXIT_FAILURE;
    }
    print_message("%llu allocations, %u of them needed\n", (unsigned long long)nth - 2, refusals);
    assert_true(refusals > 20);
}

static int set_up(void **state) {
    (void)state;
    return transport_initialize() == TRANSPORT_OK ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    transport_deinitialize();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_failed_allocation_is_survived_while_clients_join_play_and_leave, set_up, tear_down),
        cmocka_unit_test(a_failed_allocation_at_the_start_ends_the_server_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
