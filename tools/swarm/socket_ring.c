// SPDX-License-Identifier: MIT
#include "tools/swarm/socket_ring.h"

#include <assert.h>
#include <errno.h>
#include <liburing.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/limits.h"

#define QUEUE_ENTRIES   256u
#define COMPLETIONS     4096u
#define BUFFER_BYTES    (DATAGRAM_BYTES_MAX + 16) // a larger datagram shows by its size
#define BUFFER_GROUP    0
#define NO_BUFFER       UINT16_MAX
#define SEND_BATCH      8u   // datagrams that leave together
#define LET_GO_ATTEMPTS 100u // while the kernel is short of memory
#define SEND_EVENTS     8u   // events after which those that were sent leave, however few they are
#define SENDING_BYTES   (SEND_BATCH * BUFFER_BYTES)

// One for each bot, as a server sends to all of them at once; a power of two.
#define BUFFERS_MIN 512u
#define BUFFERS_MAX 4096u
static_assert(BUFFERS_MAX < NO_BUFFER, "buffers have numbers");

typedef enum Operation { OPERATION_RECEIVE, OPERATION_SEND, OPERATION_CANCEL } Operation;
#define OPERATION_BITS 2

// One connection.
typedef struct RingSocket {
    SocketRing *ring;
    Transport *transport; // NULL: closed
    uint32_t index;
    uint32_t generation; // tells apart those that have used the index
    bool is_waiting;     // to receive: in the queue
} RingSocket;

typedef struct RingEvent {
    uint32_t index;
    uint32_t generation;
    bool has_datagram; // or else it is only to be polled
    uint16_t size;
    uint16_t buffer;
} RingEvent;

struct SocketRing {
    struct io_uring queues;
    uint32_t buffer_count;
    struct io_uring_buf_ring *free_buffers;
    uint8_t *buffers; // [buffer_count][BUFFER_BYTES]
    uint32_t event_count;
    RingEvent events[SOCKET_RING_EVENTS_MAX];
    uint32_t sends; // queued and not submitted
    size_t sending_bytes;
    uint8_t sending[SENDING_BYTES];
    // Sockets that are to receive from the next wait on, first in, first out.
    uint32_t *waiting; // [socket_count]
    uint32_t waiting_count;
    uint32_t socket_count;
    RingSocket sockets[];
};

// ------------------------------------------------------------------ creation

static bool create_queues(SocketRing *ring) {
    struct io_uring_params parameters = {.flags = IORING_SETUP_SINGLE_ISSUER |
                                                  IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE |
                                                  IORING_SETUP_SUBMIT_ALL,
                                         .cq_entries = COMPLETIONS};
    return io_uring_queue_init_params(QUEUE_ENTRIES, &ring->queues, &parameters) == 0;
}

static void hand_out(SocketRing *ring, uint16_t buffer) {
    io_uring_buf_ring_add(ring->free_buffers, ring->buffers + (size_t)buffer * BUFFER_BYTES,
                          BUFFER_BYTES, buffer, (int)ring->buffer_count - 1, 0);
    io_uring_buf_ring_advance(ring->free_buffers, 1);
}

static size_t buffer_ring_bytes(const SocketRing *ring) {
    return ring->buffer_count * sizeof(struct io_uring_buf);
}

static uint32_t buffers_for(uint32_t count) {
    uint32_t buffers = BUFFERS_MIN;
    while (buffers < count && buffers < BUFFERS_MAX) {
        buffers *= 2;
    }
    return buffers;
}

