// SPDX-License-Identifier: MIT
// A client's and its view's work for each snapshot: acknowledgements, entities, round trips. The
// server is a few baseline sets, and there is no network in between.
#include "client/core/client_snapshot.h"

#include <string.h>

#include "base/clock.h"
#include "client/core/shared_arena.h"
#include "client/view/view.h"
#include "game/tuning.h"
#include "support.h"

#define SIDE_UNITS     4000
#define START_TICK     600
#define TICKS_BETWEEN  3 // snapshots
#define OWN_SLOT       2
#define ENTITIES_MAX   8
#define CENTER_RECORDS (SIDE_UNITS / 2 * RECORD_UNIT)

typedef struct Observed {
    uint32_t round_trips;
    uint64_t round_trip_ns; // the last
    uint32_t prediction_checks;
    double distance_units; // likewise
} Observed;

typedef struct Scene {
    Client client;
    ClientView view;
    Observed observed;
    // The server's side, by sequence.
    BaselineSet baseline_sets[BASELINE_SETS_MAX];
    BaselineSpace spaces[BASELINE_SETS_MAX];
} Scene;

static void on_snapshot(void *user, const Snapshot *snapshot, size_t bytes, uint64_t now_ns) {
    (void)snapshot;
    (void)bytes;
    client_view_on_snapshot(&((Scene *)user)->view, now_ns);
}

static void on_round_trip(void *user, uint64_t round_trip_ns) {
    Observed *observed = &((Scene *)user)->observed;
    observed->round_trips++;
    observed->round_trip_ns = round_trip_ns;
}

static void on_prediction_check(void *user, double distance_units) {
    Observed *observed = &((Scene *)user)->observed;
    observed->prediction_checks++;
    observed->distance_units = distance_units;
}

static int start(void **state) {
    Scene *scene = calloc(1, sizeof *scene);
    Client *client = &scene->client;
    assert_true(client_view_create(&scene->view, client));
    const ArenaSpec spec = {
        .seed = 1, .side_units = SIDE_UNITS, .nest_count = 1, .name = "snapshots"};
    client->arena = shared_arena_acquire(&spec);
    assert_non_null(client->arena);
    client->welcome = (WelcomeMessage){.player_index = OWN_SLOT,
                                       .tick_rate_hz = 60,
                                       .snapshot_rate_hz = 20,
                                       .ranges = {{0, 10, 20, 30, 40}}};
    client->config.observer = (ClientObserver){.user = scene,
                                               .on_snapshot = on_snapshot,
                                               .on_round_trip = on_round_trip,
                                               .on_prediction_check = on_prediction_check};
    client->state = CLIENT_WAITING;
    client_clock_init(&client->clock, 0, 60, 20);
    client_clock_seed(&client->clock, 0, START_TICK, 0);
    *state = scene;
    return 0;
}

static int stop(void **state) {
    Scene *scene = *state;
    client_view_destroy(&scene->view);
    baseline_pool_destroy(&scene->client.baseline_sets);
    shared_arena_release(scene->client.arena);
    free(scene);
    return 0;
}

// ------------------------------------------------------------------ the server

static uint32_t tick_of(uint16_t sequence) {
    return START_TICK + (uint32_t)sequence * TICKS_BETWEEN;
}

static uint64_t arrival_ns(uint16_t sequence) {
    return sequence * (TICKS_BETWEEN * NS_PER_S / 60);
}

static SnapshotHeader header_of(uint16_t sequence) {
    return (SnapshotHeader){
        .tick = tick_of(sequence),
        .sequence = sequence,
        .center_x = CENTER_RECORDS,
        .center_y = CENTER_RECORDS,
        .own = {.motion = {.x = SIDE_UNITS / 2 * UNIT, .y = SIDE_UNITS / 2 * UNIT},
                .health = SHIP_HEALTH_MAX,
                .generation = 1},
    };
}

// Everything flies east: x follows from the tick, y from the slot.
static EntityRecord record_at(uint32_t slot, uint32_t tick) {
    return (EntityRecord){.x = CENTER_RECORDS + (int32_t)(tick - START_TICK) * 40,
                          .y = CENTER_RECORDS + (int32_t)slot * 16,
                          .vx = 40,
                          .generation = 1,
                          .status = ENTITY_HEALTH_MAX};
}

