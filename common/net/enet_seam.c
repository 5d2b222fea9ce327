// SPDX-License-Identifier: MIT
#include "net/enet_seam.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"

// 64 datagrams a system call: measured on loopback, larger batches gain less than 2 %.
#define BATCH_DATAGRAMS 64
// One of a thousand clients on a thread finds one or two when it wakes up; preparing for more costs
// more than a second call once in a while.
#define CONNECTED_BATCH_DATAGRAMS 4
// One byte more than we ever send, so that a larger datagram is recognised by its size or by
// MSG_TRUNC, whichever the kernel tells.
#define SLOT_BYTES (DATAGRAM_BYTES_MAX + 16)

typedef struct Batch {
    struct mmsghdr headers[BATCH_DATAGRAMS];
    struct iovec vectors[BATCH_DATAGRAMS];
    struct sockaddr_in addresses[BATCH_DATAGRAMS];
    uint8_t bytes[BATCH_DATAGRAMS][SLOT_BYTES];
} Batch;

// Everything that the functions under ENet need to know about the thread they run on.
typedef struct SeamThread {
    SeamSocket *current;
    Memnet *memnet;
    SeamCoverage *probe; // while the self-test runs: note the call, touch nothing
    Batch *received;
    uint32_t received_count, received_next;
    uint8_t moved[SLOT_BYTES]; // a datagram that did not lie in the batch
    Batch *sending;
    uint32_t sending_count;
} SeamThread;

static _Thread_local SeamThread seam_thread;

static pthread_once_t batch_key_once = PTHREAD_ONCE_INIT;
static pthread_key_t batch_key; // its destructor frees the batches of a thread that ends

static void free_batches(void *unused) {
    (void)unused;
    free(seam_thread.received);
    free(seam_thread.sending);
    seam_thread.received = NULL;
    seam_thread.sending = NULL;
}

static void free_main_batches(void) {
    free_batches(NULL);
}

static void create_batch_key(void) {
    const int result = pthread_key_create(&batch_key, free_batches);
    assert(result == 0);
    (void)atexit(free_main_batches); // the main thread does not run destructors of keys
}

// Aborts when memory is short: 80 KB once per thread, at start.
static Batch *create_batch(void) {
    pthread_once(&batch_key_once, create_batch_key);
    pthread_setspecific(batch_key, &seam_thread);
    Batch *batch = calloc(1, sizeof(*batch));
    assert(batch != NULL);
    for (uint32_t i = 0; i < BATCH_DATAGRAMS; i++) {
        batch->vectors[i] = (struct iovec){batch->bytes[i], SLOT_BYTES};
        batch->headers[i].msg_hdr = (struct msghdr){.msg_iov = &batch->vectors[i], .msg_iovlen = 1};
    }
    return batch;
}

// Time.

void seam_install_memnet(Memnet *net) {
    seam_thread.memnet = net;
}

Memnet *seam_memnet(void) {
    return seam_thread.memnet;
}

uint64_t seam_now_ns(void) {
    return seam_thread.memnet != NULL ? memnet_now_ns(seam_thread.memnet) : clock_now_ns();
}

enet_uint32 enet_time_get(void) {
    if (seam_thread.probe != NULL) {
        seam_thread.probe->time = true;
    }
    const SeamSocket *current = seam_thread.current;
    return (enet_uint32)((current != NULL ? current->now_ns : seam_now_ns()) / NS_PER_MS);
}

// Without bandwidth limits it has nothing to balance, yet would send a reliable command to every
// peer whenever one has joined or left.
void enet_host_bandwidth_throttle(ENetHost *host) {
    if (seam_thread.probe != NULL) {
        seam_thread.probe->throttle = true;
    }
    host->bandwidthThrottleEpoch = enet_time_get();
}

// Sending.

static void flush_batch(SeamSocket *socket) {
    Batch *batch = seam_thread.sending;
    uint32_t at = 0;
    while (at < seam_thread.sending_count) {
        const int sent = sendmmsg(socket->descriptor, &batch->headers[at],
                                  seam_thread.sending_count - at, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0) {
            at += (uint32_t)sent;
        } else if (errno != EINTR) {
            socket->send_errors++;
            at++; // that datagram is lost; those behind it go to others
        }
    }
    seam_thread.sending_count = 0;
}

static size_t gather(uint8_t *to, const ENetBuffer *buffers, size_t count) {
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        if (size + buffers[i].dataLength > SLOT_BYTES) {
            return 0;
        }
        memcpy(&to[size], buffers[i].data, buffers[i].dataLength);
        size += buffers[i].dataLength;
    }
    return size;
}