static bool create_buffers(SocketRing *ring) {
    void *pages = mmap(NULL, buffer_ring_bytes(ring), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ring->buffers = malloc((size_t)ring->buffer_count * BUFFER_BYTES);
    ring->waiting = calloc(ring->socket_count > 0 ? ring->socket_count : 1, sizeof *ring->waiting);
    ring->free_buffers = pages == MAP_FAILED ? NULL : pages;
    if (ring->free_buffers == NULL || ring->buffers == NULL || ring->waiting == NULL) {
        return false;
    }
    struct io_uring_buf_reg registration = {.ring_addr = (uint64_t)(uintptr_t)pages,
                                            .ring_entries = ring->buffer_count,
                                            .bgid = BUFFER_GROUP};
    if (io_uring_register_buf_ring(&ring->queues, &registration, 0) != 0) {
        return false;
    }
    io_uring_buf_ring_init(ring->free_buffers);
    for (uint32_t i = 0; i < ring->buffer_count; i++) {
        hand_out(ring, (uint16_t)i);
    }
    return true;
}

static void free_ring(SocketRing *ring) {
    if (ring->free_buffers != NULL) {
        (void)munmap(ring->free_buffers, buffer_ring_bytes(ring));
    }
    free(ring->buffers);
    free(ring->waiting);
    free(ring);
}

SocketRing *socket_ring_create(uint32_t count) {
    SocketRing *ring = calloc(1, sizeof *ring + count * sizeof ring->sockets[0]);
    if (ring == NULL) {
        return NULL;
    }
    ring->socket_count = count;
    ring->buffer_count = buffers_for(count);
    for (uint32_t i = 0; i < count; i++) {
        ring->sockets[i] = (RingSocket){.ring = ring, .index = i};
    }
    if (!create_queues(ring)) {
        free_ring(ring);
        return NULL;
    }
    if (!create_buffers(ring)) {
        io_uring_queue_exit(&ring->queues);
        free_ring(ring);
        return NULL;
    }
    return ring;
}

void socket_ring_destroy(SocketRing *ring) {
    if (ring != NULL) {
        io_uring_queue_exit(&ring->queues);
        free_ring(ring);
    }
}

// ------------------------------------------------------------------ asking

static uint64_t tag_of(const RingSocket *socket, Operation operation) {
    return (uint64_t)socket->generation << 32 | socket->index << OPERATION_BITS | operation;
}

// The kernel has copied what it was given to send, since sends never wait for room.
static void note_submitted(SocketRing *ring) {
    if (io_uring_sq_ready(&ring->queues) == 0) {
        ring->sends = 0;
        ring->sending_bytes = 0;
    }
}

static void submit(SocketRing *ring) {
    (void)io_uring_submit(&ring->queues);
    note_submitted(ring);
}

// NULL when the kernel takes nothing, being out of memory.
static struct io_uring_sqe *next_entry(SocketRing *ring) {
    struct io_uring_sqe *entry = io_uring_get_sqe(&ring->queues);
    if (entry == NULL) {
        submit(ring);
        entry = io_uring_get_sqe(&ring->queues);
    }
    return entry;
}

// Not at once: what is submitted while events hold the buffers would find none.
static void receive_later(RingSocket *socket) {
    if (!socket->is_waiting) {
        socket->is_waiting = true;
        socket->ring->waiting[socket->ring->waiting_count++] = socket->index;
    }
}

// Until it is cancelled, fails, or finds no buffer. False when the kernel is out of memory.
static bool receive(RingSocket *socket) {
    struct io_uring_sqe *entry = next_entry(socket->ring);
    if (entry == NULL) {
        return false;
    }
    io_uring_prep_recv_multishot(entry, transport_descriptor(socket->transport), NULL, 0, 0);
    entry->flags |= IOSQE_BUFFER_SELECT;
    entry->buf_group = BUFFER_GROUP;
    entry->user_data = tag_of(socket, OPERATION_RECEIVE);
    return true;
}

// Those who find no buffer come back in this order, in front of those who found one.
static void receive_waiting(SocketRing *ring) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < ring->waiting_count; i++) {
        RingSocket *socket = &ring->sockets[ring->waiting[i]];
        const bool is_open = socket->transport != NULL;
        if (is_open && !receive(socket)) {
            ring->waiting[kept++] = socket->index; // for the next time
        } else {
            socket->is_waiting = false;
        }
    }
    ring->waiting_count = kept;
}

static void send_datagram(void *user, const uint8_t *bytes, size_t size) {
    RingSocket *socket = user;
    SocketRing *ring = socket->ring;
    if (ring->sends >= SEND_BATCH || ring->sending_bytes + size > sizeof ring->sending) {
        submit(ring);
    }
    struct io_uring_sqe *entry =
        ring->sending_bytes + size <= sizeof ring->sending ? next_entry(ring) : NULL;
    if (entry == NULL) {
        transport_note_send_error(socket->transport, ENOBUFS);
        return;
    }
    uint8_t *copy = ring->sending + ring->sending_bytes;
    memcpy(copy, bytes, size);
    ring->sending_bytes += size;
    ring->sends++;
    io_uring_prep_send(entry, transport_descriptor(socket->transport), copy, size,
                       MSG_DONTWAIT | MSG_NOSIGNAL);
    entry->flags |= IOSQE_CQE_SKIP_SUCCESS;
    entry->user_data = tag_of(socket, OPERATION_SEND);
}

// The descriptor is closed next, and its number may be used again at once: nothing that is queued
// may refer to it any more.
static void let_go(void *user) {
    RingSocket *socket = user;
    struct io_uring *queues = &socket->ring->queues;
    struct io_uring_sqe *entry = next_entry(socket->ring);
    for (uint32_t i = 0; entry == NULL && i < LET_GO_ATTEMPTS; i++) {
        entry = next_entry(socket->ring);
    }
    if (entry != NULL) {
        io_uring_prep_cancel64(entry, tag_of(socket, OPERATION_RECEIVE), 0);
        entry->flags |= IOSQE_CQE_SKIP_SUCCESS;
        entry->user_data = tag_of(socket, OPERATION_CANCEL);
    }
    for (uint32_t i = 0; io_uring_sq_ready(queues) > 0 && i < LET_GO_ATTEMPTS; i++) {
        submit(socket->ring);
    }
    socket->transport = NULL;
    socket->generation++;
}

