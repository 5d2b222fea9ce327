// SPDX-License-Identifier: MIT
// A client and a scripted server over real ENet in the memory network, in virtual time.
#include "client/core/client.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "client/core/view.h"
#include "game/tuning.h"
#include "net/memnet.h"
#include "support.h"

#define TICK_HZ      60
#define DRONE_SLOT   20 // one drone flies a straight line
#define DRONE_SPEED  40 // 1/16 unit per tick
#define HISTORY_SIZE 8192

// What the server does with a hello.
typedef enum Script {
    SCRIPT_PLAY,
    SCRIPT_REFUSE,      // hangs up with REASON_SERVER_FULL
    SCRIPT_IGNORE,      // never answers
    SCRIPT_BAD_WELCOME, // an arena that makes no sense
    SCRIPT_WELCOME_ONLY,
} Script;

typedef struct FakeServer {
    Transport *transport;
    Script script;
    Arena arena;
    PeerHandle peer;
    HelloMessage hello;
    bool is_playing;
    bool is_mute;      // sends no snapshots
    uint32_t garbage;  // sends so many malformed messages with the next snapshot
    bool misremembers; // what it told of the drone
    uint32_t back;     // refers so far back, whatever was acknowledged; 0: to what was
    uint32_t tick;
    uint16_t sequence;
    Ship ship;
    ShipInput inputs[HISTORY_SIZE];
    bool has_inputs[HISTORY_SIZE];
    ShipInput last_input;
    bool has_input;
    uint32_t newest_input;
    int16_t margin_q4;
    uint16_t echo_time_ms;
    uint64_t echo_received_ns;
    uint16_t starved;
    uint32_t acked_count;
    bool has_acked;
    uint16_t acked_sequence; // the newest
    Roster rosters[ROSTER_RING];
    RosterSpace spaces[ROSTER_RING];
} FakeServer;

typedef struct Observed {
    uint32_t playing, snapshots, acks, round_trips, checks;
    uint64_t ack_max_ns, round_trip_max_ns, round_trip_min_ns;
    double distance_max;
    uint32_t differences;
    VerifyDifference difference;
    uint32_t newcomers, changes;
} Observed;

typedef struct Scene {
    Memnet *net;
    FakeServer server;
    Client client;
    Observed observed;
    ShipInput input;
    uint64_t next_send_ns;
} Scene;

static const SlotRanges RANGES = {{0, 8, 108, 124, 380}};

static void on_playing(void *user, uint64_t now_ns) {
    (void)now_ns;
    ((Observed *)user)->playing++;
}

static void on_snapshot(void *user, const Snapshot *snapshot, size_t bytes, uint64_t now_ns) {
    (void)now_ns;
    assert_true(bytes > 0);
    Observed *observed = user;
    observed->snapshots++;
    observed->newcomers += snapshot->newcomer_count;
    observed->changes += snapshot->entity_count - snapshot->newcomer_count;
}

static void on_input_ack(void *user, uint64_t input_age_ns) {
    Observed *observed = user;
    observed->acks++;
    observed->ack_max_ns =
        input_age_ns > observed->ack_max_ns ? input_age_ns : observed->ack_max_ns;
}

static void on_round_trip(void *user, uint64_t round_trip_ns) {
    Observed *observed = user;
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
    ((Observed *)user)->differences++;
    ((Observed *)user)->difference = difference;
}

