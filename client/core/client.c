// SPDX-License-Identifier: MIT
#include "client/core/client.h"

#include <string.h>

#include "base/clock.h"
#include "base/leaky_bucket.h"
#include "base/serial.h"
#include "client/core/client_snapshot.h"
#include "client/core/shared_arena.h"
#include "wire/plain_text.h"

#define CONNECT_TIMEOUT_DEFAULT_NS (10 * NS_PER_S)

// ENet notices a dead path long before; this is for a server that answers pings but sends nothing.
// It is long, since a server that catches up after a stall is not gone.
#define SILENCE_TIMEOUT_NS (20 * NS_PER_S)

// A server gives up on a handshake after TRANSPORT_HANDSHAKE_TIMEOUT_MS, which is 3 s. When all our
// answers until then were lost, the server has forgotten us while we believe to be connected.
#define WELCOME_TIMEOUT_NS (4 * NS_PER_S)

// How often a disconnect is sent, since nothing retransmits it afterwards: of 1,000 players who
// leave over a network that loses 8 % of the datagrams, 80 would otherwise stay in the world until
// they time out.
#define DISCONNECTS 3

static void end(Client *client, uint32_t reason) {
    client->state = CLIENT_CLOSED;
    client->reason = reason;
}

void client_hang_up(Client *client, uint32_t reason) {
    ASSERT_OWNER(&client->owner);
    transport_disconnect(client->transport, transport_server_peer(client->transport), reason);
    transport_flush(client->transport);
    end(client, reason);
}

bool client_open(Client *client, const ClientConfig *config, uint64_t now_ns,
                 TransportError *error) {
    *client = (Client){
        .config = *config, .opened_ns = now_ns, .last_heard_ns = now_ns, .state = CLIENT_CLOSED};
    if (client->config.connect_timeout_ns == 0) {
        client->config.connect_timeout_ns = CONNECT_TIMEOUT_DEFAULT_NS;
    }
    player_name_clean(client->config.name, config->name,
                      strnlen(config->name, sizeof config->name));
    *error = transport_connect(&client->transport, config->host, config->port);
    if (*error != TRANSPORT_OK) {
        client->transport = NULL;
        return false;
    }
    transport_set_connect_timeout(client->transport,
                                  (uint32_t)(client->config.connect_timeout_ns / NS_PER_MS));
    (void)thread_owner_claim(&client->owner);
    client->state = CLIENT_CONNECTING;
    return true;
}

static void send_hello(Client *client) {
    HelloMessage hello = {.magic = PROTOCOL_MAGIC,
                          .version = PROTOCOL_VERSION,
                          .wants_verify = client->config.wants_verify};
    memcpy(hello.name, client->config.name, sizeof hello.name);
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    const size_t size = hello_write(buffer, &hello);
    if (!transport_send(client->transport, transport_server_peer(client->transport),
                        TRANSPORT_RELIABLE, buffer, size)) {
        // The first message of a connection that has just come about: only memory can be short.
        client_hang_up(client, REASON_OUT_OF_MEMORY);
        return;
    }
    transport_flush(client->transport);
    client->state = CLIENT_JOINING;
}

static void handle_welcome(Client *client, const uint8_t *data, size_t size, uint64_t now_ns) {
    if (client->state != CLIENT_JOINING) {
        client->stats.decode_errors++;
        return;
    }
    if (!welcome_read(data, size, &client->welcome)) {
        // Without the arena no later message can be decoded.
        client->stats.decode_errors++;
        client_hang_up(client, REASON_PROTOCOL_ERROR);
        return;
    }
    client->arena = shared_arena_acquire(&client->welcome.arena);
    if (client->arena == NULL) {
        client_hang_up(client, REASON_OUT_OF_MEMORY);
        return;
    }
    const uint64_t round_trip_ms =
        transport_round_trip_ms(client->transport, transport_server_peer(client->transport));
    client_clock_init(&client->clock, now_ns, client->welcome.tick_rate_hz,
                      client->welcome.snapshot_rate_hz);
    client_clock_seed(&client->clock, now_ns, client->welcome.tick, round_trip_ms * NS_PER_MS);
    client->state = CLIENT_WAITING;
}

static void handle_events(Client *client, const uint8_t *data, size_t size) {
    EventBatch batch; // on the stack, like a snapshot
    if (client->arena == NULL || !event_batch_read(data, size, &batch)) {
        client->stats.decode_errors++;
        return;
    }
    for (uint32_t i = 0; i < batch.count; i++) {
        client->stats.events_received[batch.events[i].type]++;
    }
    const ClientObserver *observer = &client->config.observer;
    if (observer->on_events != NULL) {
        observer->on_events(observer->user, &batch);
    }
}

