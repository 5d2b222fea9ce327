// SPDX-License-Identifier: MIT
#include "toy_server.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "wire/message.h"
#include "wire/reason.h"
#include "wire/receive_report.h"
#include "wire/snapshot.h"
#include "wire/verify.h"

#define SIDE_UNITS  4000
#define SNAPSHOT_HZ 20
#define TICK_HZ     60

static const SlotRanges toy_ranges = {{0, TOY_PEERS_MAX, 100, 110, 120}};

static ToyPeer *find_peer(ToyServer *server, PeerHandle handle) {
    for (uint32_t i = 0; i < TOY_PEERS_MAX; i++) {
        if (server->peers[i].handle == handle) {
            return &server->peers[i];
        }
    }
    return NULL;
}

static void welcome(ToyServer *server, ToyPeer *peer, uint64_t now_ns) {
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    const WelcomeMessage message = {
        .player_index = (uint32_t)(peer - server->peers),
        .tick = 100,
        .tick_rate_hz = TICK_HZ,
        .snapshot_rate_hz = SNAPSHOT_HZ,
        .ranges = toy_ranges,
        .arena = {.seed = 1, .side_units = SIDE_UNITS, .nest_count = 1, .name = "toy"},
    };
    const size_t size = welcome_write(buffer, &message);
    transport_send(server->transport, peer->handle, TRANSPORT_RELIABLE, buffer, size);
    peer->is_joined = true;
    peer->joined_ns = now_ns;
}

static void answer_verify_request(ToyServer *server, const ToyPeer *peer,
                                  const TransportEvent *event) {
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    VerifyRequest request;
    if (!verify_request_read(event->data, event->size, &request)) {
        return;
    }
    const VerifyDetail detail = {.sequence = request.sequence,
                                 .baseline_set_count = 1,
                                 .count = 1,
                                 .entries = {{.slot = TOY_MISSING_SLOT, .is_known = true}}};
    const size_t size = verify_detail_write(buffer, &detail);
    transport_send(server->transport, peer->handle, TRANSPORT_RELIABLE, buffer, size);
    server->verify_requests++;
}

static void send_receive_report(ToyServer *server, const ToyPeer *peer) {
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    const ReceiveStatistics received_stats =
        transport_receive_statistics(server->transport, peer->handle);
    const ReceiveReport report = {.judged = (uint32_t)receive_statistics_judged(&received_stats),
                                  .lost = (uint32_t)received_stats.window.lost,
                                  .received = (uint32_t)received_stats.received,
                                  .overtaken = (uint32_t)received_stats.window.overtaken,
                                  .duplicated = (uint32_t)received_stats.duplicated,
                                  .jitter_pairs = (uint32_t)peer->inputs.pairs,
                                  .jitter_squares_us2 = peer->inputs.squares_us2};
    transport_send(server->transport, peer->handle, TRANSPORT_RELIABLE, buffer,
                   receive_report_write(buffer, &report));
    server->receive_requests++;
}

static void push_input(ToyPeer *peer, const TransportEvent *event, uint64_t now_ns) {
    InputMessage input;
    if (!input_read(event->data, event->size, &input)) {
        return;
    }
    interarrival_record(&peer->inputs, input.send_time_ms, now_ns);
    if (peer->has_input && input.newest_tick <= peer->input_tick) {
        return;
    }
    peer->has_input = true;
    peer->input_tick = input.newest_tick;
    peer->send_time_ms = input.send_time_ms;
    peer->received_ns = now_ns;
}

static void handle_message(ToyServer *server, ToyPeer *peer, const TransportEvent *event,
                           uint64_t now_ns) {
    const uint8_t type = message_type(event->data, event->size);
    if (type == MESSAGE_INPUT) {
        server->inputs++;
        push_input(peer, event, now_ns);
    } else if (type == MESSAGE_VERIFY_REQUEST) {
        answer_verify_request(server, peer, event);
    } else if (type == MESSAGE_RECEIVE_REQUEST) {
        send_receive_report(server, peer);
    } else if (type == MESSAGE_HELLO) {
        HelloMessage hello;
        server->hellos++;
        peer->wants_verify =
            hello_read(event->data, event->size, &hello) == HELLO_OK && hello.wants_verify;
        if (server->refusal != REASON_NONE) {
            transport_disconnect(server->transport, peer->handle, server->refusal);
        } else {
            welcome(server, peer, now_ns);
        }
    }
}

static void handle_event(ToyServer *server, const TransportEvent *event, uint64_t now_ns) {
    ToyPeer *peer = find_peer(server, event->type == TRANSPORT_CONNECTED ? 0 : event->peer);
    if (peer == NULL) {
        return;
    }
    if (event->type == TRANSPORT_CONNECTED) {
        *peer = (ToyPeer){.handle = event->peer};
    } else if (event->type == TRANSPORT_DISCONNECTED) {
        server->goodbyes += event->reason == REASON_CLIENT_LEFT;
        peer->handle = 0;
        peer->is_joined = false;
    } else {
        handle_message(server, peer, event, now_ns);
    }
}

