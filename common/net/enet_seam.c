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
// A client that is one of a thousand on a thread finds one or two datagrams when it wakes up.
// Preparing for more costs more than an occasional second call.
#define CONNECTED_BATCH_DATAGRAMS 4
// One byte more than we ever send, so that a larger datagram is recognised by its size or by
// MSG_TRUNC, whichever the kernel reports.
#define SLOT_BYTES (DATAGRAM_BYTES_MAX + 16)

// Room for the one control message that we request or send: the local address of a datagram.
typedef struct Control {
    _Alignas(struct cmsghdr) uint8_t bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
} Control;
static_assert(sizeof(struct in6_pktinfo) >= sizeof(struct in_pktinfo), "room for both");

typedef struct Batch {
    struct mmsghdr headers[BATCH_DATAGRAMS];
    struct iovec vectors[BATCH_DATAGRAMS];
    SocketName names[BATCH_DATAGRAMS];
    Control controls[BATCH_DATAGRAMS];
    uint8_t bytes[BATCH_DATAGRAMS][SLOT_BYTES];
} Batch;

// The per-thread state of the functions under ENet.
typedef struct SeamThread {
    SeamSocket *current;
    int family;          // the family of sockets created from now on; 0 is AF_INET
    SeamCoverage *probe; // while the self-test runs: note the call, touch nothing
    Batch *received;
    uint32_t received_count, received_next;
    uint8_t moved[SLOT_BYTES]; // a datagram that did not lie in the batch
    SeamDatagram shown;        // to ENet
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

// 80 KB once per thread. NULL when memory is short; the next datagram tries again.
static Batch *create_batch(void) {
    pthread_once(&batch_key_once, create_batch_key);
    pthread_setspecific(batch_key, &seam_thread);
    Batch *batch = calloc(1, sizeof *batch);
    for (uint32_t i = 0; batch != NULL && i < BATCH_DATAGRAMS; i++) {
        batch->vectors[i] = (struct iovec){batch->bytes[i], SLOT_BYTES};
        batch->headers[i].msg_hdr = (struct msghdr){.msg_iov = &batch->vectors[i], .msg_iovlen = 1};
    }
    return batch;
}

// Time.

uint64_t seam_now_ns(void) {
    const Memnet *net = memnet_installed();
    return net != NULL ? memnet_now_ns(net) : clock_now_ns();
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

// Routes.

ENetAddress seam_handle(uint32_t slot) {
    // Not 0.0.0.0, which ENet treats as any address.
    return (ENetAddress){.host = htonl(slot + 1), .port = 1};
}

static bool is_handle(const ENetAddress *address) {
    return ntohl(address->host) >> 24 == 0;
}

static int family_of(const SeamSocket *socket) {
    return socket->is_ipv6 ? AF_INET6 : AF_INET;
}

// An address that is no handle is ENet's own: ENet received the datagram without the seam.
static SeamRoute route_of(const SeamSocket *socket, const ENetAddress *address) {
    return is_handle(address)
               ? socket->routes[ntohl(address->host) - 1]
               : (SeamRoute){.remote = net_address_from_ipv4(address->host, address->port)};
}

static void write_control(struct msghdr *header, Control *control, int level, int type,
                          const void *data, size_t size) {
    header->msg_control = control->bytes;
    header->msg_controllen = CMSG_SPACE(size);
    struct cmsghdr *first = CMSG_FIRSTHDR(header);
    first->cmsg_len = CMSG_LEN(size);
    first->cmsg_level = level;
    first->cmsg_type = type;
    memcpy(CMSG_DATA(first), data, size);
}

// The source address of an answer. The routing table chooses its interface, except for a link-local
// address, which is ambiguous without an interface.
static void write_source(bool is_ipv6, const NetAddress *local, struct msghdr *header,
                         Control *control) {
    if (!is_ipv6) {
        const struct in_pktinfo info = {.ipi_spec_dst.s_addr = net_address_ipv4(local)};
        write_control(header, control, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
    } else {
        struct in6_pktinfo info = {.ipi6_ifindex = local->scope_id};
        memcpy(&info.ipi6_addr, local->bytes, sizeof info.ipi6_addr);
        write_control(header, control, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
    }
}

// The local address that a datagram was sent to; "any" when the kernel does not report it, or when
// an answer cannot use it as its source, such as a multicast one.
static NetAddress read_local(struct msghdr *header) {
    NetAddress local = {0};
    for (struct cmsghdr *at = CMSG_FIRSTHDR(header); at != NULL; at = CMSG_NXTHDR(header, at)) {
        if (at->cmsg_level == IPPROTO_IP && at->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(at), sizeof info);
            local = net_address_from_ipv4(info.ipi_spec_dst.s_addr, 0);
        } else if (at->cmsg_level == IPPROTO_IPV6 && at->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            memcpy(&info, CMSG_DATA(at), sizeof info);
            memcpy(local.bytes, &info.ipi6_addr, sizeof local.bytes);
            local.scope_id = net_address_is_link_local(&local) ? info.ipi6_ifindex : 0;
        }
    }
    return net_address_is_unicast(&local) ? local : (NetAddress){0};
}

bool seam_ask_for_local(SeamSocket *socket) {
    const int on = 1;
    // On an IPv6 socket the option covers IPv4 datagrams too.
    socket->has_local_address =
        socket->is_ipv6
            ? setsockopt(socket->descriptor, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on) == 0
            : setsockopt(socket->descriptor, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) == 0;
    return socket->has_local_address;
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

static void append_to_batch(SeamSocket *socket, const SeamRoute *route, const ENetBuffer *buffers,
                            size_t count) {
    if (seam_thread.sending == NULL) {
        seam_thread.sending = create_batch();
    }
    Batch *batch = seam_thread.sending;
    if (batch == NULL) {
        socket->allocations_failed++;
        socket->send_errors++;
        return;
    }
    const uint32_t at = seam_thread.sending_count;
    const size_t size = gather(batch->bytes[at], buffers, count);
    assert(size > 0); // hosts have an MTU of DATAGRAM_BYTES_MAX
    struct msghdr *header = &batch->headers[at].msg_hdr;
    batch->vectors[at].iov_len = size;
    header->msg_name = &batch->names[at];
    header->msg_namelen =
        net_address_to_sockaddr(&route->remote, family_of(socket), &batch->names[at]);
    header->msg_control = NULL;
    header->msg_controllen = 0;
    if (!net_address_is_any(&route->local)) {
        write_source(socket->is_ipv6, &route->local, header, &batch->controls[at]);
    }
    seam_thread.sending_count++;
    if (seam_thread.sending_count == BATCH_DATAGRAMS) {
        flush_batch(socket);
    }
}

// Sends one datagram with one system call, to the connected address or to an IPv4 address. False,
// with errno, when the kernel did not take it.
static bool send_one(int descriptor, const NetAddress *address, const ENetBuffer *buffers,
                     size_t count) {
    SocketName name;
    struct msghdr header = {.msg_iov = (struct iovec *)(uintptr_t)buffers, .msg_iovlen = count};
    if (address != NULL) {
        header.msg_name = &name;
        header.msg_namelen = net_address_to_sockaddr(address, AF_INET, &name);
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

// Sends through the thread's network: the memnet, a carrier, the batch, or the kernel at once.
static void dispatch(SeamSocket *socket, const SeamRoute *route, const ENetBuffer *buffers,
                     size_t count) {
    if (memnet_owns(socket->descriptor)) {
        uint8_t bytes[SLOT_BYTES];
        const size_t size = gather(bytes, buffers, count);
        memnet_send(memnet_installed(), socket->descriptor, &route->local, &route->remote, bytes,
                    size);
    } else if (socket->carrier != NULL) {
        hand_to_carrier(socket, buffers, count);
    } else if (socket->batches_sends) {
        append_to_batch(socket, route, buffers, count);
    } else if (!send_one(socket->descriptor, socket->is_connected ? NULL : &route->remote, buffers,
                         count)) {
        seam_count_send_error(socket, errno);
    }
}

static void submit_outgoing(SeamSocket *socket, const SeamRoute *route, const ENetBuffer *buffers,
                            size_t count) {
    uint8_t bytes[SLOT_BYTES];
    const size_t size = gather(bytes, buffers, count);
    const ImpairRoute way = {.from = route->local, .to = route->remote};
    impair_submit(socket->impair_out, seam_now_ns(), &way, bytes, size);
}

static void dispatch_held(SeamSocket *socket, ImpairDatagram *datagram) {
    const SeamRoute route = {.remote = datagram->route.to, .local = datagram->route.from};
    const ENetBuffer buffer = {datagram->bytes, datagram->size};
    dispatch(socket, &route, &buffer, 1);
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

// Never fails: for ENet, a datagram that the kernel refused is lost in the network, and will be
// retransmitted.
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
        SeamSocket stranger = {.descriptor = descriptor};
        const SeamRoute route = {.remote = net_address_from_ipv4(address->host, address->port)};
        dispatch(&stranger, &route, buffers, count);
        return (int)size;
    }
    socket->bytes_out += size;
    socket->packets_out++;
    const SeamRoute route = route_of(socket, address);
    if (socket->impair_out != NULL) {
        submit_outgoing(socket, &route, buffers, count);
    } else {
        dispatch(socket, &route, buffers, count);
    }
    return (int)size;
}

// Receiving.

typedef struct Received {
    const uint8_t *bytes;
    size_t size;
    SeamRoute by;
    bool is_oversize;
    ImpairDatagram *owned; // holds the bytes, unless they are in the batch
} Received;

// Receives datagrams from the kernel, at most as many as ENet will still accept. Fewer than
// requested means that there are no more, which saves a further call.
static void fetch_batch(SeamSocket *socket) {
    if (seam_thread.received == NULL) {
        seam_thread.received = create_batch();
    }
    Batch *batch = seam_thread.received;
    if (batch == NULL) {
        socket->allocations_failed++;
        socket->round_is_drained = true;
        return;
    }
    const uint32_t most = socket->is_connected ? CONNECTED_BATCH_DATAGRAMS : BATCH_DATAGRAMS;
    const uint32_t wanted = socket->round_left < most ? socket->round_left : most;
    for (uint32_t i = 0; i < wanted; i++) {
        struct msghdr *header = &batch->headers[i].msg_hdr;
        header->msg_name = socket->is_connected ? NULL : &batch->names[i];
        header->msg_namelen = socket->is_connected ? 0 : sizeof batch->names[i];
        header->msg_control = socket->has_local_address ? batch->controls[i].bytes : NULL;
        header->msg_controllen = socket->has_local_address ? sizeof batch->controls[i] : 0;
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
        socket->round_left--; // an error costs a turn, so that a socket with only errors ends too
    }
}

static bool receive_from_kernel(SeamSocket *socket, Received *out) {
    while (seam_thread.received_next == seam_thread.received_count) {
        if (socket->round_is_drained || socket->round_left == 0) {
            return false;
        }
        fetch_batch(socket);
    }
    Batch *batch = seam_thread.received;
    const uint32_t at = seam_thread.received_next++;
    struct msghdr *header = &batch->headers[at].msg_hdr;
    socket->round_left--;
    *out = (Received){.bytes = batch->bytes[at],
                      .size = batch->headers[at].msg_len,
                      .is_oversize = (header->msg_flags & MSG_TRUNC) != 0};
    if (socket->is_connected) {
        out->by.remote = socket->routes[0].remote;
    } else {
        (void)net_address_from_sockaddr(&batch->names[at].any, &out->by.remote);
    }
    if (socket->has_local_address) {
        out->by.local = read_local(header);
    }
    return true;
}

// Owns the datagram from now on.
static Received received_from_impair(ImpairDatagram *datagram) {
    return (Received){.bytes = datagram->bytes,
                      .size = datagram->size,
                      .by = {.remote = datagram->route.from, .local = datagram->route.to},
                      .owned = datagram};
}

static bool receive_from_memnet(SeamSocket *socket, Received *out) {
    ImpairDatagram *datagram = NULL;
    while (socket->round_left > 0 &&
           (datagram = memnet_receive(memnet_installed(), socket->descriptor)) != NULL) {
        const bool is_foreign =
            socket->is_connected &&
            !net_address_is_equal(&datagram->route.from, &socket->routes[0].remote);
        if (!is_foreign) {
            socket->round_left--;
            *out = received_from_impair(datagram);
            out->by.local.port = 0;
            return true;
        }
        impair_free(datagram); // as the kernel does for a connected socket
    }
    socket->round_is_drained = true;
    return false;
}

static bool receive_from_carrier(SeamSocket *socket, Received *out) {
    if (socket->offered == NULL || socket->round_left == 0) {
        socket->round_is_drained = true;
        return false;
    }
    *out = (Received){.bytes = socket->offered,
                      .size = socket->offered_bytes,
                      .by.remote = socket->routes[0].remote};
    socket->offered = NULL;
    socket->round_left--;
    return true;
}

static bool receive_any(SeamSocket *socket, Received *out) {
    return memnet_owns(socket->descriptor) ? receive_from_memnet(socket, out)
           : socket->carrier != NULL       ? receive_from_carrier(socket, out)
                                           : receive_from_kernel(socket, out);
}

// The next datagram of a plausible size. Others are counted here, below ENet, which would treat an
// oversize one as a broken socket and an empty one as "no more". They count towards the round like
// any other datagram, so that a flood of them ends too.
static bool receive_plausible(SeamSocket *socket, Received *out) {
    while (receive_any(socket, out)) {
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

// All arrived datagrams go through the impairment; returns the next one that it releases.
static bool receive_impaired(SeamSocket *socket, Received *out) {
    const uint64_t now_ns = seam_now_ns();
    Received received;
    while (receive_plausible(socket, &received)) {
        const ImpairRoute route = {.from = received.by.remote, .to = received.by.local};
        impair_submit(socket->impair_in, now_ns, &route, received.bytes, received.size);
        impair_free(received.owned);
    }
    ImpairDatagram *datagram = impair_next_due(socket->impair_in, now_ns);
    if (datagram == NULL) {
        return false;
    }
    *out = received_from_impair(datagram);
    return true;
}

// The buffer that ENet offers is not written: ENet reads the datagram in place, in memory that all
// sockets of the thread share and that is in the caches. The 8 KB of buffers in every host stay
// untouched (enet_pool.h gives them back).
static void show_to_enet(const Received *received) {
    seam_thread.shown = (SeamDatagram){.bytes = received->bytes, .by = received->by};
    if (received->owned != NULL) {
        memcpy(seam_thread.moved, received->bytes, received->size);
        seam_thread.shown.bytes = seam_thread.moved;
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
    const bool has_one = socket->impair_in != NULL ? receive_impaired(socket, &received)
                                                   : receive_plausible(socket, &received);
    if (!has_one) {
        return 0;
    }
    // For our hosts the intercept sets the peer's handle.
    *address = (ENetAddress){0};
    if (socket == &stranger) {
        address->host = net_address_ipv4(&received.by.remote);
        address->port = received.by.remote.port;
        memcpy(buffers[0].data, received.bytes, received.size);
        impair_free(received.owned);
    } else {
        show_to_enet(&received);
    }
    return (int)received.size;
}

// Sockets.

ENetSocket enet_socket_create(ENetSocketType type) {
    if (memnet_installed() != NULL) {
        return memnet_open(memnet_installed());
    }
    const int kind = type == ENET_SOCKET_TYPE_DATAGRAM ? SOCK_DGRAM : SOCK_STREAM;
    const int family = seam_thread.family != 0 ? seam_thread.family : AF_INET;
    return socket(family, kind | SOCK_CLOEXEC, 0);
}

void seam_set_family(int family) {
    seam_thread.family = family;
}

void enet_socket_destroy(ENetSocket descriptor) {
    if (memnet_owns(descriptor)) {
        memnet_close(memnet_installed(), descriptor);
    } else if (descriptor >= 0) {
        (void)close(descriptor);
    }
}

// The transport's side.

void seam_enter(SeamSocket *socket) {
    assert(seam_thread.current == NULL);
    seam_thread.current = socket;
    seam_thread.shown.bytes = NULL;
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

const SeamDatagram *seam_received(void) {
    return &seam_thread.shown;
}

void seam_begin_round(SeamSocket *socket) {
    assert(seam_thread.received_next == seam_thread.received_count);
    socket->round_left = SEAM_ROUND_DATAGRAMS;
    socket->round_is_drained = false;
}

static bool moves_datagrams; // written while the process has one thread

bool seam_moves_datagrams(void) {
    return moves_datagrams;
}

SeamCoverage seam_self_test(void) {
    SeamCoverage coverage = {0};
    ENetHost *host = enet_host_create(NULL, 1, 1, 0, 0);
    if (host == NULL) {
        return coverage;
    }
    // When the seam is not in place, a datagram really leaves: it goes to the discard port of this
    // machine.
    const ENetAddress nowhere = {htonl(INADDR_LOOPBACK), 9};
    (void)enet_host_connect(host, &nowhere, 1, 0);
    host->bandwidthThrottleEpoch = (enet_uint32)(seam_now_ns() / NS_PER_MS) - 10000;
    seam_thread.probe = &coverage;
    (void)enet_host_service(host, NULL, 0);
    seam_thread.probe = NULL;
    enet_host_destroy(host);
    moves_datagrams = coverage.receive && coverage.send;
    return coverage;
}
