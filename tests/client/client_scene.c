// SPDX-License-Identifier: MIT
#include "client/client_scene.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "game/tuning.h"
#include "support.h"

static const SlotRanges RANGES = {{0, 8, 108, 124, 380}};

static void on_playing(void *user, uint64_t now_ns) {
    (void)now_ns;
    ((Scene *)user)->observed.playing++;
}

static void on_snapshot(void *user, const Snapshot *snapshot, size_t bytes, uint64_t now_ns) {
    assert_true(bytes > 0);
    Scene *scene = user;
    client_view_on_snapshot(&scene->view, now_ns);
    Observed *observed = &scene->observed;
    observed->snapshots++;
    observed->enters += snapshot->enter_count;
    observed->changes += snapshot->entity_count - snapshot->enter_count;
}

static void on_round_trip(void *user, uint64_t round_trip_ns) {
    Observed *observed = &((Scene *)user)->observed;
    observed->round_trips++;
    if (round_trip_ns > observed->round_trip_max_ns) {
        observed->round_trip_max_ns = round_trip_ns;
    }
    if (observed->round_trip_min_ns == 0 || round_trip_ns < observed->round_trip_min_ns) {
        observed->round_trip_min_ns = round_trip_ns;
    }
}

static void on_verify_difference(void *user, uint16_t sequence, VerifyDifference difference) {
    (void)sequence;
    Observed *observed = &((Scene *)user)->observed;
    observed->differences++;
    observed->difference = difference;
}

static void on_prediction_check(void *user, double distance_units) {
    Observed *observed = &((Scene *)user)->observed;
    observed->checks++;
    observed->distance_max = fmax(observed->distance_max, distance_units);
}

static void on_events(void *user, const EventBatch *batch) {
    client_view_on_events(&((Scene *)user)->view, batch);
}

static void server_welcome(FakeServer *server) {
    WelcomeMessage welcome = {
        .player_index = 3,
        .tick = server->tick,
        .tick_rate_hz = TICK_HZ,
        .snapshot_rate_hz = 20,
        .ranges = RANGES,
        .arena = server->arena.spec,
    };
    if (server->script == SCRIPT_BAD_WELCOME) {
        welcome.arena.side_units = 7;
    }
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    const size_t size = welcome_write(buffer, &welcome);
    transport_send(server->transport, server->peer, TRANSPORT_RELIABLE, buffer, size);
    Event event = {.type = EVENT_NAME, .player = {.index = 3}};
    memcpy(event.player.name, server->hello.name, sizeof event.player.name);
    EventBits bits;
    EventWriter writer;
    event_encode(&bits, &event);
    event_writer_begin(&writer, buffer, server->tick, NULL);
    assert_true(event_writer_add(&writer, server->tick, &bits));
    transport_send(server->transport, server->peer, TRANSPORT_RELIABLE, buffer,
                   event_writer_finish(&writer));
    server->is_playing = server->script == SCRIPT_PLAY;
    server->ship = (Ship){.motion = {.x = server->arena.side / 2, .y = server->arena.side / 2},
                          .health = SHIP_HEALTH_MAX,
                          .energy = SHIP_ENERGY_MAX,
                          .generation = 1};
}

double server_line(uint64_t now_ns) {
    return (double)(now_ns - NS_PER_S) * TICK_HZ / NS_PER_S + 1;
}

static void server_accept_input(FakeServer *server, const TransportEvent *event, uint64_t now_ns) {
    InputMessage input;
    assert_true(input_read(event->data, event->size, &input));
    for (uint32_t i = 0; i < input.count; i++) {
        const uint32_t tick = input.newest_tick - i;
        if (tick > server->tick && tick < HISTORY_SIZE && !server->has_inputs[tick]) {
            server->inputs[tick] = input.inputs[i];
            server->has_inputs[tick] = true;
        }
    }
    if (!server->has_input || input.newest_tick > server->newest_input) {
        server->has_input = true;
        server->newest_input = input.newest_tick;
        server->view_tick_q8 = input.view_tick_q8;
        server->margin_q4 = (int16_t)((input.newest_tick - server_line(now_ns)) * 16);
        server->echo_time_ms = input.send_time_ms;
        server->echo_received_ns = now_ns;
    }
    if (input.has_snapshot &&
        (!server->has_acked || (int16_t)(input.snapshot_sequence - server->acked_sequence) > 0)) {
        server->has_acked = true;
        server->acked_sequence = input.snapshot_sequence;
        server->acked_count = 1 + (uint32_t)__builtin_popcount(input.snapshot_bits);
    }
}