void socket_ring_add(SocketRing *ring, uint32_t index, Transport *transport) {
    static const Carrier CARRIER = {.send = send_datagram, .let_go = let_go};
    assert(index < ring->socket_count && ring->sockets[index].transport == NULL);
    RingSocket *socket = &ring->sockets[index];
    socket->transport = transport;
    transport_set_carrier(transport, &CARRIER, socket);
    receive_later(socket);
}

// ------------------------------------------------------------------ hearing

static RingSocket *find(SocketRing *ring, uint32_t index, uint32_t generation) {
    RingSocket *socket = &ring->sockets[index];
    return socket->transport != NULL && socket->generation == generation ? socket : NULL;
}

static void take_receive(SocketRing *ring, const struct io_uring_cqe *completion,
                         RingSocket *socket, RingEvent *event) {
    const bool has_buffer = (completion->flags & IORING_CQE_F_BUFFER) != 0;
    const uint16_t buffer = (uint16_t)(completion->flags >> IORING_CQE_BUFFER_SHIFT);
    if (socket == NULL) {
        if (has_buffer) {
            hand_out(ring, buffer);
        }
        return;
    }
    if (has_buffer) {
        event->buffer = buffer;
    }
    if ((completion->flags & IORING_CQE_F_MORE) == 0) {
        receive_later(socket);
    }
    if (completion->res == -ENOBUFS) {
        return;
    }
    if (completion->res >= 0) {
        event->has_datagram = true; // one that is empty has no buffer
        event->size = (uint16_t)completion->res;
    } else {
        transport_note_receive_error(socket->transport, -completion->res);
    }
    ring->event_count++;
}

static void take(SocketRing *ring, const struct io_uring_cqe *completion) {
    const Operation operation = (Operation)(completion->user_data & ((1u << OPERATION_BITS) - 1));
    const uint32_t index = (uint32_t)completion->user_data >> OPERATION_BITS;
    const uint32_t generation = (uint32_t)(completion->user_data >> 32);
    RingSocket *socket = find(ring, index, generation);
    RingEvent *event = &ring->events[ring->event_count];
    *event = (RingEvent){.index = index, .generation = generation, .buffer = NO_BUFFER};
    if (operation == OPERATION_RECEIVE) {
        take_receive(ring, completion, socket, event);
    } else if (operation == OPERATION_SEND && socket != NULL && completion->res < 0) {
        transport_note_send_error(socket->transport, -completion->res);
        ring->event_count++;
    }
}

static void recycle(SocketRing *ring) {
    for (uint32_t i = 0; i < ring->event_count; i++) {
        if (ring->events[i].buffer != NO_BUFFER) {
            hand_out(ring, ring->events[i].buffer);
        }
    }
    ring->event_count = 0;
}

static void enter(SocketRing *ring, uint32_t timeout_ms) {
    if (timeout_ms == 0) {
        (void)io_uring_submit_and_get_events(&ring->queues);
    } else {
        struct __kernel_timespec timeout = {.tv_sec = timeout_ms / 1000,
                                            .tv_nsec = (long long)(timeout_ms % 1000 * NS_PER_MS)};
        struct io_uring_cqe *first = NULL;
        (void)io_uring_submit_and_wait_timeout(&ring->queues, &first, 1, &timeout, NULL);
    }
    note_submitted(ring);
}

uint32_t socket_ring_wait(SocketRing *ring, uint32_t timeout_ms) {
    recycle(ring);
    receive_waiting(ring);
    // What came too late for the last round's events is there already.
    enter(ring, io_uring_cq_ready(&ring->queues) > 0 ? 0 : timeout_ms);
    struct io_uring_cqe *completion = NULL;
    uint32_t head = 0;
    uint32_t taken = 0;
    io_uring_for_each_cqe(&ring->queues, head, completion) {
        if (ring->event_count == SOCKET_RING_EVENTS_MAX) {
            break;
        }
        take(ring, completion);
        taken++;
    }
    io_uring_cq_advance(&ring->queues, taken);
    return ring->event_count;
}

uint32_t socket_ring_index(const SocketRing *ring, uint32_t event) {
    assert(event < ring->event_count);
    return ring->events[event].index;
}

bool socket_ring_deliver(SocketRing *ring, uint32_t event) {
    assert(event < ring->event_count);
    if (event % SEND_EVENTS == 0 && ring->sends > 0) {
        submit(ring); // whoever sent while the events before were handled has waited long enough
    }
    const RingEvent *from = &ring->events[event];
    const RingSocket *socket = find(ring, from->index, from->generation);
    if (socket == NULL) {
        return false;
    }
    if (from->has_datagram) {
        const size_t buffer = from->buffer != NO_BUFFER ? from->buffer : 0;
        transport_offer(socket->transport, ring->buffers + buffer * BUFFER_BYTES, from->size);
    }
    return true;
}
