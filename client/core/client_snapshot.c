// SPDX-License-Identifier: MIT
#include "client/core/client_snapshot.h"

#include "base/clock.h"
#include "base/serial.h"

// The hold field is saturated: the true hold is unknown.
#define ECHO_HOLD_SATURATED 0xffff

// A decoded snapshot may still contradict the arena or the snapshots before it.
static bool is_believable(const Client *client, const SnapshotHeader *header) {
    const Motion *own = &header->own.motion;
    const int32_t side = client->arena->side;
    const bool is_inside = own->x >= 0 && own->x <= side && own->y >= 0 && own->y <= side;
    return is_inside && (client->stats.snapshots_received == 0 ||
                         serial_difference(header->tick, client->latest.tick) > 0);
}

// How many sequence numbers the snapshot is ahead of the newest one; 0 or less: stale.
static int32_t sequence_advance(const Client *client, uint16_t sequence) {
    if (client->stats.snapshots_received == 0) {
        return 1;
    }
    return (int16_t)(sequence - client->latest.sequence);
}

static void acknowledge(Client *client, int32_t advance) {
    if (client->stats.snapshots_received > 0) {
        const uint32_t newest = advance <= 32 ? 1u << (advance - 1) : 0;
        client->acked_bits = (advance < 32 ? client->acked_bits << advance : 0) | newest;
    }
    client->stats.snapshots_received++;
    sequence_window_advance(&client->window, (uint32_t)advance);
    client->stats.snapshots_lost = client->window.lost;
}

// A snapshot that is not newer than the newest one is not used, but it was not lost.
static void count_stale(Client *client, int32_t advance) {
    client->stats.snapshots_stale++;
    (void)sequence_window_record_older(&client->window, (uint32_t)-advance);
    client->stats.snapshots_overtaken = client->window.overtaken;
}

static void measure_round_trip(Client *client, const SnapshotHeader *header, uint64_t now_ns) {
    if (header->echo_hold_us_q4 == ECHO_HOLD_SATURATED) {
        return;
    }
    const uint64_t kept =
        client->packet_count < CLIENT_PACKETS ? client->packet_count : CLIENT_PACKETS;
    for (uint64_t age = 1; age <= kept; age++) {
        const uint64_t sent_ns =
            client->packets_sent_ns[(client->packet_count - age) % CLIENT_PACKETS];
        const uint64_t hold_ns = header->echo_hold_us_q4 * 16ull * NS_PER_US;
        if ((uint16_t)(sent_ns / NS_PER_MS) == header->echo_time_ms) {
            if (now_ns > sent_ns + hold_ns) {
                const uint64_t round_trip_ns = now_ns - sent_ns - hold_ns;
                client_clock_on_round_trip(&client->clock, round_trip_ns);
                if (client->config.observer.on_round_trip != NULL) {
                    client->config.observer.on_round_trip(client->config.observer.user,
                                                          round_trip_ns);
                }
            }
            return;
        }
    }
}

static void read_input_echo(Client *client, const SnapshotHeader *header, uint64_t now_ns) {
    if (!header->has_input) {
        return;
    }
    measure_round_trip(client, header, now_ns);
    client_clock_on_margin(&client->clock, header->input_tick, header->input_margin_q4 / 16.0);
}

static void run_clock(Client *client, uint32_t tick, uint64_t now_ns) {
    const uint64_t jumps = client->clock.jumps;
    client_clock_on_snapshot(&client->clock, now_ns, tick);
    client->restarts_inputs |= client->clock.jumps != jumps;
    client->stats.clock_jumps = client->clock.jumps;
}

static void reconcile(Client *client, const SnapshotHeader *header) {
    client->reconciliation =
        prediction_reconcile(&client->prediction, client->arena, header->tick, &header->own);
    client->restarts_inputs |= client->reconciliation.is_restart;
    client->stats.prediction_checks = client->prediction.checks;
    client->stats.prediction_corrections = client->prediction.corrections;
    if (client->reconciliation.is_check && client->config.observer.on_prediction_check != NULL) {
        client->config.observer.on_prediction_check(client->config.observer.user,
                                                    client->reconciliation.distance_units);
    }
}

static void request_verify_detail(Client *client, uint16_t sequence) {
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    const size_t size = verify_request_write(buffer, &(VerifyRequest){.sequence = sequence});
    transport_send(client->transport, transport_server_peer(client->transport), TRANSPORT_RELIABLE,
                   buffer, size);
    transport_flush(client->transport);
}

