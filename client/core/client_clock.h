// SPDX-License-Identifier: MIT
// client_clock.h -- the present tick: for the inputs we record, and for the other entities we show.
//
// Flow:    welcome, snapshots, round trips, margins -> two lines through time:
//          input line  runs ahead of the server, so that inputs arrive a little before their tick
//          shown line  runs behind it, so that there are samples on both sides to interpolate
// Threads: the client's thread. Time is a parameter; reading a line changes nothing.
// Units:   ticks as doubles; times in monotonic nanoseconds.
// Source:  the server returns how early inputs were, and the client steers by it: that is the
//          scheme of Overwatch and of Unity's Netcode for Entities. The limits of the shown line
//          are theirs too. The estimators are TCP's (RFC 6298).
//
// A line does not jump while its error is small: it runs a little fast or slow until the error is
// gone. The shown line never runs backwards.
#ifndef TICKSTORM_CLIENT_CORE_CLIENT_CLOCK_H
#define TICKSTORM_CLIENT_CORE_CLIENT_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_RESERVE_TICKS   2.0  // how early the last possible input shall arrive
#define CLOCK_RESERVE_MAX     8.0  // ... at most, when the network jitters
#define CLOCK_INPUT_SLEW_MAX  0.05 // the input line runs faster or slower by this share at most
#define CLOCK_JUMP_TICKS      10.0 // beyond this error a line jumps
#define CLOCK_DELAY_INTERVALS 6.0  // the interpolation delay never exceeds so many snapshots
#define CLOCK_SENT_PACKETS    64   // power of two

// A decaying mean and mean deviation; single outliers are ignored, three in a row are believed.
typedef struct ClockEstimate {
    double mean;
    double deviation;
    uint32_t sample_count;
    uint32_t outlier_count; // in a row
} ClockEstimate;

// tick(now) = anchor_tick + elapsed, running slew_max fast or slow until slew_ticks are made up.
typedef struct ClockLine {
    uint64_t anchor_ns;
    double anchor_tick;
    double slew_ticks;
    double slew_max;
} ClockLine;

typedef struct ClockSent {
    uint32_t newest_tick;
    float phase; // of the input line when that tick was first sent, less phase_base
} ClockSent;

typedef struct ClientClock {
    // Constant after client_clock_init.
    double ticks_per_ns;
    double snapshot_interval_ticks;
    uint64_t epoch_ns; // phases are ticks less the ticks elapsed since then
    // Measurements.
    ClockEstimate round_trip_ns;
    ClockEstimate arrival;    // phase of snapshots as they arrive
    ClockEstimate gap_ticks;  // between snapshots that arrived
    ClockEstimate need;       // input line's phase at which inputs would arrive when needed
    ClockEstimate send_ticks; // between input packets
    double margin_ticks;      // the last margin that the server returned
    uint32_t newest_snapshot; // tick of the newest snapshot ...
    double newest_tick;       // ... and unwrapped, as all doubles here: see serial.h
    uint32_t newest_margin;   // the input tick that the last margin was about
    uint32_t snapshots_since_margin;
    // Lines.
    bool has_snapshot;
    ClockLine input;
    ClockLine shown;
    double delay_ticks; // of the shown line behind the arrival of snapshots
    uint64_t jumps;
    // Packets.
    uint64_t sent_count;
    double phase_base; // the phase of the first packet, so that floats hold small numbers
    ClockSent sent[CLOCK_SENT_PACKETS];
} ClientClock;

void client_clock_init(ClientClock *clock, uint64_t now_ns, uint32_t tick_rate_hz,
                       uint32_t snapshot_rate_hz);

// A first estimate of the server's tick, from the welcome. round_trip_ns 0: not known.
void client_clock_seed(ClientClock *clock, uint64_t now_ns, uint32_t server_tick,
                       uint64_t round_trip_ns);

// A measured round trip; call before client_clock_on_snapshot() for the same snapshot.
void client_clock_on_round_trip(ClientClock *clock, uint64_t round_trip_ns);

// The server returned that input `tick` arrived margin_ticks before it was needed (negative: late).
// Further margins of the same tick are ignored.
void client_clock_on_margin(ClientClock *clock, uint32_t tick, double margin_ticks);

// A new snapshot arrived: steers both lines.
void client_clock_on_snapshot(ClientClock *clock, uint64_t now_ns, uint32_t tick);

// An input packet left whose newest input is for newest_tick.
void client_clock_on_sent(ClientClock *clock, uint64_t now_ns, uint32_t newest_tick);

// The tick whose input is due to be recorded: all up to floor() of it.
double client_clock_input_tick(const ClientClock *clock, uint64_t now_ns);

// The server's time at which the other entities are shown.
double client_clock_shown_tick(const ClientClock *clock, uint64_t now_ns);

// How early the newest input of a packet should arrive, in ticks: the reserve, plus the ticks that
// pass until the next packet.
double client_clock_target_margin(const ClientClock *clock);

#endif
