// SPDX-License-Identifier: MIT
#include "net/guard.h"

#include <assert.h>

#include "base/clock.h"
#include "base/leaky_bucket.h"
#include "base/limits.h"
#include "net/enet_seam.h"

#define PEER_INDEX_MASK 0x0fffu
#define FLAG_COMPRESSED 0x4000u
#define FLAG_SENT_TIME  0x8000u
#define CONTROL_CHANNEL 0xffu // of commands that belong to no channel

// Command bytes as our programs send them: the number and its flags.
#define BYTE_ACKNOWLEDGE     0x01
#define BYTE_CONNECT         0x82
#define BYTE_VERIFY_CONNECT  0x83
#define BYTE_DISCONNECT      0x84
#define BYTE_PING            0x85
#define BYTE_SEND_RELIABLE   0x86
#define BYTE_UNSEQUENCED     0x49
#define BYTE_BANDWIDTH_LIMIT 0x8a

static_assert(BYTE_PING == (ENET_PROTOCOL_COMMAND_PING | ENET_PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE),
              "a ping asks for an acknowledgement");
static_assert(BYTE_UNSEQUENCED ==
                  (ENET_PROTOCOL_COMMAND_SEND_UNSEQUENCED | ENET_PROTOCOL_COMMAND_FLAG_UNSEQUENCED),
              "an unsequenced message says so twice");

// The parameters that every connection of ours requests and grants. The throttle's deceleration of
// 0 keeps ENet from dropping unsequenced messages when the round trip varies.
#define CONNECT_WINDOW_BYTES 65536u

