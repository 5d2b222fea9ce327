// SPDX-License-Identifier: MIT
// raw_client.h -- a client made of a bare transport, which can send anything.
//
// Flow:    raw_client_join -> raw_client_send, raw_client_advance_ms -> the fields hold the
//          arrivals
// Threads: one, in virtual time.
#ifndef TICKSTORM_TESTS_SERVER_RAW_CLIENT_H
#define TICKSTORM_TESTS_SERVER_RAW_CLIENT_H

#include "net/transport.h"
#include "server/virtual_server.h"
#include "wire/message.h"
#include "wire/receive_report.h"
#include "wire/verify.h"

typedef struct RawClient {
    Transport *transport;
    bool is_connected;
    bool is_welcomed;
    bool is_ended;
    uint32_t reason;
    uint32_t snapshots;
    uint16_t newest_sequence; // of the snapshots
    uint32_t newest_tick;     // of that snapshot
    uint32_t newest_input;    // that the server has, by that snapshot
    Ship own;                 // likewise
    uint32_t details;
    VerifyDetail detail; // the last one
    uint32_t reports;
    ReceiveReport report; // the last one
    SlotRanges ranges;    // from the welcome
} RawClient;

// A small server, with room for two.
VirtualServer *raw_client_server(void);

RawClient raw_client_open(const VirtualServer *server);
// Connects and says hello; a moment later a server with room has welcomed it.
RawClient raw_client_join(VirtualServer *server);

void raw_client_poll(RawClient *client, uint64_t now_ns);
void raw_client_advance_ms(VirtualServer *server, RawClient *client, uint32_t ms);
void raw_client_send(RawClient *client, TransportChannel channel, const void *bytes, size_t size);

size_t raw_client_make_hello(uint8_t buffer[PAYLOAD_BYTES_MAX], bool wants_verify);
void raw_client_say_hello(RawClient *client);
void raw_client_send_input(VirtualServer *server, RawClient *client);

#endif
