// SPDX-License-Identifier: MIT
// tally.h -- everything that is counted and measured in a part of a run.
//
// Flow:    bots record into their thread's tally of the current window -> merged a few times a
//          second into the main thread's tally -> figures.h
// Threads: a Tally belongs to one thread at a time; merging is exact, so the result does not depend
//          on how the run was divided into threads and windows.
// Warm-up: measured fields leave it out. Lasting fields do not: connections and their ends, decode
//          errors, mismatches, and the hostile bots. tally_merge_lasting() merges only these.
// Memory:  about 300 KiB, nearly all of it histogram buckets; allocate, do not put on a stack.
// Units:   durations in nanoseconds, distances in 1/1000 unit, sizes in bytes.
#ifndef TICKSTORM_SWARM_MEASURE_TALLY_H
#define TICKSTORM_SWARM_MEASURE_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/histogram.h"
#include "net/impair.h"
#include "wire/reason.h"
#include "wire/receive_report.h"
#include "wire/verify.h"

// From the stored distances to units of the arena.
#define MILLIUNIT_TO_UNIT 1e-3

// Reasons that this program does not know are counted under this index.
#define TALLY_REASON_UNKNOWN REASON_COUNT
#define TALLY_REASONS        (REASON_COUNT + 1)

// The first connection that ended badly for a reason, as an example to show.
typedef struct TallyExample {
    uint32_t bot;
    uint64_t after_ns; // since the start of the run
} TallyExample;

// The first entity whose state differed from the server's, as an example to show.
typedef struct TallyDifference {
    uint32_t bot;
    uint64_t after_ns; // since the start of the run
    uint16_t sequence; // of the snapshot
    VerifyDifference difference;
} TallyDifference;

// The effect of the bad network on the datagrams of one direction: sums.
typedef struct TallyImpaired {
    uint64_t submitted, delivered, lost, duplicated, reordered, overflowed;
    uint64_t delay_ns; // intended
    uint64_t late_ns;  // beyond the intended delay, since timers are not exact
} TallyImpaired;

// Datagrams that were held back, copies included.
static inline uint64_t tally_held(const TallyImpaired *impaired) {
    return impaired->submitted + impaired->duplicated - impaired->lost - impaired->overflowed;
}

// A receiver's statistics over the numbers that ENet gives every unsequenced message, snapshots and
// inputs alike: the measured effect of an impairment, not the intended one.
typedef struct TallySeen {
    uint64_t received;              // for the first time
    uint64_t duplicated, overtaken; // arrived again; arrived after a newer one
    uint64_t judged,
        lost; // numbers too old to arrive any more, and those of them that never arrived
} TallySeen;

// Differences of the delay from one message to the next, which measure its jitter whatever the two
// clocks show: for a delay spread evenly over a range, the mean square is range^2 / 6.
typedef struct TallyJitter {
    uint64_t pairs;
    uint64_t squares_us2; // sum
} TallyJitter;

// The same measurements of the control group, the bots without the bad network, to be subtracted
// from those of the others.
typedef struct TallyControl {
    uint64_t round_trips, round_trip_ns; // sum
    TallyJitter jitter_in, jitter_out;
} TallyControl;

// The bots that attack. They are meant to be kicked, so they are counted apart from all others.
typedef struct TallyHostile {
    uint64_t attempted, ok;
    uint64_t left;                 // ended by themselves
    uint64_t silent;               // as Tally.silent and Tally.overdue
    uint64_t ended[TALLY_REASONS]; // by the server, or without an answer
    uint64_t messages_sent, bytes_sent;
    uint64_t malformed_sent; // of the messages
    uint64_t packets_in, bytes_in;
} TallyHostile;

