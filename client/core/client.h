// SPDX-License-Identifier: MIT
// client.h -- a player's end of the connection: protocol, clock, prediction. The graphical client
//             and every bot run this same code; what only a window needs is in client_view.h.
//
// Flow:    client_poll: datagrams -> messages -> baseline set, clock, own ship reconciled
//          client_step: ticks that came due -> inputs recorded, own ship predicted
//          client_send_inputs: one input packet with all that the server has not acknowledged
// Threads: a Client belongs to the thread that opened it, until it is closed (asserted); different
//          clients are independent.
// Memory:  allocated by client_open() and, with the welcome, for the arena; freed by
//          client_close(). Baseline sets grow to what is in view; nothing else is allocated while
//          playing.
// Units:   times are monotonic nanoseconds and passed in; ticks are the server's.
#ifndef TICKSTORM_CLIENT_CORE_CLIENT_H
#define TICKSTORM_CLIENT_CORE_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "client/core/client_state.h"
#include "game/ship.h"
#include "net/transport.h"

// Starts connecting. False with *error when that is impossible (bad address, no descriptors).
bool client_open(Client *client, const ClientConfig *config, uint64_t now_ns,
                 TransportError *error);

// Receives and handles what has arrived, keeps the connection alive, notices time-outs. Cheap when
// nothing has arrived. Call on readability and at least every 100 ms: ENet sends its pings and
// retransmissions from within polls, so they are late by up to the time between two polls.
void client_poll(Client *client, uint64_t now_ns);

// Advances the predicted ship over the ticks that are due at now_ns; `input` holds for all of them.
// Returns the number of these ticks. Does nothing before CLIENT_PLAYING.
uint32_t client_step(Client *client, uint64_t now_ns, ShipInput input);

// Sends the inputs not yet acknowledged.
void client_send_inputs(Client *client, uint64_t now_ns);

// Sends a chat line to everybody; the text is cleaned first. False when the cleaned text is empty,
// when the server's rate limit would refuse it, and before CLIENT_PLAYING.
bool client_send_chat(Client *client, const char *text, uint64_t now_ns);

// Disconnects (if connected) without waiting for the answer, and frees everything.
void client_close(Client *client, uint64_t now_ns);

// Ends the connection at once and sends the server the reason; client_close() frees.
void client_hang_up(Client *client, uint32_t reason);

#endif
