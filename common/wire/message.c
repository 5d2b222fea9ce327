// SPDX-License-Identifier: MIT
#include "wire/message.h"

#include "wire/bits.h"
#include "wire/frame.h"
#include "wire/plain_text.h"

void player_name_clean(char out[PLAYER_NAME_BYTES + 1], const char *text, size_t size) {
    (void)plain_text_clean(out, PLAYER_NAME_BYTES + 1, text, size);
}

bool player_name_is_valid(const char *name) {
    return plain_text_is_valid(name, PLAYER_NAME_BYTES + 1);
}

uint8_t message_type(const uint8_t *data, size_t size) {
    return size > 0 ? data[0] : 0;
}

#define HELLO_WANTS_VERIFY 0x01u

// Hello: | type:8 = 1 | magic:32 | version:32 | flags:8 (bit 0: wants_verify) | name: text |
// Type, magic and version keep their places in all future versions.
size_t hello_write(uint8_t *buffer, const HelloMessage *hello) {
    assert(player_name_is_valid(hello->name));
    BitWriter writer = frame_begin(buffer, MESSAGE_HELLO);
    bit_write(&writer, hello->magic, 32);
    bit_write(&writer, hello->version, 32);
    bit_write(&writer, hello->wants_verify ? HELLO_WANTS_VERIFY : 0, 8);
    frame_write_text(&writer, hello->name, sizeof hello->name);
    return frame_finish(&writer);
}

HelloResult hello_read(const uint8_t *data, size_t size, HelloMessage *out) {
    BitReader reader = frame_open(data, size, MESSAGE_HELLO);
    out->magic = bit_read(&reader, 32);
    out->version = bit_read(&reader, 32);
    if (reader.has_failed || out->magic != PROTOCOL_MAGIC) {
        return HELLO_BAD;
    }
    if (out->version != PROTOCOL_VERSION) {
        out->name[0] = '\0';
        return HELLO_OTHER_VERSION;
    }
    const uint32_t flags = bit_read(&reader, 8);
    reader.has_failed |= (flags & ~HELLO_WANTS_VERIFY) != 0;
    out->wants_verify = (flags & HELLO_WANTS_VERIFY) != 0;
    frame_read_name(&reader, out->name);
    return bit_reader_is_finished(&reader) ? HELLO_OK : HELLO_BAD;
}

// Welcome: | type:8 = 2 | player_index:32 | tick:32 | tick_rate_hz:16 | snapshot_rate_hz:16 |
//          | ranges.first[1]:32 | first[2]:32 | first[3]:32 | first[4]:32 |   (first[0] is 0)
//          | seed:64 | side:32 | asteroids:32 | nests:32 | spawn_radius:32 | arena's name: text |
size_t welcome_write(uint8_t *buffer, const WelcomeMessage *welcome) {
    assert(welcome->ranges.first[0] == 0);
    BitWriter writer = frame_begin(buffer, MESSAGE_WELCOME);
    bit_write(&writer, welcome->player_index, 32);
    bit_write(&writer, welcome->tick, 32);
    bit_write(&writer, welcome->tick_rate_hz, 16);
    bit_write(&writer, welcome->snapshot_rate_hz, 16);
    for (int kind = 1; kind <= ENTITY_KIND_COUNT; kind++) {
        bit_write(&writer, welcome->ranges.first[kind], 32);
    }
    bit_write_u64(&writer, welcome->arena.seed);
    bit_write(&writer, welcome->arena.side_units, 32);
    bit_write(&writer, welcome->arena.asteroid_count, 32);
    bit_write(&writer, welcome->arena.nest_count, 32);
    bit_write(&writer, welcome->arena.spawn_radius_units, 32);
    frame_write_text(&writer, welcome->arena.name, sizeof welcome->arena.name);
    return frame_finish(&writer);
}

static bool welcome_is_valid(const WelcomeMessage *welcome) {
    const uint32_t *first = welcome->ranges.first;
    for (int kind = 0; kind < ENTITY_KIND_COUNT; kind++) {
        if (first[kind] > first[kind + 1]) {
            return false;
        }
    }
    return first[ENTITY_KIND_COUNT] <= ENTITY_SLOT_MAX && welcome->player_index < first[1] &&
           first[1] <= CLIENTS_MAX && welcome->tick_rate_hz >= 1 &&
           welcome->tick_rate_hz <= TICK_RATE_MAX_HZ && welcome->snapshot_rate_hz >= 1 &&
           welcome->snapshot_rate_hz <= welcome->tick_rate_hz &&
           arena_spec_check(&welcome->arena) == NULL;
}

