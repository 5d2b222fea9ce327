// SPDX-License-Identifier: MIT
#include "server/sim/input_queue.h"

#include "base/clock.h"
#include "support.h"

#define TICK_NS        (NS_PER_S / 64) // 1/16 of it is a whole number of nanoseconds
#define START          1000u
#define INTERVAL_TICKS 3

// The queue's clock in these tests: tick t starts at t * TICK_NS.
static uint64_t due_ns(uint32_t tick) {
    return tick * TICK_NS;
}

static ShipInput input_for(uint32_t tick) {
    return (ShipInput){.aim = (uint16_t)(tick * 31), .buttons = (uint8_t)(tick % 63 + 1)};
}

// A packet with the inputs of the `count` ticks up to newest.
static InputMessage packet(uint32_t newest, uint32_t count, uint16_t send_time_ms) {
    InputMessage message = {.newest_tick = newest, .count = count, .send_time_ms = send_time_ms};
    for (uint32_t i = 0; i < count; i++) {
        message.inputs[i] = input_for(newest - i);
    }
    return message;
}

static void push_at(InputQueue *queue, const InputMessage *message, uint64_t received_ns) {
    const InputArrival arrival = {.received_ns = received_ns,
                                  .due_ns = due_ns(queue->next_tick),
                                  .tick_ns = TICK_NS,
                                  .snapshot_interval_ticks = INTERVAL_TICKS,
                                  .has_snapshot = message->has_snapshot,
                                  .snapshot_tick = message->snapshot_sequence};
    input_queue_push(queue, message, &arrival);
}

static void push(InputQueue *queue, uint32_t newest, uint32_t count, uint16_t send_time_ms) {
    const InputMessage message = packet(newest, count, send_time_ms);
    push_at(queue, &message, due_ns(queue->next_tick));
}

static InputQueue fresh_queue(void) {
    InputQueue queue;
    input_queue_reset(&queue, START);
    return queue;
}

static void inputs_are_popped_at_their_ticks(void **state) {
    (void)state;
    InputQueue queue = fresh_queue();
    push(&queue, START + 2, 3, 1);
    for (uint32_t tick = START; tick < START + 3; tick++) {
        assert_true(input_equals(input_queue_pop(&queue), input_for(tick)));
    }
    assert_int_equal(queue.counts.accepted, 3);
    assert_int_equal(queue.counts.starved, 0);
    assert_int_equal(queue.newest_tick, START + 2);
}

static void before_the_first_packet_a_ship_does_nothing_and_is_not_starved(void **state) {
    (void)state;
    InputQueue queue = fresh_queue();
    for (int i = 0; i < 10; i++) {
        assert_true(input_equals(input_queue_pop(&queue), (ShipInput){0}));
    }
    assert_false(queue.has_input);
    assert_int_equal(queue.counts.starved, 0);
}

static void duplicate_input_is_ignored_and_counted(void **state) {
    (void)state;
    InputQueue queue = fresh_queue();
    push(&queue, START + 1, 2, 1);
    InputMessage other = packet(START + 1, 2, 2);
    other.inputs[1].buttons = 0; // the same tick, another input
    push_at(&queue, &other, due_ns(START));
    assert_int_equal(queue.counts.duplicate, 2);
    assert_true(input_equals(input_queue_pop(&queue), input_for(START)));
}

static void redundancy_fills_the_gap_of_a_lost_packet(void **state) {
    (void)state;
    InputQueue queue = fresh_queue();
    push(&queue, START + 2, 3, 1);
    // The packet for START + 3 .. START + 5 is lost; the one behind it repeats them.
    push(&queue, START + 8, 6, 3);
    for (uint32_t tick = START; tick <= START + 8; tick++) {
        assert_true(input_equals(input_queue_pop(&queue), input_for(tick)));
    }
    assert_int_equal(queue.counts.starved, 0);
}

static void a_missing_input_repeats_the_last_one_then_lets_go(void **state) {
    (void)state;
    InputQueue queue = fresh_queue();
    push(&queue, START, 1, 1);
    const ShipInput last = input_queue_pop(&queue);
    for (uint32_t i = 1; i <= INPUT_REPEAT_TICKS; i++) {
        assert_true(input_equals(input_queue_pop(&queue), last));
        assert_int_equal(queue.starved_count, i);
    }
    const ShipInput released = input_queue_pop(&queue);
    assert_int_equal(released.buttons, 0);
    assert_int_equal(released.aim, last.aim);
    assert_int_equal(queue.counts.starved, INPUT_REPEAT_TICKS + 1);
}

