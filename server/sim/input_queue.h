// SPDX-License-Identifier: MIT
// input_queue.h -- the jitter buffer between a player's network and the world: one input a tick.
//
// Flow:    input packets -> input_queue_push() -> slots by tick -> input_queue_pop() per tick
// Threads: the sim thread only.
// Memory:  fixed size, inside the session.
// Units:   ticks; margins in 1/16 tick, rewinds in 1/256 tick.
// Trust:   a packet has passed input_read(); its ticks, its clock and its view may still be any
//          numbers.
//
// Exactly one input is popped per tick: a client gains nothing by sending more, earlier or twice.
// When a tick's input is missing, the last one is repeated for a while, since players usually keep
// their buttons pressed. After that the buttons are released, so that the ship of a player who is
// gone does not fire until the time-out.
//
// Lag compensation. Each input has a rewind: how long before the input's tick the player saw its
// target. A repeated input keeps its rewind. A rewind has three parts, each with its own bound, so
// that no entity is hit at a position that is older than the sum of the bounds:
//
//      seen            snapshot published       packet arrives     input's tick
//   ----|------------------------|-----------------------|-----------------|---->
//       |   interpolation        |   round trip          |   early         |
//       |   2 snapshot intervals |   200 ms              |   8 ticks       |
//
// The last two are measured here. The round trip is the time from a snapshot's publication to the
// arrival of the first packet that acknowledges it. A packet that names the same snapshot again, or
// an older one, measures nothing: the last measurement stays, and before the first one the latency
// is zero. An input is early by the time from its packet's arrival to its tick. The older inputs of
// a packet count as early as its newest, less their distance to it beyond a snapshot interval: a
// client may collect inputs for that long. So a player cannot claim more latency than it has,
// except by delaying its acknowledgements, and never more than the bounds.
#ifndef TICKSTORM_SERVER_SIM_INPUT_QUEUE_H
#define TICKSTORM_SERVER_SIM_INPUT_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/limits.h"
#include "game/ship.h"
#include "wire/message.h"

// Half of the slots hold future inputs. The other half hold inputs of earlier ticks, so that the
// queue can distinguish a repeated input from a late one.
#define INPUT_QUEUE_SLOTS       64
#define INPUT_AHEAD_TICKS       (INPUT_QUEUE_SLOTS / 2)
#define INPUT_REPEAT_TICKS      15
#define INPUT_MARGIN_MAX_Q4     2047
#define INPUT_PACKET_SILENCE_NS 10000000000ull

// Bounds of a rewind's parts; see above.
#define INPUT_REWIND_LATENCY_NS  200000000ull
#define INPUT_REWIND_INTERVALS   2
#define INPUT_REWIND_EARLY_TICKS 8
#define INPUT_REWIND_NONE        0

typedef struct InputSlot {
    uint32_t tick;
    ShipInput input;
    uint16_t rewind_q8;
    bool is_filled;
} InputSlot;

// Per input, since the queue began.
typedef struct InputCounts {
    uint64_t accepted;
    uint64_t duplicate; // had arrived before: redundancy
    uint64_t late;      // arrived after its tick
    uint64_t early;     // further ahead than the queue reaches: dropped
    uint64_t starved;   // ticks without an input
    uint64_t unlikely;  // packets with a view that is older or newer than possible
} InputCounts;

typedef struct InputQueue {
    uint32_t next_tick; // of the next pop
    // Since the first packet.
    bool has_input;
    uint32_t newest_tick; // newest input accepted
    ShipInput last;       // the input popped for the previous tick
    uint16_t rewind_q8;   // of last
    uint32_t starved_run; // ticks in a row without an input
    uint16_t starved_count;
    // About the newest snapshot acknowledged so far.
    bool has_latency;
    uint32_t latency_tick; // the tick of that snapshot
    uint32_t latency_q8;   // its round trip, bounded
    // About the packet that was sent last, by the client's clock.
    uint16_t send_time_ms;
    uint64_t received_ns;
    int16_t margin_q4; // from the arrival of the newest input to its tick
    InputCounts counts;
    InputSlot slots[INPUT_QUEUE_SLOTS];
} InputQueue;

// Empties the queue; tick is that of the first pop.
void input_queue_reset(InputQueue *queue, uint32_t tick);

// The arrival of a packet, as the server measured it.
typedef struct InputArrival {
    uint64_t received_ns;
    uint64_t due_ns; // when next_tick is scheduled to start
    uint64_t tick_ns;
    uint32_t snapshot_interval_ticks;
    uint32_t snapshot_tick; // the tick of the newest snapshot that the packet acknowledges ...
    bool has_snapshot;      // ... if there is one
} InputArrival;

// Adds the inputs of a packet.
void input_queue_push(InputQueue *queue, const InputMessage *message, const InputArrival *arrival);

// The input for next_tick, which then advances by one; its rewind is in queue->rewind_q8. Neutral
// before the first packet.
ShipInput input_queue_pop(InputQueue *queue);

// Checks that every input lies in its slot and within the queue's reach.
Fault input_queue_validate(const InputQueue *queue);

#endif
