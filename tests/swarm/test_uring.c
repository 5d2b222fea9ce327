// SPDX-License-Identifier: MIT
// test_uring.c -- datagrams through io_uring, both ways, against plain sockets. Where the
// system lets nobody have a ring there is nothing to test, and the bots do without.
#include "tools/swarm/load/uring.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "support.h"

#define SOCKETS   4
#define WAIT_MS   1
#define WAITS_MAX 10000 // of a millisecond; what is waited for takes microseconds

typedef struct Fixture {
    Uring *uring;
    int peers[SOCKETS]; // whom the transports are connected to, and who are connected to them
    Transport *transports[SOCKETS];
    uint32_t heard[SOCKETS]; // events by index
} Fixture;

static int open_peer(uint16_t *port) {
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof name;
    const int peer = socket(AF_INET, SOCK_DGRAM, 0);
    assert_true(peer >= 0);
    assert_int_equal(bind(peer, (struct sockaddr *)&name, size), 0);
    assert_int_equal(getsockname(peer, (struct sockaddr *)&name, &size), 0);
    *port = ntohs(name.sin_port);
    return peer;
}

static void open_transport(Fixture *fixture, uint32_t index) {
    uint16_t port = 0;
    fixture->peers[index] = open_peer(&port);
    assert_int_equal(transport_connect(&fixture->transports[index], "127.0.0.1", port),
                     TRANSPORT_OK);
    const struct sockaddr_in name = {.sin_family = AF_INET,
                                     .sin_port = htons(transport_port(fixture->transports[index])),
                                     .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(connect(fixture->peers[index], (const struct sockaddr *)&name, sizeof name),
                     0);
    uring_add(fixture->uring, index, fixture->transports[index]);
}

static void close_transport(Fixture *fixture, uint32_t index) {
    transport_close(fixture->transports[index]);
    (void)close(fixture->peers[index]);
    fixture->transports[index] = NULL;
}

static void create_fixture(Fixture *fixture) {
    *fixture = (Fixture){.uring = uring_create(SOCKETS)};
    if (fixture->uring == NULL) {
        skip();
    }
    assert_int_equal(transport_initialize(), TRANSPORT_OK);
    for (uint32_t i = 0; i < SOCKETS; i++) {
        open_transport(fixture, i);
    }
}

static void destroy_fixture(Fixture *fixture) {
    for (uint32_t i = 0; i < SOCKETS; i++) {
        if (fixture->transports[i] != NULL) {
            close_transport(fixture, i);
        }
    }
    uring_destroy(fixture->uring);
    transport_deinitialize();
}

// What a loop of bots does with what arrives.
static uint32_t hear(Fixture *fixture) {
    const uint32_t count = uring_wait(fixture->uring, WAIT_MS);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t index = uring_index(fixture->uring, i);
        assert_true(index < SOCKETS);
        if (uring_deliver(fixture->uring, i)) {
            fixture->heard[index]++;
            transport_poll(fixture->transports[index], clock_now_ns());
        }
    }
    return count;
}

static TransportStats stats_of(const Fixture *fixture, uint32_t index) {
    TransportStats stats;
    transport_stats(fixture->transports[index], &stats);
    return stats;
}

static void what_a_transport_sends_leaves_with_the_next_wait(void **state) {
    (void)state;
    Fixture fixture;
    create_fixture(&fixture);
    for (uint32_t i = 0; i < SOCKETS; i++) {
        transport_poll(fixture.transports[i], clock_now_ns()); // asks to connect
    }
    (void)uring_wait(fixture.uring, 0);
    for (uint32_t i = 0; i < SOCKETS; i++) {
        uint8_t bytes[DATAGRAM_BYTES_MAX];
        const ssize_t size = recv(fixture.peers[i], bytes, sizeof bytes, MSG_DONTWAIT);
        assert_int_equal(size, stats_of(&fixture, i).bytes_out);
        assert_true(size > 0);
    }
    destroy_fixture(&fixture);
}

static void what_arrives_reaches_its_transport_and_no_other(void **state) {
    (void)state;
    Fixture fixture;
    create_fixture(&fixture);
    const uint8_t bytes[100] = {0};
    for (uint32_t i = 0; i < SOCKETS; i++) {
        for (uint32_t k = 0; k <= i; k++) {
            assert_int_equal(send(fixture.peers[i], bytes, sizeof bytes - i, 0), sizeof bytes - i);
        }
    }
    uint32_t events = 0;
    for (uint32_t i = 0; i < WAITS_MAX && events < 1 + 2 + 3 + 4; i++) {
        events += hear(&fixture);
    }
    for (uint32_t i = 0; i < SOCKETS; i++) {
        const TransportStats stats = stats_of(&fixture, i);
        assert_int_equal(fixture.heard[i], i + 1);
        assert_int_equal(stats.packets_in, i + 1);
        assert_int_equal(stats.bytes_in, (i + 1) * (sizeof bytes - i));
    }
    destroy_fixture(&fixture);
}

// As many times as it takes to run out of buffers, which all sockets share.
static void more_than_there_are_buffers_for_arrives_all_the_same(void **state) {
    (void)state;
    enum { EACH = 200, ROUNDS = 3 };
    Fixture fixture;
    create_fixture(&fixture);
    const uint8_t bytes[20] = {0};
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        for (uint32_t k = 0; k < EACH * SOCKETS; k++) {
            assert_int_equal(send(fixture.peers[k % SOCKETS], bytes, sizeof bytes, 0),
                             sizeof bytes);
        }
        for (uint32_t i = 0; i < WAITS_MAX; i++) {
            uint64_t arrived = 0;
            (void)hear(&fixture);
            for (uint32_t k = 0; k < SOCKETS; k++) {
                arrived += stats_of(&fixture, k).packets_in;
            }
            if (arrived == (uint64_t)round * EACH * SOCKETS) {
                break;
            }
        }
        for (uint32_t k = 0; k < SOCKETS; k++) {
            assert_int_equal(stats_of(&fixture, k).packets_in, round * EACH);
        }
    }
    destroy_fixture(&fixture);
}