// Each gap is bridged for the full time, however long the one before was.
static void each_gap_after_an_input_is_bridged_for_the_same_time(void **state) {
    (void)state;
    static const uint32_t HOLES[] = {INPUT_REPEAT_TICKS - 1, INPUT_REPEAT_TICKS, 1,
                                     INPUT_REPEAT_TICKS + 3, INPUT_REPEAT_TICKS + 3};
    InputQueue queue = fresh_queue();
    uint32_t starved = 0;
    uint16_t sent = 0;
    for (size_t i = 0; i < sizeof HOLES / sizeof *HOLES; i++) {
        const ShipInput input = input_for(queue.next_tick);
        push(&queue, queue.next_tick, 1, ++sent);
        assert_true(input_equals(input_queue_pop(&queue), input));
        for (uint32_t missing = 1; missing <= HOLES[i]; missing++) {
            const ShipInput popped = input_queue_pop(&queue);
            assert_int_equal(popped.buttons, missing <= INPUT_REPEAT_TICKS ? input.buttons : 0);
            assert_int_equal(popped.aim, input.aim);
            assert_int_equal(queue.starved_count, ++starved);
        }
    }
    assert_int_equal(queue.counts.starved, starved);
}

static void a_late_input_is_counted_once_however_often_it_is_repeated(void **state) {
    (void)state;
    InputQueue queue = fresh_queue();
    push(&queue, START, 1, 1);
    input_queue_pop(&queue);
    input_queue_pop(&queue); // START + 1 is missing
    push(&queue, START + 1, 1, 2);
    push(&queue, START + 1, 1, 3);
    push(&queue, START + 2, 2, 4);
    assert_int_equal(queue.counts.late, 1);
    assert_int_equal(queue.counts.duplicate, 2);
    assert_true(input_equals(input_queue_pop(&queue), input_for(START + 2)));
}

static void an_input_beyond_reach_is_dropped_counted_and_not_acknowledged(void **state) {
    (void)state;
    InputQueue queue = fresh_queue();
    push(&queue, START, 1, 1);
    push(&queue, START + INPUT_AHEAD_TICKS, 1, 2);
    assert_int_equal(queue.counts.early, 1);
    assert_int_equal(queue.newest_tick, START);
    // The margin is measured all the same: the client needs it to correct its clock.
    assert_int_equal(queue.margin_q4, INPUT_AHEAD_TICKS * 16);
    push(&queue, START + INPUT_AHEAD_TICKS - 1, 1, 3);
    assert_int_equal(queue.counts.early, 1);
    assert_int_equal(queue.newest_tick, START + INPUT_AHEAD_TICKS - 1);
}

static void any_tick_number_is_handled(void **state) {
    (void)state;
    InputQueue queue = fresh_queue();
    static const uint32_t ticks[] = {0, 1, UINT32_MAX, UINT32_MAX / 2, START - 500, START + 90000};
    for (uint16_t i = 0; i < sizeof ticks / sizeof *ticks; i++) {
        push(&queue, ticks[i], INPUT_WINDOW_TICKS, (uint16_t)(i + 1));
    }
    assert_int_equal(queue.counts.accepted, 0);
    assert_true(queue.margin_q4 <= INPUT_MARGIN_MAX_Q4);
    push(&queue, START, 1, 100);
    assert_true(input_equals(input_queue_pop(&queue), input_for(START)));
}

static void any_number_of_packets_yields_one_input_per_tick(void **state) {
    (void)state;
    InputQueue queue = fresh_queue();
    for (uint16_t i = 0; i < 500; i++) {
        push(&queue, START + i % 8, INPUT_WINDOW_TICKS, i);
    }
    for (uint32_t tick = START; tick < START + 8; tick++) {
        assert_true(input_equals(input_queue_pop(&queue), input_for(tick)));
    }
    assert_int_equal(queue.counts.accepted, 8);
}

