// SPDX-License-Identifier: MIT
#include "server/net/net_endpoint.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/leaky_bucket.h"
#include "base/log.h"
#include "base/thread_role.h"
#include "wire/event.h"
#include "wire/message.h"
#include "wire/reason.h"
#include "wire/receive_report.h"
#include "wire/verify.h"

#define PEER_SLOTS            4096 // ENet's indices have 12 bits
#define HOUSEKEEPING_EVERY_NS (100 * NS_PER_MS)

bool net_endpoint_create(NetEndpoint *endpoint, Transport *transport, SimQueues *queues,
                         NetMetrics *metrics, const _Atomic bool *is_draining) {
    ASSERT_MAIN_THREAD();
    *endpoint = (NetEndpoint){
        .transport = transport, .queues = queues, .metrics = metrics, .is_draining = is_draining};
    endpoint->peers = calloc(PEER_SLOTS, sizeof *endpoint->peers);
    endpoint->unsent_leaves = calloc(PEER_SLOTS, sizeof *endpoint->unsent_leaves);
    if (endpoint->peers == NULL || endpoint->unsent_leaves == NULL) {
        free(endpoint->peers);
        free(endpoint->unsent_leaves);
        return false;
    }
    return true;
}

void net_endpoint_destroy(NetEndpoint *endpoint) {
    ASSERT_MAIN_THREAD();
    transport_close(endpoint->transport);
    free(endpoint->peers);
    free(endpoint->unsent_leaves);
    memset(endpoint, 0, sizeof *endpoint);
}

static EndpointPeer *slot_of(NetEndpoint *endpoint, PeerHandle handle) {
    const uint32_t index = handle & 0xffff;
    assert(index < PEER_SLOTS);
    return &endpoint->peers[index];
}

// NULL when the handle's peer is gone or was never seen.
static EndpointPeer *find_peer(NetEndpoint *endpoint, PeerHandle handle) {
    EndpointPeer *peer = slot_of(endpoint, handle);
    return peer->state != PEER_FREE && peer->handle == handle ? peer : NULL;
}

// ------------------------------------------------------------------ ending

// A leave must not get lost: the sim would keep a ship without a player. While any leave waits,
// joins are refused, so there are never more leaves than peers.
static void send_leave(NetEndpoint *endpoint, PeerHandle handle, uint32_t reason) {
    if (endpoint->unsent_count > 0 || !sim_queues_push_leave(endpoint->queues, handle, reason)) {
        assert(endpoint->unsent_count < PEER_SLOTS);
        endpoint->unsent_leaves[endpoint->unsent_count++] =
            (QueueLeave){{QUEUE_LEAVE, handle}, reason};
    }
}

static void retry_leaves(NetEndpoint *endpoint) {
    uint32_t sent = 0;
    while (sent < endpoint->unsent_count &&
           sim_queues_push_leave(endpoint->queues, endpoint->unsent_leaves[sent].head.peer,
                                 endpoint->unsent_leaves[sent].reason)) {
        sent++;
    }
    endpoint->unsent_count -= sent;
    memmove(endpoint->unsent_leaves, endpoint->unsent_leaves + sent,
            endpoint->unsent_count * sizeof *endpoint->unsent_leaves);
}

// Counts the end of a connection by its state. The reason is always our own.
static void count_end(NetEndpoint *endpoint, const EndpointPeer *peer, Reason reason) {
    assert(reason > REASON_NONE && reason < REASON_COUNT);
    Metric *counters =
        peer->state == PEER_PLAYING ? endpoint->metrics->disconnects : endpoint->metrics->connects;
    metric_add(&counters[reason], 1);
}

// The player of a connection leaves. sim_knows as below.
static void end_player(NetEndpoint *endpoint, const EndpointPeer *peer, uint32_t reason,
                       bool sim_knows) {
    if (sim_knows && (peer->state == PEER_WAITING_WELCOME || peer->state == PEER_PLAYING)) {
        send_leave(endpoint, peer->handle, reason);
    }
}

static void free_peer(NetEndpoint *endpoint, EndpointPeer *peer) {
    peer->state = PEER_FREE;
    endpoint->peer_count--;
}

// We end the connection and send the reason. sim_knows: the sim may have a session of it.
static void end_peer(NetEndpoint *endpoint, EndpointPeer *peer, Reason reason, bool sim_knows) {
    count_end(endpoint, peer, reason);
    LOG_DEBUG("net", "peer %08x ended: %s", peer->handle, reason_name(reason));
    end_player(endpoint, peer, reason, sim_knows);
    peer->state = PEER_CLOSING;
    transport_disconnect(endpoint->transport, peer->handle, reason);
}

