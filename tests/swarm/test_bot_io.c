// SPDX-License-Identifier: MIT
// test_bot_io.c -- datagrams through io_uring and through epoll, both ways, against plain sockets.
//                  Where the kernel does not permit io_uring, its cases are skipped.
#include "tools/swarm/load/bot_io.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "support.h"

#define SOCKETS   4
#define WAIT_MS   1
#define WAITS_MAX 10000 // of a millisecond; an arrival takes microseconds

typedef struct Fixture {
    BotIo *io;
    int peers[SOCKETS]; // the other ends of the transports' connections
    Transport *transports[SOCKETS];
    uint32_t events[SOCKETS]; // delivered, by transport
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
    assert_true(bot_io_add(fixture->io, index, fixture->transports[index]));
}

static void close_transport(Fixture *fixture, uint32_t index) {
    transport_close(fixture->transports[index]);
    (void)close(fixture->peers[index]);
    fixture->transports[index] = NULL;
}

static void create_fixture(Fixture *fixture, void **state) {
    const BotIoKind *kind = *state;
    *fixture = (Fixture){.io = *kind == BOT_IO_URING ? bot_io_create_uring(SOCKETS)
                                                     : bot_io_create_epoll()};
    if (fixture->io == NULL && *kind == BOT_IO_URING) {
        skip();
    }
    assert_non_null(fixture->io);
    assert_int_equal(fixture->io->kind, *kind);
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
    bot_io_destroy(fixture->io);
    transport_deinitialize();
}

// Handles arrivals as a swarm thread does.
static void receive(Fixture *fixture) {
    uint32_t bots[BOT_IO_EVENTS_MAX];
    const uint32_t count = bot_io_wait(fixture->io, WAIT_MS, bots);
    for (uint32_t i = 0; i < count; i++) {
        assert_true(bots[i] < SOCKETS);
        if (bot_io_deliver(fixture->io, i)) {
            fixture->events[bots[i]]++;
            transport_poll(fixture->transports[bots[i]], clock_now_ns());
        }
    }
}

static TransportStats stats_of(const Fixture *fixture, uint32_t index) {
    TransportStats stats;
    transport_stats(fixture->transports[index], &stats);
    return stats;
}

// Receives until all transports together have had so many datagrams.
static void receive_until(Fixture *fixture, uint64_t expected) {
    uint64_t received = 0;
    for (uint32_t i = 0; i < WAITS_MAX && received < expected; i++) {
        receive(fixture);
        received = 0;
        for (uint32_t k = 0; k < SOCKETS; k++) {
            received += stats_of(fixture, k).packets_in;
        }
    }
    assert_int_equal(received, expected);
}

static void a_sent_datagram_leaves_with_the_next_wait(void **state) {
    Fixture fixture;
    create_fixture(&fixture, state);
    for (uint32_t i = 0; i < SOCKETS; i++) {
        transport_poll(fixture.transports[i], clock_now_ns()); // asks to connect
    }
    uint32_t bots[BOT_IO_EVENTS_MAX];
    (void)bot_io_wait(fixture.io, 0, bots);
    for (uint32_t i = 0; i < SOCKETS; i++) {
        uint8_t bytes[DATAGRAM_BYTES_MAX];
        const ssize_t size = recv(fixture.peers[i], bytes, sizeof bytes, MSG_DONTWAIT);
        assert_int_equal(size, stats_of(&fixture, i).bytes_out);
        assert_true(size > 0);
    }
    destroy_fixture(&fixture);
}