// The content of a snapshot: each entry of its baseline is 'u'pdated, 's'kipped or 'r'emoved; and
// the slots that enter, up to a zero.
typedef struct Content {
    uint8_t baseline;
    const char *marks;
    uint32_t enters[ENTITIES_MAX];
    uint16_t generation; // of those that enter; 0 is 1
} Content;

static void write_known(const Scene *scene, SnapshotWriter *writer, const SnapshotHeader *header,
                        const BaselineSet *baseline, const char *marks) {
    for (uint32_t i = 0; i < baseline->count; i++) {
        const uint32_t slot = baseline->entries[i].slot;
        if (marks[i] == 'u') {
            const EntityRecord record = record_at(slot, header->tick);
            const DeltaBits bits = snapshot_pack_full(
                writer, entity_kind_of_slot(&scene->client.welcome.ranges, slot), &record);
            snapshot_add_full(writer, &bits);
        } else if (marks[i] == 's') {
            snapshot_add_skip(writer);
        } else {
            snapshot_add_remove(writer);
        }
    }
}

static size_t write_snapshot(Scene *scene, const SnapshotHeader *header, const Content *content,
                             uint8_t buffer[PAYLOAD_BYTES_MAX]) {
    static const BaselineSet NONE = {0};
    const SlotRanges *ranges = &scene->client.welcome.ranges;
    const BaselineSet *baseline =
        header->baseline > 0
            ? &scene->baseline_sets[(uint16_t)(header->sequence - header->baseline) %
                                    BASELINE_SETS_MAX]
            : &NONE;
    const SnapshotSpace space = {buffer, PAYLOAD_BYTES_MAX,
                                 scene->spaces[header->sequence % BASELINE_SETS_MAX].entries};
    SnapshotWriter writer;
    snapshot_begin(&writer, &space, ranges, header, baseline);
    write_known(scene, &writer, header, baseline, content->marks);
    snapshot_begin_enters(&writer);
    for (uint32_t i = 0; i < ENTITIES_MAX && content->enters[i] != 0; i++) {
        const uint32_t slot = content->enters[i];
        const uint16_t generation = content->generation != 0 ? content->generation : 1;
        const EntityRecord record = record_at(slot, header->tick);
        const DeltaBits bits =
            snapshot_pack_full(&writer, entity_kind_of_slot(ranges, slot), &record);
        assert_true(snapshot_add_enter(&writer, slot, generation, &bits));
    }
    scene->baseline_sets[header->sequence % BASELINE_SETS_MAX] = *snapshot_end_enters(&writer);
    return snapshot_finish(&writer, 0);
}

static void deliver(Scene *scene, const SnapshotHeader *header, const Content *content) {
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    const size_t size = write_snapshot(scene, header, content, buffer);
    assert_true(client_accept_snapshot(&scene->client, buffer, size, arrival_ns(header->sequence)));
}

static void receive(Scene *scene, uint16_t sequence, const Content *content) {
    const uint64_t errors = scene->client.stats.decode_errors;
    SnapshotHeader header = header_of(sequence);
    header.baseline = content->baseline;
    deliver(scene, &header, content);
    assert_int_equal(scene->client.stats.decode_errors, errors);
    assert_int_equal(scene->client.latest.sequence, sequence);
}

// ------------------------------------------------------------------ acknowledgements

// After 0 and 1: acknowledged are the newest one and, as bits, those before it. 32 ahead only 1 is
// within reach.
static void acknowledgement_bits_name_exactly_the_snapshots_that_arrived(void **state) {
    static const struct {
        uint16_t advance;
        uint32_t bits;
    } CASES[] = {
        {1, 3},  {2, 3u << 1}, {30, 3u << 29}, {31, 3u << 30}, {32, 1u << 31}, {33, 0},
        {34, 0}, {63, 0},      {64, 0},        {65, 0},        {96, 0},        {1000, 0},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Scene *scene = *state;
        receive(scene, 0, &(Content){0});
        assert_int_equal(scene->client.acked_bits, 0);
        receive(scene, 1, &(Content){0});
        assert_int_equal(scene->client.acked_bits, 1);
        receive(scene, (uint16_t)(1 + CASES[i].advance), &(Content){0});
        assert_int_equal(scene->client.acked_bits, CASES[i].bits);
        assert_int_equal(scene->client.stats.snapshots_received, 3);
        stop(state);
        start(state);
    }
}