static void append_to_batch(SeamSocket *socket, const ENetAddress *address,
                            const ENetBuffer *buffers, size_t count) {
    if (seam_thread.sending == NULL) {
        seam_thread.sending = create_batch();
    }
    Batch *batch = seam_thread.sending;
    const uint32_t at = seam_thread.sending_count;
    const size_t size = gather(batch->bytes[at], buffers, count);
    assert(size > 0); // hosts have an MTU of DATAGRAM_BYTES_MAX
    batch->addresses[at] = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(address->port), .sin_addr.s_addr = address->host};
    batch->vectors[at].iov_len = size;
    batch->headers[at].msg_hdr.msg_name = &batch->addresses[at];
    batch->headers[at].msg_hdr.msg_namelen = sizeof(batch->addresses[at]);
    seam_thread.sending_count++;
    if (seam_thread.sending_count == BATCH_DATAGRAMS) {
        flush_batch(socket);
    }
}

// Sends one datagram with one system call. False, with errno, when the kernel did not take it.
static bool send_one(int descriptor, const ENetAddress *address, const ENetBuffer *buffers,
                     size_t count) {
    struct sockaddr_in name = {.sin_family = AF_INET};
    struct msghdr header = {.msg_iov = (struct iovec *)(uintptr_t)buffers, .msg_iovlen = count};
    if (address != NULL) {
        name.sin_port = htons(address->port);
        name.sin_addr.s_addr = address->host;
        header.msg_name = &name;
        header.msg_namelen = sizeof(name);
    }
    ssize_t sent = 0;
    do {
        sent = sendmsg(descriptor, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent >= 0;
}

void seam_count_send_error(SeamSocket *socket, int error) {
    socket->send_errors++;
    socket->refused_count += error == ECONNREFUSED;
}

void seam_count_receive_error(SeamSocket *socket, int error) {
    socket->receive_errors++;
    socket->refused_count += error == ECONNREFUSED;
}

static void hand_to_carrier(SeamSocket *socket, const ENetBuffer *buffers, size_t count) {
    uint8_t bytes[SLOT_BYTES];
    const size_t size = gather(bytes, buffers, count);
    assert(size > 0); // as in append_to_batch()
    socket->carrier->send(socket->carrier_user, bytes, size);
}

// To wherever the thread's network is: the memnet, a carrier, the batch, or the kernel at once.
static void dispatch(SeamSocket *socket, const ENetAddress *address, const ENetBuffer *buffers,
                     size_t count) {
    if (memnet_owns(socket->descriptor)) {
        uint8_t bytes[SLOT_BYTES];
        const size_t size = gather(bytes, buffers, count);
        memnet_send(seam_thread.memnet, socket->descriptor, address->host, address->port, bytes,
                    size);
    } else if (socket->carrier != NULL) {
        hand_to_carrier(socket, buffers, count);
    } else if (socket->batches_sends) {
        append_to_batch(socket, address, buffers, count);
    } else if (!send_one(socket->descriptor, socket->is_connected ? NULL : address, buffers,
                         count)) {
        seam_count_send_error(socket, errno);
    }
}

static void submit_outgoing(SeamSocket *socket, const ENetAddress *address,
                            const ENetBuffer *buffers, size_t count) {
    uint8_t bytes[SLOT_BYTES];
    const size_t size = gather(bytes, buffers, count);
    const ImpairRoute route = {.to_host = address->host, .to_port = address->port};
    impair_submit(socket->impair_out, seam_now_ns(), &route, bytes, size);
}

static void dispatch_held(SeamSocket *socket, ImpairDatagram *datagram) {
    const ENetAddress address = {datagram->route.to_host, datagram->route.to_port};
    const ENetBuffer buffer = {datagram->bytes, datagram->size};
    dispatch(socket, &address, &buffer, 1);
    impair_free(datagram);
}

void seam_release_impaired(SeamSocket *socket) {
    if (socket->impair_out == NULL) {
        return;
    }
    const uint64_t now_ns = seam_now_ns();
    ImpairDatagram *datagram = NULL;
    while ((datagram = impair_next_due(socket->impair_out, now_ns)) != NULL) {
        dispatch_held(socket, datagram);
    }
}

void seam_release_all(SeamSocket *socket) {
    ImpairDatagram *datagram = NULL;
    while (socket->impair_out != NULL && (datagram = impair_next(socket->impair_out)) != NULL) {
        dispatch_held(socket, datagram);
    }
}

// Never fails: to ENet a datagram that the kernel did not take is one that the network lost, and
// its retransmission deals with it.
int enet_socket_send(ENetSocket descriptor, const ENetAddress *address, const ENetBuffer *buffers,
                     size_t count) {
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        size += buffers[i].dataLength;
    }
    if (seam_thread.probe != NULL) {
        seam_thread.probe->send = true;
        return (int)size;
    }
    SeamSocket *socket = seam_thread.current;
    if (socket == NULL || socket->descriptor != descriptor) {
        if (memnet_owns(descriptor)) {
            SeamSocket stranger = {.descriptor = descriptor};
            dispatch(&stranger, address, buffers, count);
        } else {
            (void)send_one(descriptor, address, buffers, count);
        }
        return (int)size;
    }
    socket->bytes_out += size;
    socket->packets_out++;
    if (socket->impair_out != NULL) {
        submit_outgoing(socket, address, buffers, count);
    } else {
        dispatch(socket, address, buffers, count);
    }
    return (int)size;
}

// Receiving.

typedef struct Received {
    const uint8_t *bytes;
    size_t size;
    ENetAddress from;
    bool is_oversize;
    ImpairDatagram *owned; // where bytes lies when it is not in the batch
} Received;

// Asks the kernel for datagrams, at most as many as ENet will still take. Fewer than asked for
// means that there are no more, which saves the call that would find out.
static void fetch_batch(SeamSocket *socket) {
    if (seam_thread.received == NULL) {
        seam_thread.received = create_batch();
    }
    Batch *batch = seam_thread.received;
    const uint32_t most = socket->is_connected ? CONNECTED_BATCH_DATAGRAMS : BATCH_DATAGRAMS;
    const uint32_t wanted = socket->round_left < most ? socket->round_left : most;
    for (uint32_t i = 0; i < wanted; i++) {
        batch->headers[i].msg_hdr.msg_name = socket->is_connected ? NULL : &batch->addresses[i];
        batch->headers[i].msg_hdr.msg_namelen =
            socket->is_connected ? 0 : sizeof(batch->addresses[i]);
    }
    const int count = recvmmsg(socket->descriptor, batch->headers, wanted, MSG_DONTWAIT, NULL);
    seam_thread.received_next = 0;
    seam_thread.received_count = count > 0 ? (uint32_t)count : 0;
    // An error reported here belongs to an earlier datagram; there may be more behind it.
    const bool has_error = count < 0 && errno != EAGAIN && errno != EINTR;
    if (has_error) {
        seam_count_receive_error(socket, errno);
    }
    socket->round_is_drained = !has_error && seam_thread.received_count < wanted;
    if (has_error) {
        socket->round_left--; // an error costs a turn, so a socket with nothing but errors ends
    }
}

static bool take_from_kernel(SeamSocket *socket, Received *out) {
    while (seam_thread.received_next == seam_thread.received_count) {
        if (socket->round_is_drained || socket->round_left == 0) {
            return false;
        }
        fetch_batch(socket);
    }
    const Batch *batch = seam_thread.received;
    const uint32_t at = seam_thread.received_next++;
    socket->round_left--;
    *out = (Received){.bytes = batch->bytes[at],
                      .size = batch->headers[at].msg_len,
                      .is_oversize = (batch->headers[at].msg_hdr.msg_flags & MSG_TRUNC) != 0,
                      .from = socket->remote};
    if (!socket->is_connected) {
        out->from = (ENetAddress){.host = batch->addresses[at].sin_addr.s_addr,
                                  .port = ntohs(batch->addresses[at].sin_port)};
    }
    return true;
}

static bool take_from_memnet(SeamSocket *socket, Received *out) {
    ImpairDatagram *datagram = NULL;
    while (socket->round_left > 0 &&
           (datagram = memnet_receive(seam_thread.memnet, socket->descriptor)) != NULL) {
        const bool is_foreign =
            socket->is_connected && (datagram->route.from_host != socket->remote.host ||
                                     datagram->route.from_port != socket->remote.port);
        if (!is_foreign) {
            socket->round_left--;
            *out = (Received){.bytes = datagram->bytes,
                              .size = datagram->size,
                              .from = {datagram->route.from_host, datagram->route.from_port},
                              .owned = datagram};
            return true;
        }
        impair_free(datagram); // as the kernel does for a connected socket
    }
    socket->round_is_drained = true;
    return false;
}

static bool take_from_carrier(SeamSocket *socket, Received *out) {
    if (socket->offered == NULL || socket->round_left == 0) {
        socket->round_is_drained = true;
        return false;
    }
    *out =
        (Received){.bytes = socket->offered, .size = socket->offered_bytes, .from = socket->remote};
    socket->offered = NULL;
    socket->round_left--;
    return true;
}

static bool take_any(SeamSocket *socket, Received *out) {
    return memnet_owns(socket->descriptor) ? take_from_memnet(socket, out)
           : socket->carrier != NULL       ? take_from_carrier(socket, out)
                                           : take_from_kernel(socket, out);
}

// The next datagram that could be one of ours. Those that cannot are counted here, below ENet,
// which would take an oversize one for a broken socket and an empty one for "no more". They use up
// the round like any other, so that a flood of them ends too.
static bool take_plausible(SeamSocket *socket, Received *out) {
    while (take_any(socket, out)) {
        socket->bytes_in += out->size;
        socket->packets_in++;
        if (out->size > socket->largest_in) {
            socket->largest_in = (uint32_t)out->size;
        }
        if (out->is_oversize || out->size > DATAGRAM_BYTES_MAX) {
            socket->oversize++;
        } else if (out->size == 0) {
            socket->empty++;
        } else {
            return true;
        }
        impair_free(out->owned);
    }
    return false;
}

// Everything that has arrived goes through the impairment; what it lets go now is handed on.
static bool take_impaired(SeamSocket *socket, Received *out) {
    const uint64_t now_ns = seam_now_ns();
    Received received;
    while (take_plausible(socket, &received)) {
        const ImpairRoute route = {.from_host = received.from.host,
                                   .from_port = received.from.port};
        impair_submit(socket->impair_in, now_ns, &route, received.bytes, received.size);
        impair_free(received.owned);
    }
    ImpairDatagram *datagram = impair_next_due(socket->impair_in, now_ns);
    if (datagram == NULL) {
        return false;
    }
    *out = (Received){.bytes = datagram->bytes,
                      .size = datagram->size,
                      .from = {datagram->route.from_host, datagram->route.from_port},
                      .owned = datagram};
    return true;
}

// Nothing is written to the buffer that ENet offers: it reads the datagram where it lies, in memory
// that all sockets of the thread share and that is warm, and the 8 KB that every host has for
// buffers stay untouched (enet_pool.h gives them back).
static void show_to_enet(SeamSocket *socket, const Received *received) {
    socket->received = received->bytes;
    if (received->owned != NULL) {
        memcpy(seam_thread.moved, received->bytes, received->size);
        socket->received = seam_thread.moved;
        impair_free(received->owned);
    }
}

// Returns the size of one datagram, or 0 when there is none now. Never fails.
int enet_socket_receive(ENetSocket descriptor, ENetAddress *address, ENetBuffer *buffers,
                        size_t count) {
    if (seam_thread.probe != NULL) {
        seam_thread.probe->receive = true;
        return 0;
    }
    assert(count == 1 && buffers[0].dataLength >= SLOT_BYTES);
    SeamSocket stranger = {.descriptor = descriptor, .round_left = 1};
    SeamSocket *socket = seam_thread.current;
    if (socket == NULL || socket->descriptor != descriptor) {
        socket = &stranger;
    }
    Received received;
    const bool has_one = socket->impair_in != NULL ? take_impaired(socket, &received)
                                                   : take_plausible(socket, &received);
    if (!has_one) {
        return 0;
    }
    *address = received.from;
    if (socket == &stranger) {
        memcpy(buffers[0].data, received.bytes, received.size);
        impair_free(received.owned);
    } else {
        show_to_enet(socket, &received);
    }
    return (int)received.size;
}

// Sockets.

ENetSocket enet_socket_create(ENetSocketType type) {
    if (seam_thread.memnet != NULL) {
        return memnet_open(seam_thread.memnet);
    }
    const int kind = type == ENET_SOCKET_TYPE_DATAGRAM ? SOCK_DGRAM : SOCK_STREAM;
    return socket(AF_INET, kind | SOCK_CLOEXEC, 0);
}

void enet_socket_destroy(ENetSocket descriptor) {
    if (memnet_owns(descriptor)) {
        memnet_close(seam_thread.memnet, descriptor);
    } else if (descriptor >= 0) {
        (void)close(descriptor);
    }
}

// The transport's side.

void seam_enter(SeamSocket *socket) {
    assert(seam_thread.current == NULL);
    seam_thread.current = socket;
}

void seam_leave(void) {
    assert(seam_thread.current != NULL);
    if (seam_thread.sending_count > 0) {
        flush_batch(seam_thread.current);
    }
    seam_thread.current = NULL;
}

SeamSocket *seam_current(void) {
    return seam_thread.current;
}

void seam_begin_round(SeamSocket *socket) {
    assert(seam_thread.received_next == seam_thread.received_count);
    socket->round_left = SEAM_ROUND_DATAGRAMS;
    socket->round_is_drained = false;
}

SeamCoverage seam_self_test(void) {
    SeamCoverage coverage = {0};
    ENetHost *host = enet_host_create(NULL, 1, 1, 0, 0);
    if (host == NULL) {
        return coverage;
    }
    // Where the seam is missing a datagram really leaves: to the discard port of this machine.
    const ENetAddress nowhere = {htonl(INADDR_LOOPBACK), 9};
    (void)enet_host_connect(host, &nowhere, 1, 0);
    host->bandwidthThrottleEpoch = (enet_uint32)(seam_now_ns() / NS_PER_MS) - 10000;
    seam_thread.probe = &coverage;
    (void)enet_host_service(host, NULL, 0);
    seam_thread.probe = NULL;
    enet_host_destroy(host);
    return coverage;
}