static void server_answer_verify(FakeServer *server, const TransportEvent *event) {
    VerifyRequest request;
    assert_true(verify_request_read(event->data, event->size, &request));
    const BaselineSet *baseline_set = &server->baseline_sets[request.sequence % BASELINE_SETS_MAX];
    static VerifyDetail detail;
    detail = (VerifyDetail){.sequence = request.sequence,
                            .baseline_set_count = baseline_set->count,
                            .count = baseline_set->count};
    for (uint32_t i = 0; i < baseline_set->count; i++) {
        const BaselineEntry *entry = &baseline_set->entries[i];
        detail.entries[i] =
            (VerifyEntry){.slot = entry->slot,
                          .is_known = true,
                          .check = verify_entry_check(entry, baseline_set->tick - entry->age,
                                                      &baseline_set->records[i])};
    }
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    transport_send(server->transport, server->peer, TRANSPORT_RELIABLE, buffer,
                   verify_detail_write(buffer, &detail));
}

void server_poll(FakeServer *server, uint64_t now_ns) {
    transport_poll(server->transport, now_ns);
    TransportEvent event;
    while (transport_next_event(server->transport, &event)) {
        if (event.type == TRANSPORT_CONNECTED) {
            server->peer = event.peer;
        } else if (event.type == TRANSPORT_DISCONNECTED) {
            server->is_playing = false;
            server->peer = 0;
        } else if (message_type(event.data, event.size) == MESSAGE_INPUT) {
            server_accept_input(server, &event, now_ns);
        } else if (message_type(event.data, event.size) == MESSAGE_VERIFY_REQUEST) {
            server_answer_verify(server, &event);
        } else {
            assert_int_equal(hello_read(event.data, event.size, &server->hello), HELLO_OK);
            if (server->script == SCRIPT_REFUSE) {
                transport_disconnect(server->transport, server->peer, REASON_SERVER_FULL);
            } else if (server->script != SCRIPT_IGNORE) {
                server_welcome(server);
            }
        }
    }
}

EntityRecord drone_at(const FakeServer *server, uint32_t tick) {
    return (EntityRecord){.x = (server->arena.side >> (RECORD_SHIFT + 1)) - 4000 +
                               (int32_t)(tick % 200) * DRONE_SPEED,
                          .y = server->arena.side >> (RECORD_SHIFT + 1),
                          .vx = DRONE_SPEED,
                          .generation = (uint16_t)(1 + tick / 200), // a new one every 200 ticks
                          .status = ENTITY_HEALTH_MAX};
}

// The age of the newest acknowledged snapshot as a baseline; 0: too old, or there is none.
static uint8_t server_baseline(const FakeServer *server, uint16_t sequence) {
    const uint32_t back = server->back > 0    ? server->back
                          : server->has_acked ? (uint16_t)(sequence - server->acked_sequence)
                                              : 0;
    return back <= SNAPSHOT_BASELINE_MAX ? (uint8_t)back : 0;
}

// The drone, known or entering, if it is in view.
static void server_write_drone(FakeServer *server, SnapshotWriter *writer,
                               const SnapshotHeader *header, const BaselineSet *baseline) {
    const EntityRecord drone = drone_at(server, header->tick);
    const int32_t reach = SNAPSHOT_REACH_UNITS * RECORD_UNIT;
    const bool is_in_view =
        abs(drone.x - header->center_x) < reach && abs(drone.y - header->center_y) < reach;
    bool is_sent = false;
    if (baseline->count > 0) {
        const DeltaWindow window = baseline_window(baseline, baseline->entries, header->tick);
        is_sent = is_in_view && baseline->entries[0].generation == drone.generation &&
                  window.age < DELTA_AGE_MAX;
        if (is_sent) {
            const EntityRecord before = drone_at(server, header->tick - window.age);
            const DeltaBits bits = delta_encode(ENTITY_DRONE, window, &before, &drone);
            snapshot_add_delta(writer, &bits);
        } else {
            snapshot_add_remove(writer);
        }
    }
    snapshot_begin_enters(writer);
    if (is_in_view && !is_sent) {
        const DeltaBits bits = snapshot_pack_full(writer, ENTITY_DRONE, &drone);
        assert_true(snapshot_add_enter(writer, DRONE_SLOT, drone.generation, &bits));
    }
}

static size_t server_write_snapshot(FakeServer *server, const SnapshotHeader *header,
                                    uint8_t buffer[PAYLOAD_BYTES_MAX]) {
    static const BaselineSet NONE = {0};
    const uint32_t at = header->sequence % BASELINE_SETS_MAX;
    const uint32_t from = (uint16_t)(header->sequence - header->baseline) % BASELINE_SETS_MAX;
    const BaselineSet *baseline = header->baseline > 0 ? &server->baseline_sets[from] : &NONE;
    BaselineSet *baseline_set = &server->baseline_sets[at];
    const SnapshotSpace space = {buffer, PAYLOAD_BYTES_MAX, server->spaces[at].entries};
    SnapshotWriter writer;
    snapshot_begin(&writer, &space, &RANGES, header, baseline);
    server_write_drone(server, &writer, header, baseline);
    *baseline_set = *snapshot_end_enters(&writer);
    baseline_set->records = server->spaces[at].records;
    if (baseline_set->count > 0) {
        const EntityRecord drone = drone_at(server, header->tick);
        baseline_set->records[0] = fields_record_as_read(ENTITY_DRONE, &drone);
        baseline_set->records[0].x += server->misremembers;
    }
    return snapshot_finish(&writer, baseline_set_checksum(baseline_set));
}

