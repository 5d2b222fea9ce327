// SPDX-License-Identifier: MIT
#include "server/sim/sim_queues.h"

#include <string.h>

#include "support.h"

static SimQueues *fresh_queues(void) {
    SimQueues *queues = aligned_alloc(CACHE_LINE_BYTES, sizeof *queues);
    assert_non_null(queues);
    assert_true(sim_queues_create(queues, 1));
    return queues;
}

static void drop_queues(SimQueues *queues) {
    sim_queues_destroy(queues);
    free(queues);
}

static uint64_t refused(const SimQueues *queues, QueueRefusal refusal) {
    return atomic_load(&queues->refused[refusal]);
}

static void records_arrive_as_they_were_pushed(void **state) {
    (void)state;
    SimQueues *queues = fresh_queues();
    const char name[PLAYER_NAME_BYTES + 1] = "Grace";
    InputMessage message = {.newest_tick = 77, .count = 2, .inputs = {{.aim = 1}, {.aim = 2}}};
    assert_true(sim_queues_push_join(queues, 5, 77, name, true));
    assert_true(sim_queues_push_input(queues, 5, 123456789, &message));
    assert_true(sim_queues_push_leave(queues, 5, 1));

    const QueueRecord *record = sim_queues_peek(&queues->to_sim);
    assert_int_equal(record->type, QUEUE_JOIN);
    assert_string_equal(((const QueueJoin *)(const void *)record)->name, "Grace");
    spsc_queue_pop(&queues->to_sim);
    const QueueInput *input = (const QueueInput *)(const void *)sim_queues_peek(&queues->to_sim);
    assert_int_equal(input->head.type, QUEUE_INPUT);
    assert_int_equal(input->head.peer, 5);
    assert_int_equal(input->received_ns, 123456789);
    assert_int_equal(input->message.newest_tick, 77);
    assert_int_equal(input->message.inputs[1].aim, 2);
    spsc_queue_pop(&queues->to_sim);
    assert_int_equal(sim_queues_peek(&queues->to_sim)->type, QUEUE_LEAVE);
    spsc_queue_pop(&queues->to_sim);
    assert_null(sim_queues_peek(&queues->to_sim));
    drop_queues(queues);
}

static void messages_and_kicks_arrive_at_the_net_loop(void **state) {
    (void)state;
    SimQueues *queues = fresh_queues();
    assert_true(sim_queues_push_message(queues, QUEUE_SNAPSHOT, 9, "bytes", 5));
    assert_true(sim_queues_push_kick(queues, 9, 4));
    const QueueMessage *message =
        (const QueueMessage *)(const void *)sim_queues_peek(&queues->to_net);
    assert_int_equal(message->head.type, QUEUE_SNAPSHOT);
    assert_int_equal(message->size, 5);
    assert_memory_equal(message->data, "bytes", 5);
    spsc_queue_pop(&queues->to_net);
    const QueueKick *kick = (const QueueKick *)(const void *)sim_queues_peek(&queues->to_net);
    assert_int_equal(kick->head.type, QUEUE_KICK);
    assert_int_equal(kick->reason, 4);
    drop_queues(queues);
}

static void a_full_queue_counts_refusals_by_type(void **state) {
    (void)state;
    SimQueues *queues = fresh_queues();
    const InputMessage message = {.count = INPUT_WINDOW_TICKS};
    while (sim_queues_push_input(queues, 1, 0, &message)) {
    }
    // A few bytes may be left over; fill them as well.
    while (sim_queues_push_leave(queues, 1, 1)) {
    }
    const char name[PLAYER_NAME_BYTES + 1] = "";
    assert_false(sim_queues_push_join(queues, 2, 77, name, false));
    assert_int_equal(refused(queues, QUEUE_REFUSED_INPUT), 1);
    assert_int_equal(refused(queues, QUEUE_REFUSED_LEAVE), 1);
    assert_int_equal(refused(queues, QUEUE_REFUSED_JOIN), 1);

    static const uint8_t snapshot[PAYLOAD_BYTES_MAX];
    while (sim_queues_push_message(queues, QUEUE_SNAPSHOT, 1, snapshot, sizeof snapshot)) {
    }
    assert_false(sim_queues_push_message(queues, QUEUE_WELCOME, 1, snapshot, sizeof snapshot));
    assert_int_equal(refused(queues, QUEUE_REFUSED_SNAPSHOT), 1);
    assert_int_equal(refused(queues, QUEUE_REFUSED_MESSAGE), 1);
    drop_queues(queues);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_arrive_as_they_were_pushed),
        cmocka_unit_test(messages_and_kicks_arrive_at_the_net_loop),
        cmocka_unit_test(a_full_queue_counts_refusals_by_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