static void the_margin_is_how_long_before_its_tick_an_input_arrived(void **state) {
    (void)state;
    InputQueue queue = fresh_queue();
    InputMessage message = packet(START + 2, 3, 1);
    push_at(&queue, &message, due_ns(START) - TICK_NS / 2);
    assert_int_equal(queue.margin_q4, 2 * 16 + 8);
    message = packet(START - 1, 1, 2);
    push_at(&queue, &message, due_ns(START) - TICK_NS / 4);
    assert_int_equal(queue.margin_q4, -16 + 4);
    message = packet(START + 1, 1, 3);
    push_at(&queue, &message, due_ns(START) + TICK_NS / 4); // the tick starts late
    assert_int_equal(queue.margin_q4, 16 - 4);
}

static void only_the_packet_sent_last_sets_margin_and_echo(void **state) {
    (void)state;
    InputQueue queue = fresh_queue();
    push(&queue, START + 5, 3, 65530);
    push(&queue, START + 8, 3, 2); // the client's 16 bits have wrapped
    assert_int_equal(queue.send_time_ms, 2);
    push(&queue, START + 2, 3, 65480); // overtaken
    assert_int_equal(queue.send_time_ms, 2);
    assert_int_equal(queue.margin_q4, 8 * 16);
    // After a silence longer than the clock's 16 bits can express, any packet counts as new.
    const InputMessage message = packet(START + 9, 1, 40000);
    push_at(&queue, &message, due_ns(START) + INPUT_PACKET_SILENCE_NS + 1);
    assert_int_equal(queue.send_time_ms, 40000);
}

// ------------------------------------------------------------------ rewinds

#define Q8 256

// A packet at the beginning of its queue's next tick, two ticks early, from a player that has the
// snapshot of this age and a view `view_age_q8` older than it.
static InputMessage seen_packet(uint32_t snapshot_age, uint32_t view_age_q8) {
    InputMessage message = packet(START + 2, 3, 1);
    message.has_snapshot = true;
    message.snapshot_sequence = (uint16_t)(START - snapshot_age); // see push_at()
    message.view_tick_q8 = START * Q8 - view_age_q8;
    return message;
}

static uint32_t rewind_of(const InputMessage *message, InputQueue *queue) {
    *queue = fresh_queue();
    push_at(queue, message, due_ns(START));
    input_queue_pop(queue);
    return queue->rewind_q8;
}

static void a_rewind_is_the_time_from_the_view_to_the_input(void **state) {
    (void)state;
    InputQueue queue;
    const InputMessage message = seen_packet(6, 10 * Q8 + 100);
    assert_int_equal(rewind_of(&message, &queue), 12 * Q8 + 100);
    // All inputs of a packet have the same.
    input_queue_pop(&queue);
    assert_int_equal(queue.rewind_q8, 12 * Q8 + 100);
    assert_int_equal(queue.counts.unlikely, 0);
}

static void without_a_snapshot_the_rewind_is_zero(void **state) {
    (void)state;
    InputQueue queue;
    InputMessage message = seen_packet(6, 10 * Q8);
    message.has_snapshot = false;
    assert_int_equal(rewind_of(&message, &queue), INPUT_REWIND_NONE);
}

static void a_repeated_input_keeps_its_rewind(void **state) {
    (void)state;
    InputQueue queue;
    const InputMessage message = seen_packet(6, 10 * Q8);
    rewind_of(&message, &queue);
    for (int i = 0; i < 6; i++) {
        input_queue_pop(&queue);
    }
    assert_true(queue.counts.starved > 0);
    assert_int_equal(queue.rewind_q8, 12 * Q8);
}

static void a_view_of_the_future_counts_as_the_present(void **state) {
    (void)state;
    InputQueue queue;
    InputMessage message = seen_packet(6, 0);
    message.view_tick_q8 = (START + 3) * Q8;
    assert_int_equal(rewind_of(&message, &queue), 0);
    assert_int_equal(queue.counts.unlikely, 1);
    message.view_tick_q8 = (START + 2) * Q8 + 0x7fffff00;
    assert_int_equal(rewind_of(&message, &queue), 0);
}

