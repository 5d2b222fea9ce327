// SPDX-License-Identifier: MIT
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h needs the four above.
#include <cmocka.h>

#include "net/lab.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"

#define SERVER_PORT      7777
#define SEND_INTERVAL_MS 50
#define INPUT_BYTES      60

// A reliable message: its sender and number.
typedef struct Numbered {
    uint32_t client;
    uint32_t number;
} Numbered;

Lab *lab_create(uint64_t seed, const ImpairConfig *impairment, uint32_t peer_capacity) {
    Lab *lab = calloc(1, sizeof *lab);
    assert_non_null(lab);
    lab->seed = seed;
    lab->rng = rng_seeded(seed);
    lab->net = memnet_create(seed, impairment);
    assert_non_null(lab->net);
    memnet_install(lab->net);
    const TransportListenConfig config = {.port = SERVER_PORT, .peer_capacity = peer_capacity};
    assert_int_equal(transport_listen(&lab->server, &config), TRANSPORT_OK);
    return lab;
}

void lab_destroy(Lab *lab) {
    for (uint32_t i = 0; i < lab->client_count; i++) {
        transport_close(lab->clients[i].transport);
    }
    transport_close(lab->server);
    memnet_uninstall(lab->net);
    memnet_destroy(lab->net);
    free(lab);
}

uint64_t lab_now_ms(const Lab *lab) {
    return memnet_now_ns(lab->net) / NS_PER_MS;
}

void lab_add_clients_at(Lab *lab, const char *server_host, uint32_t count) {
    assert_true(lab->client_count + count <= LAB_CLIENTS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        LabClient *client = &lab->clients[lab->client_count++];
        assert_int_equal(transport_connect(&client->transport, server_host, SERVER_PORT),
                         TRANSPORT_OK);
    }
}

void lab_add_clients(Lab *lab, uint32_t count) {
    lab_add_clients_at(lab, "127.0.0.1", count);
}

// The server.

static void server_send_reliable(Lab *lab, PeerHandle peer, uint32_t count) {
    const uint32_t slot = peer & 0xffff;
    for (uint32_t i = 0; i < count; i++) {
        const Numbered message = {lab->client_of_slot[slot] - 1, lab->sent_to[slot]};
        if (transport_send(lab->server, peer, TRANSPORT_RELIABLE, &message, sizeof message)) {
            lab->sent_to[slot]++;
        }
    }
}

static void server_on_message(Lab *lab, const TransportEvent *event) {
    const uint32_t slot = event->peer & 0xffff;
    if (event->channel == TRANSPORT_RELIABLE) {
        Numbered message;
        assert_int_equal(event->size, sizeof message);
        memcpy(&message, event->data, sizeof message);
        assert_int_equal(message.number, lab->received_from[slot]);
        lab->received_from[slot]++;
        lab->client_of_slot[slot] = message.client + 1;
        lab->clients[message.client].at_server = event->peer;
        return;
    }
    lab->unsequenced_in++;
    uint8_t snapshot[PAYLOAD_BYTES_MAX] = {0};
    const size_t size = 300 + rng_below(&lab->rng, PAYLOAD_BYTES_MAX - 300 + 1);
    (void)transport_send(lab->server, event->peer, TRANSPORT_UNSEQUENCED, snapshot, size);
    if (lab->client_of_slot[slot] != 0 && rng_below(&lab->rng, 20) == 0) {
        server_send_reliable(lab, event->peer, 1 + rng_below(&lab->rng, 60));
    }
}

static void step_server(Lab *lab) {
    transport_poll(lab->server, memnet_now_ns(lab->net));
    TransportEvent event;
    while (transport_next_event(lab->server, &event)) {
        const uint32_t slot = event.peer & 0xffff;
        if (event.type == TRANSPORT_MESSAGE) {
            server_on_message(lab, &event);
        } else {
            lab->received_from[slot] = 0;
            lab->sent_to[slot] = 0;
            lab->client_of_slot[slot] = 0;
            lab->connected += event.type == TRANSPORT_CONNECTED;
            lab->disconnected += event.type == TRANSPORT_DISCONNECTED;
            lab->last_reason =
                event.type == TRANSPORT_DISCONNECTED ? event.reason : lab->last_reason;
        }
    }
    transport_flush(lab->server);
}

// A client.

static void client_send_reliable(Lab *lab, uint32_t index, uint32_t count) {
    LabClient *client = &lab->clients[index];
    for (uint32_t i = 0; i < count; i++) {
        const Numbered message = {index, client->sent};
        const PeerHandle peer = transport_server_peer(client->transport);
        if (transport_send(client->transport, peer, TRANSPORT_RELIABLE, &message, sizeof message)) {
            client->sent++;
        }
    }
}