static void a_late_snapshot_is_counted_and_not_acknowledged(void **state) {
    Scene *scene = *state;
    for (uint16_t sequence = 0; sequence < 10; sequence += 3) { // 0, 3, 6, 9
        receive(scene, sequence, &(Content){0});
    }
    const uint32_t bits = scene->client.acked_bits;
    assert_int_equal(bits, 1u << 2 | 1u << 5 | 1u << 8);
    SnapshotHeader header = header_of(8);
    deliver(scene, &header, &(Content){0});
    header = header_of(9); // the newest again
    deliver(scene, &header, &(Content){0});
    assert_int_equal(scene->client.acked_bits, bits);
    assert_int_equal(scene->client.latest.sequence, 9);
    assert_int_equal(scene->client.stats.snapshots_received, 4);
    assert_int_equal(scene->client.stats.snapshots_stale, 2);
    assert_int_equal(scene->client.stats.snapshots_overtaken, 1);
    assert_int_equal(scene->client.stats.snapshots_lost, 0);
    receive(scene, 41,
            &(Content){0}); // 1 to 7 are out of the window's reach: five of them were lost
    assert_int_equal(scene->client.stats.snapshots_lost, 5);
}

// ------------------------------------------------------------------ belief

static bool is_accepted(Scene *scene, const SnapshotHeader *header) {
    const uint64_t received = scene->client.stats.snapshots_received;
    const uint64_t errors = scene->client.stats.decode_errors;
    deliver(scene, header, &(Content){0});
    const bool is_received = scene->client.stats.snapshots_received == received + 1;
    assert_int_equal(scene->client.stats.decode_errors - errors, is_received ? 0 : 1);
    return is_received;
}

static void a_snapshot_with_the_ship_outside_the_arena_is_rejected(void **state) {
    Scene *scene = *state;
    const int32_t side = SIDE_UNITS * UNIT;
    static const int32_t STEPS[] = {-1, 0, 1};
    uint16_t sequence = 0;
    for (int axis = 0; axis < 2; axis++) {
        for (int end = 0; end < 2; end++) {
            for (int i = 0; i < 3; i++) {
                SnapshotHeader header = header_of(sequence++);
                int32_t *place = axis == 0 ? &header.own.motion.x : &header.own.motion.y;
                *place = end * side + STEPS[i];
                assert_int_equal(is_accepted(scene, &header), *place >= 0 && *place <= side);
            }
        }
    }
}

static void a_newer_snapshot_without_a_newer_tick_is_rejected(void **state) {
    Scene *scene = *state;
    receive(scene, 5, &(Content){0});
    for (int32_t step = -1; step <= 1; step++) {
        SnapshotHeader header = header_of(6);
        header.tick = (uint32_t)((int32_t)tick_of(5) + step);
        assert_int_equal(is_accepted(scene, &header), step > 0);
    }
}

// ------------------------------------------------------------------ entities

static bool is_shown(Scene *scene, uint32_t slot, double tick) {
    const TrackedEntity *entity = entity_table_find(&scene->view.table, slot);
    EntityPose pose;
    return entity != NULL && entity_pose_at(&scene->view.table, entity, tick, &pose);
}

// The first of a baseline set, one in the middle and the last: each is removed, the others stay.
static void a_removed_entity_disappears_at_its_tick(void **state) {
    static const uint32_t SLOTS[] = {11, 14, 17, 25};
    static const char *const MARKS[] = {"ruuu", "ursu", "usru", "uuur", "rrrr"};
    for (size_t i = 0; i < sizeof MARKS / sizeof *MARKS; i++) {
        Scene *scene = *state;
        receive(scene, 0, &(Content){.enters = {11, 14, 17, 25}});
        receive(scene, 1, &(Content){.baseline = 1, .marks = "uuuu"});
        receive(scene, 2, &(Content){.baseline = 1, .marks = MARKS[i]});
        for (int j = 0; j < 4; j++) {
            const bool is_removed = MARKS[i][j] == 'r';
            assert_true(is_shown(scene, SLOTS[j], tick_of(2) - 0.1));
            assert_int_equal(is_shown(scene, SLOTS[j], tick_of(2)), !is_removed);
        }
        // Once its tick has been shown it leaves the table.
        const char *stays = i == 4 ? "" : "uuu";
        for (uint16_t sequence = 3; sequence < 12; sequence++) {
            receive(scene, sequence, &(Content){.baseline = 1, .marks = stays});
        }
        for (int j = 0; j < 4; j++) {
            const bool is_known = entity_table_find(&scene->view.table, SLOTS[j]) != NULL;
            assert_int_equal(is_known, MARKS[i][j] != 'r');
        }
        static View view;
        view_build(&scene->view, arrival_ns(11), &view);
        assert_int_equal(view.entity_count, strlen(stays));
        stop(state);
        start(state);
    }
}