// Two intervals of three ticks before its newest snapshot, and two ticks early.
static void a_rewind_is_bounded_by_the_newest_snapshot(void **state) {
    (void)state;
    InputQueue queue;
    InputMessage message = seen_packet(4, 10 * Q8);
    assert_int_equal(rewind_of(&message, &queue), 12 * Q8);
    assert_int_equal(queue.counts.unlikely, 0);
    message = seen_packet(4, 10 * Q8 + 1);
    assert_int_equal(rewind_of(&message, &queue), 12 * Q8);
    assert_int_equal(queue.counts.unlikely, 1);
    message = seen_packet(0, 4000 * Q8);
    assert_int_equal(rewind_of(&message, &queue), 8 * Q8);
}

// 200 ms are 12.8 ticks of a 64th of a second.
static void latency_counts_up_to_200_ms(void **state) {
    (void)state;
    InputQueue queue;
    const uint32_t bound_q8 = (uint32_t)(INPUT_REWIND_LATENCY_NS * Q8 / TICK_NS) + 8 * Q8;
    InputMessage message = seen_packet(40, 45 * Q8);
    assert_int_equal(rewind_of(&message, &queue), bound_q8);
    assert_int_equal(queue.counts.unlikely, 1);
    // A snapshot of the future counts as none.
    message = seen_packet(0, 45 * Q8);
    message.snapshot_sequence = (uint16_t)(START + 500);
    assert_int_equal(rewind_of(&message, &queue), 8 * Q8);
}

// The rewind of an input for the queue's next tick that arrives when it is due and claims the
// oldest possible view. snapshot_tick 0: a snapshot that the server has forgotten.
static uint32_t greedy_rewind(InputQueue *queue, uint32_t snapshot_tick) {
    InputMessage message = packet(queue->next_tick, 1, (uint16_t)queue->next_tick);
    message.has_snapshot = true;
    message.view_tick_q8 = (queue->next_tick - 5000) * Q8;
    const InputArrival arrival = {.received_ns = due_ns(queue->next_tick),
                                  .due_ns = due_ns(queue->next_tick),
                                  .tick_ns = TICK_NS,
                                  .snapshot_interval_ticks = INTERVAL_TICKS,
                                  .has_snapshot = snapshot_tick != 0,
                                  .snapshot_tick = snapshot_tick};
    input_queue_push(queue, &message, &arrival);
    input_queue_pop(queue);
    return queue->rewind_q8;
}

#define VIEW_Q8 (INPUT_REWIND_INTERVALS * INTERVAL_TICKS * Q8)

// Without the rule, 19.7 ticks instead of 9 could be gained at 60 ticks a second.
static void an_unknown_snapshot_keeps_the_last_measured_latency(void **state) {
    (void)state;
    InputQueue queue = fresh_queue();
    assert_int_equal(greedy_rewind(&queue, 0), VIEW_Q8); // there is no measurement yet
    assert_int_equal(greedy_rewind(&queue, queue.next_tick - 3), VIEW_Q8 + 3 * Q8);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(greedy_rewind(&queue, 0), VIEW_Q8 + 3 * Q8);
    }
    assert_int_equal(greedy_rewind(&queue, queue.next_tick - 1), VIEW_Q8 + Q8);
    assert_int_equal(greedy_rewind(&queue, 0), VIEW_Q8 + Q8);
}

static void older_snapshots_or_none_do_not_raise_the_latency(void **state) {
    (void)state;
    InputQueue queue = fresh_queue();
    const uint32_t newest = queue.next_tick - 2;
    assert_int_equal(greedy_rewind(&queue, newest), VIEW_Q8 + 2 * Q8);
    for (uint32_t back = 0; back < 100; back++) { // the same one, then older ones
        assert_int_equal(greedy_rewind(&queue, newest - back), VIEW_Q8 + 2 * Q8);
    }
    // Alternating with the newest, which is measured each time.
    for (uint32_t back = 1; back < 100; back++) {
        assert_int_equal(greedy_rewind(&queue, queue.next_tick - 2), VIEW_Q8 + 2 * Q8);
        assert_int_equal(greedy_rewind(&queue, queue.next_tick - back - 3), VIEW_Q8 + 2 * Q8);
    }
}