static void handle_receive_report(Client *client, const uint8_t *data, size_t size) {
    ReceiveReport report;
    if (!receive_report_read(data, size, &report) ||
        !uplink_report_accept(&client->uplink, &report)) {
        client->stats.decode_errors++;
    }
}

static void handle_message(Client *client, const TransportEvent *event, uint64_t now_ns) {
    client->last_heard_ns = now_ns;
    switch (message_type(event->data, event->size)) {
    case MESSAGE_WELCOME:
        handle_welcome(client, event->data, event->size, now_ns);
        break;
    case MESSAGE_SNAPSHOT:
        if (!client_accept_snapshot(client, event->data, event->size, now_ns)) {
            client_hang_up(client, REASON_OUT_OF_MEMORY);
        }
        break;
    case MESSAGE_VERIFY_DETAIL:
        client_accept_verify_detail(client, event->data, event->size);
        break;
    case MESSAGE_EVENTS:
        handle_events(client, event->data, event->size);
        break;
    case MESSAGE_RECEIVE_REPORT:
        handle_receive_report(client, event->data, event->size);
        break;
    default:
        client->stats.decode_errors++;
        break;
    }
}

static void handle_disconnect(Client *client, uint32_t reason) {
    const bool never_answered =
        client->state == CLIENT_CONNECTING && client->retries == 0 && reason == REASON_TIMED_OUT;
    // A disconnection without a reason counts as a time-out.
    end(client,
        never_answered ? REASON_NO_ANSWER : (reason == REASON_NONE ? REASON_TIMED_OUT : reason));
}

static void handle_event(Client *client, const TransportEvent *event, uint64_t now_ns) {
    switch (event->type) {
    case TRANSPORT_CONNECTED:
        client->last_heard_ns = now_ns;
        client->welcome_due_ns = now_ns + WELCOME_TIMEOUT_NS;
        send_hello(client);
        break;
    case TRANSPORT_DISCONNECTED:
        handle_disconnect(client, event->reason);
        break;
    case TRANSPORT_MESSAGE:
        handle_message(client, event, now_ns);
        break;
    }
}

// The connection's time-out bounds the number of attempts.
static void connect_again(Client *client) {
    client->retries++;
    client->state = CLIENT_CONNECTING;
    if (!transport_connect_again(client->transport, REASON_TIMED_OUT)) {
        end(client, REASON_OUT_OF_MEMORY);
    }
}

static void check_timeouts(Client *client, uint64_t now_ns) {
    const bool is_joining = client->state != CLIENT_PLAYING && client->state != CLIENT_CLOSED &&
                            now_ns >= client->opened_ns + client->config.connect_timeout_ns;
    const bool is_silent =
        client->state == CLIENT_PLAYING && now_ns >= client->last_heard_ns + SILENCE_TIMEOUT_NS;
    if (is_joining && client->state == CLIENT_CONNECTING && client->retries == 0) {
        end(client, REASON_NO_ANSWER);
    } else if (is_joining || is_silent) {
        client_hang_up(client, REASON_TIMED_OUT);
    } else if (client->state == CLIENT_JOINING && now_ns >= client->welcome_due_ns) {
        connect_again(client);
    }
}

void client_poll(Client *client, uint64_t now_ns) {
    ASSERT_OWNER(&client->owner);
    if (client->state == CLIENT_CLOSED) {
        return;
    }
    transport_poll(client->transport, now_ns);
    TransportEvent event;
    while (client->state != CLIENT_CLOSED && transport_next_event(client->transport, &event)) {
        handle_event(client, &event, now_ns);
    }
    client->stats.snapshots_duplicate = transport_duplicate_count(client->transport);
    check_timeouts(client, now_ns);
}

uint32_t client_step(Client *client, uint64_t now_ns, ShipInput input) {
    ASSERT_OWNER(&client->owner);
    if (client->state != CLIENT_PLAYING) {
        return 0;
    }
    Prediction *prediction = &client->prediction;
    const double line = client_clock_input_tick(&client->clock, now_ns);
    if (line < 1) {
        return 0;
    }
    const uint32_t due = serial_at(line);
    // After a pause longer than the window the oldest inputs could not even be sent.
    const bool has_paused = serial_difference(due, prediction->newest_tick) > INPUT_WINDOW_TICKS;
    if (client->restarts_inputs || has_paused) {
        prediction_start_inputs(prediction, client->arena, due);
        client->restarts_inputs = false;
    }
    uint32_t count = 0;
    while (serial_difference(due, prediction->newest_tick) > 0) {
        prediction_step(prediction, client->arena, input);
        count++;
    }
    if (count > 0) {
        client->view_tick = client_clock_shown_tick(&client->clock, now_ns);
    }
    return count;
}