bool welcome_read(const uint8_t *data, size_t size, WelcomeMessage *out) {
    BitReader reader = frame_open(data, size, MESSAGE_WELCOME);
    out->player_index = bit_read(&reader, 32);
    out->tick = bit_read(&reader, 32);
    out->tick_rate_hz = bit_read(&reader, 16);
    out->snapshot_rate_hz = bit_read(&reader, 16);
    out->ranges.first[0] = 0;
    for (int kind = 1; kind <= ENTITY_KIND_COUNT; kind++) {
        out->ranges.first[kind] = bit_read(&reader, 32);
    }
    out->arena.seed = bit_read_u64(&reader);
    out->arena.side_units = bit_read(&reader, 32);
    out->arena.asteroid_count = bit_read(&reader, 32);
    out->arena.nest_count = bit_read(&reader, 32);
    out->arena.spawn_radius_units = bit_read(&reader, 32);
    const size_t name_length = frame_read_text(&reader, out->arena.name, sizeof out->arena.name);
    return bit_reader_is_finished(&reader) && strlen(out->arena.name) == name_length &&
           welcome_is_valid(out);
}

#define INPUT_BUTTONS_BITS 6
#define INPUT_COUNT_BITS   5
static_assert(INPUT_BUTTONS_MASK == (1 << INPUT_BUTTONS_BITS) - 1, "every button has its bit");
static_assert(INPUT_WINDOW_TICKS == 1 << INPUT_COUNT_BITS, "count - 1 fits its field exactly");
static_assert(sizeof(ShipInput) == 4, "aim and buttons are all there is to an input");

// Input:   | type:8 = 4 | has_snapshot:1 | if so: snapshot_sequence:16 | snapshot_bits:32 |
//          | send_time_ms:16 | view_tick_q8:32 | newest_tick:32 | count - 1:5 | inputs |
// inputs:  the newest  | buttons:6 | aim:16 |
//          each older  | 0 |  same as the one before it in the message
//                      | 1 | buttons:6 | 0 |           aim is the same
//                      | 1 | buttons:6 | 1 | aim:16 |
size_t input_write(uint8_t *buffer, const InputMessage *input) {
    assert(input->count >= 1 && input->count <= INPUT_WINDOW_TICKS);
    BitWriter writer = frame_begin(buffer, MESSAGE_INPUT);
    bit_write(&writer, input->has_snapshot, 1);
    if (input->has_snapshot) {
        bit_write(&writer, input->snapshot_sequence, 16);
        bit_write(&writer, input->snapshot_bits, 32);
    }
    bit_write(&writer, input->send_time_ms, 16);
    bit_write(&writer, input->view_tick_q8, 32);
    bit_write(&writer, input->newest_tick, 32);
    bit_write(&writer, input->count - 1, INPUT_COUNT_BITS);
    bit_write(&writer, input->inputs[0].buttons, INPUT_BUTTONS_BITS);
    bit_write(&writer, input->inputs[0].aim, 16);
    for (uint32_t i = 1; i < input->count; i++) {
        const ShipInput newer = input->inputs[i - 1];
        const ShipInput older = input->inputs[i];
        bit_write(&writer, !input_equals(newer, older), 1);
        if (!input_equals(newer, older)) {
            bit_write(&writer, older.buttons, INPUT_BUTTONS_BITS);
            bit_write(&writer, older.aim != newer.aim, 1);
            if (older.aim != newer.aim) {
                bit_write(&writer, older.aim, 16);
            }
        }
    }
    return frame_finish(&writer);
}

bool input_read(const uint8_t *data, size_t size, InputMessage *out) {
    BitReader reader = frame_open(data, size, MESSAGE_INPUT);
    out->has_snapshot = bit_read(&reader, 1) != 0;
    out->snapshot_sequence = out->has_snapshot ? (uint16_t)bit_read(&reader, 16) : 0;
    out->snapshot_bits = out->has_snapshot ? bit_read(&reader, 32) : 0;
    out->send_time_ms = (uint16_t)bit_read(&reader, 16);
    out->view_tick_q8 = bit_read(&reader, 32);
    out->newest_tick = bit_read(&reader, 32);
    out->count = bit_read(&reader, INPUT_COUNT_BITS) + 1;
    ShipInput input = {.buttons = (uint8_t)bit_read(&reader, INPUT_BUTTONS_BITS)};
    input.aim = (uint16_t)bit_read(&reader, 16);
    out->inputs[0] = input;
    for (uint32_t i = 1; i < out->count; i++) {
        if (bit_read(&reader, 1) != 0) {
            input.buttons = (uint8_t)bit_read(&reader, INPUT_BUTTONS_BITS);
            if (bit_read(&reader, 1) != 0) {
                input.aim = (uint16_t)bit_read(&reader, 16);
            }
        }
        out->inputs[i] = input;
    }
    return bit_reader_is_finished(&reader);
}
