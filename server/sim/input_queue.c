// SPDX-License-Identifier: MIT
#include "server/sim/input_queue.h"

#include <string.h>

#include "base/thread_role.h"

void input_queue_reset(InputQueue *queue, uint32_t tick) {
    ASSERT_SIM_THREAD();
    memset(queue, 0, sizeof *queue);
    queue->next_tick = tick;
}

static InputSlot *slot_of(InputQueue *queue, uint32_t tick) {
    return &queue->slots[tick & (INPUT_QUEUE_SLOTS - 1)];
}

// Distances are modulo 2^32 and signed. They are correct for any two ticks of one match; a tick
// that a client made up only gives a wrong number.
static int32_t ticks_between(uint32_t from, uint32_t to) {
    return (int32_t)(to - from);
}

static int64_t bound(int64_t value, int64_t low, int64_t high) {
    return value < low ? low : value > high ? high : value;
}

// The time from an input's arrival to its tick: its distance to the next tick, plus the time until
// that tick starts.
static int16_t measure_margin_q4(const InputQueue *queue, uint32_t newest_tick,
                                 const InputArrival *arrival) {
    const int64_t early_ns = (int64_t)(arrival->due_ns - arrival->received_ns);
    const int64_t margin = (int64_t)ticks_between(queue->next_tick, newest_tick) * 16 +
                           early_ns * 16 / (int64_t)arrival->tick_ns;
    return (int16_t)bound(margin, -INPUT_MARGIN_MAX_Q4, INPUT_MARGIN_MAX_Q4);
}

// Records the time from the publication of a snapshot to the arrival of the first packet that
// acknowledges it. From the packet it uses only the snapshot's sequence.
static void measure_latency(InputQueue *queue, const InputArrival *arrival) {
    if (!arrival->has_snapshot ||
        (queue->has_latency && ticks_between(queue->latency_tick, arrival->snapshot_tick) <= 0)) {
        return;
    }
    const int64_t early_ns = (int64_t)(arrival->due_ns - arrival->received_ns);
    const int64_t age_q8 = (int64_t)ticks_between(arrival->snapshot_tick, queue->next_tick) * 256 -
                           early_ns * 256 / (int64_t)arrival->tick_ns;
    const int64_t most_q8 = (int64_t)(INPUT_REWIND_LATENCY_NS * 256 / arrival->tick_ns);
    queue->has_latency = true;
    queue->latency_tick = arrival->snapshot_tick;
    queue->latency_q8 = (uint32_t)bound(age_q8, 0, most_q8);
}

// The longest rewind of the input that is before_newest ticks older than the packet's newest; see
// the header.
static int64_t longest_rewind_q8(const InputQueue *queue, const InputArrival *arrival,
                                 int16_t margin_q4, uint32_t before_newest) {
    const uint32_t interval = arrival->snapshot_interval_ticks;
    const int64_t lag = before_newest > interval ? before_newest - interval : 0;
    const int64_t early_q8 = (int64_t)margin_q4 * 16 - lag * 256;
    return bound(early_q8, 0, INPUT_REWIND_EARLY_TICKS * 256) + queue->latency_q8 +
           (int64_t)interval * INPUT_REWIND_INTERVALS * 256;
}

// The claim is the same for all inputs of a packet: view and input advance together.
static int64_t claimed_rewind_q8(const InputMessage *message) {
    const uint32_t newest_q8 = message->newest_tick << 8; // modulo 2^32, as the view is
    return ticks_between(message->view_tick_q8, newest_q8);
}

static uint16_t rewind_q8_of(const InputQueue *queue, const InputMessage *message,
                             const InputArrival *arrival, int16_t margin_q4,
                             uint32_t before_newest) {
    if (!message->has_snapshot) {
        return INPUT_REWIND_NONE; // the client has no view yet
    }
    const int64_t longest_q8 = longest_rewind_q8(queue, arrival, margin_q4, before_newest);
    return (uint16_t)bound(bound(claimed_rewind_q8(message), 0, longest_q8), 0, UINT16_MAX);
}

static bool is_unlikely(const InputQueue *queue, const InputMessage *message,
                        const InputArrival *arrival, int16_t margin_q4) {
    const int64_t claimed_q8 = claimed_rewind_q8(message);
    return message->has_snapshot &&
           (claimed_q8 < 0 || claimed_q8 > longest_rewind_q8(queue, arrival, margin_q4, 0));
}

