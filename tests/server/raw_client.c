// SPDX-License-Identifier: MIT
#include "server/raw_client.h"

#include "support.h"
#include "wire/snapshot.h"

VirtualServer *raw_client_server(void) {
    const VirtualServerConfig config = {.seed = 3,
                                        .drone_count = 50,
                                        .ship_capacity = 2,
                                        .worker_count = 1,
                                        .has_datagram_limit = true};
    return virtual_server_create(&config);
}

RawClient raw_client_open(const VirtualServer *server) {
    RawClient client = {0};
    assert_int_equal(transport_connect(&client.transport, "127.0.0.1", server->port), TRANSPORT_OK);
    return client;
}

static void handle_message(RawClient *client, const TransportEvent *event) {
    WelcomeMessage welcome;
    SnapshotReader reader;
    SnapshotHeader header;
    switch (message_type(event->data, event->size)) {
    case MESSAGE_WELCOME:
        assert_true(welcome_read(event->data, event->size, &welcome));
        client->ranges = welcome.ranges;
        client->is_welcomed = true;
        break;
    case MESSAGE_SNAPSHOT:
        assert_true(snapshot_open(&reader, event->data, event->size, &client->ranges, &header));
        client->newest_sequence = header.sequence;
        client->newest_tick = header.tick;
        client->newest_input = header.input_tick;
        client->own = header.own;
        client->snapshots++;
        break;
    case MESSAGE_VERIFY_DETAIL:
        assert_int_equal(event->channel, TRANSPORT_RELIABLE);
        assert_true(verify_detail_read(event->data, event->size, &client->detail));
        client->details++;
        break;
    case MESSAGE_RECEIVE_REPORT:
        assert_int_equal(event->channel, TRANSPORT_RELIABLE);
        assert_true(receive_report_read(event->data, event->size, &client->report));
        client->reports++;
        break;
    default:
        break;
    }
}

void raw_client_poll(RawClient *client, uint64_t now_ns) {
    TransportEvent event;
    transport_poll(client->transport, now_ns);
    while (transport_next_event(client->transport, &event)) {
        switch (event.type) {
        case TRANSPORT_CONNECTED:
            client->is_connected = true;
            break;
        case TRANSPORT_DISCONNECTED:
            client->is_ended = true;
            client->reason = event.reason;
            break;
        case TRANSPORT_MESSAGE:
            handle_message(client, &event);
            break;
        }
    }
}

void raw_client_advance_ms(VirtualServer *server, RawClient *client, uint32_t ms) {
    for (uint32_t i = 0; i < ms; i++) {
        virtual_server_advance(server);
        raw_client_poll(client, virtual_server_now_ns(server));
    }
}

void raw_client_send(RawClient *client, TransportChannel channel, const void *bytes, size_t size) {
    assert_true(transport_send(client->transport, transport_server_peer(client->transport), channel,
                               bytes, size));
    transport_flush(client->transport);
}

size_t raw_client_make_hello(uint8_t buffer[PAYLOAD_BYTES_MAX], bool wants_verify) {
    const HelloMessage hello = {.magic = PROTOCOL_MAGIC,
                                .version = PROTOCOL_VERSION,
                                .wants_verify = wants_verify,
                                .name = "Raw"};
    return hello_write(buffer, &hello);
}

void raw_client_say_hello(RawClient *client) {
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    raw_client_send(client, TRANSPORT_RELIABLE, buffer, raw_client_make_hello(buffer, false));
}

void raw_client_send_input(VirtualServer *server, RawClient *client) {
    const InputMessage input = {.newest_tick = server->match.sim.world.tick + 3, .count = 1};
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    raw_client_send(client, TRANSPORT_UNSEQUENCED, buffer, input_write(buffer, &input));
}

RawClient raw_client_join(VirtualServer *server) {
    RawClient client = raw_client_open(server);
    raw_client_advance_ms(server, &client, 50);
    assert_true(client.is_connected);
    raw_client_say_hello(&client);
    raw_client_advance_ms(server, &client, 100);
    return client;
}