// An offence: our clients never send this, even on a bad network.
static void reject_message(NetEndpoint *endpoint, EndpointPeer *peer, MessageReject reject,
                           uint64_t now_ns) {
    metric_add(&endpoint->metrics->messages_rejected[reject], 1);
    if (!leaky_bucket_consume(&peer->offence_due_ns, now_ns, ENDPOINT_OFFENCE_PERIOD_NS,
                              ENDPOINT_OFFENCES_MAX - 1)) {
        end_peer(endpoint, peer, REASON_PROTOCOL_ERROR, true);
    }
}

static void send_reliable(NetEndpoint *endpoint, EndpointPeer *peer, const void *data,
                          size_t size) {
    if (!transport_send(endpoint->transport, peer->handle, TRANSPORT_RELIABLE, data, size)) {
        // The peer has stopped acknowledging: its reliable messages pile up.
        end_peer(endpoint, peer, REASON_TIMED_OUT, true);
    }
}

// ------------------------------------------------------------------ receiving

static bool is_draining(const NetEndpoint *endpoint) {
    return atomic_load_explicit(endpoint->is_draining, memory_order_relaxed); // a flag on its own
}

static uint64_t range_of(const NetEndpoint *endpoint, PeerHandle handle) {
    NetAddress address = {0};
    (void)transport_peer_address(endpoint->transport, handle, &address); // it has just connected
    return net_address_range_key(&address);
}

static void handle_connected(NetEndpoint *endpoint, PeerHandle handle, uint64_t now_ns) {
    EndpointPeer *peer = slot_of(endpoint, handle);
    if (peer->state != PEER_FREE) { // the transport dropped it without an event
        count_end(endpoint, peer, REASON_TIMED_OUT);
        end_player(endpoint, peer, REASON_TIMED_OUT, true);
        free_peer(endpoint, peer);
    }
    *peer = (EndpointPeer){.handle = handle,
                           .state = PEER_WAITING_HELLO,
                           .range = range_of(endpoint, handle),
                           .deadline_ns = now_ns + ENDPOINT_HELLO_TIMEOUT_NS};
    endpoint->peer_count++;
    if (is_draining(endpoint)) {
        end_peer(endpoint, peer, REASON_SERVER_SHUTDOWN, false);
    }
}

static void handle_disconnected(NetEndpoint *endpoint, EndpointPeer *peer,
                                const TransportEvent *event) {
    const Reason reason = event->is_remote ? REASON_CLIENT_LEFT : (Reason)event->reason;
    if (peer->state != PEER_CLOSING) {
        count_end(endpoint, peer, reason);
    }
    end_player(endpoint, peer, reason, true);
    free_peer(endpoint, peer);
}

static void handle_hello(NetEndpoint *endpoint, EndpointPeer *peer, const TransportEvent *event,
                         uint64_t now_ns) {
    HelloMessage hello;
    switch (hello_read(event->data, event->size, &hello)) {
    case HELLO_BAD:
        metric_add(&endpoint->metrics->messages_rejected[MESSAGE_REJECT_MALFORMED], 1);
        end_peer(endpoint, peer, REASON_BAD_HELLO, false);
        return;
    case HELLO_OTHER_VERSION:
        end_peer(endpoint, peer, REASON_VERSION_MISMATCH, false);
        return;
    case HELLO_OK:
        break;
    }
    if (endpoint->unsent_count > 0 ||
        !sim_queues_push_join(endpoint->queues, peer->handle, peer->range, hello.name,
                              hello.wants_verify)) {
        end_peer(endpoint, peer, REASON_SERVER_BUSY, false);
        return;
    }
    peer->state = PEER_WAITING_WELCOME;
    peer->wants_verify = hello.wants_verify;
    peer->deadline_ns = now_ns + ENDPOINT_WELCOME_TIMEOUT_NS;
}

// Dropped, but not an offence: bad networks deliver in bursts. No burst lasts for seconds.
static void refuse_input(NetEndpoint *endpoint, EndpointPeer *peer, uint64_t now_ns) {
    metric_add(&endpoint->metrics->messages_rejected[MESSAGE_REJECT_INPUT_RATE], 1);
    if (peer->flood_last_ns == 0 || now_ns - peer->flood_last_ns > ENDPOINT_INPUT_CALM_NS) {
        peer->flood_since_ns = now_ns;
    }
    peer->flood_last_ns = now_ns;
    if (now_ns - peer->flood_since_ns >= ENDPOINT_INPUT_FLOOD_NS) {
        end_peer(endpoint, peer, REASON_INPUT_FLOOD, true);
    }
}

