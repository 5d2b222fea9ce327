// SPDX-License-Identifier: MIT
// client_snapshot.h -- handles snapshots, and the verify details of a snapshot that differed.
//
// Flow:    a message of client_poll -> decoded against its baseline -> acknowledged, round trip and
//          margin measured, clock steered, own ship reconciled, checksum compared
// Threads: those of client_state.h.
// Trust:   a message may be anything. An impossible message is counted as a decode error and leaves
//          the client unchanged.
#ifndef TICKSTORM_CLIENT_CORE_CLIENT_SNAPSHOT_H
#define TICKSTORM_CLIENT_CORE_CLIENT_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/core/client_state.h"

// False: memory is short, and the client cannot go on.
bool client_accept_snapshot(Client *client, const uint8_t *data, size_t size, uint64_t now_ns);
void client_accept_verify_detail(Client *client, const uint8_t *data, size_t size);

#endif
