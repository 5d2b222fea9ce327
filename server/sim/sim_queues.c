// SPDX-License-Identifier: MIT
#include "server/sim/sim_queues.h"

#include <assert.h>
#include <string.h>

#include "base/thread_role.h"

#define TO_SIM_BYTES_MIN        (256u << 10)
#define TO_SIM_BYTES_PER_CLIENT 1024u // half a dozen input packets
#define TO_NET_BYTES_MIN        (1u << 20)
#define TO_NET_BYTES_PER_CLIENT 2048u // more than one full snapshot

bool sim_queues_create(SimQueues *queues, uint32_t client_capacity) {
    memset(queues, 0, sizeof *queues);
    const bool has_to_sim = spsc_queue_create(
        &queues->to_sim, TO_SIM_BYTES_MIN + client_capacity * TO_SIM_BYTES_PER_CLIENT);
    const bool has_to_net = spsc_queue_create(
        &queues->to_net, TO_NET_BYTES_MIN + client_capacity * TO_NET_BYTES_PER_CLIENT);
    if (!has_to_sim || !has_to_net) {
        sim_queues_destroy(queues);
        return false;
    }
    return true;
}

void sim_queues_destroy(SimQueues *queues) {
    spsc_queue_destroy(&queues->to_sim);
    spsc_queue_destroy(&queues->to_net);
}

static void count_refusal(SimQueues *queues, QueueRefusal refusal) {
    // Relaxed: a statistic.
    atomic_fetch_add_explicit(&queues->refused[refusal], 1, memory_order_relaxed);
}

bool sim_queues_push_join(SimQueues *queues, PeerHandle peer, uint64_t range, const char *name,
                          bool wants_verify) {
    ASSERT_NET_LOOP();
    QueueJoin *join = spsc_queue_reserve(&queues->to_sim, sizeof *join);
    if (join == NULL) {
        count_refusal(queues, QUEUE_REFUSED_JOIN);
        return false;
    }
    join->head = (QueueRecord){QUEUE_JOIN, peer};
    join->range = range;
    join->wants_verify = wants_verify;
    memcpy(join->name, name, sizeof join->name);
    spsc_queue_commit(&queues->to_sim, sizeof *join);
    return true;
}

bool sim_queues_push_leave(SimQueues *queues, PeerHandle peer, uint32_t reason) {
    ASSERT_NET_LOOP();
    const QueueLeave leave = {{QUEUE_LEAVE, peer}, reason};
    if (!spsc_queue_push(&queues->to_sim, &leave, sizeof leave)) {
        count_refusal(queues, QUEUE_REFUSED_LEAVE);
        return false;
    }
    return true;
}

bool sim_queues_push_chat(SimQueues *queues, PeerHandle peer, const char *text) {
    ASSERT_NET_LOOP();
    QueueChat chat = {.head = {QUEUE_CHAT, peer}};
    memcpy(chat.text, text, strnlen(text, CHAT_TEXT_BYTES));
    if (!spsc_queue_push(&queues->to_sim, &chat, sizeof chat)) {
        count_refusal(queues, QUEUE_REFUSED_CHAT);
        return false;
    }
    return true;
}

bool sim_queues_push_verify_request(SimQueues *queues, PeerHandle peer, uint16_t sequence) {
    ASSERT_NET_LOOP();
    const QueueVerifyRequest request = {{QUEUE_VERIFY_REQUEST, peer}, sequence};
    if (!spsc_queue_push(&queues->to_sim, &request, sizeof request)) {
        count_refusal(queues, QUEUE_REFUSED_VERIFY_REQUEST);
        return false;
    }
    return true;
}

bool sim_queues_push_input(SimQueues *queues, PeerHandle peer, uint64_t received_ns,
                           const InputMessage *message) {
    ASSERT_NET_LOOP();
    const size_t message_size =
        offsetof(InputMessage, inputs) + message->count * sizeof message->inputs[0];
    const size_t size = offsetof(QueueInput, message) + message_size;
    QueueInput *input = spsc_queue_reserve(&queues->to_sim, size);
    if (input == NULL) {
        count_refusal(queues, QUEUE_REFUSED_INPUT);
        return false;
    }
    input->head = (QueueRecord){QUEUE_INPUT, peer};
    input->received_ns = received_ns;
    memcpy(&input->message, message, message_size);
    spsc_queue_commit(&queues->to_sim, size);
    return true;
}

bool sim_queues_push_message(SimQueues *queues, QueueRecordType type, PeerHandle peer,
                             const void *data, size_t size) {
    ASSERT_SIM_THREAD();
    assert(size > 0 && size <= PAYLOAD_BYTES_MAX);
    QueueMessage *message = spsc_queue_reserve(&queues->to_net, sizeof *message + size);
    if (message == NULL) {
        count_refusal(queues,
                      type == QUEUE_SNAPSHOT ? QUEUE_REFUSED_SNAPSHOT : QUEUE_REFUSED_MESSAGE);
        return false;
    }
    message->head = (QueueRecord){type, peer};
    message->size = (uint32_t)size;
    memcpy(message->data, data, size);
    spsc_queue_commit(&queues->to_net, sizeof *message + size);
    return true;
}

bool sim_queues_push_offence(SimQueues *queues, PeerHandle peer, uint32_t reject) {
    ASSERT_SIM_THREAD();
    const QueueOffence offence = {{QUEUE_OFFENCE, peer}, reject};
    if (!spsc_queue_push(&queues->to_net, &offence, sizeof offence)) {
        count_refusal(queues, QUEUE_REFUSED_MESSAGE);
        return false;
    }
    return true;
}

bool sim_queues_push_kick(SimQueues *queues, PeerHandle peer, uint32_t reason) {
    ASSERT_SIM_THREAD();
    const QueueKick kick = {{QUEUE_KICK, peer}, reason};
    if (!spsc_queue_push(&queues->to_net, &kick, sizeof kick)) {
        count_refusal(queues, QUEUE_REFUSED_MESSAGE);
        return false;
    }
    return true;
}

Fault sim_queues_validate(const SimQueues *queues) {
    ASSERT_THREAD(THREAD_SIM | THREAD_NET_LOOP);
    const Fault fault = spsc_queue_validate(&queues->to_sim);
    return fault.what != NULL ? fault : spsc_queue_validate(&queues->to_net);
}
