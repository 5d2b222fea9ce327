// SPDX-License-Identifier: MIT
#include "server/replication/replication.h"

#include <xxhash.h>

#include "server/sim/session.h"
#include "server/sim/sim.h"
#include "support.h"

enum { SESSIONS = 64, DRONES = 1500, INTERVAL_TICKS = 3, BUDGET_BYTES = 400 };

typedef struct Fixture {
    Sim sim;
    SessionTable sessions;
    Replication replication;
} Fixture;

// Each reading is a microsecond later than the one before.
static _Atomic uint64_t clock_readings;

static uint64_t count_reading(void) {
    return 1000 * (atomic_fetch_add(&clock_readings, 1) + 1);
}

static void open_all(Fixture *fixture) {
    const char name[PLAYER_NAME_BYTES + 1] = "Client";
    SimCommand joins[SESSIONS];
    for (uint32_t i = 0; i < SESSIONS; i++) {
        session_welcome(&fixture->sessions,
                        session_open(&fixture->sessions, 0, 0x10000 + i, name, 1));
        joins[i] = (SimCommand){SIM_JOIN, i, 0};
    }
    sim_tick(&fixture->sim, &(SimInputs){.commands = joins, .command_count = SESSIONS});
}

static Fixture *create_fixture(uint32_t workers) {
    Fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    ArenaFile file = {.spec = {.name = "replication", .seed = 3}};
    arena_file_resolve(&file, DRONES, SESSIONS);
    const SimConfig config = {.arena = file.spec,
                              .seed = 3,
                              .drone_count = DRONES,
                              .ship_capacity = SESSIONS,
                              .worker_count = workers};
    assert_true(sim_create(&fixture->sim, &config));
    assert_true(session_table_create(&fixture->sessions, SESSIONS, 1));
    const ReplicationConfig replication = {.interval_ticks = INTERVAL_TICKS,
                                           .budget_bytes = BUDGET_BYTES,
                                           .worker_count = workers,
                                           .clock_ns = count_reading,
                                           .world = &fixture->sim.world,
                                           .history = &fixture->sim.history,
                                           .replicas = fixture->sessions.replicas,
                                           .replica_capacity = SESSIONS};
    assert_true(replication_create(&fixture->replication, &replication));
    return fixture;
}

static void destroy_fixture(Fixture *fixture) {
    replication_destroy(&fixture->replication);
    session_table_destroy(&fixture->sessions);
    sim_destroy(&fixture->sim);
    free(fixture);
}

// Every second session's acknowledgements are lost.
static void tick(Fixture *fixture) {
    sim_tick(&fixture->sim, NULL);
    Replication *replication = &fixture->replication;
    replication_begin(replication, &(ReplicationTick){.client_count = fixture->sessions.count,
                                                      .replica_end = fixture->sessions.high_water});
    pool_run(fixture->sim.pool, replication_prepare_task, replication,
             replication_prepare_pieces(replication));
    pool_run(fixture->sim.pool, replication_snapshot_task, replication,
             replication_snapshot_pieces(replication));
    const SendSchedule *due = &fixture->replication.due;
    for (uint32_t k = 0; k < due->count; k++) {
        ReplicaState *replica = fixture->sessions.replicas[due->indices[k]];
        if (replica->index % 2 == 0) {
            replica_state_acknowledge(replica, (uint16_t)(replica->next_sequence - 1), 0);
        }
    }
}

static bool is_due(const Fixture *fixture, uint32_t index) {
    const SendSchedule *due = &fixture->replication.due;
    for (uint32_t k = 0; k < due->count; k++) {
        if (due->indices[k] == index) {
            return true;
        }
    }
    return false;
}

static void due_clients_alone_get_a_snapshot_of_this_tick(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(2);
    open_all(fixture);
    for (int i = 0; i < 2 * INTERVAL_TICKS; i++) {
        uint16_t sequences[SESSIONS];
        for (uint32_t s = 0; s < SESSIONS; s++) {
            sequences[s] = fixture->sessions.replicas[s]->next_sequence;
        }
        tick(fixture);
        // More than a piece, and the last piece is not full.
        assert_true(fixture->replication.due.count > REPLICATION_PIECE_CLIENTS);
        assert_true(fixture->replication.due.count % REPLICATION_PIECE_CLIENTS != 0);
        for (uint32_t s = 0; s < SESSIONS; s++) {
            const ReplicaState *replica = fixture->sessions.replicas[s];
            assert_int_equal(replica->next_sequence, sequences[s] + is_due(fixture, s));
            if (is_due(fixture, s)) {
                SnapshotReader reader;
                SnapshotHeader header;
                assert_true(snapshot_open(&reader, replica->snapshot, replica->snapshot_size,
                                          &fixture->sim.world.ranges, &header));
                assert_int_equal(header.tick, fixture->sim.world.tick);
                assert_int_equal(header.client_count, SESSIONS);
            }
        }
    }
    destroy_fixture(fixture);
}