static void server_send_snapshot(FakeServer *server, uint64_t now_ns) {
    SnapshotHeader header = {
        .tick = server->tick,
        .sequence = server->sequence,
        .baseline = server_baseline(server, server->sequence),
        .has_checksum = server->hello.wants_verify,
        .has_input = server->has_input,
        .center_x = server->ship.motion.x >> RECORD_SHIFT,
        .center_y = server->ship.motion.y >> RECORD_SHIFT,
        .own = server->ship,
    };
    if (server->has_input) {
        header.input_tick = server->newest_input;
        header.input_margin_q4 = server->margin_q4;
        header.echo_time_ms = server->echo_time_ms;
        const uint64_t hold = (now_ns - server->echo_received_ns) / (16 * NS_PER_US);
        header.echo_hold_us_q4 = hold > 0xffff ? 0xffff : (uint16_t)hold;
        header.starved_count = server->starved;
    }
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    const size_t size = server_write_snapshot(server, &header, buffer);
    server->sequence++;
    transport_send(server->transport, server->peer, TRANSPORT_UNSEQUENCED, buffer, size);
    for (; server->garbage > 0; server->garbage--) {
        // Of every message type, and of one that does not exist.
        uint8_t bytes[20] = {(uint8_t)(server->garbage % GARBAGE_TYPES), 0xff, 0xff, 0xff};
        transport_send(server->transport, server->peer, TRANSPORT_UNSEQUENCED, bytes, sizeof bytes);
    }
}

void server_run(FakeServer *server, uint64_t now_ns) {
    server_poll(server, now_ns);
    while (server->tick + 1 <= server_line(now_ns)) {
        server->tick++;
        assert_true(server->tick < HISTORY_SIZE);
        if (!server->is_playing) {
            continue;
        }
        if (server->has_inputs[server->tick]) {
            server->last_input = server->inputs[server->tick];
        } else if (server->has_input) {
            server->starved++;
        }
        ship_step(&server->ship, server->last_input, &server->arena);
        if (server->tick % 3 == 0 && !server->is_mute) {
            server_send_snapshot(server, now_ns);
        }
    }
    transport_flush(server->transport);
}

Scene *scene_start(Script script, const ImpairConfig *impairment) {
    return scene_start_seeded(7, script, impairment);
}

Scene *scene_start_seeded(uint64_t seed, Script script, const ImpairConfig *impairment) {
    Scene *scene = calloc(1, sizeof *scene);
    scene->net = memnet_create(seed, impairment);
    assert_non_null(scene->net);
    memnet_install(scene->net);
    FakeServer *server = &scene->server;
    const ArenaSpec spec = {
        .seed = 5, .side_units = 4000, .asteroid_count = 8, .nest_count = 1, .name = "fake"};
    assert_true(arena_create(&server->arena, &spec));
    server->script = script;
    const TransportListenConfig listen = {.peer_capacity = 8};
    assert_int_equal(transport_listen(&server->transport, &listen), TRANSPORT_OK);
    const ClientConfig config = {
        .host = "127.0.0.1",
        .port = transport_port(server->transport),
        .name = "  Ada ",
        .connect_timeout_ns = 5 * NS_PER_S,
        .wants_verify = true,
        .observer = {.user = scene,
                     .on_playing = on_playing,
                     .on_snapshot = on_snapshot,
                     .on_round_trip = on_round_trip,
                     .on_prediction_check = on_prediction_check,
                     .on_verify_difference = on_verify_difference,
                     .on_events = on_events},
    };
    TransportError error;
    assert_true(client_open(&scene->client, &config, memnet_now_ns(scene->net), &error));
    assert_true(client_view_create(&scene->view, &scene->client));
    return scene;
}

void scene_stop(Scene *scene) {
    client_close(&scene->client, memnet_now_ns(scene->net));
    client_view_destroy(&scene->view);
    transport_close(scene->server.transport);
    memnet_uninstall(scene->net);
    memnet_destroy(scene->net);
    arena_destroy(&scene->server.arena);
    free(scene);
}

void scene_run_ms(Scene *scene, uint64_t duration_ms) {
    for (uint64_t ms = 0; ms < duration_ms; ms++) {
        memnet_advance(scene->net, NS_PER_MS);
        const uint64_t now_ns = memnet_now_ns(scene->net);
        server_run(&scene->server, now_ns);
        client_poll(&scene->client, now_ns);
        client_step(&scene->client, now_ns, scene->input);
        if (now_ns >= scene->next_send_ns) {
            client_send_inputs(&scene->client, now_ns);
            scene->next_send_ns = now_ns + 50 * NS_PER_MS;
        }
    }
}

int client_scene_initialize(void **state) {
    (void)state;
    return transport_initialize() == TRANSPORT_OK ? 0 : -1;
}

int client_scene_deinitialize(void **state) {
    (void)state;
    transport_deinitialize();
    return 0;
}
