// SPDX-License-Identifier: MIT
// client_state.h -- a client's configuration, its state and its counters.
//
// Flow:    client.h opens a Client and runs it; client_snapshot.h brings it to the state of each
//          snapshot; its owner reads it
// Threads: a Client belongs to the thread that opened it; different clients are independent.
// Units:   times are monotonic nanoseconds; ticks are the server's.
#ifndef TICKSTORM_CLIENT_CORE_CLIENT_STATE_H
#define TICKSTORM_CLIENT_CORE_CLIENT_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/thread_role.h"
#include "client/core/baseline_pool.h"
#include "client/core/client_clock.h"
#include "client/core/prediction.h"
#include "client/core/uplink_report.h"
#include "client/core/verification.h"
#include "game/arena.h"
#include "game/ship.h"
#include "net/sequence_window.h"
#include "net/transport.h"
#include "wire/event.h"
#include "wire/message.h"
#include "wire/reason.h"
#include "wire/snapshot.h"

typedef enum ClientState {
    CLIENT_CLOSED,     // nothing open, or ended: Client.reason says why
    CLIENT_CONNECTING, // waiting for the server to answer
    CLIENT_JOINING,    // hello sent, waiting for the welcome
    CLIENT_WAITING,    // welcomed, no snapshot yet
    CLIENT_PLAYING,
} ClientState;

// Callbacks of the client's owner, for a view and for measuring. Each may be NULL. Called from
// client_poll().
typedef struct ClientObserver {
    void *user;
    void (*on_playing)(void *user, uint64_t now_ns); // the first snapshot arrived
    // A snapshot was accepted (decoded and newer than any before): Client has its header, its
    // baseline set and how the own ship was reconciled.
    void (*on_snapshot)(void *user, const Snapshot *snapshot, size_t bytes, uint64_t now_ns);
    void (*on_round_trip)(void *user, uint64_t round_trip_ns);
    // A prediction was compared with the server's state; distance 0 means that they agree.
    void (*on_prediction_check)(void *user, double distance_units);
    // A checksum did not match, and the server answered which entity differs first (VERIFY_SAME: it
    // found none).
    void (*on_verify_difference)(void *user, uint16_t sequence, VerifyDifference difference);
    // Events arrived, before the tick at which they happened is shown.
    void (*on_events)(void *user, const EventBatch *batch);
} ClientObserver;

typedef struct ClientConfig {
    ClientObserver observer;
    // How often to request the server's receive report about our inputs; 0: never.
    uint64_t uplink_period_ns;
    uint64_t connect_timeout_ns; // until the first snapshot; 0: 10 s
    bool wants_verify;           // the server shall send checksums of the state that we should hold
    char name[PLAYER_NAME_BYTES + 1];
    uint16_t port;
    const char *host;
} ClientConfig;

typedef struct ClientStats {
    uint64_t snapshots_received;  // accepted: newer than any before
    uint64_t snapshots_lost;      // never came; known once SEQUENCE_WINDOW newer ones were sent
    uint64_t snapshots_overtaken; // arrived after a newer one
    uint64_t snapshots_duplicate; // datagrams that arrived twice; ENet discards the second
    uint64_t snapshots_stale;     // decoded, but not newer than all before: mostly overtaken ones
    uint64_t snapshots_early;     // arrived before the welcome that is needed to decode them
    uint64_t snapshot_bytes;
    uint64_t entity_updates; // states sent: entering, changed, or exactly as predicted
    uint64_t entity_enters;  // updates of entering entities
    uint64_t entity_skips;   // entities that a snapshot skipped
    uint64_t decode_errors;  // any message that could not be read
    uint64_t verify_checks;
    uint64_t verify_mismatches;
    uint64_t inputs_sent; // packets
    uint64_t prediction_checks;
    uint64_t prediction_corrections;
    uint64_t clock_jumps;
    uint64_t events_received[EVENT_TYPE_COUNT];
} ClientStats;

// Input packets that a snapshot may still echo.
#define CLIENT_PACKETS 64 // power of two

// With thousands of clients in a process each is out of the caches when its turn comes: the members
// that every poll or send touches come first and stand together.
typedef struct Client {
    Transport *transport;
    ThreadOwner owner;
    // State.
    ClientState state;
    uint32_t reason; // wire/reason.h, once CLOSED
    uint64_t last_heard_ns;
    const Arena *arena;    // shared by all clients of the process; NULL before the welcome
    bool restarts_inputs;  // the next step begins at the clock's tick
    uint32_t acked_bits;   // snapshots before the newest, as InputMessage.snapshot_bits
    SnapshotHeader latest; // of the newest snapshot
    double view_tick;      // the tick shown of other entities, when the newest input was recorded
    const BaselineSet *baseline_set; // the newest of the pool, NULL before the first snapshot
    const BaselineSet *before; // the set before the newest one, NULL before the second snapshot
    SequenceWindow window;
    ClientStats stats;
    ClientConfig config;    // constant after client_open
    WelcomeMessage welcome; // set by the welcome
    ClientClock clock;      // its packets last
    uint64_t packet_count;
    uint64_t packets_sent_ns[CLIENT_PACKETS];
    Reconciliation reconciliation; // by the newest snapshot
    Prediction prediction;         // its ring last
    BaselinePool baseline_sets;    // their heads last
    // Rarely used.
    UplinkReport uplink; // the server's receive report
    Verification verification;
    uint64_t opened_ns;
    uint64_t welcome_due_ns; // JOINING: when to connect again if no welcome has arrived
    uint32_t retries;        // how often it connected again
    uint64_t chat_due_ns;    // a leaky bucket, as the server's
} Client;

#endif
