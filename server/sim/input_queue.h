// SPDX-License-Identifier: MIT
// input_queue.h -- the jitter buffer between a player's network and the world: one input a tick.
//
// Flow:    input packets -> input_queue_push() -> slots by tick -> input_queue_pop() per tick
// Threads: the sim thread only.
// Memory:  fixed size, inside the session.
// Units:   ticks; margins in 1/16 tick, rewinds in 1/256 tick.
// Trust:   a packet has passed input_read(); its ticks, its clock and what it says that the player
//          saw may still be any numbers.
//
// Whatever arrives, exactly one input is taken per tick: sending more, earlier or twice buys
// nothing. A tick whose input is missing repeats the one before for a while (it usually holds on),
// then lets go of the buttons, so that a player who vanished does not fire until the time-out.
//
// Lag compensation. With each input lies its rewind: how long before the input's tick the player
// saw what it shoots at. A repeated input keeps it. It is made of three parts, each with a bound of
// its own, so that nobody is hit where it stood longer ago than their sum:
//
//      seen            snapshot published       packet arrives     input's tick
//   ----|------------------------|-----------------------|-----------------|---->
//       |   interpolation        |   there and back      |   early         |
//       |   2 snapshot intervals |   200 ms              |   8 ticks       |
//
// The last two are measured here. How long it is there and back shows when a packet acknowledges a
// snapshot for the first time: from that snapshot's publication to the packet's arrival. A packet
// that names a snapshot again, or an older one, measures nothing: the last measurement stays, and
// before the first one the latency is zero. How early an input is shows when its packet arrives.
// The older inputs of a packet count as early as its newest, less what they lag behind it beyond a
// snapshot interval: a client may save up inputs for that long. So a player cannot claim more
// latency than it has, short of holding back its acknowledgements, and never more than the bounds.
#ifndef TICKSTORM_SERVER_SIM_INPUT_QUEUE_H
#define TICKSTORM_SERVER_SIM_INPUT_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/limits.h"
#include "game/ship.h"
#include "wire/message.h"

// Half of the slots hold what is still to come, half remember what was: only so can a repeated
// input be told from one that came too late.
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
    uint64_t duplicate; // arrived before already: the redundancy at work
    uint64_t late;      // its tick had to do without it
    uint64_t early;     // further ahead than the queue reaches: dropped
    uint64_t starved;   // ticks that had to do without one
    uint64_t unlikely;  // packets whose view was older or newer than it can have been
} InputCounts;

typedef struct InputQueue {
    uint32_t next_tick; // the tick that is taken next
    // Since the first packet.
    bool has_input;
    uint32_t newest_tick; // newest input accepted
    ShipInput last;       // taken for the tick before
    uint16_t rewind_q8;   // of last
    uint32_t starved_run; // ticks in a row without an input
    uint16_t starved_count;
    // Of the newest snapshot acknowledged so far.
    bool has_latency;
    uint32_t latency_tick; // its
    uint32_t latency_q8;   // there and back, bounded
    // Of the packet that was sent last, by its own clock.
    uint16_t send_time_ms;
    uint64_t received_ns;
    int16_t margin_q4; // how long before its tick the newest input arrived
    InputCounts counts;
    InputSlot slots[INPUT_QUEUE_SLOTS];
} InputQueue;

// Empties the queue; tick is the first that will be taken.
void input_queue_reset(InputQueue *queue, uint32_t tick);

// What the server knows about a packet's arrival.
typedef struct InputArrival {
    uint64_t received_ns;
    uint64_t due_ns; // when next_tick is scheduled to start
    uint64_t tick_ns;
    uint32_t snapshot_interval_ticks;
    uint32_t snapshot_tick; // of the newest snapshot that the packet acknowledges ...
    bool has_snapshot;      // ... if any, and if it is known when it was sent
} InputArrival;

// Takes in a packet.
void input_queue_push(InputQueue *queue, const InputMessage *message, const InputArrival *arrival);

// The input for next_tick, and on to the next; queue->rewind_q8 belongs to it. Neutral before the
// first packet.
ShipInput input_queue_pop(InputQueue *queue);

// Checks that every input lies in its slot and within the queue's reach.
Fault input_queue_validate(const InputQueue *queue);

#endif
