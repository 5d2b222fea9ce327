// SPDX-License-Identifier: MIT
// lab.h -- a server and its honest clients in a memory network, with traffic that checks itself.
//
// Flow:    lab_create -> lab_add_clients -> lab_run ... -> lab_assert_... -> lab_destroy
// Threads: one.
// Units:   virtual time; a step is 5 ms, as in a net loop.
//
// Every client sends an unsequenced message each 50 ms and a reliable one each second or so; the
// server answers each unsequenced one with a large one, and now and then with a few reliable ones.
// Reliable messages carry numbers, and both sides check that none is missing or out of order.
#ifndef TICKSTORM_TESTS_NET_LAB_H
#define TICKSTORM_TESTS_NET_LAB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"
#include "net/memnet.h"
#include "net/transport.h"

#define LAB_CLIENTS_MAX 256
#define LAB_STEP_MS     5

typedef struct LabClient {
    Transport *transport;
    PeerHandle at_server; // known from its first reliable message; 0 before
    bool is_connected, is_gone;
    bool is_quiet;           // sends nothing by itself
    bool is_stopped;         // is not polled, like a stopped process
    uint32_t reason;         // of its end
    uint32_t sent, received; // reliable messages
    uint64_t unsequenced_in;
    uint64_t next_send_ms;
} LabClient;

typedef struct Lab {
    Memnet *net;
    Rng rng;
    uint64_t seed;
    Transport *server;
    LabClient clients[LAB_CLIENTS_MAX];
    uint32_t client_count;
    // The server's view, by the low bits of the handle.
    uint32_t client_of_slot[4096]; // index + 1, once known
    uint32_t received_from[4096];
    uint32_t sent_to[4096];
    uint32_t last_reason; // of the last DISCONNECTED at the server
    uint64_t connected, disconnected, unsequenced_in;
} Lab;

Lab *lab_create(uint64_t seed, const ImpairConfig *impairment, uint32_t peer_capacity);
void lab_destroy(Lab *lab);

void lab_add_clients(Lab *lab, uint32_t count);
void lab_add_clients_at(Lab *lab, const char *server_host, uint32_t count);
void lab_run(Lab *lab, uint64_t duration_ms);
uint64_t lab_now_ms(const Lab *lab);

// Makes a client send now, besides its usual traffic; a message without room is not sent.
void lab_send(Lab *lab, uint32_t index, uint32_t reliable, uint32_t unsequenced);

// A datagram to the server from 127.0.0.1:port.
void lab_inject(Lab *lab, uint16_t from_port, const void *bytes, size_t size);
void lab_inject_from(Lab *lab, const NetAddress *from, const void *bytes, size_t size);

TransportStats lab_server_stats(const Lab *lab);
uint64_t lab_rejected(const Transport *transport); // of all reasons

// The transports of a group of tests: cmocka_run_group_tests(tests, lab_set_up, lab_tear_down).
int lab_set_up(void **state);
int lab_tear_down(void **state);

// Every client is connected and its reliable messages have arrived, except for those in flight.
void lab_assert_all_well(const Lab *lab);

#endif