static void handle_input(NetEndpoint *endpoint, EndpointPeer *peer, const TransportEvent *event,
                         uint64_t now_ns) {
    if (!leaky_bucket_consume(&peer->input_due_ns, now_ns, NS_PER_S / ENDPOINT_INPUT_RATE_HZ,
                              ENDPOINT_INPUT_BURST)) {
        refuse_input(endpoint, peer, now_ns);
        return;
    }
    InputMessage input;
    if (!input_read(event->data, event->size, &input)) {
        reject_message(endpoint, peer, MESSAGE_REJECT_MALFORMED, now_ns);
        return;
    }
    interarrival_record(&peer->inputs, input.send_time_ms, now_ns);
    // A full queue drops and counts the input: the next packet repeats it.
    (void)sim_queues_push_input(endpoint->queues, peer->handle, now_ns, &input);
}

static void handle_chat(NetEndpoint *endpoint, EndpointPeer *peer, const TransportEvent *event,
                        uint64_t now_ns) {
    char text[CHAT_TEXT_BYTES + 1];
    if (!chat_read(event->data, event->size, text)) {
        reject_message(endpoint, peer, MESSAGE_REJECT_MALFORMED, now_ns);
    } else if (leaky_bucket_consume(&peer->chat_due_ns, now_ns, CHAT_PERIOD_NS, CHAT_BURST)) {
        // A full queue drops and counts the line.
        (void)sim_queues_push_chat(endpoint->queues, peer->handle, text);
    } else {
        metric_add(&endpoint->metrics->messages_rejected[MESSAGE_REJECT_CHAT_RATE], 1);
        if (!leaky_bucket_consume(&peer->chat_refused_due_ns, now_ns,
                                  ENDPOINT_CHAT_REFUSED_PERIOD_NS, ENDPOINT_CHAT_REFUSED_BURST)) {
            end_peer(endpoint, peer, REASON_CHAT_FLOOD, true);
        }
    }
}

static void handle_verify_request(NetEndpoint *endpoint, EndpointPeer *peer,
                                  const TransportEvent *event, uint64_t now_ns) {
    VerifyRequest request;
    if (!verify_request_read(event->data, event->size, &request)) {
        reject_message(endpoint, peer, MESSAGE_REJECT_MALFORMED, now_ns);
    } else if (!leaky_bucket_consume(&peer->verify_due_ns, now_ns, VERIFY_PERIOD_NS,
                                     ENDPOINT_REQUEST_BURST)) {
        reject_message(endpoint, peer, MESSAGE_REJECT_VERIFY_RATE, now_ns);
    } else {
        // A full queue drops and counts the request.
        (void)sim_queues_push_verify_request(endpoint->queues, peer->handle, request.sequence);
    }
}

static uint32_t saturated(uint64_t count) {
    return count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
}

// The report travels with the next snapshot.
static void send_receive_report(NetEndpoint *endpoint, EndpointPeer *peer) {
    const ReceiveStatistics received_stats =
        transport_receive_statistics(endpoint->transport, peer->handle);
    const ReceiveReport report = {.judged = saturated(receive_statistics_judged(&received_stats)),
                                  .lost = saturated(received_stats.window.lost),
                                  .received = saturated(received_stats.received),
                                  .overtaken = saturated(received_stats.window.overtaken),
                                  .duplicated = saturated(received_stats.duplicated),
                                  .jitter_pairs = saturated(peer->inputs.pairs),
                                  .jitter_squares_us2 = peer->inputs.squares_us2};
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    send_reliable(endpoint, peer, buffer, receive_report_write(buffer, &report));
}

static void handle_receive_request(NetEndpoint *endpoint, EndpointPeer *peer,
                                   const TransportEvent *event, uint64_t now_ns) {
    if (!receive_request_read(event->data, event->size)) {
        reject_message(endpoint, peer, MESSAGE_REJECT_MALFORMED, now_ns);
    } else if (!leaky_bucket_consume(&peer->receive_request_due_ns, now_ns,
                                     RECEIVE_REPORT_PERIOD_NS, ENDPOINT_REQUEST_BURST)) {
        reject_message(endpoint, peer, MESSAGE_REJECT_RECEIVE_REQUEST_RATE, now_ns);
    } else {
        send_receive_report(endpoint, peer);
    }
}

