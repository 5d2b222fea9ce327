// SPDX-License-Identifier: MIT
#include "tools/swarm/load/pending_inputs.h"

#include <string.h>

#include "base/clock.h"
#include "support.h"

#define PERIOD_NS        (50 * NS_PER_MS)
#define TICKS_PER_PACKET 3

static PendingInputs g_pending;
static Histogram g_ages;

static int reset(void **state) {
    (void)state;
    memset(&g_pending, 0, sizeof g_pending);
    g_ages = (Histogram){0};
    return 0;
}

// Packet i of the schedule, whose newest input is for tick 3 (i + 1).
static void send_packets(uint32_t first, uint32_t count) {
    for (uint32_t i = first; i < first + count; i++) {
        pending_inputs_add(&g_pending, (i + 1) * TICKS_PER_PACKET, i * PERIOD_NS);
    }
}

static void every_packet_up_to_the_acknowledged_tick_is_recorded(void **state) {
    (void)state;
    send_packets(0, 4);
    pending_inputs_acknowledge(&g_pending, 3 * TICKS_PER_PACKET, 3 * PERIOD_NS, &g_ages);
    assert_int_equal(g_ages.count, 3);
    assert_int_equal(g_ages.max, 3 * PERIOD_NS);
    assert_int_equal(g_ages.min, PERIOD_NS);
    pending_inputs_acknowledge(&g_pending, 3 * TICKS_PER_PACKET, 4 * PERIOD_NS, &g_ages);
    assert_int_equal(g_ages.count, 3); // and none twice
}

static void a_packet_waits_until_its_newest_input_is_acknowledged(void **state) {
    (void)state;
    send_packets(0, 1);
    pending_inputs_acknowledge(&g_pending, TICKS_PER_PACKET - 1, PERIOD_NS, &g_ages);
    assert_int_equal(g_ages.count, 0);
    pending_inputs_acknowledge(&g_pending, TICKS_PER_PACKET, 2 * PERIOD_NS, &g_ages);
    assert_int_equal(g_ages.count, 1);
    assert_int_equal(g_ages.max, 2 * PERIOD_NS);
}

static void a_stall_of_two_seconds_records_every_age(void **state) {
    (void)state;
    send_packets(0, 41); // the last one is sent when the stall ends
    pending_inputs_acknowledge(&g_pending, 41 * TICKS_PER_PACKET, 2 * NS_PER_S + PERIOD_NS,
                               &g_ages);
    assert_int_equal(g_ages.count, 41);
    assert_int_equal(g_ages.max, 2 * NS_PER_S + PERIOD_NS);
    assert_int_equal(g_ages.min, PERIOD_NS);
    assert_true(g_ages.sum == 41 * (double)(NS_PER_S + PERIOD_NS)); // spread evenly
}

static void a_stall_of_a_minute_keeps_its_first_and_last_age(void **state) {
    (void)state;
    send_packets(0, 1200);
    pending_inputs_give_up(&g_pending, 60 * NS_PER_S, 0, &g_ages);
    assert_int_equal(g_ages.count, 1200);
    assert_int_equal(g_ages.max, 60 * NS_PER_S);
    assert_int_equal(g_ages.min, PERIOD_NS);
}

static void given_up_inputs_count_when_they_waited_too_long(void **state) {
    (void)state;
    send_packets(0, 5);
    pending_inputs_give_up(&g_pending, 5 * PERIOD_NS, 3 * PERIOD_NS, &g_ages);
    assert_int_equal(g_ages.count, 3); // 5, 4 and 3 periods old
    assert_int_equal(g_ages.min, 3 * PERIOD_NS);
    pending_inputs_give_up(&g_pending, 9 * PERIOD_NS, 0, &g_ages);
    assert_int_equal(g_ages.count, 3); // forgotten
}

static void packets_wait_for_an_earlier_tick_when_the_clock_is_set_back(void **state) {
    (void)state;
    send_packets(10, 3);
    pending_inputs_add(&g_pending, TICKS_PER_PACKET, 13 * PERIOD_NS);
    pending_inputs_acknowledge(&g_pending, TICKS_PER_PACKET, 14 * PERIOD_NS, &g_ages);
    assert_int_equal(g_ages.count, 4);
    assert_int_equal(g_ages.max, 4 * PERIOD_NS);
}

static void a_packet_that_was_sent_ahead_of_its_time_has_no_age(void **state) {
    (void)state;
    send_packets(1, 1);
    pending_inputs_acknowledge(&g_pending, 100, PERIOD_NS, &g_ages);
    assert_int_equal(g_ages.count, 0);
}

static void acknowledgements_count_across_the_wrap_of_ticks(void **state) {
    (void)state;
    for (uint32_t i = 0; i < 8; i++) {
        pending_inputs_add(&g_pending, UINT32_MAX - 9 + i * TICKS_PER_PACKET, i * PERIOD_NS);
    }
    pending_inputs_acknowledge(&g_pending, UINT32_MAX - 1, 8 * PERIOD_NS, &g_ages);
    assert_int_equal(g_ages.count, 3);
    pending_inputs_acknowledge(&g_pending, 6, 8 * PERIOD_NS, &g_ages);
    assert_int_equal(g_ages.count, 6);
    // Back before the wrap: the packets with later ticks wait for this one.
    pending_inputs_add(&g_pending, UINT32_MAX - 2, 9 * PERIOD_NS);
    pending_inputs_acknowledge(&g_pending, UINT32_MAX - 2, 10 * PERIOD_NS, &g_ages);
    assert_int_equal(g_ages.count, 9);
    assert_int_equal(g_pending.count, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_packet_up_to_the_acknowledged_tick_is_recorded, reset),
        cmocka_unit_test_setup(a_packet_waits_until_its_newest_input_is_acknowledged, reset),
        cmocka_unit_test_setup(a_stall_of_two_seconds_records_every_age, reset),
        cmocka_unit_test_setup(a_stall_of_a_minute_keeps_its_first_and_last_age, reset),
        cmocka_unit_test_setup(given_up_inputs_count_when_they_waited_too_long, reset),
        cmocka_unit_test_setup(packets_wait_for_an_earlier_tick_when_the_clock_is_set_back, reset),
        cmocka_unit_test_setup(a_packet_that_was_sent_ahead_of_its_time_has_no_age, reset),
        cmocka_unit_test_setup(acknowledgements_count_across_the_wrap_of_ticks, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