static void a_withheld_acknowledgement_counts_up_to_the_bound_and_once(void **state) {
    (void)state;
    InputQueue queue = fresh_queue();
    const uint32_t bound_q8 = (uint32_t)(INPUT_REWIND_LATENCY_NS * Q8 / TICK_NS);
    assert_int_equal(greedy_rewind(&queue, queue.next_tick - 2), VIEW_Q8 + 2 * Q8);
    for (int i = 0; i < 60; i++) {
        input_queue_pop(&queue);
    }
    assert_int_equal(greedy_rewind(&queue, queue.next_tick - 50), VIEW_Q8 + bound_q8);
    assert_int_equal(greedy_rewind(&queue, queue.next_tick - 2), VIEW_Q8 + 2 * Q8);
}

static void inputs_far_ahead_or_long_ago_do_not_change_the_latency(void **state) {
    (void)state;
    static const int32_t ahead[] = {9, 31, 32, 127, 500, 100000, 0x7fffff00, -1, -40, -100000};
    for (size_t i = 0; i < sizeof ahead / sizeof *ahead; i++) {
        InputQueue queue = fresh_queue();
        InputMessage message = packet(START + (uint32_t)ahead[i], 1, 1);
        message.has_snapshot = true;
        message.snapshot_sequence = START - 3;
        push_at(&queue, &message, due_ns(START));
        assert_int_equal(queue.latency_q8, 3 * Q8);
        input_queue_pop(&queue);
        assert_int_equal(greedy_rewind(&queue, 0), VIEW_Q8 + 3 * Q8);
    }
}

// An early newest input does not make an older input of the same packet earlier than it is.
static void an_older_input_of_a_packet_is_as_early_as_the_packet(void **state) {
    (void)state;
    InputQueue queue = fresh_queue();
    InputMessage message = packet(START + 12, 13, 1);
    message.has_snapshot = true;
    message.snapshot_sequence = START;
    message.view_tick_q8 = (START - 100) * Q8;
    push_at(&queue, &message, due_ns(START));
    for (uint32_t i = 0; i <= 12; i++) {
        const uint32_t early = i + INTERVAL_TICKS < 12 ? i + INTERVAL_TICKS : 12;
        const uint32_t counted =
            early < INPUT_REWIND_EARLY_TICKS ? early : INPUT_REWIND_EARLY_TICKS;
        input_queue_pop(&queue);
        assert_int_equal(queue.rewind_q8, VIEW_Q8 + counted * Q8);
    }
}

static void any_view_stays_within_the_measured_bounds(void **state) {
    (void)state;
    Rng rng = test_rng();
    InputQueue queue = fresh_queue();
    assert_int_equal(greedy_rewind(&queue, queue.next_tick - 3), VIEW_Q8 + 3 * Q8);
    for (int i = 0; i < 100000; i++) {
        InputMessage message = packet(queue.next_tick + rng_below(&rng, 8), 1, (uint16_t)i);
        message.has_snapshot = true;
        message.view_tick_q8 = (uint32_t)rng_next(&rng); // any tick, any fraction
        const InputArrival arrival = {.received_ns = due_ns(queue.next_tick),
                                      .due_ns = due_ns(queue.next_tick),
                                      .tick_ns = TICK_NS,
                                      .snapshot_interval_ticks = INTERVAL_TICKS};
        input_queue_push(&queue, &message, &arrival);
        const InputSlot *slot = &queue.slots[message.newest_tick % INPUT_QUEUE_SLOTS];
        assert_true(slot->rewind_q8 <= VIEW_Q8 + (3 + 7) * Q8); // up to seven ticks early
        input_queue_pop(&queue);
    }
}

static void an_early_input_counts_up_to_eight_ticks(void **state) {
    (void)state;
    InputQueue queue = fresh_queue();
    InputMessage message = packet(START + 20, 1, 1);
    message.has_snapshot = true;
    message.snapshot_sequence = START;
    message.view_tick_q8 = (START - 20) * Q8;
    push_at(&queue, &message, due_ns(START));
    for (uint32_t i = 0; i <= 20; i++) {
        input_queue_pop(&queue);
    }
    assert_int_equal(queue.rewind_q8, (INPUT_REWIND_EARLY_TICKS + 6) * Q8);
}