static void a_datagram_that_is_too_long_or_empty_is_counted_as_such(void **state) {
    (void)state;
    Fixture fixture;
    create_fixture(&fixture);
    static const uint8_t bytes[3000];
    assert_int_equal(send(fixture.peers[0], bytes, sizeof bytes, 0), sizeof bytes);
    assert_int_equal(send(fixture.peers[0], bytes, 0, 0), 0);
    for (uint32_t i = 0; i < WAITS_MAX && fixture.heard[0] < 2; i++) {
        (void)hear(&fixture);
    }
    const TransportStats stats = stats_of(&fixture, 0);
    assert_int_equal(stats.rejected[TRANSPORT_REJECT_OVERSIZE], 1);
    assert_int_equal(stats.rejected[TRANSPORT_REJECT_MALFORMED], 1);
    destroy_fixture(&fixture);
}

static void what_was_under_way_to_a_closed_transport_reaches_nobody(void **state) {
    (void)state;
    Fixture fixture;
    create_fixture(&fixture);
    const uint8_t bytes[20] = {0};
    assert_int_equal(send(fixture.peers[1], bytes, sizeof bytes, 0), sizeof bytes);
    uint32_t count = 0;
    for (uint32_t i = 0; i < WAITS_MAX && count == 0; i++) {
        count = uring_wait(fixture.uring, WAIT_MS);
    }
    assert_int_equal(count, 1);
    assert_int_equal(uring_index(fixture.uring, 0), 1);
    close_transport(&fixture, 1);
    assert_false(uring_deliver(fixture.uring, 0));
    // The next one with this index hears what is sent to it.
    open_transport(&fixture, 1);
    assert_false(uring_deliver(fixture.uring, 0));
    assert_int_equal(send(fixture.peers[1], bytes, sizeof bytes, 0), sizeof bytes);
    for (uint32_t i = 0; i < WAITS_MAX && fixture.heard[1] == 0; i++) {
        (void)hear(&fixture);
    }
    assert_int_equal(stats_of(&fixture, 1).packets_in, 1);
    destroy_fixture(&fixture);
}

static void what_was_sent_last_leaves_before_the_socket_is_closed(void **state) {
    (void)state;
    Fixture fixture;
    create_fixture(&fixture);
    transport_poll(fixture.transports[3], clock_now_ns()); // asks to connect
    transport_close(fixture.transports[3]);
    fixture.transports[3] = NULL;
    uint8_t bytes[DATAGRAM_BYTES_MAX];
    assert_true(recv(fixture.peers[3], bytes, sizeof bytes, MSG_DONTWAIT) > 0);
    (void)close(fixture.peers[3]);
    destroy_fixture(&fixture);
}

// Before it could even ask for anything, so that it waits in the ring's queue still.
static void one_that_is_closed_at_once_makes_room_for_another(void **state) {
    (void)state;
    Fixture fixture;
    create_fixture(&fixture);
    for (uint32_t round = 0; round < 20; round++) {
        for (uint32_t i = 0; i < SOCKETS; i++) {
            close_transport(&fixture, i);
            open_transport(&fixture, i);
        }
    }
    const uint8_t bytes[20] = {0};
    for (uint32_t i = 0; i < SOCKETS; i++) {
        assert_int_equal(send(fixture.peers[i], bytes, sizeof bytes, 0), sizeof bytes);
    }
    uint32_t events = 0;
    for (uint32_t i = 0; i < WAITS_MAX && events < SOCKETS; i++) {
        events += hear(&fixture);
    }
    for (uint32_t i = 0; i < SOCKETS; i++) {
        assert_int_equal(stats_of(&fixture, i).packets_in, 1);
    }
    destroy_fixture(&fixture);
}

static void a_port_where_nobody_listens_is_noticed(void **state) {
    (void)state;
    Fixture fixture;
    create_fixture(&fixture);
    (void)close(fixture.peers[2]);
    bool is_over = false;
    for (uint32_t i = 0; i < WAITS_MAX && !is_over; i++) {
        TransportEvent event;
        transport_poll(fixture.transports[2], clock_now_ns());
        (void)hear(&fixture);
        is_over = transport_next_event(fixture.transports[2], &event);
        assert_true(!is_over || event.type == TRANSPORT_DISCONNECTED);
    }
    assert_true(is_over);
    fixture.peers[2] = -1;
    destroy_fixture(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_transport_sends_leaves_with_the_next_wait),
        cmocka_unit_test(what_arrives_reaches_its_transport_and_no_other),
        cmocka_unit_test(more_than_there_are_buffers_for_arrives_all_the_same),
        cmocka_unit_test(a_datagram_that_is_too_long_or_empty_is_counted_as_such),
        cmocka_unit_test(what_was_under_way_to_a_closed_transport_reaches_nobody),
        cmocka_unit_test(what_was_sent_last_leaves_before_the_socket_is_closed),
        cmocka_unit_test(one_that_is_closed_at_once_makes_room_for_another),
        cmocka_unit_test(a_port_where_nobody_listens_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