static void an_arriving_datagram_reaches_its_transport_only(void **state) {
    Fixture fixture;
    create_fixture(&fixture, state);
    const uint8_t bytes[100] = {0};
    for (uint32_t i = 0; i < SOCKETS; i++) {
        for (uint32_t k = 0; k <= i; k++) {
            assert_int_equal(send(fixture.peers[i], bytes, sizeof bytes - i, 0), sizeof bytes - i);
        }
    }
    receive_until(&fixture, 1 + 2 + 3 + 4);
    for (uint32_t i = 0; i < SOCKETS; i++) {
        const TransportStats stats = stats_of(&fixture, i);
        const bool has_event_each = fixture.io->kind == BOT_IO_URING;
        assert_true(has_event_each ? fixture.events[i] == i + 1 : fixture.events[i] > 0);
        assert_int_equal(stats.packets_in, i + 1);
        assert_int_equal(stats.bytes_in, (i + 1) * (sizeof bytes - i));
    }
    destroy_fixture(&fixture);
}

// The sockets of an io_uring share 512 buffers.
static void more_datagrams_than_buffers_arrive_all_the_same(void **state) {
    enum { EACH = 200, ROUNDS = 3 };
    Fixture fixture;
    create_fixture(&fixture, state);
    const uint8_t bytes[20] = {0};
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        for (uint32_t k = 0; k < EACH * SOCKETS; k++) {
            assert_int_equal(send(fixture.peers[k % SOCKETS], bytes, sizeof bytes, 0),
                             sizeof bytes);
        }
        receive_until(&fixture, (uint64_t)round * EACH * SOCKETS);
        for (uint32_t k = 0; k < SOCKETS; k++) {
            assert_int_equal(stats_of(&fixture, k).packets_in, round * EACH);
        }
    }
    destroy_fixture(&fixture);
}

static void overlong_and_empty_datagrams_are_counted_by_reason(void **state) {
    Fixture fixture;
    create_fixture(&fixture, state);
    static const uint8_t bytes[3000];
    assert_int_equal(send(fixture.peers[0], bytes, sizeof bytes, 0), sizeof bytes);
    assert_int_equal(send(fixture.peers[0], bytes, 0, 0), 0);
    TransportStats stats = stats_of(&fixture, 0);
    for (uint32_t i = 0; i < WAITS_MAX && stats.rejected[TRANSPORT_REJECT_MALFORMED] == 0; i++) {
        receive(&fixture);
        stats = stats_of(&fixture, 0);
    }
    assert_int_equal(stats.rejected[TRANSPORT_REJECT_OVERSIZE], 1);
    assert_int_equal(stats.rejected[TRANSPORT_REJECT_MALFORMED], 1);
    destroy_fixture(&fixture);
}

// Epoll's events carry no datagram, so that a stale one is only a poll too many.
static void an_event_of_a_closed_connection_is_not_delivered(void **state) {
    Fixture fixture;
    create_fixture(&fixture, state);
    const bool is_uring = fixture.io->kind == BOT_IO_URING;
    const uint8_t bytes[20] = {0};
    uint32_t bots[BOT_IO_EVENTS_MAX];
    assert_int_equal(send(fixture.peers[1], bytes, sizeof bytes, 0), sizeof bytes);
    uint32_t count = 0;
    for (uint32_t i = 0; i < WAITS_MAX && count == 0; i++) {
        count = bot_io_wait(fixture.io, WAIT_MS, bots);
    }
    assert_int_equal(count, 1);
    assert_int_equal(bots[0], 1);
    close_transport(&fixture, 1);
    assert_int_equal(bot_io_deliver(fixture.io, 0), !is_uring);
    // The next connection with this index receives its own datagrams.
    open_transport(&fixture, 1);
    assert_int_equal(bot_io_deliver(fixture.io, 0), !is_uring);
    assert_int_equal(send(fixture.peers[1], bytes, sizeof bytes, 0), sizeof bytes);
    receive_until(&fixture, 1);
    assert_int_equal(stats_of(&fixture, 1).packets_in, 1);
    destroy_fixture(&fixture);
}

static void the_last_datagram_leaves_before_the_socket_is_closed(void **state) {
    Fixture fixture;
    create_fixture(&fixture, state);
    transport_poll(fixture.transports[3], clock_now_ns()); // asks to connect
    transport_close(fixture.transports[3]);
    fixture.transports[3] = NULL;
    uint8_t bytes[DATAGRAM_BYTES_MAX];
    assert_true(recv(fixture.peers[3], bytes, sizeof bytes, MSG_DONTWAIT) > 0);
    (void)close(fixture.peers[3]);
    destroy_fixture(&fixture);
}

