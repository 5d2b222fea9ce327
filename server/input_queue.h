// SPDX-License-Identifier: MIT
// input_queue.h -- the jitter buffer between a player's network and the world: one input a tick.
//
// Flow:    input packets -> input_queue_push() -> slots by tick -> input_queue_take() per tick
// Threads: the sim thread only.
// Memory:  fixed size, inside the session.
// Units:   ticks; margins in 1/16 tick.
// Trust:   a packet has passed input_read(); its ticks and its clock may still be any numbers.
//
// Whatever arrives, exactly one input is taken per tick: sending more, earlier or twice buys
// nothing. A tick whose input is missing repeats the one before for a while (it usually holds on),
// then lets go of the buttons, so that a player who vanished does not fire until the time-out.
#ifndef TICKSTORM_SERVER_INPUT_QUEUE_H
#define TICKSTORM_SERVER_INPUT_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

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

typedef struct InputSlot {
    uint32_t tick;
    ShipInput input;
    bool is_filled;
} InputSlot;

// Per input, since the queue began.
typedef struct InputCounts {
    uint64_t accepted;
    uint64_t duplicate; // arrived before already: the redundancy at work
    uint64_t late;      // its tick had to do without it
    uint64_t early;     // further ahead than the queue reaches: dropped
    uint64_t starved;   // ticks that had to do without one
} InputCounts;

typedef struct InputQueue {
    InputSlot slots[INPUT_QUEUE_SLOTS];
    uint32_t next_tick; // the tick that is taken next
    // Since the first packet.
    bool has_input;
    uint32_t newest_tick; // newest input accepted
    ShipInput last;       // taken for the tick before
    uint32_t starved_run; // ticks in a row without an input
    uint16_t starved_count;
    // Of the packet that was sent last, by its own clock.
    uint16_t send_time_ms;
    uint64_t received_ns;
    int16_t margin_q4; // how long before its tick the newest input arrived
    InputCounts counts;
} InputQueue;

// Empties the queue; tick is the first that will be taken.
void input_queue_reset(InputQueue *queue, uint32_t tick);

// Takes in a packet that arrived at received_ns. due_ns is when next_tick is scheduled to start,
// tick_ns how long a tick lasts.
void input_queue_push(InputQueue *queue, const InputMessage *message, uint64_t received_ns,
                      uint64_t due_ns, uint64_t tick_ns);

// The input for next_tick, and on to the next. Neutral before the first packet.
ShipInput input_queue_take(InputQueue *queue);

#endif
