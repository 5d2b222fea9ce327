// SPDX-License-Identifier: MIT
// server_address.h -- which of a name's addresses the bots go to.
//
// Flow:    host -> its addresses -> where there are several, the first that lets a connection come
//          about
// Threads: the caller's, which it blocks for as long as nobody answers.
#ifndef TICKSTORM_SWARM_LOAD_SERVER_ADDRESS_H
#define TICKSTORM_SWARM_LOAD_SERVER_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "net/net_address.h"

// Writes the address in numbers, without the port. That a name has one address is believed; of
// several, the first stands for a server that does not answer for so long. False when nobody knows
// the name. The transport must have been initialized.
bool server_address_find(const char *host, uint16_t port, uint64_t timeout_ns,
                         char text[NET_ADDRESS_TEXT_BYTES]);

#endif
