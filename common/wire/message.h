// SPDX-License-Identifier: MIT
// message.h -- the start of a session, and inputs: hello, welcome, input.
//
// Flow:    client: hello (reliable), inputs (unsequenced)
//          server: welcome (reliable), snapshots (snapshot.h), events (event.h)
// Threads: pure functions on the caller's buffers.
// Trust:   readers check all that can be wrong on the wire: sizes, ranges, UTF-8, trailing bytes.
//          They return false and leave *out unspecified. Writers assert their input.
//          common/wire/PROTOCOL.md is normative.
#ifndef TICKSTORM_WIRE_MESSAGE_H
#define TICKSTORM_WIRE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "game/arena.h"
#include "game/entity.h"
#include "game/ship.h"
#include "wire/message_type.h"

#define PROTOCOL_MAGIC   0x4d545354u // "TSTM"
#define PROTOCOL_VERSION 3u

// Client -> server, once, reliable. The layout of magic and version never changes between versions.
typedef struct HelloMessage {
    uint32_t magic;
    uint32_t version;
    bool wants_verify;                // requests checksums in snapshots
    char name[PLAYER_NAME_BYTES + 1]; // UTF-8, NUL-terminated
} HelloMessage;

// Server -> client, once, reliable: what the client needs to build the arena and read snapshots.
typedef struct WelcomeMessage {
    uint32_t player_index; // the slot of the player's ship
    uint32_t tick;         // the server's tick when it was sent
    uint32_t tick_rate_hz;
    uint32_t snapshot_rate_hz;
    SlotRanges ranges;
    ArenaSpec arena;
} WelcomeMessage;

// Client -> server, unsequenced, at the input rate.
typedef struct InputMessage {
    // Acknowledges snapshots by their sequence: the newest one received, and a bit for each
    // of the 32 before it (bit i: newest - 1 - i). has_snapshot is false before the first.
    bool has_snapshot;
    uint16_t snapshot_sequence;
    uint32_t snapshot_bits;
    uint16_t send_time_ms; // the client's clock, echoed by the next snapshot
    uint32_t view_tick_q8; // the tick the player saw at the newest input, in 1/256 tick
    uint32_t newest_tick;  // the tick that inputs[0] is meant for
    uint32_t count;        // 1..INPUT_WINDOW_TICKS
    ShipInput inputs[INPUT_WINDOW_TICKS]; // newest first: inputs[i] is for newest_tick - i
} InputMessage;

// The type of a message, or 0 for an empty one.
uint8_t message_type(const uint8_t *data, size_t size);

// Writers return the size in bytes; the buffer must hold PAYLOAD_BYTES_MAX.
size_t hello_write(uint8_t *buffer, const HelloMessage *hello);
size_t welcome_write(uint8_t *buffer, const WelcomeMessage *welcome);
size_t input_write(uint8_t *buffer, const InputMessage *input);

// A hello of another version is read up to its version, so that the answer can name the reason.
typedef enum HelloResult { HELLO_OK, HELLO_BAD, HELLO_OTHER_VERSION } HelloResult;
HelloResult hello_read(const uint8_t *data, size_t size, HelloMessage *out);
bool welcome_read(const uint8_t *data, size_t size, WelcomeMessage *out);
bool input_read(const uint8_t *data, size_t size, InputMessage *out);

// Makes a name that can be shown from any bytes: drops invalid UTF-8, control, bidirectional and
// zero-width characters, trims blanks, and cuts to PLAYER_NAME_BYTES at a character. The result may
// be empty.
void player_name_clean(char out[PLAYER_NAME_BYTES + 1], const char *text, size_t size);
bool player_name_is_valid(const char *name);

#endif