static void on_prediction_check(void *user, double distance_units) {
    Observed *observed = user;
    observed->checks++;
    observed->distance_max = fmax(observed->distance_max, distance_units);
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
    memcpy(event.player.name, server->hello.name, sizeof(event.player.name));
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

static double server_line(const FakeServer *server, uint64_t now_ns) {
    (void)server;
    return (double)(now_ns - NS_PER_S) * TICK_HZ / NS_PER_S + 1;
}

static void server_take_input(FakeServer *server, const TransportEvent *event, uint64_t now_ns) {
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
        server->margin_q4 = (int16_t)((input.newest_tick - server_line(server, now_ns)) * 16);
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
    const Roster *roster = &server->rosters[request.sequence % ROSTER_RING];
    static VerifyDetail detail;
    detail = (VerifyDetail){
        .sequence = request.sequence, .roster_count = roster->count, .count = roster->count};
    for (uint32_t i = 0; i < roster->count; i++) {
        const RosterEntry *entry = &roster->entries[i];
        detail.entries[i] = (VerifyEntry){
            .slot = entry->slot,
            .is_known = true,
            .check = verify_entry_check(entry, roster->tick - entry->age, &roster->records[i])};
    }
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    transport_send(server->transport, server->peer, TRANSPORT_RELIABLE, buffer,
                   verify_detail_write(buffer, &detail));
}

static void server_poll(FakeServer *server, uint64_t now_ns) {
    transport_poll(server->transport, now_ns);
    TransportEvent event;
    while (transport_next_event(server->transport, &event)) {
        if (event.type == TRANSPORT_CONNECTED) {
            server->peer = event.peer;
        } else if (event.type == TRANSPORT_DISCONNECTED) {
            server->is_playing = false;
            server->peer = 0;
        } else if (message_type(event.data, event.size) == MESSAGE_INPUT) {
            server_take_input(server, &event, now_ns);
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

static EntityRecord drone_at(const FakeServer *server, uint32_t tick) {
    return (EntityRecord){.x = (server->arena.side >> (RECORD_SHIFT + 1)) - 4000 +
                               (int32_t)(tick % 200) * DRONE_SPEED,
                          .y = server->arena.side >> (RECORD_SHIFT + 1),
                          .vx = DRONE_SPEED,
                          .generation = (uint16_t)(1 + tick / 200), // a new one every 200 ticks
                          .status = ENTITY_HEALTH_MAX};
}

// How far back the newest acknowledged snapshot lies; 0: too far, or there is none.
static uint8_t server_reference(const FakeServer *server, uint16_t sequence) {
    const uint32_t back = server->back > 0    ? server->back
                          : server->has_acked ? (uint16_t)(sequence - server->acked_sequence)
                                              : 0;
    return back <= SNAPSHOT_REFERENCE_MAX ? (uint8_t)back : 0;
}

// The drone, known or new, where it is in view.
static void server_write_drone(FakeServer *server, SnapshotWriter *writer,
                               const SnapshotHeader *header) {
    const EntityRecord drone = drone_at(server, header->tick);
    const int32_t reach = SNAPSHOT_REACH_UNITS * RECORD_UNIT;
    const bool is_in_view =
        abs(drone.x - header->center_x) < reach && abs(drone.y - header->center_y) < reach;
    const Roster *reference =
        &server->rosters[(uint16_t)(header->sequence - header->reference) % ROSTER_RING];
    Roster *roster = &server->rosters[header->sequence % ROSTER_RING];
    roster->entries = server->spaces[header->sequence % ROSTER_RING].entries;
    roster->records = server->spaces[header->sequence % ROSTER_RING].records;
    bool is_told = false;
    if (header->reference > 0 && reference->count > 0) {
        const DeltaWindow window = roster_window(reference, reference->entries, header->tick);
        is_told = is_in_view && reference->entries[0].generation == drone.generation &&
                  window.age < DELTA_AGE_MAX;
        const EntityRecord base = drone_at(server, header->tick - window.age);
        const DeltaBits bits = is_told ? delta_encode(ENTITY_DRONE, window, &base, &drone)
                                       : delta_mark(ENTITY_DRONE, window, DELTA_REMOVE);
        snapshot_add(writer, &bits);
    }
    snapshot_begin_newcomers(writer);
    if (is_in_view && !is_told) {
        const DeltaBits bits = snapshot_pack_whole(writer, ENTITY_DRONE, &drone);
        assert_true(snapshot_add_newcomer(writer, DRONE_SLOT, drone.generation, &bits));
    }
    roster_begin(roster, header->sequence, header->tick);
    if (is_in_view) {
        roster->records[0] = fields_record_as_read(ENTITY_DRONE, &drone);
        roster->records[0].x += server->misremembers;
        roster_carry(roster, DRONE_SLOT, drone.generation);
    }
}

static void server_send_snapshot(FakeServer *server, uint64_t now_ns) {
    SnapshotHeader header = {
        .tick = server->tick,
        .sequence = server->sequence,
        .reference = server_reference(server, server->sequence),
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
    SnapshotWriter writer;
    snapshot_begin(&writer, buffer, sizeof(buffer), &RANGES, &header);
    server_write_drone(server, &writer, &header);
    const size_t size =
        snapshot_finish(&writer, roster_checksum(&server->rosters[server->sequence % ROSTER_RING]));
    server->sequence++;
    transport_send(server->transport, server->peer, TRANSPORT_UNSEQUENCED, buffer, size);
    for (; server->garbage > 0; server->garbage--) {
        // Of every type, and of one that does not exist.
        uint8_t bytes[20] = {(uint8_t)(server->garbage % 11), 0xff, 0xff, 0xff};
        transport_send(server->transport, server->peer, TRANSPORT_UNSEQUENCED, bytes,
                       sizeof(bytes));
    }
}

static void server_run(FakeServer *server, uint64_t now_ns) {
    server_poll(server, now_ns);
    while (server->tick + 1 <= server_line(server, now_ns)) {
        server->tick++;
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

static Scene *scene_start(Script script, const ImpairConfig *impairment) {
    Scene *scene = calloc(1, sizeof(*scene));
    scene->net = memnet_create(7, impairment);
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
        .observer = {.user = &scene->observed,
                     .on_playing = on_playing,
                     .on_snapshot = on_snapshot,
                     .on_input_ack = on_input_ack,
                     .on_round_trip = on_round_trip,
                     .on_prediction_check = on_prediction_check,
                     .on_verify_difference = on_verify_difference},
    };
    TransportError error;
    assert_true(client_open(&scene->client, &config, true, memnet_now_ns(scene->net), &error));
    return scene;
}

static void scene_stop(Scene *scene) {
    client_close(&scene->client, memnet_now_ns(scene->net));
    transport_close(scene->server.transport);
    memnet_uninstall(scene->net);
    memnet_destroy(scene->net);
    arena_destroy(&scene->server.arena);
    free(scene);
}

static void scene_run_ms(Scene *scene, uint64_t duration_ms) {
    for (uint64_t ms = 0; ms < duration_ms; ms++) {
        memnet_advance(scene->net, NS_PER_MS);
        const uint64_t now_ns = memnet_now_ns(scene->net);
        server_run(&scene->server, now_ns);
        client_poll(&scene->client, now_ns);
        client_step(&scene->client, now_ns, scene->input);
        if (now_ns >= scene->next_send_ns) {
            client_send_inputs(&scene->client, now_ns, now_ns);
            scene->next_send_ns = now_ns + 50 * NS_PER_MS;
        }
    }
}

static void a_client_joins_plays_and_predicts_to_the_bit(void **state) {
    (void)state;
    const ImpairConfig network = {.latency_ns = 20 * NS_PER_MS};
    Scene *scene = scene_start(SCRIPT_PLAY, &network);
    Client *client = &scene->client;
    scene_run_ms(scene, 1000);
    assert_int_equal(client->state, CLIENT_PLAYING);
    assert_int_equal(scene->observed.playing, 1);
    assert_string_equal(scene->server.hello.name, "Ada");
    assert_string_equal(client_player_name(client, 3), "Ada");
    assert_string_equal(client_player_name(client, 4), "");
    assert_string_equal(client_player_name(client, 1000), "");
    assert_int_equal(client->welcome.arena.seed, 5);

    const uint64_t checks = client->stats.prediction_checks;
    const uint64_t corrections = client->stats.prediction_corrections;
    const uint16_t starved = scene->server.starved;
    for (int i = 0; i < 40; i++) {
        scene->input.buttons = (uint8_t)(i * 7 & INPUT_BUTTONS_MASK);
        scene->input.aim = (uint16_t)(i * 1000);
        scene_run_ms(scene, 100);
    }
    assert_int_equal(scene->server.starved, starved);
    assert_true(client->stats.prediction_checks - checks > 70);
    assert_int_equal(client->stats.prediction_corrections, corrections);
    assert_int_equal(client->stats.decode_errors, 0);
    assert_int_equal(client->stats.snapshots_lost, 0);
    assert_int_equal(client->stats.clock_jumps, 0);
    assert_int_equal(client->stats.snapshots_received, scene->observed.snapshots);
    assert_int_equal(scene->server.acked_count, 33);
    // Round trips: 40 ms, plus at most a millisecond of either side's polling.
    assert_in_range(scene->observed.round_trip_min_ns, 40 * NS_PER_MS, 43 * NS_PER_MS);
    assert_in_range(scene->observed.round_trip_max_ns, 40 * NS_PER_MS, 43 * NS_PER_MS);
    assert_true(scene->observed.acks > 60);
    // An acknowledgement waits for the next snapshot, at most 50 ms.
    assert_true(scene->observed.ack_max_ns <= 95 * NS_PER_MS);
    scene_stop(scene);
}

static void others_are_shown_smoothly_and_a_new_one_without_a_smear(void **state) {
    (void)state;
    const ImpairConfig network = {.latency_ns = 30 * NS_PER_MS, .jitter_ns = 20 * NS_PER_MS};
    Scene *scene = scene_start(SCRIPT_PLAY, &network);
    scene_run_ms(scene, 1500);
    static View view;
    uint32_t shown_frames = 0;
    for (int frame = 0; frame < 600; frame++) {
        scene_run_ms(scene, 16);
        view_build(&scene->client, memnet_now_ns(scene->net), &view);
        assert_true(view.has_own && view.own_is_alive);
        assert_true(view.entity_count <= 1);
        if (view.entity_count == 1) {
            shown_frames++;
            // Where the drone really was at the tick that is shown; a straight line, so exactly.
            const uint32_t tick = (uint32_t)view.tick;
            const EntityRecord before = drone_at(&scene->server, tick);
            const double x = (before.x + (view.tick - tick) * DRONE_SPEED) / RECORD_UNIT;
            const bool is_old_one = tick % 200 > 185; // extrapolated beyond its end, or so
            if (!is_old_one) {
                assert_float_equal(view.entities[0].x, x, 0.1);
            }
            assert_int_equal(view.entities[0].kind, ENTITY_DRONE);
        }
    }
    assert_true(shown_frames > 500);
    scene_stop(scene);
}

static void the_longest_delay_still_has_samples_on_both_sides(void **state) {
    (void)state;
    // Jitter of two snapshot intervals: the delay grows to six.
    const ImpairConfig network = {.latency_ns = 20 * NS_PER_MS, .jitter_ns = 100 * NS_PER_MS};
    Scene *scene = scene_start(SCRIPT_PLAY, &network);
    scene_run_ms(scene, 8000);
    static View view;
    uint32_t shown_frames = 0;
    uint32_t extrapolated = 0;
    float last_x = 0;
    for (int frame = 0; frame < 600; frame++) {
        scene_run_ms(scene, 16);
        view_build(&scene->client, memnet_now_ns(scene->net), &view);
        if (view.entity_count == 1) {
            shown_frames++;
            extrapolated += view.entities[0].is_extrapolated;
            const float step = view.entities[0].x - last_x;
            // It flies 2.4 units in 16 ms.
            const bool is_new_one = fabsf(step) > 100;
            assert_true(is_new_one || (step > 0 && step < 4));
            last_x = view.entities[0].x;
        }
    }
    print_message("delay %.1f ticks, %u of %u frames extrapolated\n",
                  scene->client.clock.delay_ticks, extrapolated, shown_frames);
    assert_true(scene->client.clock.delay_ticks > 6);
    assert_true(shown_frames > 500);
    assert_true(extrapolated < shown_frames / 4);
    scene_stop(scene);
}

static void a_bad_network_is_played_through(void **state) {
    (void)state;
    const ImpairConfig network = {.latency_ns = 60 * NS_PER_MS,
                                  .jitter_ns = 30 * NS_PER_MS,
                                  .loss = 0.05,
                                  .duplicate = 0.02,
                                  .reorder = 0.02};
    Scene *scene = scene_start(SCRIPT_PLAY, &network);
    Client *client = &scene->client;
    scene_run_ms(scene, 3000);
    assert_int_equal(client->state, CLIENT_PLAYING);
    const uint16_t starved = scene->server.starved;
    for (int i = 0; i < 100; i++) {
        scene->input.buttons = (uint8_t)(1u << i % 4);
        scene_run_ms(scene, 300);
    }
    const uint32_t missing = (uint16_t)(scene->server.starved - starved);
    print_message("%u of 1800 inputs missed their tick, %llu corrections in %llu checks, "
                  "at most %.1f units\n",
                  missing, (unsigned long long)client->stats.prediction_corrections,
                  (unsigned long long)client->stats.prediction_checks,
                  scene->observed.distance_max);
    assert_true(missing < 180);
    assert_true(client->stats.snapshots_lost > 10);
    assert_true(client->stats.snapshots_stale > 0);
    assert_int_equal(client->stats.decode_errors, 0);
    assert_int_equal(client->stats.clock_jumps, 0);
    assert_true(scene->observed.distance_max < 40);
    scene_stop(scene);
}

static void assert_rate(const char *what, uint64_t count, uint64_t of, double asked) {
    const double rate = (double)count / (double)of;
    print_message("%s: %llu of %llu, %.2f %%, asked for %.0f %%\n", what, (unsigned long long)count,
                  (unsigned long long)of, 100 * rate, 100 * asked);
    assert_true(fabs(rate - asked) < 0.05 * asked);
}

static void what_the_network_did_to_the_snapshots_is_counted_exactly(void **state) {
    (void)state;
    // An overtaken one waits 200 ms more, so that four others come before it.
    const ImpairConfig network = {
        .latency_ns = 200 * NS_PER_MS, .loss = 0.10, .duplicate = 0.08, .reorder = 0.06};
    const ImpairConfig clean = {.latency_ns = 200 * NS_PER_MS};
    Scene *scene = scene_start(SCRIPT_PLAY, &clean);
    scene_run_ms(scene, 2000);
    const uint32_t first = scene->server.sequence;
    memnet_set_impairment(scene->net, &network);
    scene_run_ms(scene, 600 * 1000);
    const uint32_t sent = scene->server.sequence - first;
    memnet_set_impairment(scene->net, &clean);
    scene_run_ms(scene, 5000); // the window passes the last of the gaps
    const ClientStats *stats = &scene->client.stats;
    assert_int_equal(scene->client.arrivals.missing, 0);
    // Every one that was sent has come in time, come late, or is lost; four are under way.
    const uint32_t under_way = scene->server.sequence - scene->client.latest.sequence - 1u;
    assert_in_range(under_way, 3, 4);
    assert_int_equal(stats->snapshots_received + stats->snapshots_overtaken + stats->snapshots_lost,
                     scene->server.sequence - under_way);
    assert_rate("lost", stats->snapshots_lost, sent, network.loss);
    assert_rate("overtaken", stats->snapshots_overtaken, sent - stats->snapshots_lost,
                network.reorder);
    assert_rate("doubled", stats->snapshots_duplicate, sent - stats->snapshots_lost,
                network.duplicate);
    assert_int_equal(stats->snapshots_stale, stats->snapshots_overtaken);
    assert_int_equal(stats->decode_errors, 0);
    scene_stop(scene);
}

static void the_drone_is_told_by_changes_and_checked(void **state) {
    (void)state;
    const ImpairConfig network = {
        .latency_ns = 60 * NS_PER_MS, .jitter_ns = 30 * NS_PER_MS, .loss = 0.1};
    Scene *scene = scene_start(SCRIPT_PLAY, &network);
    scene_run_ms(scene, 20000);
    const ClientStats *stats = &scene->client.stats;
    assert_int_equal(stats->decode_errors, 0);
    assert_int_equal(stats->verify_checks, stats->snapshots_received);
    assert_int_equal(stats->verify_mismatches, 0);
    assert_int_equal(stats->entity_newcomers, scene->observed.newcomers);
    // Six drones in 20 s, each told whole until that is acknowledged, then by changes alone.
    assert_true(scene->observed.newcomers < 60 && scene->observed.changes > 200);
    scene_stop(scene);
}

static void a_difference_is_counted_and_named(void **state) {
    (void)state;
    Scene *scene = scene_start(SCRIPT_PLAY, NULL);
    scene_run_ms(scene, 1000);
    assert_int_equal(scene->client.stats.verify_mismatches, 0);
    scene->server.misremembers = true;
    scene_run_ms(scene, 1000);
    assert_in_range(scene->client.stats.verify_mismatches, 15, 25);
    assert_in_range(scene->observed.differences, 5, 25);
    assert_int_equal(scene->observed.difference.kind, VERIFY_OTHER);
    assert_int_equal(scene->observed.difference.slot, DRONE_SLOT);
    assert_int_equal(scene->client.stats.decode_errors, 0);
    scene_stop(scene);
}

static void a_reference_that_is_not_held_is_an_error_and_not_acknowledged(void **state) {
    (void)state;
    Scene *scene = scene_start(SCRIPT_PLAY, NULL);
    scene_run_ms(scene, 1000);
    const uint64_t received = scene->client.stats.snapshots_received;
    scene->server.back = 20; // acknowledged long ago, and let go since
    scene_run_ms(scene, 500);
    assert_int_equal(scene->client.stats.snapshots_received, received);
    assert_in_range(scene->client.stats.decode_errors, 8, 12);
    scene->server.back = 0;
    scene_run_ms(scene, 1000);
    assert_true(scene->client.stats.snapshots_received > received + 15);
    assert_int_equal(scene->client.stats.verify_mismatches, 0);
    scene_stop(scene);
}

static void a_refusal_comes_with_its_reason(void **state) {
    (void)state;
    Scene *scene = scene_start(SCRIPT_REFUSE, NULL);
    scene_run_ms(scene, 500);
    assert_int_equal(scene->client.state, CLIENT_CLOSED);
    assert_int_equal(scene->client.reason, REASON_SERVER_FULL);
    scene_stop(scene);
}

static void a_welcome_that_never_comes_is_waited_for_only_so_long(void **state) {
    (void)state;
    static const Script SCRIPTS[] = {SCRIPT_IGNORE, SCRIPT_WELCOME_ONLY};
    static const ClientState STATES[] = {CLIENT_JOINING, CLIENT_WAITING};
    for (int i = 0; i < 2; i++) {
        Scene *scene = scene_start(SCRIPTS[i], NULL);
        scene_run_ms(scene, 4900);
        assert_int_equal(scene->client.state, STATES[i]);
        scene_run_ms(scene, 200);
        assert_int_equal(scene->client.state, CLIENT_CLOSED);
        assert_int_equal(scene->client.reason, REASON_TIMED_OUT);
        scene_stop(scene);
    }
}

static void nobody_at_the_address_is_no_answer(void **state) {
    (void)state;
    Scene *scene = scene_start(SCRIPT_PLAY, NULL);
    client_close(&scene->client, memnet_now_ns(scene->net));
    const ClientConfig config = {.host = "127.0.0.1", .port = 9, .name = "Ada"};
    TransportError error;
    assert_true(client_open(&scene->client, &config, false, memnet_now_ns(scene->net), &error));
    scene_run_ms(scene, 11000);
    assert_int_equal(scene->client.state, CLIENT_CLOSED);
    assert_int_equal(scene->client.reason, REASON_NO_ANSWER);
    scene_stop(scene);
}

static void an_address_that_is_none_is_refused_at_once(void **state) {
    (void)state;
    Client client;
    const ClientConfig config = {.host = "256.1.1.1", .port = 9, .name = "Ada"};
    TransportError error = TRANSPORT_OK;
    assert_false(client_open(&client, &config, false, NS_PER_S, &error));
    assert_int_equal(error, TRANSPORT_ERROR_ADDRESS);
    assert_int_equal(client_descriptor(&client), -1);
    client_close(&client, NS_PER_S); // harmless
}

static void a_server_that_falls_silent_is_given_up(void **state) {
    (void)state;
    Scene *scene = scene_start(SCRIPT_PLAY, NULL);
    scene_run_ms(scene, 1000);
    assert_int_equal(scene->client.state, CLIENT_PLAYING);
    scene->server.is_mute = true; // ENet still answers
    scene_run_ms(scene, 15000);
    assert_int_equal(scene->client.state, CLIENT_PLAYING);
    scene_run_ms(scene, 6000);
    assert_int_equal(scene->client.state, CLIENT_CLOSED);
    assert_int_equal(scene->client.reason, REASON_TIMED_OUT);
    scene_stop(scene);
}

static void a_pause_of_the_server_is_survived(void **state) {
    (void)state;
    Scene *scene = scene_start(SCRIPT_PLAY, NULL);
    scene_run_ms(scene, 1000);
    scene->server.is_mute = true;
    scene_run_ms(scene, 3000);
    scene->server.is_mute = false;
    scene_run_ms(scene, 2000);
    assert_int_equal(scene->client.state, CLIENT_PLAYING);
    const uint64_t corrections = scene->client.stats.prediction_corrections;
    scene->input.buttons = INPUT_LEFT;
    scene_run_ms(scene, 2000);
    assert_int_equal(scene->client.stats.prediction_corrections, corrections);
    scene_stop(scene);
}

static void a_client_that_was_stopped_catches_up(void **state) {
    (void)state;
    Scene *scene = scene_start(SCRIPT_PLAY, NULL);
    scene_run_ms(scene, 1000);
    for (int ms = 0; ms < 2000; ms++) { // only the server runs
        memnet_advance(scene->net, NS_PER_MS);
        server_run(&scene->server, memnet_now_ns(scene->net));
    }
    scene_run_ms(scene, 2000);
    assert_int_equal(scene->client.state, CLIENT_PLAYING);
    const uint16_t starved = scene->server.starved;
    scene_run_ms(scene, 2000);
    assert_int_equal(scene->server.starved, starved);
    scene_stop(scene);
}

static void malformed_messages_are_counted_and_survived(void **state) {
    (void)state;
    Scene *scene = scene_start(SCRIPT_PLAY, NULL);
    scene_run_ms(scene, 1000);
    const uint64_t received = scene->client.stats.snapshots_received;
    scene->server.garbage = 21;
    scene_run_ms(scene, 1000);
    assert_int_equal(scene->client.stats.decode_errors, 21);
    assert_int_equal(scene->client.state, CLIENT_PLAYING);
    assert_int_equal(scene->client.stats.snapshots_received, received + 20);
    scene_stop(scene);
}

static void a_welcome_without_sense_ends_it(void **state) {
    (void)state;
    Scene *scene = scene_start(SCRIPT_BAD_WELCOME, NULL);
    scene_run_ms(scene, 500);
    assert_int_equal(scene->client.state, CLIENT_CLOSED);
    assert_int_equal(scene->client.reason, REASON_PROTOCOL_ERROR);
    assert_int_equal(scene->client.stats.decode_errors, 1);
    assert_int_equal(scene->server.peer, 0); // and the server was told
    scene_stop(scene);
}

static void a_server_that_shuts_down_says_so(void **state) {
    (void)state;
    Scene *scene = scene_start(SCRIPT_PLAY, NULL);
    scene_run_ms(scene, 1000);
    transport_disconnect(scene->server.transport, scene->server.peer, REASON_SERVER_SHUTDOWN);
    scene->server.is_playing = false;
    scene_run_ms(scene, 500);
    assert_int_equal(scene->client.state, CLIENT_CLOSED);
    assert_int_equal(scene->client.reason, REASON_SERVER_SHUTDOWN);
    scene_stop(scene);
}

static void leaving_is_told_to_the_server(void **state) {
    (void)state;
    Scene *scene = scene_start(SCRIPT_PLAY, NULL);
    scene_run_ms(scene, 1000);
    client_close(&scene->client, memnet_now_ns(scene->net));
    assert_int_equal(scene->client.reason, REASON_CLIENT_LEFT);
    for (int ms = 0; ms < 100; ms++) {
        memnet_advance(scene->net, NS_PER_MS);
        server_poll(&scene->server, memnet_now_ns(scene->net));
    }
    assert_int_equal(scene->server.peer, 0);
    scene_stop(scene);
}

static void a_dead_ship_respawns_elsewhere_without_a_glide(void **state) {
    (void)state;
    Scene *scene = scene_start(SCRIPT_PLAY, NULL);
    scene_run_ms(scene, 1000);
    FakeServer *server = &scene->server;
    server->ship.health = 0;
    server->ship.respawn_ticks = 60;
    scene_run_ms(scene, 500);
    static View view;
    view_build(&scene->client, memnet_now_ns(scene->net), &view);
    assert_true(view.has_own && !view.own_is_alive);
    server->ship.health = SHIP_HEALTH_MAX;
    server->ship.respawn_ticks = 0;
    server->ship.generation = 2;
    server->ship.motion = (Motion){.x = 300 * UNIT, .y = 300 * UNIT};
    const float from = view.own.x;
    for (int frame = 0; frame < 20; frame++) {
        scene_run_ms(scene, 16);
        view_build(&scene->client, memnet_now_ns(scene->net), &view);
        assert_true(fabsf(view.own.x - from) < 1 || fabsf(view.own.x - 300) < 1);
    }
    assert_true(view.own_is_alive);
    assert_float_equal(view.own.x, 300, 1);
    assert_int_equal(scene->client.stats.prediction_corrections, 0);
    scene_stop(scene);
}

static int initialize(void **state) {
    (void)state;
    return transport_initialize() == TRANSPORT_OK ? 0 : -1;
}

static int deinitialize(void **state) {
    (void)state;
    transport_deinitialize();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_joins_plays_and_predicts_to_the_bit),
        cmocka_unit_test(others_are_shown_smoothly_and_a_new_one_without_a_smear),
        cmocka_unit_test(the_longest_delay_still_has_samples_on_both_sides),
        cmocka_unit_test(a_bad_network_is_played_through),
        cmocka_unit_test(what_the_network_did_to_the_snapshots_is_counted_exactly),
        cmocka_unit_test(the_drone_is_told_by_changes_and_checked),
        cmocka_unit_test(a_difference_is_counted_and_named),
        cmocka_unit_test(a_reference_that_is_not_held_is_an_error_and_not_acknowledged),
        cmocka_unit_test(a_refusal_comes_with_its_reason),
        cmocka_unit_test(a_welcome_that_never_comes_is_waited_for_only_so_long),
        cmocka_unit_test(nobody_at_the_address_is_no_answer),
        cmocka_unit_test(an_address_that_is_none_is_refused_at_once),
        cmocka_unit_test(a_server_that_falls_silent_is_given_up),
        cmocka_unit_test(a_pause_of_the_server_is_survived),
        cmocka_unit_test(a_client_that_was_stopped_catches_up),
        cmocka_unit_test(malformed_messages_are_counted_and_survived),
        cmocka_unit_test(a_welcome_without_sense_ends_it),
        cmocka_unit_test(a_server_that_shuts_down_says_so),
        cmocka_unit_test(leaving_is_told_to_the_server),
        cmocka_unit_test(a_dead_ship_respawns_elsewhere_without_a_glide),
    };
    return cmocka_run_group_tests(tests, initialize, deinitialize);
}