// Each snapshot has the first one as baseline and so removes the entity again.
static void a_second_removal_of_an_entity_changes_nothing(void **state) {
    Scene *scene = *state;
    receive(scene, 0, &(Content){.enters = {11, 14}});
    for (uint8_t sequence = 1; sequence < 9; sequence++) {
        receive(scene, sequence, &(Content){.baseline = sequence, .marks = "ru"});
    }
    assert_null(entity_table_find(&scene->view.table, 11));
    assert_true(is_shown(scene, 14, tick_of(8)));
}

// Snapshot 1 removed the entity, but the baseline of snapshot 2 is older than that: in the end it
// is held as of snapshot 0.
static void an_older_state_returns_with_its_own_tick(void **state) {
    Scene *scene = *state;
    receive(scene, 0, &(Content){.enters = {11, 14}});
    receive(scene, 1, &(Content){.baseline = 1, .marks = "ru"});
    receive(scene, 2, &(Content){.baseline = 2, .marks = "su"});
    const TrackedEntity *entity = entity_table_find(&scene->view.table, 11);
    assert_non_null(entity);
    assert_false(entity->is_removed);
    assert_int_equal(entity_newest_sample(entity)->tick, tick_of(0));
    // After it has left the table it returns with the position of that tick.
    for (uint16_t sequence = 3; sequence < 10; sequence++) {
        receive(scene, sequence, &(Content){.baseline = (uint8_t)sequence, .marks = "ru"});
    }
    assert_null(entity_table_find(&scene->view.table, 11));
    receive(scene, 10, &(Content){.baseline = 10, .marks = "su"});
    entity = entity_table_find(&scene->view.table, 11);
    assert_non_null(entity);
    assert_int_equal(entity_newest_sample(entity)->tick, tick_of(0));
    assert_int_equal(entity_newest_sample(entity)->x, record_at(11, tick_of(0)).x);
}

static void a_skipped_entity_keeps_its_samples(void **state) {
    Scene *scene = *state;
    receive(scene, 0, &(Content){.enters = {11}});
    receive(scene, 1, &(Content){.baseline = 1, .marks = "u"});
    receive(scene, 2, &(Content){.baseline = 1, .marks = "s"});
    receive(scene, 3, &(Content){.baseline = 1, .marks = "s"});
    const TrackedEntity *entity = entity_table_find(&scene->view.table, 11);
    assert_int_equal(entity->sample_count, 2);
    assert_int_equal(entity_newest_sample(entity)->tick, tick_of(1));
}

static void a_new_generation_in_a_slot_is_another_entity(void **state) {
    Scene *scene = *state;
    receive(scene, 0, &(Content){.enters = {11, 14}});
    receive(scene, 1, &(Content){.baseline = 1, .marks = "rs", .enters = {11}, .generation = 2});
    const TrackedEntity *entity = entity_table_find(&scene->view.table, 11);
    assert_int_equal(entity->generation, 2);
    assert_false(entity->is_removed);
    assert_int_equal(entity->sample_count, 1);
    assert_false(
        is_shown(scene, 11, tick_of(1) - 0.1)); // the previous one has ended and was not moved
    assert_true(is_shown(scene, 11, tick_of(1)));
    assert_int_equal(entity_table_find(&scene->view.table, 14)->sample_count, 1);
}

static void the_own_ship_is_not_in_the_entity_table(void **state) {
    Scene *scene = *state;
    receive(scene, 0, &(Content){.enters = {OWN_SLOT, OWN_SLOT + 1}});
    receive(scene, 1, &(Content){.baseline = 1, .marks = "uu"});
    assert_null(entity_table_find(&scene->view.table, OWN_SLOT));
    assert_non_null(entity_table_find(&scene->view.table, OWN_SLOT + 1));
}

// ------------------------------------------------------------------ answers