static uint16_t read_u16(const uint8_t *at) {
    return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t read_u32(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

typedef struct Parse {
    const GuardPeer *peer;
    GuardDirection direction;
    const uint8_t *at;
    size_t left;
    bool is_alone; // the command is the datagram's first and nothing follows it
    bool has_time;
    bool needs_time;
    GuardVerdict verdict;
} Parse;

static bool reject(Parse *parse, TransportReject reason) {
    parse->verdict = (GuardVerdict){.result = GUARD_REJECT, .reason = reason};
    return false;
}

// The common part of a connection request and its answer, from the peer's index on.
static bool terms_are_ours(const uint8_t *at) {
    return read_u32(&at[4]) == DATAGRAM_BYTES_MAX && read_u32(&at[8]) == CONNECT_WINDOW_BYTES &&
           read_u32(&at[12]) == TRANSPORT_CHANNEL_COUNT && read_u32(&at[16]) == 0 &&
           read_u32(&at[20]) == 0 && read_u32(&at[24]) == ENET_PEER_PACKET_THROTTLE_INTERVAL &&
           read_u32(&at[28]) == ENET_PEER_PACKET_THROTTLE_ACCELERATION && read_u32(&at[32]) == 0;
}

static bool check_connect(Parse *parse) {
    const uint8_t *at = parse->at;
    // A client has one peer, and its sessions begin with its first connection. The index is fixed
    // because 0xfff there would switch ENet's check of the session off.
    const bool is_fresh = read_u16(&at[4]) == 0 && at[6] == 0xff && at[7] == 0xff;
    if (!parse->is_alone || at[1] != CONTROL_CHANNEL || read_u16(&at[2]) != 1 || !is_fresh ||
        !terms_are_ours(&at[4]) || read_u32(&at[44]) != 0) {
        return reject(parse, TRANSPORT_REJECT_MALFORMED);
    }
    parse->verdict.is_connect = true;
    return true;
}

static bool check_verify_connect(Parse *parse) {
    const uint8_t *at = parse->at;
    if (at[1] != CONTROL_CHANNEL || read_u16(&at[2]) != 1 || read_u16(&at[4]) >= GUARD_NO_PEER ||
        at[6] > 3 || at[7] > 3 || !terms_are_ours(&at[4])) {
        return reject(parse, TRANSPORT_REJECT_MALFORMED);
    }
    // ENet gives a connection up when the answer belongs to another request, so anyone could end
    // it.
    if (parse->peer->state == GUARD_PEER_HALF_OPEN &&
        read_u32(&at[40]) != parse->peer->connect_id) {
        return reject(parse, TRANSPORT_REJECT_UNKNOWN_PEER);
    }
    return true;
}

static bool check_acknowledge(Parse *parse) {
    parse->verdict.ack_count++;
    const uint8_t *at = parse->at;
    if ((at[1] != CONTROL_CHANNEL && at[1] != TRANSPORT_RELIABLE) ||
        read_u16(&at[2]) != read_u16(&at[4])) {
        return reject(parse, TRANSPORT_REJECT_MALFORMED);
    }
    return true;
}

static bool check_control(Parse *parse) {
    if (parse->at[1] != CONTROL_CHANNEL) {
        return reject(parse, TRANSPORT_REJECT_MALFORMED);
    }
    return true;
}

static bool check_disconnect(Parse *parse) {
    parse->verdict.has_disconnect = true;
    parse->verdict.disconnect_data = read_u32(&parse->at[4]);
    return check_control(parse);
}

static bool check_ping(Parse *parse) {
    parse->verdict.ping_count++;
    return check_control(parse);
}

// Our programs never limit bandwidth, but ENet announces the absence of a limit by itself on a
// system where the seam cannot be put in place.
static bool check_bandwidth_limit(Parse *parse) {
    if (read_u32(&parse->at[4]) != 0 || read_u32(&parse->at[8]) != 0) {
        return reject(parse, TRANSPORT_REJECT_FORBIDDEN);
    }
    return check_control(parse);
}

static bool check_payload(Parse *parse, size_t header_size, TransportChannel channel) {
    const size_t size = read_u16(&parse->at[header_size - 2]);
    if (parse->at[1] != channel || size == 0 || size > PAYLOAD_BYTES_MAX ||
        size > parse->left - header_size) {
        return reject(parse, TRANSPORT_REJECT_MALFORMED);
    }
    parse->at += size;
    parse->left -= size;
    return true;
}

static bool check_unsequenced(Parse *parse) {
    if (read_u16(&parse->at[2]) != 0) {
        return reject(parse, TRANSPORT_REJECT_MALFORMED);
    }
    parse->verdict.has_message = true;
    parse->verdict.message_group = read_u16(&parse->at[4]);
    return check_payload(parse, sizeof(ENetProtocolSendUnsequenced), TRANSPORT_UNSEQUENCED);
}

static bool check_reliable(Parse *parse) {
    const uint16_t ahead = (uint16_t)(read_u16(&parse->at[2]) - parse->peer->reliable_received);
    // Numbers in the upper half of the range are older: a retransmission of a received message.
    if (parse->direction == GUARD_TO_SERVER && ahead > GUARD_RELIABLE_AHEAD_MAX && ahead < 0x8000) {
        return reject(parse, TRANSPORT_REJECT_FLOOD);
    }
    return check_payload(parse, sizeof(ENetProtocolSendReliable), TRANSPORT_RELIABLE);
}

// A command of the grammar.
typedef struct CommandRule {
    uint8_t byte;
    uint8_t size; // without payload; 0: no such command
    bool to_server, to_client;
    bool (*check)(Parse *parse);
} CommandRule;

static const CommandRule rules[ENET_PROTOCOL_COMMAND_COUNT] = {
    [ENET_PROTOCOL_COMMAND_ACKNOWLEDGE] = {BYTE_ACKNOWLEDGE, sizeof(ENetProtocolAcknowledge), true,
                                           true, check_acknowledge},
    [ENET_PROTOCOL_COMMAND_CONNECT] = {BYTE_CONNECT, sizeof(ENetProtocolConnect), true, false,
                                       check_connect},
    [ENET_PROTOCOL_COMMAND_VERIFY_CONNECT] = {BYTE_VERIFY_CONNECT,
                                              sizeof(ENetProtocolVerifyConnect), false, true,
                                              check_verify_connect},
    [ENET_PROTOCOL_COMMAND_DISCONNECT] = {BYTE_DISCONNECT, sizeof(ENetProtocolDisconnect), true,
                                          true, check_disconnect},
    [ENET_PROTOCOL_COMMAND_PING] = {BYTE_PING, sizeof(ENetProtocolPing), true, true, check_ping},
    [ENET_PROTOCOL_COMMAND_SEND_RELIABLE] = {BYTE_SEND_RELIABLE, sizeof(ENetProtocolSendReliable),
                                             true, true, check_reliable},
    [ENET_PROTOCOL_COMMAND_SEND_UNSEQUENCED] = {BYTE_UNSEQUENCED,
                                                sizeof(ENetProtocolSendUnsequenced), true, true,
                                                check_unsequenced},
    [ENET_PROTOCOL_COMMAND_BANDWIDTH_LIMIT] = {BYTE_BANDWIDTH_LIMIT,
                                               sizeof(ENetProtocolBandwidthLimit), true, true,
                                               check_bandwidth_limit},
};

// Consumes one command.
static bool check_command(Parse *parse) {
    if (parse->left < sizeof(ENetProtocolCommandHeader)) {
        return reject(parse, TRANSPORT_REJECT_MALFORMED);
    }
    const uint8_t number = parse->at[0] & ENET_PROTOCOL_COMMAND_MASK;
    if (number == ENET_PROTOCOL_COMMAND_NONE || number >= ENET_PROTOCOL_COMMAND_COUNT) {
        return reject(parse, TRANSPORT_REJECT_MALFORMED);
    }
    const CommandRule *rule = &rules[number];
    const bool is_allowed = parse->direction == GUARD_TO_SERVER ? rule->to_server : rule->to_client;
    if (!is_allowed) {
        return reject(parse, TRANSPORT_REJECT_FORBIDDEN);
    }
    const bool names_peer = number != ENET_PROTOCOL_COMMAND_CONNECT;
    if (parse->at[0] != rule->byte || parse->left < rule->size ||
        names_peer != (parse->peer != NULL)) {
        return reject(parse, TRANSPORT_REJECT_MALFORMED);
    }
    parse->is_alone = parse->is_alone && parse->left == rule->size;
    const bool asks = (rule->byte & ENET_PROTOCOL_COMMAND_FLAG_ACKNOWLEDGE) != 0;
    parse->needs_time |= asks;
    parse->verdict.ask_count += asks;
    if (!rule->check(parse)) {
        return false;
    }
    parse->at += rule->size;
    parse->left -= rule->size;
    return true;
}

static void check_commands(Parse *parse) {
    uint32_t count = 0;
    while (parse->left > 0) {
        if (++count > GUARD_COMMANDS_MAX) {
            (void)reject(parse, TRANSPORT_REJECT_FLOOD);
            return;
        }
        parse->is_alone = count == 1;
        if (!check_command(parse)) {
            return;
        }
    }
    // ENet sends the time exactly when something in the datagram asks for an acknowledgement, and
    // never more than one ping.
    if (count == 0 || parse->needs_time != parse->has_time) {
        (void)reject(parse, TRANSPORT_REJECT_MALFORMED);
    } else if (parse->verdict.ping_count > 1) {
        (void)reject(parse, TRANSPORT_REJECT_FLOOD);
    }
}

uint16_t guard_peer_index(const uint8_t *bytes, size_t size) {
    return size >= 2 ? read_u16(bytes) & PEER_INDEX_MASK : GUARD_NO_PEER;
}

static bool peer_matches(const GuardPeer *peer, const NetAddress *from, uint16_t header) {
    const uint8_t session = (header >> 12) & 3;
    return peer != NULL && peer->state != GUARD_PEER_NONE &&
           net_address_is_equal(peer->address, from) &&
           (!peer->has_session || peer->session == session);
}

GuardVerdict guard_check(GuardDirection direction, const GuardPeer *peer, const NetAddress *from,
                         const uint8_t *bytes, size_t size) {
    Parse parse = {.direction = direction, .peer = peer};
    if (from->port == 0 || !net_address_is_unicast(from)) {
        (void)reject(&parse, TRANSPORT_REJECT_SOURCE);
        return parse.verdict;
    }
    if (size > DATAGRAM_BYTES_MAX) {
        (void)reject(&parse, TRANSPORT_REJECT_OVERSIZE);
        return parse.verdict;
    }
    const uint16_t header = size >= 2 ? read_u16(bytes) : 0;
    parse.has_time = (header & FLAG_SENT_TIME) != 0;
    const size_t header_size = parse.has_time ? 4 : 2;
    if (size <= header_size) {
        (void)reject(&parse, TRANSPORT_REJECT_MALFORMED);
        return parse.verdict;
    }
    if ((header & FLAG_COMPRESSED) != 0) {
        (void)reject(&parse, TRANSPORT_REJECT_FORBIDDEN);
        return parse.verdict;
    }
    const bool names_nobody = (header & ~FLAG_SENT_TIME) == GUARD_NO_PEER;
    if (names_nobody) {
        parse.peer = NULL;
    } else if (!peer_matches(peer, from, header)) {
        (void)reject(&parse, TRANSPORT_REJECT_UNKNOWN_PEER);
        return parse.verdict;
    }
    parse.at = &bytes[header_size];
    parse.left = size - header_size;
    check_commands(&parse);
    return parse.verdict;
}

bool guard_budget_consume(GuardBudget *budget, uint64_t now_ns, const GuardVerdict *verdict,
                          uint32_t datagrams_per_s) {
    const bool has_room =
        datagrams_per_s == 0 ||
        leaky_bucket_consume(&budget->datagrams_due_ns, now_ns, NS_PER_S / datagrams_per_s,
                             GUARD_DATAGRAM_BURST_S * datagrams_per_s);
    return has_room &&
           leaky_bucket_consume_many(&budget->pings_due_ns, now_ns, verdict->ping_count,
                                     NS_PER_S / GUARD_PINGS_PER_S, GUARD_PING_BURST) &&
           leaky_bucket_consume_many(&budget->asks_due_ns, now_ns, verdict->ask_count,
                                     NS_PER_S / GUARD_ASKS_PER_S, GUARD_ASK_BURST) &&
           leaky_bucket_consume_many(&budget->acks_due_ns, now_ns, verdict->ack_count,
                                     NS_PER_S / GUARD_ACKS_PER_S, GUARD_ACK_BURST);
}