// Packets overtake each other; the one sent last has the client's clock. After a long silence its
// 16 bits are ambiguous.
static bool is_newest_packet(const InputQueue *queue, uint16_t send_time_ms, uint64_t received_ns) {
    return !queue->has_input || (int16_t)(uint16_t)(send_time_ms - queue->send_time_ms) > 0 ||
           received_ns - queue->received_ns > INPUT_PACKET_SILENCE_NS;
}

static void push_one(InputQueue *queue, uint32_t tick, ShipInput input, uint16_t rewind_q8) {
    const int32_t ahead = ticks_between(queue->next_tick, tick);
    InputSlot *slot = slot_of(queue, tick);
    if (ahead >= INPUT_AHEAD_TICKS) {
        queue->counts.early++;
    } else if (ahead < -INPUT_AHEAD_TICKS) {
        queue->counts.late++;
    } else if (slot->tick == tick && slot->is_filled) {
        queue->counts.duplicate++;
    } else {
        // A late input is stored too, so that its repetitions count as duplicates, not as further
        // late inputs.
        *slot = (InputSlot){tick, input, rewind_q8, true};
        queue->counts.late += ahead < 0;
        queue->counts.accepted += ahead >= 0;
    }
}

void input_queue_push(InputQueue *queue, const InputMessage *message, const InputArrival *arrival) {
    ASSERT_SIM_THREAD();
    const int16_t margin_q4 = measure_margin_q4(queue, message->newest_tick, arrival);
    if (is_newest_packet(queue, message->send_time_ms, arrival->received_ns)) {
        queue->send_time_ms = message->send_time_ms;
        queue->received_ns = arrival->received_ns;
        queue->margin_q4 = margin_q4;
    }
    measure_latency(queue, arrival);
    queue->counts.unlikely += is_unlikely(queue, message, arrival, margin_q4);
    for (uint32_t i = message->count; i-- > 0;) {
        push_one(queue, message->newest_tick - i, message->inputs[i],
                 rewind_q8_of(queue, message, arrival, margin_q4, i));
    }
    // Inputs beyond the queue's reach are not acknowledged, since they were dropped.
    const int32_t ahead = ticks_between(queue->next_tick, message->newest_tick);
    const bool is_kept = ahead < INPUT_AHEAD_TICKS;
    if (is_kept &&
        (!queue->has_input || ticks_between(queue->newest_tick, message->newest_tick) > 0)) {
        queue->newest_tick = message->newest_tick;
    }
    queue->has_input = true;
}

ShipInput input_queue_pop(InputQueue *queue) {
    ASSERT_SIM_THREAD();
    const uint32_t tick = queue->next_tick++;
    InputSlot *slot = slot_of(queue, tick);
    if (slot->tick == tick && slot->is_filled) {
        queue->last = slot->input;
        queue->rewind_q8 = slot->rewind_q8;
        queue->starved_run = 0;
        return queue->last;
    }
    *slot = (InputSlot){.tick = tick};
    if (!queue->has_input) {
        return queue->last;
    }
    queue->counts.starved++;
    queue->starved_count++;
    queue->starved_run++;
    if (queue->starved_run > INPUT_REPEAT_TICKS) {
        queue->last.buttons = 0;
    }
    return queue->last;
}

Fault input_queue_validate(const InputQueue *queue) {
    ASSERT_SIM_THREAD();
    for (uint32_t i = 0; i < INPUT_QUEUE_SLOTS; i++) {
        const InputSlot *slot = &queue->slots[i];
        if (!slot->is_filled) {
            continue;
        }
        const int32_t ahead = ticks_between(queue->next_tick, slot->tick);
        if (slot->tick % INPUT_QUEUE_SLOTS != i) {
            return (Fault){"an input is not in its slot", "input slot", i};
        }
        if (ahead >= INPUT_AHEAD_TICKS || ahead < -INPUT_QUEUE_SLOTS) {
            return (Fault){"an input is out of the queue's reach", "input slot", i};
        }
    }
    return queue->margin_q4 > INPUT_MARGIN_MAX_Q4 || queue->margin_q4 < -INPUT_MARGIN_MAX_Q4
               ? (Fault){.what = "an input's margin is out of range"}
               : (Fault){0};
}