// An input packet leaves now.
static void note_sent(Scene *scene, uint64_t now_ns) {
    Client *client = &scene->client;
    client->packets_sent_ns[client->packet_count++ % CLIENT_PACKETS] = now_ns;
}

static void answer(Scene *scene, uint16_t sequence, uint64_t echo_ns, uint16_t hold_us_q4) {
    SnapshotHeader header = header_of(sequence);
    header.has_input = true;
    header.input_tick = tick_of(sequence);
    header.echo_time_ms = (uint16_t)(echo_ns / NS_PER_MS);
    header.echo_hold_us_q4 = hold_us_q4;
    deliver(scene, &header, &(Content){0});
}

static void a_round_trip_is_the_echo_time_minus_the_hold(void **state) {
    Scene *scene = *state;
    receive(scene, 0, &(Content){0});
    const uint64_t sent_ns = arrival_ns(4) - 120 * NS_PER_MS;
    note_sent(scene, sent_ns);
    note_sent(scene, sent_ns + 50 * NS_PER_MS);
    answer(scene, 4, sent_ns, 30000 / 16);
    assert_int_equal(scene->observed.round_trips, 1);
    assert_int_equal(scene->observed.round_trip_ns, 90 * NS_PER_MS);
    answer(scene, 5, sent_ns + 50 * NS_PER_MS, 0);
    assert_int_equal(scene->observed.round_trips, 2);
    assert_int_equal(scene->observed.round_trip_ns, 120 * NS_PER_MS);
}

// A saturated hold, one longer than the round trip, an echo of a packet that was never sent.
static void an_echo_without_a_valid_hold_or_packet_is_ignored(void **state) {
    Scene *scene = *state;
    receive(scene, 0, &(Content){0});
    const uint64_t sent_ns = arrival_ns(40) - 1100 * NS_PER_MS;
    note_sent(scene, sent_ns);
    answer(scene, 40, sent_ns, UINT16_MAX);
    answer(scene, 41, sent_ns + NS_PER_MS, 0);
    answer(scene, 42, arrival_ns(42), 0);
    assert_int_equal(scene->observed.round_trips, 0);
    note_sent(scene, arrival_ns(43) - 10 * NS_PER_MS);
    answer(scene, 43, arrival_ns(43) - 10 * NS_PER_MS, 10000 / 16);
    assert_int_equal(scene->observed.round_trips, 0);
    answer(scene, 44, sent_ns, UINT16_MAX - 1);
    assert_int_equal(scene->observed.round_trips, 1);
}

// The oldest of them was overwritten.
static void an_echo_of_an_overwritten_packet_is_ignored(void **state) {
    Scene *scene = *state;
    receive(scene, 0, &(Content){0});
    for (uint64_t i = 0; i <= CLIENT_PACKETS; i++) {
        note_sent(scene, (100 + i) * NS_PER_MS);
    }
    answer(scene, 10, 100 * NS_PER_MS, 0);
    assert_int_equal(scene->observed.round_trips, 0);
    answer(scene, 11, 101 * NS_PER_MS, 0);
    assert_int_equal(scene->observed.round_trips, 1);
    answer(scene, 12, (100 + CLIENT_PACKETS) * NS_PER_MS, 0);
    assert_int_equal(scene->observed.round_trips, 2);
    assert_int_equal(scene->observed.round_trip_ns,
                     arrival_ns(12) - (100 + CLIENT_PACKETS) * NS_PER_MS);
}

// ------------------------------------------------------------------ clock and own ship

static void the_first_snapshot_and_a_clock_that_jumps_restart_the_inputs(void **state) {
    Scene *scene = *state;
    Client *client = &scene->client;
    receive(scene, 0, &(Content){0}); // nothing was predicted yet
    assert_true(client->restarts_inputs);
    prediction_start_inputs(&client->prediction, client->arena, tick_of(1));
    for (uint16_t sequence = 1; sequence < 20; sequence++) {
        while (client->prediction.newest_tick < tick_of(sequence)) {
            prediction_step(&client->prediction, client->arena, (ShipInput){0});
        }
        client->restarts_inputs = sequence == 9; // once set it stays until the next step
        receive(scene, sequence, &(Content){0});
        assert_int_equal(client->restarts_inputs, sequence == 9);
    }
    assert_int_equal(client->stats.clock_jumps, 0);
    // Three arrive two seconds late each: the server's time went on meanwhile.
    for (uint16_t sequence = 20; sequence < 23; sequence++) {
        while (client->prediction.newest_tick < tick_of(sequence)) {
            prediction_step(&client->prediction, client->arena, (ShipInput){0});
        }
        uint8_t buffer[PAYLOAD_BYTES_MAX];
        const SnapshotHeader header = header_of(sequence);
        const size_t size = write_snapshot(scene, &header, &(Content){0}, buffer);
        assert_false(client->restarts_inputs);
        assert_true(
            client_accept_snapshot(client, buffer, size, arrival_ns(sequence) + 2 * NS_PER_S));
    }
    assert_int_equal(client->stats.clock_jumps, 1);
    assert_true(client->restarts_inputs);
}