// The inputs that the server has not acknowledged, at least the newest one.
static uint32_t collect_inputs(const Client *client, InputMessage *message) {
    const Prediction *prediction = &client->prediction;
    const SnapshotHeader *latest = &client->latest;
    message->newest_tick = prediction->newest_tick;
    while (message->count < INPUT_WINDOW_TICKS) {
        const uint32_t tick = prediction->newest_tick - message->count;
        const ShipInput *input = prediction_input(prediction, tick);
        const bool is_known = latest->has_input && serial_difference(tick, latest->input_tick) <= 0;
        if (input == NULL || (is_known && message->count > 0)) {
            break;
        }
        message->inputs[message->count++] = *input;
    }
    return message->count;
}

// It travels in the datagram of the inputs, which the caller flushes.
static void request_receive_report(Client *client, uint64_t now_ns) {
    const uint64_t period_ns = client->config.uplink_period_ns;
    if (period_ns == 0 || !uplink_report_is_due(&client->uplink, now_ns)) {
        return;
    }
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    const size_t size = receive_request_write(buffer);
    if (transport_send(client->transport, transport_server_peer(client->transport),
                       TRANSPORT_RELIABLE, buffer, size)) {
        uplink_report_requested(&client->uplink, now_ns, period_ns);
    }
}

void client_send_inputs(Client *client, uint64_t now_ns) {
    ASSERT_OWNER(&client->owner);
    if (client->state != CLIENT_PLAYING) {
        return;
    }
    const double view = client->view_tick;
    InputMessage message = {
        .has_snapshot = true,
        .snapshot_sequence = client->latest.sequence,
        .snapshot_bits = client->acked_bits,
        .send_time_ms = (uint16_t)(now_ns / NS_PER_MS),
        .view_tick_q8 = view > 0 ? (uint32_t)(uint64_t)(view * 256) : 0,
    };
    if (collect_inputs(client, &message) == 0) {
        return; // no tick was due yet
    }
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    const size_t size = input_write(buffer, &message);
    if (!transport_send(client->transport, transport_server_peer(client->transport),
                        TRANSPORT_UNSEQUENCED, buffer, size)) {
        return; // the peer is gone; the next poll returns the reason
    }
    request_receive_report(client, now_ns);
    transport_flush(client->transport);
    client_clock_on_sent(&client->clock, now_ns, message.newest_tick);
    client->packets_sent_ns[client->packet_count++ % CLIENT_PACKETS] = now_ns;
    client->stats.inputs_sent++;
}

bool client_send_chat(Client *client, const char *text, uint64_t now_ns) {
    ASSERT_OWNER(&client->owner);
    char clean[CHAT_TEXT_BYTES + 1];
    if (client->state != CLIENT_PLAYING ||
        plain_text_clean(clean, sizeof clean, text, strlen(text)) == 0 ||
        !leaky_bucket_consume(&client->chat_due_ns, now_ns, CHAT_PERIOD_NS, CHAT_BURST)) {
        return false;
    }
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    const size_t size = chat_write(buffer, clean);
    const bool is_sent = transport_send(client->transport, transport_server_peer(client->transport),
                                        TRANSPORT_RELIABLE, buffer, size);
    transport_flush(client->transport);
    return is_sent;
}

// ENet retransmits what was not acknowledged in time, so it is polled with a later time.
static void repeat_disconnect(Client *client, uint64_t now_ns) {
    for (uint64_t i = 1; i < DISCONNECTS; i++) {
        transport_poll(client->transport, now_ns + i * NS_PER_S);
    }
}

void client_close(Client *client, uint64_t now_ns) {
    ASSERT_OWNER(&client->owner);
    if (client->state != CLIENT_CLOSED) {
        if (client->state != CLIENT_CONNECTING) {
            client_hang_up(client, REASON_CLIENT_LEFT);
            repeat_disconnect(client, now_ns);
        }
        end(client, REASON_CLIENT_LEFT);
    }
    if (client->transport != NULL) {
        transport_close(client->transport);
        client->transport = NULL;
    }
    baseline_pool_destroy(&client->baseline_sets);
    client->baseline_set = NULL;
    client->before = NULL;
    verification_destroy(&client->verification);
    shared_arena_release(client->arena);
    client->arena = NULL;
    thread_owner_release(&client->owner);
}
