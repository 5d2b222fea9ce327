// SPDX-License-Identifier: MIT
// limits.h -- the bounds that more than one module relies on, and how they depend on each other.
#ifndef TICKSTORM_BASE_LIMITS_H
#define TICKSTORM_BASE_LIMITS_H

#include <assert.h>

// Rates. One tick is one step of the world; every (tick rate / snapshot rate) ticks a snapshot
// leaves.
#define TICK_RATE_DEFAULT_HZ     60
#define SNAPSHOT_RATE_DEFAULT_HZ 20
#define TICK_RATE_MAX_HZ         240

// Entities. An EntityId packs a slot and a generation into 32 bits; generation 0 is never used, so
// that the id 0 means "no entity".
#define ENTITY_SLOT_BITS       20
#define ENTITY_GENERATION_BITS 12
#define ENTITY_SLOT_MAX        (1u << ENTITY_SLOT_BITS)

// Clients. ENet addresses at most 4,095 peers a host; the rest of a host's peers are kept for
// handshakes in progress, so that a full server can still say that it is full.
#define NET_LOOP_CLIENTS_MAX 4000
#define NET_LOOPS_MAX        8
#define CLIENTS_MAX          (NET_LOOP_CLIENTS_MAX * NET_LOOPS_MAX)
#define WORKERS_MAX          64
#define PLAYER_NAME_BYTES    20 // UTF-8 without terminator

// Datagrams. A payload of 1,100 bytes leaves room for ENet's headers (12 bytes) and for sealing of
// whole datagrams (28 bytes) below 1,200 bytes on the wire, which every path can carry.
#define DATAGRAM_BYTES_MAX 1200
#define PAYLOAD_BYTES_MAX  1100

// History. The published world of the last HISTORY_TICKS ticks is kept; a baseline, a rewound shot
// and an input can reach back no further.
#define HISTORY_TICKS 64

// Inputs. An input packet repeats every input that the server has not acknowledged, up to this
// many.
#define INPUT_WINDOW_TICKS 32

static_assert(ENTITY_SLOT_BITS + ENTITY_GENERATION_BITS == 32, "an EntityId is 32 bits");
static_assert((HISTORY_TICKS & (HISTORY_TICKS - 1)) == 0, "history is indexed by a mask");
static_assert(INPUT_WINDOW_TICKS < HISTORY_TICKS, "an accepted input always lies inside history");
static_assert(PAYLOAD_BYTES_MAX + 12 + 28 <= DATAGRAM_BYTES_MAX, "a snapshot never fragments");
static_assert(CLIENTS_MAX < ENTITY_SLOT_MAX, "every client can own a ship");

#endif
