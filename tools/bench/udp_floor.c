// SPDX-License-Identifier: MIT
#include "tools/bench/udp_floor.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"

#define BATCH 64u

typedef struct Batch {
    struct mmsghdr headers[BATCH];
    struct iovec vectors[BATCH];
    struct sockaddr_in addresses[BATCH];
    uint8_t bytes[BATCH][DATAGRAM_BYTES_MAX];
} Batch;

struct UdpFloor {
    int server;
    int clients[FLOOR_PEERS];
    struct sockaddr_in addresses[FLOOR_PEERS];
    Batch batch;
};

static int open_socket(struct sockaddr_in *address) {
    *address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof *address;
    const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor >= 0 && (bind(descriptor, (struct sockaddr *)address, size) != 0 ||
                            getsockname(descriptor, (struct sockaddr *)address, &size) != 0)) {
        (void)close(descriptor);
        return -1;
    }
    return descriptor;
}

static bool open_clients(UdpFloor *floor, const struct sockaddr_in *server) {
    for (uint32_t i = 0; i < FLOOR_PEERS; i++) {
        floor->clients[i] = open_socket(&floor->addresses[i]);
        if (floor->clients[i] < 0 ||
            connect(floor->clients[i], (const struct sockaddr *)server, sizeof *server) != 0) {
            return false;
        }
    }
    return true;
}

UdpFloor *udp_floor_create(void) {
    UdpFloor *floor = calloc(1, sizeof *floor);
    if (floor == NULL) {
        return NULL;
    }
    memset(floor->clients, 0xff, sizeof floor->clients);
    struct sockaddr_in address;
    floor->server = open_socket(&address);
    // Room for all datagrams of a round, or the kernel drops some of them.
    const int buffer_bytes = 4 * 1024 * 1024;
    (void)setsockopt(floor->server, SOL_SOCKET, SO_RCVBUFFORCE, &buffer_bytes, sizeof(int));
    if (floor->server < 0 || !open_clients(floor, &address)) {
        udp_floor_destroy(floor);
        return NULL;
    }
    for (uint32_t i = 0; i < BATCH; i++) {
        floor->batch.vectors[i].iov_base = floor->batch.bytes[i];
        floor->batch.headers[i].msg_hdr = (struct msghdr){.msg_name = &floor->batch.addresses[i],
                                                          .msg_iov = &floor->batch.vectors[i],
                                                          .msg_iovlen = 1};
    }
    return floor;
}

void udp_floor_destroy(UdpFloor *floor) {
    for (uint32_t i = 0; i < FLOOR_PEERS; i++) {
        if (floor->clients[i] >= 0) {
            (void)close(floor->clients[i]);
        }
    }
    if (floor->server >= 0) {
        (void)close(floor->server);
    }
    free(floor);
}

static uint32_t receive_all(UdpFloor *floor) {
    uint32_t received = 0;
    while (true) {
        for (uint32_t i = 0; i < BATCH; i++) {
            floor->batch.vectors[i].iov_len = DATAGRAM_BYTES_MAX;
            floor->batch.headers[i].msg_hdr.msg_namelen = sizeof(struct sockaddr_in);
        }
        const int count = recvmmsg(floor->server, floor->batch.headers, BATCH, MSG_DONTWAIT, NULL);
        received += count > 0 ? (uint32_t)count : 0;
        if (count < (int)BATCH) {
            return received;
        }
    }
}

static uint32_t send_all(UdpFloor *floor, const uint8_t *snapshot) {
    uint32_t sent = 0;
    for (uint32_t first = 0; first < FLOOR_PEERS; first += BATCH) {
        for (uint32_t i = 0; i < BATCH; i++) {
            // A server must assemble every datagram: one copy belongs to the floor.
            memcpy(floor->batch.bytes[i], snapshot, FLOOR_SNAPSHOT_BYTES + FLOOR_HEADER_BYTES);
            floor->batch.vectors[i].iov_len = FLOOR_SNAPSHOT_BYTES + FLOOR_HEADER_BYTES;
            floor->batch.addresses[i] = floor->addresses[first + i];
            floor->batch.headers[i].msg_hdr.msg_namelen = sizeof(struct sockaddr_in);
        }
        const int count = sendmmsg(floor->server, floor->batch.headers, BATCH, MSG_DONTWAIT);
        sent += count > 0 ? (uint32_t)count : 0;
    }
    return sent;
}

bool udp_floor_round(UdpFloor *floor, FloorRound *out) {
    uint8_t bytes[DATAGRAM_BYTES_MAX] = {0};
    uint32_t ok = 0;
    for (uint32_t i = 0; i < FLOOR_PEERS; i++) {
        ok += send(floor->clients[i], bytes, FLOOR_INPUT_BYTES + FLOOR_HEADER_BYTES, 0) > 0;
    }
    const uint64_t start_ns = clock_thread_cpu_ns();
    const uint32_t received = receive_all(floor);
    const uint64_t received_ns = clock_thread_cpu_ns();
    const uint32_t sent = send_all(floor, bytes);
    const uint64_t end_ns = clock_thread_cpu_ns();
    for (uint32_t i = 0; i < FLOOR_PEERS; i++) {
        ok += recv(floor->clients[i], bytes, sizeof bytes, MSG_DONTWAIT) > 0;
    }
    *out = (FloorRound){.receive_ns = received_ns - start_ns, .send_ns = end_ns - received_ns};
    return received == FLOOR_PEERS && sent == FLOOR_PEERS && ok == 2 * FLOOR_PEERS;
}
