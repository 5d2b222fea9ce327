// SPDX-License-Identifier: MIT
// test_transport.c -- connections over the loopback interface, with the kernel's own network.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h needs the four above.
#include <cmocka.h>

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "net/transport.h"
#include "wire/reason.h"

static void messages_travel_both_ways(void **state) {
    (void)state;
    Transport *server = NULL, *client = NULL;
    const TransportListenConfig config = {.bind_address = "127.0.0.1", .peer_capacity = 8};
    assert_int_equal(transport_listen(&server, &config), TRANSPORT_OK);
    assert_int_equal(transport_connect(&client, "127.0.0.1", transport_port(server)), TRANSPORT_OK);
    TransportEvent event;
    PeerHandle peer = 0;
    bool got = false, answered = false;
    for (int i = 0; i < 200 && !answered; i++) {
        transport_poll(client, clock_now_ns());
        while (transport_next_event(client, &event)) {
            if (event.type == TRANSPORT_CONNECTED) {
                assert_true(transport_send(client, event.peer, TRANSPORT_RELIABLE, "hello", 5));
                assert_true(transport_send(client, event.peer, TRANSPORT_UNSEQUENCED, "input", 5));
                transport_flush(client);
            } else if (event.type == TRANSPORT_MESSAGE) {
                assert_memory_equal(event.data, "welcome", 7);
                answered = true;
            }
        }
        transport_poll(server, clock_now_ns());
        while (transport_next_event(server, &event)) {
            if (event.type == TRANSPORT_MESSAGE && event.channel == TRANSPORT_RELIABLE) {
                got = true;
                peer = event.peer;
                assert_true(transport_send(server, peer, TRANSPORT_RELIABLE, "welcome", 7));
            }
        }
        transport_flush(server);
        clock_sleep_until_ns(clock_now_ns() + 1000000);
    }
    assert_true(got && answered);
    TransportStats stats;
    transport_stats(server, &stats);
    for (int i = 0; i < TRANSPORT_REJECT_COUNT; i++) {
        assert_int_equal(stats.rejected[i], 0);
    }
    printf("buffers %u %u\n", stats.receive_buffer_bytes, stats.send_buffer_bytes);
    transport_close(client);
    transport_close(server);
}

int main(void) {
    assert(transport_initialize() == TRANSPORT_OK);
    const char *m = transport_missing_protections();
    printf("missing: %s\n", m ? m : "none");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_travel_both_ways),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    transport_deinitialize();
    return failed;
}