static void acknowledge_input(const ToyPeer *peer, SnapshotHeader *header, uint64_t now_ns) {
    if (peer->has_input) {
        const uint64_t hold_q4 = (now_ns - peer->received_ns) / NS_PER_US / 16;
        header->has_input = true;
        header->input_tick = peer->input_tick;
        header->echo_time_ms = peer->send_time_ms;
        header->echo_hold_us_q4 = (uint16_t)(hold_q4 < UINT16_MAX ? hold_q4 : UINT16_MAX);
    }
}

static void send_snapshot(ToyServer *server, ToyPeer *peer, uint64_t now_ns) {
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    BaselineEntry entries[BASELINE_ENTRIES_MAX];
    SnapshotWriter writer;
    SnapshotHeader header = {
        .tick = 100 + server->next_snapshot * (TICK_HZ / SNAPSHOT_HZ),
        .sequence = peer->sequence++,
        .has_checksum = peer->wants_verify,
        .center_x = SIDE_UNITS / 2 * RECORD_UNIT,
        .center_y = SIDE_UNITS / 2 * RECORD_UNIT,
        .own = {.motion = {.x = SIDE_UNITS / 2 * UNIT, .y = SIDE_UNITS / 2 * UNIT},
                .health = 100,
                .generation = 1},
    };
    acknowledge_input(peer, &header, now_ns);
    const SnapshotSpace space = {buffer, sizeof buffer, entries};
    snapshot_begin(&writer, &space, &toy_ranges, &header, &(BaselineSet){0});
    snapshot_begin_enters(&writer);
    size_t size = snapshot_finish(&writer, server->checksum);
    if (server->sends_garbage) {
        buffer[size] = 0xff; // a byte too many
        size++;
    }
    transport_send(server->transport, peer->handle, TRANSPORT_UNSEQUENCED, buffer, size);
}

static void serve_peers(ToyServer *server, bool is_snapshot_due, uint64_t now_ns) {
    for (uint32_t i = 0; i < TOY_PEERS_MAX; i++) {
        ToyPeer *peer = &server->peers[i];
        if (!peer->is_joined) {
            continue;
        }
        if (server->kick_after_ns != 0 && now_ns - peer->joined_ns >= server->kick_after_ns) {
            transport_disconnect(server->transport, peer->handle, REASON_KICKED);
            peer->is_joined = false;
        } else if (is_snapshot_due) {
            send_snapshot(server, peer, now_ns);
        }
    }
}

static void poll_events(ToyServer *server, uint64_t now_ns) {
    TransportEvent event;
    transport_poll(server->transport, now_ns);
    while (transport_next_event(server->transport, &event)) {
        handle_event(server, &event, now_ns);
    }
}

void toy_server_step(ToyServer *server, uint64_t now_ns) {
    const uint64_t due_ns = server->start_ns + server->next_snapshot * (NS_PER_S / SNAPSHOT_HZ);
    poll_events(server, now_ns);
    serve_peers(server, now_ns >= due_ns && !server->is_mute, now_ns);
    server->next_snapshot += now_ns >= due_ns;
    transport_flush(server->transport);
}

static void run_server(void *argument) {
    ToyServer *server = argument;
    while (!atomic_load(&server->is_stopping)) {
        const uint64_t now_ns = clock_now_ns();
        if (!atomic_load(&server->is_frozen)) {
            toy_server_step(server, now_ns);
        }
        clock_sleep_until_ns(now_ns + NS_PER_MS);
    }
    poll_events(server, clock_now_ns()); // goodbyes that arrived before the stop
    transport_hand_over(server->transport);
}

void toy_server_open(ToyServer *server, uint64_t now_ns) {
    const TransportListenConfig config = {.bind_address = "127.0.0.1",
                                          .peer_capacity = TOY_PEERS_MAX};
    const TransportError error = transport_listen(&server->transport, &config);
    assert(error == TRANSPORT_OK);
    server->port = transport_port(server->transport);
    server->start_ns = now_ns;
}

void toy_server_close(ToyServer *server) {
    transport_close(server->transport);
}

void toy_server_start(ToyServer *server) {
    toy_server_open(server, clock_now_ns());
    const int result = uv_thread_create(&server->thread, run_server, server);
    assert(result == 0);
}

void toy_server_stop(ToyServer *server) {
    atomic_store(&server->is_stopping, true);
    uv_thread_join(&server->thread);
    toy_server_close(server);
}
