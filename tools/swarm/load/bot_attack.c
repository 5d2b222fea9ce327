// SPDX-License-Identifier: MIT
#include "tools/swarm/load/bot_attack.h"

#include <sys/socket.h>

#include "base/thread_role.h"
#include "tools/swarm/load/malformed.h"

// Broken packets with every scheduled send: 40 a second at 20 inputs a second.
#define MALFORMED_PER_SEND 2

static void count_hostile_packet(const Bot *bot, size_t size, bool is_malformed) {
    TallyHostile *hostile = &bot->shared->tally->hostile;
    hostile->messages_sent++;
    hostile->bytes_sent += size;
    hostile->malformed_sent += is_malformed;
}

static size_t write_input(const Bot *bot, uint8_t *buffer) {
    const Client *client = &bot->client;
    const InputMessage message = {
        .has_snapshot = true,
        .snapshot_sequence = client->latest.sequence,
        .snapshot_bits = client->acked_bits,
        .newest_tick = client->prediction.newest_tick,
        .count = 1,
    };
    return input_write(buffer, &message);
}

// Sends the same valid input again and again: the server has to read each.
static void send_spam(Bot *bot) {
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    Transport *transport = bot->client.transport;
    const size_t size = write_input(bot, buffer);
    if (transport_send(transport, transport_server_peer(transport), TRANSPORT_UNSEQUENCED, buffer,
                       size)) {
        transport_flush(transport);
        count_hostile_packet(bot, size, false);
    }
}

// A datagram bypasses the transport, which would refuse it. The impairment does not delay it, and
// no acknowledgement is awaited.
static void send_malformed(Bot *bot) {
    uint8_t input[PAYLOAD_BYTES_MAX];
    MalformedPacket packet;
    Transport *transport = bot->client.transport;
    malformed_make(&bot->rng, input, write_input(bot, input), &packet);
    if (packet.is_datagram) {
        const ssize_t sent = send(transport_descriptor(transport), packet.bytes, packet.size,
                                  MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0) {
            count_hostile_packet(bot, packet.size, true);
        }
    } else if (transport_send(transport, transport_server_peer(transport), packet.channel,
                              packet.bytes, packet.size)) {
        transport_flush(transport);
        count_hostile_packet(bot, packet.size, true);
    }
}

void bot_attack_spam(Bot *bot) {
    ASSERT_SWARM_THREAD();
    if (bot->state == BOT_PLAYING && bot->brain.behaviour == BEHAVIOUR_SPAM) {
        send_spam(bot);
    }
}

void bot_attack_send(Bot *bot, uint64_t now_ns) {
    ASSERT_SWARM_THREAD();
    const uint64_t before = bot->client.stats.inputs_sent;
    client_step(&bot->client, now_ns, (ShipInput){0});
    client_send_inputs(&bot->client, now_ns);
    if (bot->client.stats.inputs_sent != before) {
        count_hostile_packet(bot, 0, false);
    }
    for (uint32_t i = 0; bot->brain.behaviour == BEHAVIOUR_MALFORMED && i < MALFORMED_PER_SEND;
         i++) {
        send_malformed(bot);
    }
}