// Closed before its first receive was submitted, which an io_uring still has in its queue.
static void a_connection_that_is_closed_at_once_makes_room_for_another(void **state) {
    Fixture fixture;
    create_fixture(&fixture, state);
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
    receive_until(&fixture, SOCKETS);
    for (uint32_t i = 0; i < SOCKETS; i++) {
        assert_int_equal(stats_of(&fixture, i).packets_in, 1);
    }
    destroy_fixture(&fixture);
}

static void a_closed_port_ends_the_connection(void **state) {
    Fixture fixture;
    create_fixture(&fixture, state);
    (void)close(fixture.peers[2]);
    bool is_over = false;
    for (uint32_t i = 0; i < WAITS_MAX && !is_over; i++) {
        TransportEvent event;
        transport_poll(fixture.transports[2], clock_now_ns());
        receive(&fixture);
        is_over = transport_next_event(fixture.transports[2], &event);
        assert_true(!is_over || event.type == TRANSPORT_DISCONNECTED);
    }
    assert_true(is_over);
    fixture.peers[2] = -1;
    destroy_fixture(&fixture);
}

static void io_uring_is_used_where_possible_unless_epoll_is_wanted(void **state) {
    BotIo *uring = bot_io_create_uring(SOCKETS);
    const BotIoKind expected = uring != NULL ? BOT_IO_URING : BOT_IO_EPOLL;
    (void)state;
    if (uring != NULL) {
        bot_io_destroy(uring);
    }
    BotIo *best = bot_io_create(SOCKETS, false);
    assert_int_equal(best->kind, expected);
    bot_io_destroy(best);
    BotIo *epoll = bot_io_create(SOCKETS, true);
    assert_int_equal(epoll->kind, BOT_IO_EPOLL);
    bot_io_destroy(epoll);
}

// Makes io_uring_setup() fail for this process, as containers do. False when that is not permitted.
static bool forbid_io_uring(void) {
    struct sock_filter instructions[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {.len = sizeof instructions / sizeof instructions[0],
                                       .filter = instructions};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static void a_process_without_io_uring_falls_back_to_epoll(void **state) {
    enum { FELL_BACK = 0, NOT_PERMITTED = 77 };
    int status = 0;
    (void)state;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (!forbid_io_uring()) {
            _exit(NOT_PERMITTED);
        }
        const BotIo *io = bot_io_create(SOCKETS, false);
        _exit(io != NULL && io->kind == BOT_IO_EPOLL ? FELL_BACK : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == NOT_PERMITTED) {
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), FELL_BACK);
}

#define WITH_BOTH(test)                                                                            \
    cmocka_unit_test_prestate(test, &g_uring), cmocka_unit_test_prestate(test, &g_epoll)

int main(void) {
    static BotIoKind g_uring = BOT_IO_URING;
    static BotIoKind g_epoll = BOT_IO_EPOLL;
    const struct CMUnitTest tests[] = {
        WITH_BOTH(a_sent_datagram_leaves_with_the_next_wait),
        WITH_BOTH(an_arriving_datagram_reaches_its_transport_only),
        WITH_BOTH(more_datagrams_than_buffers_arrive_all_the_same),
        WITH_BOTH(overlong_and_empty_datagrams_are_counted_by_reason),
        WITH_BOTH(an_event_of_a_closed_connection_is_not_delivered),
        WITH_BOTH(the_last_datagram_leaves_before_the_socket_is_closed),
        WITH_BOTH(a_connection_that_is_closed_at_once_makes_room_for_another),
        WITH_BOTH(a_closed_port_ends_the_connection),
        cmocka_unit_test(io_uring_is_used_where_possible_unless_epoll_is_wanted),
        cmocka_unit_test(a_process_without_io_uring_falls_back_to_epoll),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