// Packets in any order, twice or not at all: a tick's input is its own or a repetition.
static void a_shuffled_lossy_stream_yields_right_or_repeated_inputs(void **state) {
    (void)state;
    Rng rng = test_rng();
    InputQueue queue = fresh_queue();
    ShipInput last = {0};
    for (uint32_t tick = START; tick < START + 5000; tick++) {
        for (uint32_t i = rng_below(&rng, 3); i > 0; i--) {
            const uint32_t newest = tick + rng_below(&rng, 12) - 6;
            push(&queue, newest, 1 + rng_below(&rng, 6), (uint16_t)tick);
        }
        const uint64_t starved = queue.counts.starved;
        const bool had_input = queue.has_input;
        const ShipInput popped = input_queue_pop(&queue);
        if (had_input && queue.counts.starved == starved) {
            assert_true(input_equals(popped, input_for(tick)));
        } else {
            assert_int_equal(popped.aim, last.aim);
        }
        last = popped;
    }
    assert_true(queue.counts.starved > 0 && queue.counts.accepted > 1000);
}

static void the_newest_input_moves_on_by_one_and_never_back(void **state) {
    (void)state;
    InputQueue queue = fresh_queue();
    static const uint32_t SENT[] = {START, START + 1, START + 1, START, START + 4, START + 3};
    static const uint32_t NEWEST[] = {START, START + 1, START + 1, START + 1, START + 4, START + 4};
    for (uint16_t i = 0; i < sizeof SENT / sizeof *SENT; i++) {
        push(&queue, SENT[i], 1, i);
        assert_int_equal(queue.newest_tick, NEWEST[i]);
    }
}

// A view of the input's own tick, and one a 256th of a tick later.
static void a_view_of_the_future_is_counted_as_unlikely(void **state) {
    (void)state;
    for (uint32_t later_q8 = 0; later_q8 < 2; later_q8++) {
        InputQueue queue;
        InputMessage message = seen_packet(6, 0);
        message.view_tick_q8 = (START + 2) * Q8 + later_q8;
        assert_int_equal(rewind_of(&message, &queue), 0);
        assert_int_equal(queue.counts.unlikely, later_q8);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inputs_are_popped_at_their_ticks),
        cmocka_unit_test(before_the_first_packet_a_ship_does_nothing_and_is_not_starved),
        cmocka_unit_test(duplicate_input_is_ignored_and_counted),
        cmocka_unit_test(redundancy_fills_the_gap_of_a_lost_packet),
        cmocka_unit_test(a_missing_input_repeats_the_last_one_then_lets_go),
        cmocka_unit_test(each_gap_after_an_input_is_bridged_for_the_same_time),
        cmocka_unit_test(a_late_input_is_counted_once_however_often_it_is_repeated),
        cmocka_unit_test(an_input_beyond_reach_is_dropped_counted_and_not_acknowledged),
        cmocka_unit_test(any_tick_number_is_handled),
        cmocka_unit_test(any_number_of_packets_yields_one_input_per_tick),
        cmocka_unit_test(the_margin_is_how_long_before_its_tick_an_input_arrived),
        cmocka_unit_test(only_the_packet_sent_last_sets_margin_and_echo),
        cmocka_unit_test(a_rewind_is_the_time_from_the_view_to_the_input),
        cmocka_unit_test(without_a_snapshot_the_rewind_is_zero),
        cmocka_unit_test(a_repeated_input_keeps_its_rewind),
        cmocka_unit_test(a_view_of_the_future_counts_as_the_present),
        cmocka_unit_test(a_rewind_is_bounded_by_the_newest_snapshot),
        cmocka_unit_test(latency_counts_up_to_200_ms),
        cmocka_unit_test(an_unknown_snapshot_keeps_the_last_measured_latency),
        cmocka_unit_test(older_snapshots_or_none_do_not_raise_the_latency),
        cmocka_unit_test(a_withheld_acknowledgement_counts_up_to_the_bound_and_once),
        cmocka_unit_test(inputs_far_ahead_or_long_ago_do_not_change_the_latency),
        cmocka_unit_test(an_older_input_of_a_packet_is_as_early_as_the_packet),
        cmocka_unit_test(any_view_stays_within_the_measured_bounds),
        cmocka_unit_test(an_early_input_counts_up_to_eight_ticks),
        cmocka_unit_test(a_shuffled_lossy_stream_yields_right_or_repeated_inputs),
        cmocka_unit_test(the_newest_input_moves_on_by_one_and_never_back),
        cmocka_unit_test(a_view_of_the_future_is_counted_as_unlikely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