static void handle_message(NetEndpoint *endpoint, EndpointPeer *peer, const TransportEvent *event,
                           uint64_t now_ns) {
    const uint8_t type = message_type(event->data, event->size);
    if (peer->state == PEER_CLOSING) {
        return; // our disconnection has not arrived there yet
    }
    if (peer->state == PEER_WAITING_HELLO && event->channel == TRANSPORT_RELIABLE) {
        // The first message is the hello, or else a bad one.
        handle_hello(endpoint, peer, event, now_ns);
    } else if (type == MESSAGE_INPUT && peer->state == PEER_PLAYING &&
               event->channel == TRANSPORT_UNSEQUENCED) {
        handle_input(endpoint, peer, event, now_ns);
    } else if (type == MESSAGE_CHAT && peer->state == PEER_PLAYING &&
               event->channel == TRANSPORT_RELIABLE) {
        handle_chat(endpoint, peer, event, now_ns);
    } else if (type == MESSAGE_VERIFY_REQUEST && peer->state == PEER_PLAYING &&
               peer->wants_verify && event->channel == TRANSPORT_RELIABLE) {
        handle_verify_request(endpoint, peer, event, now_ns);
    } else if (type == MESSAGE_RECEIVE_REQUEST && peer->state == PEER_PLAYING &&
               event->channel == TRANSPORT_RELIABLE) {
        handle_receive_request(endpoint, peer, event, now_ns);
    } else {
        reject_message(endpoint, peer, MESSAGE_REJECT_UNEXPECTED, now_ns);
    }
}

static void handle_events(NetEndpoint *endpoint, uint64_t now_ns) {
    TransportEvent event;
    while (transport_next_event(endpoint->transport, &event)) {
        if (event.type == TRANSPORT_CONNECTED) {
            handle_connected(endpoint, event.peer, now_ns);
            continue;
        }
        EndpointPeer *peer = find_peer(endpoint, event.peer);
        if (peer == NULL) {
            continue;
        }
        if (event.type == TRANSPORT_DISCONNECTED) {
            handle_disconnected(endpoint, peer, &event);
        } else {
            handle_message(endpoint, peer, &event, now_ns);
        }
    }
}

// ------------------------------------------------------------------ sending

static void send_record(NetEndpoint *endpoint, EndpointPeer *peer, const QueueRecord *record,
                        uint64_t now_ns) {
    const QueueMessage *message = (const QueueMessage *)(const void *)record;
    switch (record->type) {
    case QUEUE_WELCOME:
        if (peer->state != PEER_WAITING_WELCOME) {
            return;
        }
        peer->state = PEER_PLAYING;
        transport_welcome(endpoint->transport, peer->handle);
        metric_add(&endpoint->metrics->connects[REASON_NONE], 1);
        break;
    case QUEUE_SNAPSHOT:
        if (peer->state == PEER_PLAYING) {
            // False only for a peer whose disconnection is about to be reported.
            (void)transport_send(endpoint->transport, peer->handle, TRANSPORT_UNSEQUENCED,
                                 message->data, message->size);
        }
        return;
    case QUEUE_OFFENCE:
        if (peer->state == PEER_PLAYING) {
            const QueueOffence *offence = (const QueueOffence *)(const void *)record;
            reject_message(endpoint, peer, (MessageReject)offence->reject, now_ns);
        }
        return;
    case QUEUE_KICK:
        if (peer->state != PEER_CLOSING) {
            const QueueKick *kick = (const QueueKick *)(const void *)record;
            end_peer(endpoint, peer, (Reason)kick->reason, false);
        }
        return;
    case QUEUE_RELIABLE:
        if (peer->state != PEER_PLAYING) {
            return;
        }
        break;
    case QUEUE_JOIN:
    case QUEUE_LEAVE:
    case QUEUE_INPUT:
    case QUEUE_CHAT:
    case QUEUE_VERIFY_REQUEST:
        assert(false && "a record for the other side");
    }
    send_reliable(endpoint, peer, message->data, message->size);
}

static void drain_queues(NetEndpoint *endpoint, uint64_t now_ns) {
    bool has_sent = false;
    for (const QueueRecord *record;
         (record = sim_queues_peek(&endpoint->queues->to_net)) != NULL;) {
        EndpointPeer *peer = find_peer(endpoint, record->peer);
        if (peer != NULL) {
            send_record(endpoint, peer, record, now_ns);
            has_sent = true;
        }
        spsc_queue_pop(&endpoint->queues->to_net);
    }
    if (has_sent) {
        transport_flush(endpoint->transport);
    }
}

// ------------------------------------------------------------------ housekeeping

