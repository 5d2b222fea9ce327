// SPDX-License-Identifier: MIT
// test_enet_seam.c -- ENet's own calls reach the seam, and the wall clock has no effect.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h needs the four above.
#include <cmocka.h>

#include <sys/time.h>
#include <time.h>

#include "base/clock.h"
#include "net/enet_seam.h"
#include "net/lab.h"

// Replaces the C library's function, which ENet's own clock would call. The tests move it freely.
static uint64_t wall_clock_reads;
static int64_t wall_clock_offset_s;

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    (void)zone;
    struct timespec real;
    (void)clock_gettime(CLOCK_REALTIME, &real);
    wall_clock_reads++;
    now->tv_sec = real.tv_sec + wall_clock_offset_s;
    now->tv_usec = real.tv_nsec / 1000;
    return 0;
}

static void the_self_test_finds_every_function_in_place(void **state) {
    (void)state;
    const SeamCoverage coverage = seam_self_test();
    assert_true(coverage.time);
    assert_true(coverage.receive);
    assert_true(coverage.send);
    assert_true(coverage.throttle);
    assert_true(seam_coverage_is_full(coverage));
}

static void a_coverage_with_a_hole_is_not_full(void **state) {
    (void)state;
    const SeamCoverage holes[] = {{.receive = true, .send = true, .throttle = true},
                                  {.time = true, .send = true, .throttle = true},
                                  {.time = true, .receive = true, .throttle = true},
                                  {.time = true, .receive = true, .send = true}};
    for (size_t i = 0; i < 4; i++) {
        assert_false(seam_coverage_is_full(holes[i]));
    }
}

static void steps_of_the_wall_clock_drop_no_peer(void **state) {
    (void)state;
    const ImpairConfig config = {.latency_ns = 20 * NS_PER_MS, .loss = 0.02};
    Lab *lab = lab_create(1, &config, 64);
    lab_add_clients(lab, 30);
    lab_run(lab, 3000);
    wall_clock_reads = 0;
    const int64_t steps_s[] = {31, -600, 3600, -86400, 86400};
    for (size_t i = 0; i < sizeof steps_s / sizeof steps_s[0]; i++) {
        wall_clock_offset_s += steps_s[i];
        lab_run(lab, 15000);
    }
    lab_assert_all_well(lab);
    assert_int_equal(lab->disconnected, 0);
    assert_int_equal(wall_clock_reads, 0);
    lab_destroy(lab);
}

static void on_real_sockets_the_wall_clock_is_not_read_either(void **state) {
    (void)state;
    wall_clock_reads = 0;
    Transport *server = NULL, *client = NULL;
    const TransportListenConfig config = {.bind_address = "127.0.0.1", .peer_capacity = 8};
    assert_int_equal(transport_listen(&server, &config), TRANSPORT_OK);
    assert_int_equal(transport_connect(&client, "127.0.0.1", transport_port(server)), TRANSPORT_OK);
    TransportEvent event = {.type = TRANSPORT_MESSAGE};
    uint64_t now_ns = clock_now_ns();
    for (int i = 0; i < 2000 && event.type != TRANSPORT_CONNECTED; i++) {
        now_ns += NS_PER_MS;
        transport_poll(server, now_ns);
        transport_poll(client, now_ns);
        (void)transport_next_event(client, &event);
    }
    assert_int_equal(event.type, TRANSPORT_CONNECTED);
    assert_int_equal(wall_clock_reads, 0);
    transport_close(client);
    transport_close(server);
}

static void time_follows_the_memory_network_while_it_is_installed(void **state) {
    (void)state;
    Memnet *net = memnet_create(1, NULL);
    memnet_install(net);
    assert_int_equal(enet_time_get(), 1000);
    memnet_advance(net, 250 * NS_PER_MS);
    assert_int_equal(enet_time_get(), 1250);
    assert_int_equal(seam_now_ns(), memnet_now_ns(net));
    memnet_uninstall(net);
    // Between two readings of the machine's clock.
    const uint64_t before_ns = clock_now_ns();
    const uint64_t seam_ns = seam_now_ns();
    assert_in_range(seam_ns, before_ns, clock_now_ns());
    memnet_destroy(net);
}

static void a_socket_of_a_connecting_transport_is_small(void **state) {
    (void)state;
    // A thread holds a thousand of them.
    assert_in_range(sizeof(SeamSocket), 1, 192);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_self_test_finds_every_function_in_place),
        cmocka_unit_test(a_coverage_with_a_hole_is_not_full),
        cmocka_unit_test(steps_of_the_wall_clock_drop_no_peer),
        cmocka_unit_test(on_real_sockets_the_wall_clock_is_not_read_either),
        cmocka_unit_test(time_follows_the_memory_network_while_it_is_installed),
        cmocka_unit_test(a_socket_of_a_connecting_transport_is_small),
    };
    return cmocka_run_group_tests(tests, lab_set_up, lab_tear_down);
}