static void client_send_unsequenced(LabClient *client) {
    const uint8_t input[INPUT_BYTES] = {0};
    assert_true(transport_send(client->transport, transport_server_peer(client->transport),
                               TRANSPORT_UNSEQUENCED, input, sizeof input));
}

static void client_send(Lab *lab, uint32_t index) {
    LabClient *client = &lab->clients[index];
    const uint64_t now_ms = lab_now_ms(lab);
    if (!client->is_connected || client->is_quiet || now_ms < client->next_send_ms) {
        return;
    }
    client->next_send_ms = now_ms + SEND_INTERVAL_MS;
    client_send_unsequenced(client);
    if (rng_below(&lab->rng, 20) == 0) {
        client_send_reliable(lab, index, 1 + rng_below(&lab->rng, 80));
    }
}

static void client_on_event(Lab *lab, uint32_t index, const TransportEvent *event) {
    LabClient *client = &lab->clients[index];
    if (event->type == TRANSPORT_CONNECTED) {
        client->is_connected = true;
        client_send_reliable(lab, index, 1);
    } else if (event->type == TRANSPORT_DISCONNECTED) {
        client->is_connected = false;
        client->is_gone = true;
        client->reason = event->reason;
    } else if (event->channel == TRANSPORT_UNSEQUENCED) {
        client->unsequenced_in++;
    } else {
        Numbered message;
        assert_int_equal(event->size, sizeof message);
        memcpy(&message, event->data, sizeof message);
        assert_int_equal(message.client, index);
        assert_int_equal(message.number, client->received);
        client->received++;
    }
}

static void step_client(Lab *lab, uint32_t index) {
    Transport *transport = lab->clients[index].transport;
    if (lab->clients[index].is_stopped) {
        return;
    }
    transport_poll(transport, memnet_now_ns(lab->net));
    TransportEvent event;
    while (transport_next_event(transport, &event)) {
        client_on_event(lab, index, &event);
    }
    client_send(lab, index);
    transport_flush(transport);
}

void lab_run(Lab *lab, uint64_t duration_ms) {
    for (uint64_t at = 0; at < duration_ms; at += LAB_STEP_MS) {
        memnet_advance(lab->net, LAB_STEP_MS * NS_PER_MS);
        step_server(lab);
        for (uint32_t i = 0; i < lab->client_count; i++) {
            step_client(lab, i);
        }
    }
}

void lab_send(Lab *lab, uint32_t index, uint32_t reliable, uint32_t unsequenced) {
    client_send_reliable(lab, index, reliable);
    for (uint32_t i = 0; i < unsequenced; i++) {
        client_send_unsequenced(&lab->clients[index]);
    }
    transport_flush(lab->clients[index].transport);
}

void lab_inject(Lab *lab, uint16_t from_port, const void *bytes, size_t size) {
    const NetAddress from = net_address_loopback(from_port);
    lab_inject_from(lab, &from, bytes, size);
}

void lab_inject_from(Lab *lab, const NetAddress *from, const void *bytes, size_t size) {
    const ImpairRoute route = {.from = *from, .to = net_address_loopback(SERVER_PORT)};
    memnet_inject(lab->net, &route, bytes, size);
}

TransportStats lab_server_stats(const Lab *lab) {
    TransportStats stats;
    transport_stats(lab->server, &stats);
    return stats;
}

uint64_t lab_rejected(const Transport *transport) {
    TransportStats stats;
    transport_stats(transport, &stats);
    uint64_t total = 0;
    for (size_t i = 0; i < TRANSPORT_REJECT_COUNT; i++) {
        total += stats.rejected[i];
    }
    return total;
}

void lab_assert_all_well(const Lab *lab) {
    for (uint32_t i = 0; i < lab->client_count; i++) {
        const LabClient *client = &lab->clients[i];
        if (!client->is_connected || client->is_gone) {
            fail_msg("seed %llu: client %u is gone, reason %u", (unsigned long long)lab->seed, i,
                     client->reason);
        }
        const uint32_t slot = client->at_server & 0xffff;
        // Both sides keep up: at most one window is in flight.
        assert_in_range(client->sent - lab->received_from[slot], 0, 64);
        assert_in_range(lab->sent_to[slot] - client->received, 0, 1024);
        assert_true(client->unsequenced_in > 0);
    }
}

int lab_set_up(void **state) {
    (void)state;
    return transport_initialize() == TRANSPORT_OK ? 0 : -1;
}

int lab_tear_down(void **state) {
    (void)state;
    transport_deinitialize();
    return 0;
}
