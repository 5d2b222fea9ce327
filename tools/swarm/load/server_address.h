// SPDX-License-Identifier: MIT
// server_address.h -- chooses the address of a name that the bots connect to.
//
// Flow:    host -> its addresses -> the first of several addresses that accepts a connection
// Threads: the caller's, which is blocked until a server answers or the time is over.
#ifndef TICKSTORM_SWARM_LOAD_SERVER_ADDRESS_H
#define TICKSTORM_SWARM_LOAD_SERVER_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "net/net_address.h"

// Writes the address in numbers, without the port. A single address is not tried; of several, the
// first one is chosen when none answers within the timeout. False when the name is unknown. The
// transport must have been initialized.
bool server_address_find(const char *host, uint16_t port, uint64_t timeout_ns,
                         char text[NET_ADDRESS_TEXT_BYTES]);

#endif