static void verify(Client *client, const Snapshot *snapshot, const BaselineSet *baseline_set,
                   uint64_t now_ns) {
    if (!snapshot->header.has_checksum) {
        return;
    }
    bool is_requested;
    verification_check(&client->verification, baseline_set, snapshot->checksum, now_ns,
                       &is_requested);
    client->stats.verify_checks = client->verification.checks;
    client->stats.verify_mismatches = client->verification.mismatches;
    if (is_requested) {
        request_verify_detail(client, snapshot->header.sequence);
    }
}

void client_accept_verify_detail(Client *client, const uint8_t *data, size_t size) {
    const ClientObserver *observer = &client->config.observer;
    VerifyDetail detail;
    VerifyDifference difference;
    if (!client->config.wants_verify || !verify_detail_read(data, size, &detail)) {
        client->stats.decode_errors++;
        return;
    }
    if (verification_accept_detail(&client->verification, &detail, &difference) &&
        observer->on_verify_difference != NULL) {
        observer->on_verify_difference(observer->user, detail.sequence, difference);
    }
}

static void count_entities(Client *client, const Snapshot *snapshot, size_t size) {
    client->stats.snapshot_bytes += size;
    client->stats.entity_updates += snapshot->entity_count;
    client->stats.entity_enters += snapshot->enter_count;
    client->stats.entity_skips += snapshot->skip_count;
}

static void accept_snapshot(Client *client, const Snapshot *snapshot,
                            const BaselineSet *baseline_set, uint64_t now_ns) {
    const SnapshotHeader *header = &snapshot->header;
    acknowledge(client, sequence_advance(client, header->sequence));
    client->latest = *header;
    read_input_echo(client, header, now_ns);
    run_clock(client, header->tick, now_ns);
    reconcile(client, header);
    verify(client, snapshot, baseline_set, now_ns);
}

// Decodes a snapshot that is newer than any before. False: it is malformed or not believable.
static bool read_snapshot(Client *client, SnapshotReader *reader, Snapshot *snapshot,
                          BaselineSet *baseline_set) {
    static const BaselineSet EMPTY = {0};
    const SnapshotHeader *header = &snapshot->header;
    const BaselineSet *baseline =
        header->baseline == 0 ? &EMPTY
                              : baseline_pool_find(&client->baseline_sets,
                                                   (uint16_t)(header->sequence - header->baseline));
    return is_believable(client, header) && baseline != NULL &&
           snapshot_read(reader, baseline, snapshot, baseline_set);
}

// Keeps the snapshot's baseline set, which the server may use as a baseline from now on.
static bool store_baseline_set(Client *client, const Snapshot *snapshot,
                               const BaselineSet *baseline_set) {
    const SnapshotHeader *header = &snapshot->header;
    if (VALIDATES) {
        fault_check(header->tick, baseline_set_validate(baseline_set));
    }
    if (header->baseline != 0) {
        baseline_pool_release_before(&client->baseline_sets,
                                     (uint16_t)(header->sequence - header->baseline));
    }
    const BaselineSet *stored = baseline_pool_store(&client->baseline_sets, baseline_set);
    if (stored == NULL) {
        return false;
    }
    client->before = client->baseline_set; // stays held: no later baseline is older
    client->baseline_set = stored;
    return true;
}

bool client_accept_snapshot(Client *client, const uint8_t *data, size_t size, uint64_t now_ns) {
    const ClientObserver *observer = &client->config.observer;
    if (client->arena == NULL) {
        client->stats.snapshots_early++;
        return true;
    }
    // The reader and the snapshot are on the stack, which stays in the cache from one bot to the
    // next.
    SnapshotReader reader;
    Snapshot snapshot;
    BaselineSpace space;
    BaselineSet baseline_set = {.entries = space.entries, .records = space.records};
    if (!snapshot_open(&reader, data, size, &client->welcome.ranges, &snapshot.header)) {
        client->stats.decode_errors++;
        return true;
    }
    const int32_t advance = sequence_advance(client, snapshot.header.sequence);
    if (advance <= 0) {
        count_stale(client, advance);
        return true;
    }
    if (!read_snapshot(client, &reader, &snapshot, &baseline_set)) {
        client->stats.decode_errors++;
        return true;
    }
    if (!store_baseline_set(client, &snapshot, &baseline_set)) {
        return false;
    }
    count_entities(client, &snapshot, size);
    accept_snapshot(client, &snapshot, &baseline_set, now_ns);
    if (client->state == CLIENT_WAITING) {
        client->state = CLIENT_PLAYING;
        if (observer->on_playing != NULL) {
            observer->on_playing(observer->user, now_ns);
        }
    }
    if (observer->on_snapshot != NULL) {
        observer->on_snapshot(observer->user, &snapshot, size, now_ns);
    }
    return true;
}