static uint64_t hash_of_all_snapshots(uint32_t workers) {
    Fixture *fixture = create_fixture(workers);
    open_all(fixture);
    uint64_t hash = 0;
    for (int i = 0; i < 60; i++) {
        tick(fixture);
        for (uint32_t s = 0; s < SESSIONS; s++) {
            const ReplicaState *replica = fixture->sessions.replicas[s];
            hash = XXH64(replica->snapshot, replica->snapshot_size, hash);
        }
    }
    destroy_fixture(fixture);
    return hash;
}

static void the_number_of_workers_changes_no_bit(void **state) {
    (void)state;
    const uint64_t alone = hash_of_all_snapshots(1);
    assert_int_equal(hash_of_all_snapshots(2), alone);
    assert_int_equal(hash_of_all_snapshots(3), alone);
    assert_int_equal(hash_of_all_snapshots(8), alone);
}

static void every_byte_of_snapshots_is_counted(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(3);
    open_all(fixture);
    uint64_t bytes = 0;
    uint64_t snapshots = 0;
    for (int i = 0; i < 90; i++) {
        tick(fixture);
        const SendSchedule *due = &fixture->replication.due;
        for (uint32_t k = 0; k < due->count; k++) {
            bytes += fixture->sessions.replicas[due->indices[k]]->snapshot_size;
            snapshots++;
        }
    }
    const ReplicationCounts counts = replication_count(&fixture->replication);
    uint64_t section_bits = 0;
    for (int section = 0; section < ENCODE_SECTION_COUNT; section++) {
        assert_true(counts.section_bits[section] > 0);
        section_bits += counts.section_bits[section];
    }
    assert_int_equal(section_bits, 8 * bytes);
    // Half of the clients acknowledge nothing, and are throttled after a while.
    assert_in_range(counts.without_baseline, 1, snapshots);
    assert_true(counts.limited > 0 && counts.throttled > 0);
    assert_true(counts.copied > 0 && counts.produced > 0);
    destroy_fixture(fixture);
}

static void a_tick_without_clients_still_has_its_frame(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(1);
    for (uint32_t i = 1; i <= 4; i++) {
        tick(fixture);
        assert_int_equal(fixture->replication.due.count, 0);
        assert_int_equal(replication_prepare_pieces(&fixture->replication), 0);
        assert_int_equal(replication_snapshot_pieces(&fixture->replication), 0);
        assert_int_equal(fixture->replication.frame.tick, i);
    }
    destroy_fixture(fixture);
}

static void the_stages_are_timed_by_the_given_clock(void **state) {
    (void)state;
    Fixture *fixture = create_fixture(1);
    open_all(fixture);
    tick(fixture);
    const uint32_t due_count = fixture->replication.due.count;
    const uint32_t pieces = (due_count + REPLICATION_PIECE_CLIENTS - 1) / REPLICATION_PIECE_CLIENTS;
    assert_int_equal(replication_snapshot_pieces(&fixture->replication), pieces);
    ReplicationTimes times = replication_collect_times(&fixture->replication);
    assert_int_equal(times.interest_ns, 1000 * pieces);
    assert_int_equal(times.encode_ns, 1000 * pieces);
    times = replication_collect_times(&fixture->replication);
    assert_int_equal(times.interest_ns + times.encode_ns, 0);
    destroy_fixture(fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(due_clients_alone_get_a_snapshot_of_this_tick),
        cmocka_unit_test(the_number_of_workers_changes_no_bit),
        cmocka_unit_test(every_byte_of_snapshots_is_counted),
        cmocka_unit_test(a_tick_without_clients_still_has_its_frame),
        cmocka_unit_test(the_stages_are_timed_by_the_given_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