typedef struct Tally {
    // Lasting.
    // Connections. Each attempt becomes one of: ok, refused, timed out, or still under way; dropped
    // ones were ok before.
    uint64_t attempted, ok, refused, timed_out, dropped;
    uint64_t left;    // ended by the bot in the middle of the run
    uint64_t silent;  // ended by the bot when the server was gone or had long been silent
    uint64_t overdue; // given up after expectation_connect_ns()
    uint64_t bad_ends[TALLY_REASONS];
    TallyExample examples[TALLY_REASONS]; // valid where bad_ends is not 0
    uint64_t differences;                 // that the server explained
    TallyDifference difference;
    uint64_t decode_errors;
    uint64_t verify_checks, verify_mismatches;
    TallyHostile hostile;

    // Measured.
    uint64_t largest_datagram; // received, in bytes; merged by maximum, not by sum
    // Snapshots. Expected: due at the server's snapshot rate from a bot's first snapshot to its
    // end, for a dropped bot to its planned end. Lost: gaps in the sequence, so sent but never
    // received.
    uint64_t snapshots_received, snapshots_expected, snapshots_lost, snapshots_stale;
    uint64_t snapshot_bytes, entity_updates;
    uint64_t entity_enters; // updates that were the first of an entity
    uint64_t entity_skips;  // entities in view without an update in a snapshot
    uint64_t playing_ns;    // time from the first snapshot on, summed over bots
    // Prediction.
    uint64_t prediction_checks, prediction_corrections;
    // Traffic: UDP payload and datagrams.
    uint64_t bytes_in, bytes_out, packets_in, packets_out;
    // The generator itself.
    uint64_t sends, missed_sends;
    TallyImpaired impaired_in, impaired_out;
    // Measured by the impaired bots. In: from the server to them; out: reported by the server.
    TallySeen seen_in, seen_out;
    TallyJitter jitter_in, jitter_out;
    TallyControl control;

    // Corrected for arrivals that a stall delayed (due_gap.h), and uncorrected.
    Histogram round_trip_ns, round_trip_uncorrected_ns;
    Histogram snapshot_gap_ns, snapshot_gap_uncorrected_ns;
    Histogram input_ack_ns; // from when the input was due to be sent
    Histogram correction_milliunits;
    Histogram visible;    // entities a bot knows of, sampled
    Histogram refresh_ns; // age of the previous state of entities in view, sampled
    Histogram loop_lag_ns;
    Histogram connect_ns; // from the first datagram to the first snapshot; lasting
} Tally;

// A number of a tally that is no histogram, nor counted by reason: a TALLY_COUNTER of figures.def.
typedef struct TallyCounter {
    const char *name;
    size_t offset;
    bool is_lasting;
    bool is_maximum; // merging keeps the larger one; else it adds
} TallyCounter;

// One after the other; NULL after the last.
const TallyCounter *tally_counter_at(size_t index);

static inline uint64_t *tally_counter(const TallyCounter *counter, Tally *tally) {
    return (uint64_t *)(void *)((char *)tally + counter->offset);
}

static inline uint64_t tally_counted(const TallyCounter *counter, const Tally *tally) {
    return *(const uint64_t *)(const void *)((const char *)tally + counter->offset);
}

static inline double tally_playing_s(const Tally *tally) {
    return (double)tally->playing_ns / (double)NS_PER_S;
}

void tally_reset(Tally *tally);
void tally_merge(Tally *into, const Tally *from);

// Only the lasting fields.
void tally_merge_lasting(Tally *into, const Tally *from);

// Adds the difference between two readings of an impairment's statistics.
void tally_impaired(TallyImpaired *into, const ImpairStats *now, const ImpairStats *before);

// The range of an evenly spread delay that explains the measured differences, less those without an
// impairment; 0 without measurements. It is exact to 4 % with 1,000 messages.
double tally_jitter_ns(const TallyJitter *measured, const TallyJitter *without);

// Adds the difference between two of the server's receive reports.
void tally_receive_report(TallySeen *seen, TallyJitter *jitter, const ReceiveReport *now,
                          const ReceiveReport *before);

// Adds the difference of two delays.
void tally_jitter_record(TallyJitter *jitter, uint64_t difference_ns);

// Counts a difference that the server explained; the first example stays.
void tally_difference(Tally *tally, const TallyDifference *difference);

// Counts a hostile bot's connection that it did not end itself.
void tally_hostile_end(TallyHostile *hostile, uint32_t reason);

// Counts a connection that ended badly; the first example stays.
void tally_bad_end(Tally *tally, uint32_t reason, uint32_t bot, uint64_t after_ns);

#endif