static void prediction_checks_are_reported_and_counted(void **state) {
    Scene *scene = *state;
    Client *client = &scene->client;
    receive(scene, 0, &(Content){0});
    assert_int_equal(scene->observed.prediction_checks, 0);
    prediction_start_inputs(&client->prediction, client->arena, tick_of(0) + 1);
    while (client->prediction.newest_tick < tick_of(2)) {
        prediction_step(&client->prediction, client->arena, (ShipInput){0});
    }
    receive(scene, 1, &(Content){0}); // nothing moves
    assert_int_equal(scene->observed.prediction_checks, 1);
    assert_float_equal(scene->observed.distance_units, 0, 0);
    SnapshotHeader header = header_of(2);
    header.own.motion.x += UNIT / 2;
    deliver(scene, &header, &(Content){0});
    assert_int_equal(scene->observed.prediction_checks, 2);
    assert_float_equal(scene->observed.distance_units, 0.5, 0.001);
    assert_int_equal(client->stats.prediction_checks, 2);
    assert_int_equal(client->stats.prediction_corrections, 1);
}

// A snapshot that was not decoded to its end counts no bytes.
static void bytes_and_states_of_accepted_snapshots_only_are_counted(void **state) {
    Scene *scene = *state;
    const ClientStats *stats = &scene->client.stats;
    uint8_t buffer[PAYLOAD_BYTES_MAX];
    uint64_t bytes = 0;
    const Content first = {.enters = {11, 14}};
    const Content second = {.baseline = 1, .marks = "us", .enters = {17}};
    for (uint16_t sequence = 0; sequence < 2; sequence++) {
        const Content *content = sequence == 0 ? &first : &second;
        SnapshotHeader header = header_of(sequence);
        header.baseline = content->baseline;
        const size_t size = write_snapshot(scene, &header, content, buffer);
        assert_true(client_accept_snapshot(&scene->client, buffer, size - 1, arrival_ns(sequence)));
        assert_int_equal(stats->decode_errors, sequence + 1);
        assert_true(client_accept_snapshot(&scene->client, buffer, size, arrival_ns(sequence)));
        bytes += size;
        assert_int_equal(stats->snapshot_bytes, bytes);
    }
    assert_int_equal(stats->entity_updates, 2 + 2);
    assert_int_equal(stats->entity_enters, 3);
    assert_int_equal(stats->entity_skips, 1);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(acknowledgement_bits_name_exactly_the_snapshots_that_arrived),
        TEST(a_late_snapshot_is_counted_and_not_acknowledged),
        TEST(a_snapshot_with_the_ship_outside_the_arena_is_rejected),
        TEST(a_newer_snapshot_without_a_newer_tick_is_rejected),
        TEST(a_removed_entity_disappears_at_its_tick),
        TEST(a_second_removal_of_an_entity_changes_nothing),
        TEST(an_older_state_returns_with_its_own_tick),
        TEST(a_skipped_entity_keeps_its_samples),
        TEST(a_new_generation_in_a_slot_is_another_entity),
        TEST(the_own_ship_is_not_in_the_entity_table),
        TEST(a_round_trip_is_the_echo_time_minus_the_hold),
        TEST(an_echo_without_a_valid_hold_or_packet_is_ignored),
        TEST(an_echo_of_an_overwritten_packet_is_ignored),
        TEST(the_first_snapshot_and_a_clock_that_jumps_restart_the_inputs),
        TEST(prediction_checks_are_reported_and_counted),
        TEST(bytes_and_states_of_accepted_snapshots_only_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
