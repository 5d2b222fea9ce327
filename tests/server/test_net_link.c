// SPDX-License-Identifier: MIT
#include "server/net_link.h"

#include <string.h>

#include "support.h"

static NetLink *fresh_link(void) {
    NetLink *link = aligned_alloc(CACHE_LINE_BYTES, sizeof *link);
    assert_non_null(link);
    assert_true(net_link_create(link, 1));
    return link;
}

static void drop_link(NetLink *link) {
    net_link_destroy(link);
    free(link);
}

static uint64_t refused(const NetLink *link, LinkRefusal refusal) {
    return atomic_load(&link->refused[refusal]);
}

static void records_arrive_as_they_were_pushed(void **state) {
    (void)state;
    NetLink *link = fresh_link();
    const char name[PLAYER_NAME_BYTES + 1] = "Grace";
    InputMessage message = {.newest_tick = 77, .count = 2, .inputs = {{.aim = 1}, {.aim = 2}}};
    assert_true(net_link_push_join(link, 5, 77, name, true));
    assert_true(net_link_push_input(link, 5, 123456789, &message));
    assert_true(net_link_push_leave(link, 5, 1));

    const LinkRecord *record = net_link_peek(&link->to_sim);
    assert_int_equal(record->type, LINK_JOIN);
    assert_string_equal(((const LinkJoin *)(const void *)record)->name, "Grace");
    ring_pop(&link->to_sim);
    const LinkInput *input = (const LinkInput *)(const void *)net_link_peek(&link->to_sim);
    assert_int_equal(input->head.type, LINK_INPUT);
    assert_int_equal(input->head.peer, 5);
    assert_int_equal(input->received_ns, 123456789);
    assert_int_equal(input->message.newest_tick, 77);
    assert_int_equal(input->message.inputs[1].aim, 2);
    ring_pop(&link->to_sim);
    assert_int_equal(net_link_peek(&link->to_sim)->type, LINK_LEAVE);
    ring_pop(&link->to_sim);
    assert_null(net_link_peek(&link->to_sim));
    drop_link(link);
}

static void messages_and_kicks_arrive_at_the_net_loop(void **state) {
    (void)state;
    NetLink *link = fresh_link();
    assert_true(net_link_push_message(link, LINK_SNAPSHOT, 9, "bytes", 5));
    assert_true(net_link_push_kick(link, 9, 4));
    const LinkMessage *message = (const LinkMessage *)(const void *)net_link_peek(&link->to_net);
    assert_int_equal(message->head.type, LINK_SNAPSHOT);
    assert_int_equal(message->size, 5);
    assert_memory_equal(message->data, "bytes", 5);
    ring_pop(&link->to_net);
    const LinkKick *kick = (const LinkKick *)(const void *)net_link_peek(&link->to_net);
    assert_int_equal(kick->head.type, LINK_KICK);
    assert_int_equal(kick->reason, 4);
    drop_link(link);
}

static void a_full_ring_counts_what_did_not_fit(void **state) {
    (void)state;
    NetLink *link = fresh_link();
    const InputMessage message = {.count = INPUT_WINDOW_TICKS};
    while (net_link_push_input(link, 1, 0, &message)) {
    }
    // A few bytes may be left over; fill them as well.
    while (net_link_push_leave(link, 1, 1)) {
    }
    const char name[PLAYER_NAME_BYTES + 1] = "";
    assert_false(net_link_push_join(link, 2, 77, name, false));
    assert_int_equal(refused(link, LINK_REFUSED_INPUT), 1);
    assert_int_equal(refused(link, LINK_REFUSED_LEAVE), 1);
    assert_int_equal(refused(link, LINK_REFUSED_JOIN), 1);

    static const uint8_t snapshot[PAYLOAD_BYTES_MAX];
    while (net_link_push_message(link, LINK_SNAPSHOT, 1, snapshot, sizeof snapshot)) {
    }
    assert_false(net_link_push_message(link, LINK_WELCOME, 1, snapshot, sizeof snapshot));
    assert_int_equal(refused(link, LINK_REFUSED_SNAPSHOT), 1);
    assert_int_equal(refused(link, LINK_REFUSED_MESSAGE), 1);
    drop_link(link);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_arrive_as_they_were_pushed),
        cmocka_unit_test(messages_and_kicks_arrive_at_the_net_loop),
        cmocka_unit_test(a_full_ring_counts_what_did_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