static void expire_peers(NetEndpoint *endpoint, uint64_t now_ns) {
    for (uint32_t i = 0; i < PEER_SLOTS; i++) {
        EndpointPeer *peer = &endpoint->peers[i];
        if (peer->state == PEER_WAITING_HELLO && now_ns >= peer->deadline_ns) {
            end_peer(endpoint, peer, REASON_HELLO_TIMEOUT, false);
        } else if (peer->state == PEER_WAITING_WELCOME && now_ns >= peer->deadline_ns) {
            end_peer(endpoint, peer, REASON_SERVER_BUSY, true);
        }
    }
}

static void send_everybody_away(NetEndpoint *endpoint) {
    for (uint32_t i = 0; i < PEER_SLOTS; i++) {
        EndpointPeer *peer = &endpoint->peers[i];
        if (peer->state != PEER_FREE && peer->state != PEER_CLOSING) {
            end_peer(endpoint, peer, REASON_SERVER_SHUTDOWN, true);
        }
    }
    transport_flush(endpoint->transport);
    endpoint->has_drained = true;
}

static void publish_stats(NetEndpoint *endpoint) {
    TransportStats stats;
    transport_stats(endpoint->transport, &stats);
    NetMetrics *metrics = endpoint->metrics;
    metric_set(&metrics->bytes[NET_IN], stats.bytes_in);
    metric_set(&metrics->bytes[NET_OUT], stats.bytes_out);
    metric_set(&metrics->packets[NET_IN], stats.packets_in);
    metric_set(&metrics->packets[NET_OUT], stats.packets_out);
    metric_set(&metrics->allocations_failed, stats.allocations_failed);
    metric_set(&metrics->send_errors, stats.send_errors);
    metric_set(&metrics->receive_errors, stats.receive_errors);
    metric_set(&metrics->receive_drops, stats.receive_drops);
    metric_set(&metrics->service_errors, stats.service_errors);
    metric_set(&metrics->half_open, stats.half_open);
    metric_set(&metrics->handshakes_expired, stats.handshakes_expired);
    metric_set(&metrics->handshakes_evicted, stats.handshakes_evicted);
    metric_set(&metrics->unexpected_reliable, stats.unexpected_reliable);
    const SimQueues *queues = endpoint->queues;
    metric_set(&metrics->queue_used_bytes[QUEUE_TO_SIM], spsc_queue_used_bytes(&queues->to_sim));
    metric_set(&metrics->queue_used_bytes[QUEUE_TO_NET], spsc_queue_used_bytes(&queues->to_net));
    for (uint32_t i = 0; i < QUEUE_REFUSAL_COUNT; i++) {
        // Relaxed: a statistic.
        metric_set(&metrics->queue_full[i],
                   atomic_load_explicit(&queues->refused[i], memory_order_relaxed));
    }
    for (uint32_t i = 0; i < TRANSPORT_REJECT_COUNT; i++) {
        metric_set(&metrics->datagrams_rejected[i], stats.rejected[i]);
    }
}

Fault net_endpoint_validate(const NetEndpoint *endpoint) {
    ASSERT_NET_LOOP();
    uint32_t count = 0;
    for (uint32_t i = 0; i < PEER_SLOTS; i++) {
        const EndpointPeer *peer = &endpoint->peers[i];
        count += peer->state != PEER_FREE;
        if (peer->state != PEER_FREE && (peer->handle & 0xffff) != i) {
            return (Fault){"a peer is not in its slot", "peer", i};
        }
    }
    if (endpoint->unsent_count > PEER_SLOTS) {
        return (Fault){.what = "more leaves wait than there are peers"};
    }
    return count == endpoint->peer_count ? (Fault){0}
                                         : (Fault){.what = "the count of peers is wrong"};
}

void net_endpoint_step(NetEndpoint *endpoint, uint64_t now_ns) {
    ASSERT_NET_LOOP();
    retry_leaves(endpoint);
    transport_poll(endpoint->transport, now_ns);
    handle_events(endpoint, now_ns);
    drain_queues(endpoint, now_ns);
    if (is_draining(endpoint) && !endpoint->has_drained) {
        send_everybody_away(endpoint);
    }
    if (now_ns >= endpoint->next_housekeeping_ns) {
        endpoint->next_housekeeping_ns = now_ns + HOUSEKEEPING_EVERY_NS;
        expire_peers(endpoint, now_ns);
        publish_stats(endpoint);
        if (VALIDATES) {
            fault_check(FAULT_NO_TICK, net_endpoint_validate(endpoint));
        }
    }
    metric_set(&endpoint->metrics->peers, endpoint->peer_count);
}
